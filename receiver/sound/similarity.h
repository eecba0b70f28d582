/* Finds where a signal is similar to itself a lag earlier, for time-scaling. In two steps, both on
 * two interleaved channels with a common lag: every lag at every place at a twelfth of the rate,
 * then the lags around the best one at the full rate.
 * Pure functions, no state. Owner: none. Thread: any. */
#ifndef HINDSIGHT_RECEIVER_SOUND_SIMILARITY_H
#define HINDSIGHT_RECEIVER_SOUND_SIMILARITY_H

#include "common/base/units.h"

#include <stdbool.h>

enum {
	SIMILARITY_CHANNELS = 2,
	SIMILARITY_LAG_MIN_SAMPLES = 5 * SAMPLES_PER_MS / 2, /* 400 Hz */
	SIMILARITY_LAG_MAX_SAMPLES = 16 * SAMPLES_PER_MS,    /* 62.5 Hz */
	/* Samples before the first place: two of the longest lags, and a margin for rounding. */
	SIMILARITY_HISTORY_SAMPLES = 2 * SIMILARITY_LAG_MAX_SAMPLES + 16,
	SIMILARITY_PLACES_MAX = FRAME_SAMPLES_MAX
};

/* Two places, l and the earlier e = l - lag. The compared windows end fade_samples after them and
 * begin before them by the longer of lag and context: they cover everything that a join touches. */
struct similarity_question {
	const float *line; /* SIMILARITY_HISTORY_SAMPLES, then n_samples: places count from there */
	int n_samples;	   /* <= SIMILARITY_PLACES_MAX; windows lie before their end */
	int fade_samples;
	int context_samples; /* <= SIMILARITY_LAG_MAX_SAMPLES */
	int lag_max_samples; /* <= SIMILARITY_LAG_MAX_SAMPLES */
	bool has_both;	     /* e, too, is at or after the first place; else only l */
	float emphasis;	     /* of high frequencies in the second step, 0..1 */
};

struct similarity {
	int l_samples, lag_samples; /* lag 0: no such place */
	float similarity;	    /* 1: equal; less where shape or level differ */
};

/* The best of all lags and places, to 12 and 96 samples. */
struct similarity similarity_search(const struct similarity_question *q);

/* The similarity of the end of the line as a whole at its best lag: below a third for noise. */
float similarity_anywhere(const struct similarity_question *q);

/* Refines the lag to one sample, at the place found. */
struct similarity similarity_refine(const struct similarity_question *q, struct similarity found);

#endif
