/* An estimate of how good people find what was heard: MOS-LQO as ITU-T P.862.2 defines it (1 bad to
 * 4.64, the most that its scale gives), by our own reckoning, fitted to that standard's reference code,
 * which is not part of this project. For speech, up to 8 kHz, by pieces of about 8 s, whose mean it is.
 * docs/SCORE.md tells how near it comes. Allocates and frees. Thread: any. */
#ifndef HINDSIGHT_TOOLS_SCORE_MOS_LQO_H
#define HINDSIGHT_TOOLS_SCORE_MOS_LQO_H

#include "tools/score/alignment.h"
#include "tools/score/disturbance.h"

#include <stdbool.h>
#include <stddef.h>

#define MOS_LQO_MIN 1.0
#define MOS_LQO_MAX 4.64

/* One channel at 48 kHz. *mos: NAN where the clean recording is not speech, or has too little of it.
 * False: no memory. */
bool mos_lqo_estimate(double *mos, const struct alignment *alignment, const float *clean,
	size_t n_clean, const float *heard, size_t n_heard);

#endif
