/* What a datagram carries: which earlier frames travel along as copies, and how the bit budget is
 * shared between the primary and them. Pure arithmetic; no state, no I/O. Thread: any. */
#ifndef HINDSIGHT_SENDER_REDUNDANCY_H
#define HINDSIGHT_SENDER_REDUNDANCY_H

#include <stddef.h>

enum {
	REDUNDANCY_COPIES_MAX = 8,
	BUDGET_BPS_MIN = 6000,	/* RFC 6716, 2.1.1 */
	BUDGET_BPS_MAX = 510000 /* RFC 6716, 2.1.1 */
};

struct redundancy {
	int n_copies;			      /* 0..REDUNDANCY_COPIES_MAX */
	int distances[REDUNDANCY_COPIES_MAX]; /* frames back, >= 1, strictly ascending */
	int copy_bps;			      /* of the nearest copy; 0 without copies */
	int far_copy_bps;		      /* of each behind it, <= copy_bps; 0 without them */
	int primary_bps;
};

/* Why a wish cannot be had; limit: the value that would be right. */
enum redundancy_fault {
	REDUNDANCY_OK,
	REDUNDANCY_TOO_FAR,	 /* RFC 2198's 14-bit offset; limit: the largest distance */
	REDUNDANCY_TOO_BIG,	 /* the budget does not fit a datagram; limit: the largest, bit/s */
	REDUNDANCY_BUDGET_SMALL, /* copies and headers leave too little; limit: the least, bit/s */
	REDUNDANCY_COPY_SMALL	 /* Opus cannot code that low here; limit: the least copy, bit/s */
};

/* Fills in the rates of *r, of which n_copies and distances are given; all copies have one.
 * budget_bps is the whole RTP payload, RFC 2198's headers included; wanted_copy_bps 0 leaves the
 * copies' rate to us. *limit is set where the answer is not REDUNDANCY_OK. */
enum redundancy_fault redundancy_share(
	struct redundancy *r, int frame_samples, int budget_bps, int wanted_copy_bps, int *limit);

/* The same, where the copies behind the nearest, which are heard in far fewer frames, have another rate:
 * both > 0, the second at most the first. */
enum redundancy_fault redundancy_share_two(struct redundancy *r, int frame_samples, int budget_bps,
	int copy_bps, int far_copy_bps, int *limit);

/* What all of them take of the budget, headers included. */
int redundancy_copies_bps(const struct redundancy *r, int frame_samples);

#endif
