/* The scale on which a call is judged: MOS-LQO of ITU-T P.862.2, 1.04 (unintelligible) to 4.64
 * (identical), and the disturbance below it: 0 where the sound is identical, 3 where little is
 * understood. The squared disturbances of the parts of a call add up; MOS do not. The sender's
 * planner computes in disturbances, as does tools/bench/calibrate with the scores of
 * hindsight-score.
 * Source: P.862.2 (11/2007), 5, the map from the raw figure; the raw figure of the same sound is
 * 4.5 (P.862, 10.2.4). Header-only, pure. Thread: any. */
#ifndef HINDSIGHT_COMMON_BASE_MOS_SCALE_H
#define HINDSIGHT_COMMON_BASE_MOS_SCALE_H

#include <math.h>

#define MOS_SCALE_LEAST	   0.999
#define MOS_SCALE_SPAN	   4.0
#define MOS_SCALE_SLOPE	   1.3669
#define MOS_SCALE_SHIFT	   3.8224
#define MOS_SCALE_RAW_BEST 4.5

/* disturbance: >= 0. */
static inline double mos_of_disturbance(double disturbance)
{
	const double raw = MOS_SCALE_RAW_BEST - disturbance;

	return MOS_SCALE_LEAST +
	       MOS_SCALE_SPAN / (1 + exp(MOS_SCALE_SHIFT - MOS_SCALE_SLOPE * raw));
}

/* The inverse; a MOS beyond the scale's ends counts as its end. */
static inline double disturbance_of_mos(double mos)
{
	const double above = fmax(1e-3, fmin(MOS_SCALE_SPAN - 1e-3, mos - MOS_SCALE_LEAST));
	const double raw = (MOS_SCALE_SHIFT - log(MOS_SCALE_SPAN / above - 1)) / MOS_SCALE_SLOPE;

	return fmax(0, MOS_SCALE_RAW_BEST - raw);
}

#endif
