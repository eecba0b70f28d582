/* A stream on a sound device that comes back: unplugged, its server ended, or standing still.
 *
 *   playing --(no block, or not active)--> LOST: the owner has another one pull
 *      ^                                     |
 *      |                                     | each second PortAudio anew: the same name,
 *      |                                     v else the default
 *      +---- the owner stops that one, take -- BACK
 *
 * What waits for sound systems runs on a thread of the keeper's, the owner of PortAudio
 * meanwhile. The owner's process() runs on one thread at a time and never between LOST and take.
 * It is also how the device's latency changes in a call: another stream is opened beside the one
 * that plays. Thread: all functions belong to one thread. */
#ifndef HINDSIGHT_COMMON_IO_AUDIO_KEEPER_H
#define HINDSIGHT_COMMON_IO_AUDIO_KEEPER_H

#include "common/base/xrun_lesson.h"
#include "common/io/audio_io.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum audio_keeper_event {
	AUDIO_KEEPER_NONE,
	AUDIO_KEEPER_LOST,   /* process() does not run any more */
	AUDIO_KEEPER_BACK,   /* and will, once audio_keeper_take() was called */
	AUDIO_KEEPER_CHANGED /* the latency is another one; nothing is to be done */
};

struct audio_keeper_lane { /* one of two streams, of which one is heard */
	struct audio_keeper *keeper;
	struct audio_stream stream;
	atomic_bool is_inside;	       /* process() runs */
	atomic_int_fast64_t called_us; /* 0: not since it was opened */
	atomic_int_fast64_t n_samples; /* since then */
};

struct audio_keeper { /* private to audio_keeper.c */
	struct audio_config config;
	struct audio_keeper_lane lanes[2];
	atomic_int heard; /* the lane whose blocks reach the owner; -1: none */
	int playing;	  /* the lane that was last heard */
	bool may_reopen, is_lost;
	int64_t started_us;

	pthread_t thread;	  /* that opens lanes[1 - playing] */
	bool has_thread, is_anew; /* for PortAudio begins anew */
	size_t latency_samples;	  /* asked for at present */
	size_t before_samples;	  /* and before that */
	struct xrun_lesson lesson;
	atomic_int_fast64_t n_xruns;
	atomic_bool should_stop;
	atomic_int outcome;
};

/* config: as audio_stream_open() takes it; its texts live as long as the keeper. may_reopen: else a
 * device that has gone stays so. False: *error says why. */
bool audio_keeper_open(struct audio_keeper *keeper, const struct audio_config *config,
	bool may_reopen, struct io_error *error);
bool audio_keeper_start(struct audio_keeper *keeper, struct io_error *error);

/* What has happened since; to be asked many times a second. */
enum audio_keeper_event audio_keeper_tend(struct audio_keeper *keeper);

/* After BACK: from here on process() runs again. */
void audio_keeper_take(struct audio_keeper *keeper);

/* The latency that is asked of the device at present: its period, or more after underruns, where
 * the sound system lets another stream begin beside the one that plays. */
int64_t audio_keeper_latency_us(const struct audio_keeper *keeper);

/* The stream that is heard, or was last. */
const struct audio_stream *audio_keeper_stream(const struct audio_keeper *keeper);

/* No process() runs any more when this returns. */
void audio_keeper_stop(struct audio_keeper *keeper);

/* False: a sound system does not let go. Then nothing of it may be freed, PortAudio not be
 * terminated, and the process should end. */
bool audio_keeper_close(struct audio_keeper *keeper);

#endif
