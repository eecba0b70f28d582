/* Makes sound of what was decided for one frame, and keeps the decoder's state right meanwhile:
 *
 *     concealed  and the like: the state before is kept; a frame that comes too late mends it
 *     inserted   guesses without the stream moving on: the frame after them mends the state
 *
 * Where the state goes back, the sound fades over. Guesses that run long become noise.
 * Memory is the caller's; no allocation. Owner: playback. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_PLAYOUT_RENDERER_H
#define HINDSIGHT_RECEIVER_PLAYOUT_RENDERER_H

#include "common/base/status.h"
#include "receiver/sound/comfort_noise.h"
#include "receiver/sound/decoder.h"
#include "receiver/arrival/jitter_buffer.h"
#include "receiver/playout/playout.h"
#include "receiver/sound/repair.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct renderer { /* private to renderer.c, but for the decoder and the count */
	struct decoder decoder;
	int64_t decode_failures;
	const struct jitter_buffer *jitter_buffer;
	struct repair repair;
	struct comfort_noise noise;
	bool has_inserted; /* guesses directly before the next frame */
};

/* Bytes of memory that renderer_init() wants. */
size_t renderer_bytes(void);

/* memory: renderer_bytes(), aligned as malloc() does. STATUS_CODEC where libopus gives no
 * decoder. */
enum status renderer_init(struct renderer *r, void *memory, int decoder_complexity,
	const struct jitter_buffer *jitter_buffer);

/* Another stream begins. */
void renderer_begin_stream(struct renderer *r);

/* The same stream goes on somewhere else. */
void renderer_leap(struct renderer *r);

/* Where the choice is a guess, but a later packet describes what is missing (DRED): that instead. */
void renderer_improve(struct renderer *r, struct playout_choice *choice, int64_t timestamp);

/* Decodes the choice for the frame at this timestamp into pcm, which has room for
 * PACKET_SAMPLES_MAX; choice->n_samples of it are the sound. */
void renderer_render(
	struct renderer *r, const struct playout_choice *choice, int64_t timestamp, float *pcm);

/* As repair_wants_from() and repair_came(). */
int64_t renderer_wants_from(struct renderer *r, int64_t next_timestamp);
void renderer_came_late(struct renderer *r);

#endif
