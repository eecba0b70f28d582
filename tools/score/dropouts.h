/* Holes in what was heard: stretches in which the clean recording has sound and what was heard is more
 * than 20 dB below it. Pure but for the memory it asks for. Thread: any. */
#ifndef HINDSIGHT_TOOLS_SCORE_DROPOUTS_H
#define HINDSIGHT_TOOLS_SCORE_DROPOUTS_H

#include "tools/score/alignment.h"

struct dropouts {
	int n;
	double all_ms, longest_ms;
};

struct dropout_levels {
	double gain;	    /* what was heard is louder by this factor in power */
	double clean_power; /* of the clean one's sound: what is 25 dB below is not missed */
};

/* Both at 48 kHz. Holes of 5 ms or more, to about a millisecond; those between which nothing is heard
 * for less than 100 ms are one. False: no memory. */
bool dropouts_find(struct dropouts *result, const struct alignment *alignment,
	const struct dropout_levels *levels, const float *clean, size_t n_clean, const float *heard,
	size_t n_heard);

#endif
