/* Opus, twice: a primary encoder and a low-rate one for the copies, in step.
 * Both run in the same mode and bandwidth, since a copy is decoded in the place of its primary by
 * the same decoder: a copy in narrowband among wideband primaries costs half the score.
 * Memory is the caller's; no allocation. Thread: the owner's. Owner: send_stream. */
#ifndef HINDSIGHT_SENDER_ENCODER_H
#define HINDSIGHT_SENDER_ENCODER_H

#include "common/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum profile {
	PROFILE_VOICE,	 /* SILK from 10 ms up: speech, best under loss */
	PROFILE_MUSIC,	 /* CELT with look-ahead */
	PROFILE_LOWDELAY /* CELT without look-ahead beyond its 2.5 ms window */
};

enum { ENCODED_BYTES_MAX = 1275 }; /* RFC 6716, 3.4: one Opus frame */

struct encoder_config {
	enum profile profile;
	int n_channels;	   /* 1 or 2 */
	int frame_samples; /* 120 240 480 960 1920 2880 */
	int primary_bps;
	int copy_bps; /* 0: no copies are wanted */
	bool dtx;
	/* Deep redundancy in the primaries (libopus 1.5 built with it), reaching so far back; 0:
	 * none. For voice in frames of 10 ms or more only, and no error where it cannot be had. It
	 * takes its bits from primary_bps. */
	int dred_ms;
};

enum { ENCODER_DRED_MS_MAX = 1000 };

/* One frame in both forms. The bytes stay until the next encoder_encode(). */
struct encoded_frame {
	const uint8_t *primary;
	size_t primary_bytes; /* 0: DTX, nothing is to be sent */
	const uint8_t *copy;
	size_t copy_bytes; /* 0: no copy */
};

struct OpusEncoder;

struct encoder { /* private to encoder.c */
	struct OpusEncoder *primary;
	struct OpusEncoder *copy;
	struct encoder_config config;
	bool has_dred;
	uint8_t primary_data[ENCODED_BYTES_MAX];
	uint8_t copy_data[ENCODED_BYTES_MAX];
};

/* Bytes of memory that encoder_init() wants for n_channels. */
size_t encoder_bytes(int n_channels);

/* memory: encoder_bytes() bytes, aligned as malloc() does, the encoder's until its end.
 * STATUS_BAD_CONFIG for a value out of range, STATUS_CODEC where libopus refuses. */
enum status encoder_init(struct encoder *e, void *memory, const struct encoder_config *config);

/* Whether the primaries carry deep redundancy: it was asked for, and the library can. */
bool encoder_has_dred(const struct encoder *e);

/* The delay that coding adds before the first sample comes out, in samples (RFC 7845, 4.2). */
int encoder_lookahead_samples(const struct encoder *e);

/* pcm: frame_samples * n_channels, interleaved, full scale +-1. primary_bps: the rate of this
 * frame's primary; primary_bytes_max <= ENCODED_BYTES_MAX: the room that it has.
 * STATUS_CODEC where libopus fails; *frame is set on STATUS_OK only. */
enum status encoder_encode(struct encoder *e, const float *pcm, int primary_bps,
	size_t primary_bytes_max, struct encoded_frame *frame);

#endif
