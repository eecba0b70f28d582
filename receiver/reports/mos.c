#include "receiver/reports/mos.h"

/* ITU-T G.107, table 3: all at their defaults. */
#define R_BEST 93.2

/* The impairment by delay as two straight lines, as usual: from 177.3 ms on, people interrupt one
 * another. */
#define PER_MS		0.024
#define TALK_OVER_MS	177.3
#define PER_MS_TALKOVER 0.11

/* G.107, 3.5, for random loss: 95 is the impairment of total loss, and the robustness is such that
 * 10 % missing cost half of it. This fits PESQ scores of Opus speech: 2.1 with 10 % missing and 1.5
 * with 20 %. */
#define MISSING_WORST	   95.0
#define ROBUSTNESS_PERCENT 10.0

double mos_estimate(double mouth_to_ear_ms, double missing_share)
{
	const double percent = 100 * missing_share;
	double r = R_BEST - PER_MS * mouth_to_ear_ms -
		   MISSING_WORST * percent / (percent + ROBUSTNESS_PERCENT);

	if (mouth_to_ear_ms > TALK_OVER_MS)
		r -= PER_MS_TALKOVER * (mouth_to_ear_ms - TALK_OVER_MS);
	const double mos = 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6; /* G.107, B.4 */
	return r < 0 || mos < 1 ? 1 : mos;
}
