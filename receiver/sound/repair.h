/* Mends the state of the decoder after a frame that came too late to be heard. What follows a guess
 * is decoded from a guessed state and sounds wrong for some frames more; when the frame does come,
 * the decoder goes back to where it was before the guess, decodes it and what was played since,
 * and goes on from there as if nothing had been missing.
 *
 *     played     1  2 (3) 4          (3) was guessed, from the state that open() keeps
 *     comes               3          too late: the jitter buffer keeps it, came()
 *     decoded          3  4  5       run(): 3 and 4 again, unheard, before 5
 *
 * Memory is the caller's; no allocation. Owner: playback. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_SOUND_REPAIR_H
#define HINDSIGHT_RECEIVER_SOUND_REPAIR_H

#include "common/base/units.h"
#include "receiver/sound/decoder.h"
#include "receiver/arrival/jitter_buffer.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	/* So long after the last frame that was not as it should be there is little left to mend:
	 * 1 dB of log-spectral distance three frames on. */
	REPAIR_LATE_SAMPLES = 60 * SAMPLES_PER_MS,
	/* Decoding again costs time, within one callback; guessing again costs more. */
	REPAIR_SAMPLES_MAX = 120 * SAMPLES_PER_MS,
	REPAIR_GUESSES_MAX = 2
};

struct repair { /* private to repair.c, but for the count */
	int64_t n_repairs;
	void *saved; /* the decoder before the first frame that was not there as it should be */
	int64_t timestamp; /* of that frame */
	int64_t last;	   /* of the last such frame */
	bool is_open, is_due;
};

/* memory: decoder_state_bytes(), aligned as malloc() does; alive as long. */
void repair_init(struct repair *r, void *memory);

/* The frame at this timestamp is about to be played by something less than its primary. The state
 * before the first such frame is kept until it is over. */
void repair_open(struct repair *r, const struct decoder *d, int64_t timestamp);

/* Nothing can be mended any more: another stream, or too late. */
void repair_close(struct repair *r);

/* Playing has come to this timestamp: answers from where on frames are still wanted, which is that
 * or before. */
int64_t repair_wants_from(struct repair *r, int64_t next_timestamp);

/* A better form of such a frame has been put into the jitter buffer. */
void repair_came(struct repair *r);

/* Whether repair_run() would mend something, playing having come to this timestamp. */
bool repair_is_due(struct repair *r, int64_t next_timestamp);

/* Only when it is due. The decoder is as after all that the jitter buffer holds until next_timestamp, guesses where it
 * holds nothing. scratch: PACKET_SAMPLES_MAX of DECODER_CHANNELS. */
void repair_run(struct repair *r, struct decoder *d, const struct jitter_buffer *jb,
	int64_t next_timestamp, float *scratch);

#endif
