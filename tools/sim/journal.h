/* What became of each frame between its capture and the loudspeaker: the simulator's log, a CSV
 * with one row per frame, and the delays that only a simulator knows exactly.
 *
 * The columns are those of hindsight-recv's log and these: when the frame's first sample was
 * captured, its packet's fate, when that sample is heard, and the time between. Every captured
 * frame has its row; "skipped" are those that were neither played nor missed.
 * Thread: one at a time. Owner: the caller, who closes what was opened. */
#ifndef HINDSIGHT_TOOLS_SIM_JOURNAL_H
#define HINDSIGHT_TOOLS_SIM_JOURNAL_H

#include "common/io/io_error.h"
#include "tools/sim/simulation.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct journal_frame;

/* Sums from the start; snapshots of it are subtracted for what happened in between. */
struct journal_sums {
	int64_t n_delivered; /* packets, and the sum of their one-way delays */
	int64_t one_way_us;
	int64_t n_heard; /* frames heard by a form of their own, and mouth to ear of each */
	int64_t mouth_to_ear_us;
};

struct journal {
	struct journal_sums sums;

	/* private to journal.c */
	const struct simulation_config *config;
	FILE *file;		      /* NULL: sums only */
	struct journal_frame *frames; /* a ring of those captured, by number */
	int64_t n_captured;
	int64_t next_row;      /* the first frame without a row */
	int64_t last_position; /* of the frame played last */
};

/* path: NULL for no file. config is kept alive by the caller. False: *error says why, and there is
 * nothing to close. */
bool journal_open(struct journal *journal, const char *path, const struct simulation_config *config,
	struct io_error *error);

/* The simulation's hooks. */
void journal_on_sent(struct journal *journal, const struct simulation_frame *frame);
void journal_on_played(struct journal *journal, const struct playout_record *record);

/* Writes what is left. False: not all of it was written. */
bool journal_close(struct journal *journal, struct io_error *error);

/* Means in milliseconds between two snapshots; NAN where there was nothing. */
double journal_one_way_ms(const struct journal_sums *now, const struct journal_sums *before);
double journal_mouth_to_ear_ms(const struct journal_sums *now, const struct journal_sums *before);

#endif
