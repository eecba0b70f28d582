/* What is to be expected of a set of copies under a pattern of loss: in which form the frames will
 * be heard, and what delay the receiver will take on for it. Pure. Thread: any. */
#ifndef HINDSIGHT_SENDER_OUTLOOK_H
#define HINDSIGHT_SENDER_OUTLOOK_H

#include "sender/loss_history.h"

#include <stdbool.h>

/* Shares of the frames; they add up to 1. */
struct outlook {
	double primary;
	double fec;	 /* from the next packet's in-band FEC */
	double copies;	 /* from a copy, whichever */
	double nearest;	 /* of these: from the nearest one */
	double missing;	 /* concealed: no form of it came, or one too late */
	double delay_ms; /* beyond the network's, at which the receiver plays, in the mean */
};

/* distances: n_copies of them, frames back, ascending; fec counts as a distance of 1 and is given
 * only where none of them is that. frame_ms: how long a frame is. */
struct outlook outlook_of(const struct loss_pattern *pattern, const int *distances, int n_copies,
	bool fec, double frame_ms);

#endif
