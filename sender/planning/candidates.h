/* All the ways of sharing a budget between primary, copies and in-band FEC that are worth weighing,
 * and the best of them: the planner's arithmetic, without its memory. Pure. Thread: any. */
#ifndef HINDSIGHT_SENDER_PLANNING_CANDIDATES_H
#define HINDSIGHT_SENDER_PLANNING_CANDIDATES_H

#include "sender/coding/coding.h"
#include "sender/planning/loss_history.h"
#include "sender/planning/quality.h"
#include "sender/coding/redundancy.h"

#include <stdbool.h>

/* Under what they are weighed. */
struct candidates {
	const struct quality *quality;
	const struct loss_pattern *pattern;
	int n_channels;
	int frame_samples;
	int budget_bps;	      /* the whole RTP payload */
	int reach_frames_max; /* the farthest copy that the receiver can use; >= 0 */
	int primary_bps_min;  /* none with less for the primary, but for the one without copies */
};

struct candidate {
	struct redundancy redundancy;
	bool fec;
	double mos;	 /* expected of what is heard: common/base/mos_scale.h */
	double missing;	 /* expected share of the frames that is concealed */
	double delay_ms; /* expected of the receiver, beyond the network's */
	double value;	 /* MOS less the price of the delay */
};

/* The one of the best value. */
struct candidate candidates_best(const struct candidates *c);

/* This one under these circumstances: its number, distances and rate of copies and FEC; the primary
 * gets what they leave. False where the budget or the reach does not allow it. */
bool candidates_weigh(const struct candidates *c, struct candidate *candidate);

#endif
