/* How hard the decoder tries: neural concealment sounds better and costs ten times what the plain
 * one does, and all of it within one callback of the sound device. Decides from how long callbacks
 * took when to try less hard.
 *
 * A callback should leave half of its period to the others. One that was interrupted takes long
 * too, whatever it did; so it counts only when it comes back each time: three calls of the same
 * kind one after the other. Between them lie any number of calls of the other kinds. What the
 * machine does beside hits each call alike, and a guess is rare; what a guess costs hits each guess.
 * Pure: no clock. Owner: player. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_APP_EFFORT_H
#define HINDSIGHT_RECEIVER_APP_EFFORT_H

#include <stdbool.h>
#include <stdint.h>

/* The costliest thing that was done in a call. */
enum effort_work {
	EFFORT_NONE,	/* what was decoded before was handed out */
	EFFORT_DECODED, /* frames that came */
	EFFORT_GUESSED, /* frames that did not, or were brought back by DRED */
	EFFORT_KINDS
};

enum { EFFORT_RUN = 3 };

struct effort { /* private to effort.c */
	int n_over[EFFORT_KINDS];
};

void effort_init(struct effort *e);

/* One call took so long, of a period of so long. True: the next lower complexity is due; what was
 * counted until now counts no more. */
bool effort_is_too_much(
	struct effort *e, enum effort_work work, int64_t took_us, int64_t period_us);

/* What to begin with, where the wish is this: a neural guess takes up to 0.8 ms (measured, see
 * docs/CONCEALMENT.md), so blocks below 2 ms begin without. */
int effort_first_complexity(int wanted, int64_t period_us);

/* The step below, as libopus 1.5 uses the number: 10 enhances good frames too, 5 conceals by neural
 * network, 0 does neither. 0 stays 0. */
int effort_lower_complexity(int complexity);

#endif
