/* The scale on which a call is judged: MOS-LQO as ITU-T P.862.2 has it, 1.04 (nothing is understood) to
 * 4.64 (the same), and under it the disturbance: 0 where all is the same, 3 where little is understood.
 * Disturbances of the parts of a call add up as their squares do; MOS do not. The sender's planner reckons
 * in it, and tools/bench/calibrate with it in what hindsight-score tells.
 * Source: P.862.2 (11/2007), 5, the map from the raw figure; the raw figure of the same sound is 4.5
 * (P.862, 10.2.4). Header-only, pure. Thread: any. */
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

/* The other way round; what is beyond the scale's ends is taken for them. */
static inline double disturbance_of_mos(double mos)
{
	const double above = fmax(1e-3, fmin(MOS_SCALE_SPAN - 1e-3, mos - MOS_SCALE_LEAST));
	const double raw = (MOS_SCALE_SHIFT - log(MOS_SCALE_SPAN / above - 1)) / MOS_SCALE_SLOPE;

	return fmax(0, MOS_SCALE_RAW_BEST - raw);
}

#endif
