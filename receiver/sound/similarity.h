/* Where a signal is like itself some lag before: the question that time-scaling asks. In two steps,
 * both for two channels interleaved with one lag in common: every lag at every place at a twelfth
 * of the rate, then the lags around the best one at the full rate.
 * Pure functions, no state. Owner: none. Thread: any. */
#ifndef HINDSIGHT_RECEIVER_SOUND_SIMILARITY_H
#define HINDSIGHT_RECEIVER_SOUND_SIMILARITY_H

#include "common/base/units.h"

#include <stdbool.h>

enum {
	SIMILARITY_CHANNELS = 2,
	SIMILARITY_LAG_MIN_SAMPLES = 5 * SAMPLES_PER_MS / 2, /* 400 Hz */
	SIMILARITY_LAG_MAX_SAMPLES = 16 * SAMPLES_PER_MS,	   /* 62.5 Hz */
	/* Before the first place: two of the longest lags, and what rounding takes. */
	SIMILARITY_HISTORY_SAMPLES = 2 * SIMILARITY_LAG_MAX_SAMPLES + 16,
	SIMILARITY_PLACES_MAX = FRAME_SAMPLES_MAX
};

/* Two places, l and the earlier e = l - lag. The windows that are compared end n_fade after them
 * and begin the longer of lag and context before: all that a join touches is within. */
struct similarity_question {
	const float *line; /* n_history samples, then n_samples: places count from there */
	int n_samples;	   /* <= SIMILARITY_PLACES_MAX; windows lie before their end */
	int fade_samples;
	int context_samples; /* <= SIMILARITY_LAG_MAX_SAMPLES */
	int lag_max_samples; /* <= SIMILARITY_LAG_MAX_SAMPLES */
	bool has_both;	     /* e too is no earlier than the first place; else only l */
	float emphasis;	     /* of high frequencies in the second step, 0..1 */
};

struct similarity {
	int l_samples, lag_samples; /* lag 0: there is no such place */
	float similarity;	    /* 1: the same; less for another shape and for another level */
};

/* The best of all lags and places, to 12 and 96 samples. */
struct similarity similarity_search(const struct similarity_question *q);

/* How much the end of the line as a whole is like itself at any lag: below a third for noise. */
float similarity_anywhere(const struct similarity_question *q);

/* The lag to a sample, at the place found. */
struct similarity similarity_refine(const struct similarity_question *q, struct similarity found);

#endif
