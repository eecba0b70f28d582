/* Enumerates the ways of sharing a budget between primary, copies and in-band FEC, and finds the
 * best of them. It is the planner's arithmetic, without its state. Pure. Thread: any. */
#ifndef HINDSIGHT_SENDER_PLANNING_CANDIDATES_H
#define HINDSIGHT_SENDER_PLANNING_CANDIDATES_H

#include "sender/coding/coding.h"
#include "sender/planning/loss_history.h"
#include "sender/planning/quality.h"
#include "sender/coding/redundancy.h"

#include <stdbool.h>

/* The conditions under which candidates are weighed. */
struct candidates {
	const struct quality *quality;
	const struct loss_pattern *pattern;
	int n_channels;
	int frame_samples;
	int budget_bps;	      /* the whole RTP payload */
	int reach_frames_max; /* distance of the farthest copy that the receiver can use; >= 0 */
	int primary_bps_min;  /* lower bound of the primary's rate, except without copies */
};

struct candidate {
	struct redundancy redundancy;
	bool fec;
	double mos;	 /* expected listening quality: common/base/mos_scale.h */
	double missing;	 /* expected share of the frames that is concealed */
	double delay_ms; /* expected playout delay, beyond the network's delay */
	double value;	 /* MOS less the price of the delay */
};

/* The candidate of the best value. */
struct candidate candidates_best(const struct candidates *c);

/* Weighs a given candidate (number, distances and rates of copies, FEC) under these conditions; the
 * primary gets what the copies leave. False where the budget or the reach does not allow it. */
bool candidates_weigh(const struct candidates *c, struct candidate *candidate);

#endif
