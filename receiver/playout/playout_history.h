/* What was played, frame by frame, and whether missing frames were lost.
 * A frame of which nothing arrived was either lost or never sent (DTX); only the sequence number of
 * the next primary tells. Until then its fate is open, and it is not counted.
 * Memory inside the struct; no allocation. Owner: recv_stream. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_PLAYOUT_PLAYOUT_HISTORY_H
#define HINDSIGHT_RECEIVER_PLAYOUT_PLAYOUT_HISTORY_H

#include "receiver/playout/playout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLAYOUT_HISTORY_FRAMES = 1024 }; /* capacity in records */

struct playout_history {		 /* private to playout_history.c */
	int64_t n_frames[PLAYOUT_MEANS]; /* decided frames, by means */
	bool has_primary;
	int64_t last_primary_seq;
	int64_t n_recovered;   /* since the last primary: frames played from copy, FEC or DRED */
	int64_t n_passed_over; /* since the last primary: frames not played at all */
	bool has_played;
	int64_t played_end;    /* timestamp after what was last played */
	int64_t usual_samples; /* length of the last available frame */
	uint64_t n_records, n_certain, n_read;
	struct playout_record records[PLAYOUT_HISTORY_FRAMES];
};

void playout_history_init(struct playout_history *h);

/* The next frame was played; means PLAYOUT_CONCEALED: nothing arrived. seq: of a primary. */
void playout_history_add(struct playout_history *h, const struct playout_record *record);

/* The last record was stretched by n_samples (negative: shortened). */
void playout_history_stretched(struct playout_history *h, int n_samples);

/* Another stream begins: open records beyond the end of the old one belong to neither. */
void playout_history_end_stream(struct playout_history *h);

/* A form of the frame with this timestamp arrived too late. True where that frame was concealed,
 * and this is its first form. */
bool playout_history_came_late(struct playout_history *h, int64_t timestamp, int64_t arrival_us);

/* The next record whose fate is certain; false: none. Records not read in time are overwritten,
 * oldest first. */
bool playout_history_next(struct playout_history *h, struct playout_record *record);

/* For an independent reader, which begins with *cursor 0: the next record as soon as it exists.
 * Means up to PLAYOUT_DRED are final; a missing frame may yet turn out as silent. */
bool playout_history_follow(
	const struct playout_history *h, uint64_t *cursor, struct playout_record *record);

/* For an independent reader, which begins with *cursor 0: the next record whose fate is certain. */
bool playout_history_read(
	const struct playout_history *h, uint64_t *cursor, struct playout_record *record);

#endif
