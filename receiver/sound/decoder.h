/* The receiver's only Opus decoder: the form of a frame that is available is decoded in that
 * frame's place, so that the decoder's state stays as close to the encoder's as possible. Always
 * two channels: a stream may turn from mono to stereo with any packet.
 * Memory is the caller's; no allocation. Owner: recv_stream. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_SOUND_DECODER_H
#define HINDSIGHT_RECEIVER_SOUND_DECODER_H

#include "common/base/concealment.h"
#include "common/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DECODER_CHANNELS = 2,
	DECODER_COMPLEXITY_MAX = 10,
	/* Neural concealment, where the library has it. */
	DECODER_COMPLEXITY_DEFAULT = CONCEALMENT_NEURAL_COMPLEXITY
};

struct OpusDecoder;
struct OpusDRED;
struct OpusDREDDecoder;

struct decoder { /* private to decoder.c */
	struct OpusDecoder *opus;
	int complexity; /* -1: the library has none */
	int64_t n_decoded, n_concealed;
	struct OpusDREDDecoder *dred_decoder; /* NULL: this library has no DRED */
	struct OpusDRED *dred;		      /* parsed from the packet below */
	int64_t dred_timestamp;		      /* timestamp of that packet; -1: none */
	int dred_reach_samples;
};

size_t decoder_bytes(void);	  /* in total */
size_t decoder_state_bytes(void); /* of the state that decoder_save() copies */

/* memory: decoder_bytes(), aligned as by malloc(). complexity: 0..10, ignored where libopus is
 * older than 1.5. STATUS_CODEC where libopus refuses anything else. */
enum status decoder_init(struct decoder *d, void *memory, int complexity);

/* Takes effect with the next frame. STATUS_CODEC where the library is older than 1.5. */
enum status decoder_set_complexity(struct decoder *d, int complexity);

/* -1 where the library has none. */
int decoder_complexity(const struct decoder *d);

/* How many calls below have decoded something received, and how many concealed or rebuilt from
 * DRED, since the start. */
int64_t decoder_n_decoded(const struct decoder *d);
int64_t decoder_n_concealed(const struct decoder *d);

/* Resets the state: another stream begins. */
void decoder_reset(struct decoder *d);

/* Copies the present state into decoder_state_bytes() of the caller's memory; and restores it,
 * except for the complexity, which stays. */
void decoder_save(const struct decoder *d, void *memory);
void decoder_restore(struct decoder *d, const void *memory);

/* Each fills pcm with n_samples per channel, two channels interleaved, in any case: what libopus
 * cannot decode is silence, and the result is STATUS_CODEC.
 * n_samples: the packet's length; for fec and conceal a multiple of 120, <= 5760. */
enum status decoder_decode(
	struct decoder *d, const uint8_t *packet, size_t n_bytes, float *pcm, int n_samples);
enum status decoder_decode_fec(
	struct decoder *d, const uint8_t *next_packet, size_t n_bytes, float *pcm, int n_samples);
enum status decoder_conceal(struct decoder *d, float *pcm, int n_samples);

/* Deep redundancy (libopus 1.5 built with DRED): a later packet may describe the sound before it.
 * Returns how far back from its first sample it reaches, in samples; 0 where there is none or the
 * library does not support it. timestamp, >= 0, identifies the packet, which is parsed only
 * once. */
int decoder_dred_reach(struct decoder *d, int64_t timestamp, const uint8_t *packet, size_t n_bytes);

/* As those above; begins back_samples before the packet last passed to decoder_dred_reach(). */
enum status decoder_decode_dred(struct decoder *d, int back_samples, float *pcm, int n_samples);

#endif
