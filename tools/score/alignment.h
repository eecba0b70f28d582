/* Where in a recording each moment of what was heard comes from. A receiver stretches, shortens, holds
 * and skips sound and its clock drifts, so the delay is a function of time: stretches of a constant or
 * steadily drifting delay, with steps between them.
 * One channel at 48 kHz. Allocates; alignment_end() frees. Deterministic. Thread: any. */
#ifndef HINDSIGHT_TOOLS_SCORE_ALIGNMENT_H
#define HINDSIGHT_TOOLS_SCORE_ALIGNMENT_H

#include <stdbool.h>
#include <stddef.h>

/* Heard between begin_s and end_s of the heard recording, with the delay (how much later there than
 * in the clean one; negative where it began later) going straight from one to the other. */
struct alignment_stretch {
	double begin_s, end_s;
	double begin_delay_ms, end_delay_ms;
	bool is_step; /* it begins with a step away from the stretch before */
};

struct alignment {
	struct alignment_stretch *stretches; /* by time, without gaps; the first begins at 0 */
	size_t n_stretches;		     /* at least one */
};

/* False: there is no memory, or no sound in one of the two; nothing is to be freed then. */
bool alignment_find(struct alignment *alignment, const float *clean, size_t n_clean,
	const float *heard, size_t n_heard);
void alignment_end(struct alignment *alignment);

/* The delay at that second of the heard recording. */
double alignment_delay_ms(const struct alignment *alignment, double heard_s);

#endif
