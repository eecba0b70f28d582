/* Encodes each frame with Opus several times: as a primary, and once for each rate of its copies,
 * all in the same mode and bandwidth (sender/coding/coding.h says why).
 * A copy is decoded after primaries, by the same decoder. So where frames are coded by prediction,
 * the copy is coded from the state that the primary's encoder had before that frame. In CELT, whose
 * rate control takes a second to settle, the copies have an encoder of their own beside the
 * primary's, and all copies have one rate.
 * Copies, their rates and in-band FEC may change with any frame; mode and bandwidth stay.
 * Memory is the caller's; no allocation. Thread: the owner's. Owner: send_stream. */
#ifndef HINDSIGHT_SENDER_CODING_ENCODER_H
#define HINDSIGHT_SENDER_CODING_ENCODER_H

#include "common/rtp/red.h"
#include "common/base/status.h"
#include "sender/coding/coding.h"
#include "sender/coding/encoded_frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ENCODED_BYTES_MAX = 1275 }; /* RFC 6716, 3.4: one Opus frame */

struct encoder_config {
	enum profile profile;
	int n_channels;	   /* 1 or 2 */
	int frame_samples; /* 120 240 480 960 1920 2880 */
	int primary_bps;
	struct coding coding; /* of primary and copies; CODING_FREE: never any copies */
	bool dtx;
	/* How far back DRED in the primaries reaches (libopus 1.5 built with it); 0: none. For
	 * voice in frames of 10 ms or more only; no error where it is unavailable. It takes its
	 * bits from primary_bps. */
	int dred_ms;
};

enum { ENCODER_DRED_MS_MAX = 1000 };

struct OpusEncoder;

struct encoder { /* private to encoder.c */
	struct OpusEncoder *primary;
	size_t state_bytes;
	struct encoder_config config;
	struct OpusEncoder *copies; /* works on the primary's state; CELT: has its own */
	/* While the primaries carry FEC: the primary's state as it would be without FEC, since no
	 * copy should carry FEC. */
	struct OpusEncoder *bare;
	bool has_bare;
	int n_forms;
	int form_bps[ENCODED_FORMS_MAX];
	uint8_t form_data[ENCODED_FORMS_MAX][RED_BLOCK_BYTES_MAX];
	bool has_dred;
	bool wants_fec;
	bool has_fec; /* whether the encoder has FEC on at present */
	uint8_t primary_data[ENCODED_BYTES_MAX];
};

/* Bytes of memory that encoder_init() needs for n_channels. */
size_t encoder_bytes(int n_channels);

/* memory: encoder_bytes() bytes, aligned as by malloc(), lent for the encoder's lifetime.
 * STATUS_BAD_CONFIG for a value out of range, STATUS_CODEC where libopus refuses. */
enum status encoder_init(struct encoder *e, void *memory, const struct encoder_config *config);

/* From the next frame on: n_forms forms for copies, 0..ENCODED_FORMS_MAX, at these rates in bit/s;
 * in CELT one at most, with CODING_FREE none. Initially none. The first copies are as good as later
 * ones. STATUS_CODEC where libopus refuses. */
enum status encoder_set_copies(struct encoder *e, const int *form_bps, int n_forms);

/* From the next frame on: whether the primaries carry their predecessor at low rate (in-band FEC,
 * RFC 6716, 2.1.7), out of their own bits; and the expected loss, 0..100 percent, by which libopus
 * chooses the share of FEC and how much frames depend on earlier ones. A primary below
 * coding_fec_bps_min() has no FEC, since libopus would narrow its band; a coding without FEC is no
 * error. STATUS_CODEC where libopus refuses. */
enum status encoder_set_fec(struct encoder *e, bool fec, int loss_percent);

/* The delay that coding adds before the first sample comes out, in samples (RFC 7845, 4.2). */
int encoder_lookahead_samples(const struct encoder *e);

/* pcm: frame_samples * n_channels, interleaved, full scale +-1. primary_bps: the rate of this
 * frame's primary; primary_bytes_max <= ENCODED_BYTES_MAX: its largest size. STATUS_CODEC where
 * libopus fails; *frame is set on STATUS_OK only, and its bytes are valid until the next call. */
enum status encoder_encode(struct encoder *e, const float *pcm, int primary_bps,
	size_t primary_bytes_max, struct encoded_frame *frame);

#endif
