/* Opus, up to three times: a primary encoder, a low-rate one for the nearest copy and, where those
 * behind it have another rate, one for them; in step, all in the same mode and bandwidth
 * (sender/coding.h says why).
 * Copies, their rates and in-band FEC may change with any frame; mode and bandwidth stay.
 * Memory is the caller's; no allocation. Thread: the owner's. Owner: send_stream. */
#ifndef HINDSIGHT_SENDER_ENCODER_H
#define HINDSIGHT_SENDER_ENCODER_H

#include "common/status.h"
#include "sender/coding.h"
#include "sender/encoded_frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ENCODED_BYTES_MAX = 1275 }; /* RFC 6716, 3.4: one Opus frame */

struct encoder_config {
	enum profile profile;
	int n_channels;	   /* 1 or 2 */
	int frame_samples; /* 120 240 480 960 1920 2880 */
	int primary_bps;
	int copy_bps;	  /* of the nearest copy; 0: no copies are wanted at first */
	int far_copy_bps; /* of those behind it, <= copy_bps; 0: as the nearest */
	/* Of primary and copy. CODING_FREE: what coding_for_copy() says where there are copies, and
	 * libopus's own choice where there are none; then there never will be any. */
	struct coding coding;
	bool dtx;
	/* Deep redundancy in the primaries (libopus 1.5 built with it), reaching so far back; 0:
	 * none. For voice in frames of 10 ms or more only, and no error where it cannot be had. It
	 * takes its bits from primary_bps. */
	int dred_ms;
};

enum { ENCODER_DRED_MS_MAX = 1000 };

struct OpusEncoder;

enum { ENCODER_NEAR, ENCODER_FAR, ENCODER_COPIES };

struct encoder { /* private to encoder.c */
	struct OpusEncoder *primary;
	size_t state_bytes;
	struct encoder_config config;
	struct copy_encoder {
		struct OpusEncoder *opus;
		int bps; /* at present; 0: it is not wanted */
		uint8_t data[ENCODED_BYTES_MAX];
	} copies[ENCODER_COPIES];
	bool has_dred;
	bool wants_fec;
	bool has_fec; /* the encoder at present */
	uint8_t primary_data[ENCODED_BYTES_MAX];
};

/* Bytes of memory that encoder_init() wants for n_channels. */
size_t encoder_bytes(int n_channels);

/* memory: encoder_bytes() bytes, aligned as malloc() does, the encoder's until its end.
 * STATUS_BAD_CONFIG for a value out of range, STATUS_CODEC where libopus refuses. */
enum status encoder_init(struct encoder *e, void *memory, const struct encoder_config *config);

/* From the next frame on: other rates of the copies (encoder_config), or 0: none. The first copies
 * are as good as later ones: their encoder takes over the primary's state, or (CELT) has run on
 * unheard; so in CELT all copies have one rate. Where copies are wanted, the coding is not
 * CODING_FREE. STATUS_CODEC where libopus refuses. */
enum status encoder_set_copy_bps(struct encoder *e, int copy_bps, int far_copy_bps);

/* From the next frame on: whether the primaries carry their predecessor at low rate (in-band FEC,
 * RFC 6716, 2.1.7), out of their own bits; and the loss to be expected, 0..100 percent, by which
 * libopus chooses how much of it, and how far frames rely on those before them. A primary of less
 * than coding_fec_bps_min() goes without it, since libopus would narrow its band; and where the
 * coding has none it is no error. STATUS_CODEC where libopus refuses. */
enum status encoder_set_fec(struct encoder *e, bool fec, int loss_percent);

/* Whether the primaries carry deep redundancy: it was asked for, and the library can. */
bool encoder_has_dred(const struct encoder *e);

/* The delay that coding adds before the first sample comes out, in samples (RFC 7845, 4.2). */
int encoder_lookahead_samples(const struct encoder *e);

/* pcm: frame_samples * n_channels, interleaved, full scale +-1. primary_bps: the rate of this
 * frame's primary; primary_bytes_max <= ENCODED_BYTES_MAX: the room that it has.
 * STATUS_CODEC where libopus fails; *frame is set on STATUS_OK only, and its bytes stay until the
 * next call. */
enum status encoder_encode(struct encoder *e, const float *pcm, int primary_bps,
	size_t primary_bytes_max, struct encoded_frame *frame);

#endif
