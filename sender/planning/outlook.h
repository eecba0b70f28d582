/* The expected effect of a set of copies under a pattern of loss: in which forms the frames will be
 * played, and which delay the receiver will choose. Pure. Thread: any. */
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
	double missing;	 /* concealed: no form arrived within the receiver's delay */
	double delay_ms; /* mean playout delay, beyond the network's delay */
};

/* distances: n_copies of them, in frames back, ascending. fec: in-band FEC of the frame before,
 * only where no distance is 1; a copy that arrived is preferred to FEC. frame_ms: duration of a
 * frame. */
struct outlook outlook_of(const struct loss_pattern *pattern, const int *distances, int n_copies,
	bool fec, double frame_ms);

#endif
