/* What was played, frame by frame, and the judgement on what was missing.
 * A frame for which nothing came may have been lost or never sent (DTX); only the sequence number
 * of the next primary tells. Until then its fate is open, and it is not counted.
 * Memory inside the struct; no allocation. Owner: recv_stream. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_PLAYOUT_PLAYOUT_HISTORY_H
#define HINDSIGHT_RECEIVER_PLAYOUT_PLAYOUT_HISTORY_H

#include "receiver/playout/playout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLAYOUT_HISTORY_FRAMES = 1024 }; /* how many are remembered */

struct playout_history {		 /* private to playout_history.c */
	int64_t n_frames[PLAYOUT_MEANS]; /* judged, by means */
	bool has_primary;
	int64_t last_primary_seq;
	int64_t n_recovered;   /* since the last primary: played from copy, FEC, DRED */
	int64_t n_passed_over; /* since then: not played at all */
	bool has_played;
	int64_t played_end;    /* timestamp after what was last played */
	int64_t usual_samples; /* the length of the last frame that there was */
	uint64_t n_records, n_certain, n_read;
	struct playout_record records[PLAYOUT_HISTORY_FRAMES];
};

void playout_history_init(struct playout_history *h);

/* The next frame was played; means PLAYOUT_CONCEALED: nothing came. seq: a primary's. */
void playout_history_add(struct playout_history *h, const struct playout_record *record);

/* What was played last was made longer by so many samples (negative: shorter). */
void playout_history_stretched(struct playout_history *h, int n_samples);

/* Another stream begins: what is open beyond the end of the old one was no frame of any. */
void playout_history_end_stream(struct playout_history *h);

/* A form of the frame with this timestamp came too late. True where that frame was played as
 * missing, and this is its first form. */
bool playout_history_came_late(struct playout_history *h, int64_t timestamp, int64_t arrival_us);

/* The next record whose fate is certain; false when there is none. Oldest ones not read in time
 * are overwritten. */
bool playout_history_next(struct playout_history *h, struct playout_record *record);

/* For a reader of its own, who begins with *cursor 0: the next record as soon as it is there. Means
 * up to PLAYOUT_DRED are certain; what stands there as missing may be judged otherwise. */
bool playout_history_follow(
	const struct playout_history *h, uint64_t *cursor, struct playout_record *record);

/* The next one whose fate is certain for a reader of its own, who begins with *cursor 0. */
bool playout_history_read(
	const struct playout_history *h, uint64_t *cursor, struct playout_record *record);

#endif
