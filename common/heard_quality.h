/* The one figure for how good a call is heard: what hindsight-score prints and what the sender's
 * planner aims at, so it stands once. 1 is the sound as it was said, 0 is nothing; it is no MOS.
 * docs/SCORE.md tells where its constants come from. Header-only, pure. Thread: any. */
#ifndef HINDSIGHT_COMMON_HEARD_QUALITY_H
#define HINDSIGHT_COMMON_HEARD_QUALITY_H

#include <math.h>

#define HEARD_QUALITY_UNDERSTOOD_POWER 5
#define HEARD_QUALITY_DISTANCE_DB      6.0

/* intelligibility: ESTOI, taken for 0..1; distance_db: log-spectral, >= 0. */
static inline double heard_quality(double intelligibility, double distance_db)
{
	const double understood = fmax(0, fmin(1, intelligibility));

	return pow(understood, HEARD_QUALITY_UNDERSTOOD_POWER) *
	       exp(-distance_db / HEARD_QUALITY_DISTANCE_DB);
}

#endif
