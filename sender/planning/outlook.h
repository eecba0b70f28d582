/* What is to be expected of a set of copies under a pattern of loss: in which form the frames will
 * be heard, and what delay the receiver will take on for it. Pure. Thread: any. */
#ifndef HINDSIGHT_SENDER_PLANNING_OUTLOOK_H
#define HINDSIGHT_SENDER_PLANNING_OUTLOOK_H

#include "sender/planning/loss_history.h"
#include "sender/coding/redundancy.h"

#include <stdbool.h>

/* Shares of the frames; they add up to 1. */
struct outlook {
	double primary;
	double fec;			      /* from the next packet's in-band FEC */
	double copies[REDUNDANCY_COPIES_MAX]; /* from each copy, the nearest first */
	double missing;	 /* concealed: no form of it came, or one later than the receiver's delay */
	double delay_ms; /* beyond the network's, at which the receiver plays, in the mean */
};

/* distances: n_copies of them, frames back, ascending. fec: of the frame before, given only where none of
 * them is 1; a copy that is there is heard rather than FEC. frame_ms: how long a frame is. */
struct outlook outlook_of(const struct loss_pattern *pattern, const int *distances, int n_copies,
	bool fec, double frame_ms);

#endif
