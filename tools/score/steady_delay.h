/* The delay along which a listener compares: the course of an alignment without its short
 * excursions. A listener does not notice a delay that changes in a pause, and takes one that changes
 * within a word and back again for a disturbance. So each delay that lasts for less than STEADY_MIN_S
 * of sound is replaced by the longer of its neighbours, the shortest first.
 * Allocates and frees. Thread: any. */
#ifndef HINDSIGHT_TOOLS_SCORE_STEADY_DELAY_H
#define HINDSIGHT_TOOLS_SCORE_STEADY_DELAY_H

#include "tools/score/alignment.h"

#include <stdbool.h>
#include <stddef.h>

#define STEADY_MIN_S 0.3

/* Frame k of the clean recording has its middle at (k + 1) * hop_s; is_sound[n_frames] tells which of
 * them sound. Fills delays_s[n_frames]: how much later each is to be looked for in the heard
 * recording, which lasts for heard_s. False: no memory. */
bool steady_delay(double *delays_s, const bool *is_sound, size_t n_frames, double hop_s,
	const struct alignment *alignment, double heard_s);

#endif
