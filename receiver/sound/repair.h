/* Repairs the decoder's state with a frame that came too late to be played. After concealment the
 * decoder continues from a wrong state, which spoils a few more frames. When the missing frame does
 * arrive, the decoder goes back to its state before the concealment, decodes that frame and
 * everything played since, and continues as if nothing had been missing.
 *
 *     played     1  2 (3) 4          (3) was concealed; open() keeps the state before it
 *     arrives             3          too late: the jitter buffer keeps it, came()
 *     decoded          3  4  5       run(): 3 and 4 again, silently, before 5
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
	/* This long after the last imperfect frame there is little left to repair: 1 dB of
	 * log-spectral distance three frames on. */
	REPAIR_LATE_SAMPLES = 60 * SAMPLES_PER_MS,
	/* Decoding again takes time within one callback; concealing again takes more. */
	REPAIR_SAMPLES_MAX = 120 * SAMPLES_PER_MS,
	REPAIR_CONCEALED_MAX = 2
};

struct repair { /* private to repair.c, except that the count may be read */
	int64_t n_repairs;
	void *saved;	   /* the decoder before the first imperfect frame */
	int64_t timestamp; /* of that frame */
	int64_t last;	   /* of the last such frame */
	bool is_open, is_due;
};

/* memory: decoder_state_bytes(), aligned as by malloc(); must live as long. */
void repair_init(struct repair *r, void *memory);

/* The frame at this timestamp is about to be played from something less than its primary. The state
 * before the first such frame is kept until the repair is done or closed. */
void repair_open(struct repair *r, const struct decoder *d, int64_t timestamp);

/* Gives up the repair: another stream, or too late. */
void repair_close(struct repair *r);

/* Playout has reached next_timestamp. Returns the timestamp from which on late frames are still
 * wanted, <= next_timestamp. */
int64_t repair_wants_from(struct repair *r, int64_t next_timestamp);

/* A better form of an imperfect frame has been put into the jitter buffer. */
void repair_came(struct repair *r);

/* Whether repair_run() has something to repair when playout has reached next_timestamp. */
bool repair_is_due(struct repair *r, int64_t next_timestamp);

/* Call it only when due. Afterwards the decoder is in the state after decoding everything that the
 * jitter buffer holds before next_timestamp, with concealment in the gaps. scratch:
 * PACKET_SAMPLES_MAX of DECODER_CHANNELS. */
void repair_run(struct repair *r, struct decoder *d, const struct jitter_buffer *jb,
	int64_t next_timestamp, float *scratch);

#endif
