/* The decoder's effort: neural concealment sounds better than plain and costs ten times as much,
 * all of it within one callback of the sound device. Decides from the duration of callbacks when to
 * reduce the effort.
 *
 * A callback should leave half of its period to other work. A call may also take long because it
 * was interrupted, so the excess must recur: in three successive calls of the same kind, with any
 * number of calls of other kinds in between. Other load on the machine hits all calls alike, and
 * concealment is rare; the cost of concealment hits every concealment.
 * Pure: no clock. Owner: player. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_APP_EFFORT_H
#define HINDSIGHT_RECEIVER_APP_EFFORT_H

#include <stdbool.h>
#include <stdint.h>

/* The costliest work done in a call. */
enum effort_work {
	EFFORT_NONE,	  /* only samples decoded earlier were handed out */
	EFFORT_DECODED,	  /* frames that arrived */
	EFFORT_CONCEALED, /* frames that did not arrive, concealed or rebuilt from DRED */
	EFFORT_KINDS
};

enum { EFFORT_RUN = 3 };

struct effort { /* private to effort.c */
	int n_over[EFFORT_KINDS];
};

void effort_init(struct effort *e);

/* One call took took_us of a period of period_us. True: reduce to the next lower complexity;
 * counting starts anew. */
bool effort_is_too_much(
	struct effort *e, enum effort_work work, int64_t took_us, int64_t period_us);

/* The complexity to begin with: the wanted one, but neural concealment takes up to 0.8 ms
 * (measured, see docs/CONCEALMENT.md), so blocks below 2 ms begin without it. */
int effort_first_complexity(int wanted, int64_t period_us);

/* The next lower step as libopus 1.5 interprets complexity: 10 enhances received frames, too, 5
 * conceals by neural network, 0 does neither. 0 stays 0. */
int effort_lower_complexity(int complexity);

#endif
