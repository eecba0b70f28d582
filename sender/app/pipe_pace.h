/* When sound that is read from a pipe was captured, and so when it is due. A live source writes
 * what it captures at once, by a clock of its own; a decoder writes as fast as the pipe takes
 * it, which tells it from a live source: the pipe is always full.
 *
 * Behind the clock while the pipe is empty, the source was late, and the pace begins anew. What
 * stands in the pipe of a live source, because its clock is faster or this process was stopped,
 * makes the sound late for nothing: a little is worked off, much of it is to be left out. Pure.
 * Thread: one at a time. Owner: the caller holds the struct. */
#ifndef HINDSIGHT_SENDER_APP_PIPE_PACE_H
#define HINDSIGHT_SENDER_APP_PIPE_PACE_H

#include "common/base/standing.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pipe_pace {	  /* private to pipe_pace.c */
	int64_t begin_us; /* when sample 0 was captured */
	int64_t n_samples;
	struct standing backlog, lateness;
	int64_t full_us;       /* when the pipe was last seen full */
	int64_t look_again_us; /* whether the source is live after all; 0: no need */
	bool is_live, is_file; /* neither: not known yet; a file is never taken for live */
};

void pipe_pace_init(struct pipe_pace *pace, int64_t now_us);

/* Before a read: how many samples of what is in the pipe, whole blocks of 10 ms, are to be
 * thrown away. */
size_t pipe_pace_skip(struct pipe_pace *pace, int64_t backlog_us, int64_t now_us);

/* So many samples were read now; this much is still in the pipe, which was or was not full.
 * Returns when the first of them was captured; they should not go on before the last one has. */
int64_t pipe_pace_put(
	struct pipe_pace *pace, size_t n_samples, int64_t backlog_us, bool is_full, int64_t now_us);

#endif
