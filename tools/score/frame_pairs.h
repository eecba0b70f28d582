/* Which frames of what was heard and of the clean recording belong together: every frame heard, by the
 * alignment, and what the receiver skipped beside what was heard in its place, so that nothing can
 * be left out to look better. Allocates; frame_pairs_end() frees. Thread: any. */
#ifndef HINDSIGHT_TOOLS_SCORE_FRAME_PAIRS_H
#define HINDSIGHT_TOOLS_SCORE_FRAME_PAIRS_H

#include "tools/score/alignment.h"

/* Middles of frames, in samples at the rate that was asked for. */
struct frame_pairs {
	double *clean_at, *heard_at;
	int n;
};

/* What lies before the beginning or after the end of one of the two is left out. rate_hz: of the
 * samples; hop: of them, from frame to frame. False: no memory. */
bool frame_pairs_make(struct frame_pairs *pairs, const struct alignment *alignment, double clean_s,
	double heard_s, int rate_hz, int hop);
void frame_pairs_end(struct frame_pairs *pairs);

#endif
