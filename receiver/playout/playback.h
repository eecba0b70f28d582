/* Turns the frames in the jitter buffer into samples, each at its time.
 *
 *   jitter_buffer -> playout_choose -> decoder -> comfort_noise -> time_scale -> ready -> pull()
 *                         ^                                            ^
 *   playout_delay: when, +--------- too late or too early: how much ---+
 *
 * The delay moves towards its target by time-scaling, and in gaps of the stream. Memory is the
 * caller's; no allocation. Owner: recv_stream, which also owns the jitter buffer and the playout
 * delay. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_PLAYOUT_PLAYBACK_H
#define HINDSIGHT_RECEIVER_PLAYOUT_PLAYBACK_H

#include "common/base/status.h"
#include "common/base/units.h"
#include "receiver/arrival/jitter_buffer.h"
#include "receiver/arrival/playout_delay.h"
#include "receiver/playout/playout_history.h"
#include "receiver/playout/renderer.h"
#include "receiver/playout/steering.h"
#include "receiver/sound/time_scale.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	/* A packet, samples decoded ahead to be shortened, and what lengthening adds. */
	PLAYBACK_READY_SAMPLES = PACKET_SAMPLES_MAX + FRAME_SAMPLES_MAX + 1024
};

/* Sound that would be played this much later than the target is stale (the device stood still, or a
 * stall of the network ended in a burst): playout skips to where the stream should be. */
#define PLAYBACK_STALE_US (100 * US_PER_MS)

struct playback_counts {
	int64_t packets_stale; /* skipped: too late to be played */
	int64_t n_delays;      /* frames of which delay_sum_us is the sum */
	int64_t delay_sum_us;
	int64_t n_shortened, shortened_samples;
	int64_t n_lengthened, lengthened_samples;
	int64_t inserted_samples;
};

struct playback { /* private to playback.c, except that counts and history may be read */
	struct playback_counts counts;
	struct playout_history history;
	struct jitter_buffer *jitter_buffer;
	struct playout_delay *delay;
	struct renderer renderer;
	struct time_scale time_scale;

	bool is_playing;	 /* false: silence until a frame is due */
	int64_t next_timestamp;	 /* of the next sample to be decoded; nothing before it is played */
	int usual_samples;	 /* length of recent frames */
	int64_t usual_delay_us;	 /* the target, or the rest of an earlier, longer one */
	int64_t missing_samples; /* rendered since the last frame that was available */
	struct steering steering;

	int64_t n_handed; /* samples handed out since the start */
	int n_ready, ready_at;
	float ready[PLAYBACK_READY_SAMPLES * DECODER_CHANNELS];
};

/* Bytes of memory that playback_init() needs. */
size_t playback_bytes(void);

/* memory: playback_bytes(), aligned as by malloc(). Jitter buffer and playout delay are the owner's
 * and must live as long. STATUS_CODEC where libopus cannot create a decoder. */
enum status playback_init(struct playback *p, void *memory, int decoder_complexity,
	struct jitter_buffer *jitter_buffer, struct playout_delay *delay);

/* Another stream, whose first packet has this timestamp. */
void playback_begin_stream(struct playback *p, int64_t timestamp);

/* The same stream goes on from this timestamp, at a new time. */
void playback_resume_from(struct playback *p, int64_t timestamp);

/* Frames before this timestamp are too late. */
int64_t playback_next_timestamp(const struct playback *p);

/* But from this one on they can still repair the decoder's state: put them into the jitter buffer,
 * then call playback_came_late(). Never after playback_next_timestamp(). */
int64_t playback_wants_from(struct playback *p);
void playback_came_late(struct playback *p);

/* The next n_samples; silence while there is no stream. */
void playback_pull(struct playback *p, float *pcm, size_t n_samples, int64_t now_us);

#endif
