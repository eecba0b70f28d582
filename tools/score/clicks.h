/* Clicks: jumps from one sample to the next in what was heard, out of proportion to the sound around
 * them and without their like in the clean recording. Allocates and frees. Thread: any. */
#ifndef HINDSIGHT_TOOLS_SCORE_CLICKS_H
#define HINDSIGHT_TOOLS_SCORE_CLICKS_H

#include "tools/score/alignment.h"

/* Both at 48 kHz; gain: by how much what was heard is higher, in amplitude; amplitude: the root mean
 * square of the clean one's sound. Those within 2 ms count as one. -1: no memory. */
int clicks_count(const struct alignment *alignment, double gain, double amplitude,
	const float *clean, size_t n_clean, const float *heard, size_t n_heard);

#endif
