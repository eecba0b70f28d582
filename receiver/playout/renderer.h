/* Renders the decision for one frame as sound, and keeps the decoder's state right:
 *
 *     concealed  and the like: the state before is kept; a late frame repairs it
 *     inserted   concealment without the stream advancing: the next frame repairs the state
 *
 * Where the state goes back, the sound is cross-faded. Long concealment becomes comfort noise.
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

struct renderer { /* private to renderer.c, except that decoder and count may be read */
	struct decoder decoder;
	int64_t decode_failures;
	const struct jitter_buffer *jitter_buffer;
	struct repair repair;
	struct comfort_noise noise;
	bool has_inserted; /* concealment inserted directly before the next frame */
};

/* Bytes of memory that renderer_init() needs. */
size_t renderer_bytes(void);

/* memory: renderer_bytes(), aligned as by malloc(). STATUS_CODEC where libopus cannot create a
 * decoder. */
enum status renderer_init(struct renderer *r, void *memory, int decoder_complexity,
	const struct jitter_buffer *jitter_buffer);

/* Another stream begins. */
void renderer_begin_stream(struct renderer *r);

/* The same stream continues at another timestamp. */
void renderer_leap(struct renderer *r);

/* Replaces concealment by DRED where a later packet describes the missing sound. */
void renderer_improve(struct renderer *r, struct playout_choice *choice, int64_t timestamp);

/* Decodes the choice for the frame at this timestamp into pcm, which has room for
 * PACKET_SAMPLES_MAX; choice->n_samples of it are valid. */
void renderer_render(
	struct renderer *r, const struct playout_choice *choice, int64_t timestamp, float *pcm);

/* As repair_wants_from() and repair_came(). */
int64_t renderer_wants_from(struct renderer *r, int64_t next_timestamp);
void renderer_came_late(struct renderer *r);

#endif
