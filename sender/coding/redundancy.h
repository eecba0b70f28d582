/* What a datagram carries: which earlier frames go along as copies, and how the bit budget is
 * shared between primary and copies. Pure arithmetic; no state, no I/O.
 * Thread: any. */
#ifndef HINDSIGHT_SENDER_CODING_REDUNDANCY_H
#define HINDSIGHT_SENDER_CODING_REDUNDANCY_H

#include <stddef.h>

enum {
	REDUNDANCY_COPIES_MAX = 8,
	REDUNDANCY_FORMS_MAX = 4, /* different rates; a frame is encoded once more for each */
	BUDGET_BPS_MIN = 6000,	  /* RFC 6716, 2.1.1 */
	BUDGET_BPS_MAX = 510000	  /* RFC 6716, 2.1.1 */
};

struct redundancy {
	int n_copies;			      /* 0..REDUNDANCY_COPIES_MAX */
	int distances[REDUNDANCY_COPIES_MAX]; /* frames back, >= 1, strictly ascending */
	int copy_bps[REDUNDANCY_COPIES_MAX];  /* of each; 0 beyond n_copies */
	int primary_bps;
};

/* Why a request is refused; limit: the value that would be accepted. */
enum redundancy_fault {
	REDUNDANCY_OK,
	REDUNDANCY_TOO_FAR, /* RFC 2198's 14-bit offset; limit: the largest distance */
	REDUNDANCY_TOO_BIG, /* the budget exceeds a datagram; limit: the largest budget, bit/s */
	/* Copies and headers leave too little; limit: the lowest budget, bit/s. */
	REDUNDANCY_BUDGET_SMALL,
	/* Below what Opus can code here; limit: the lowest copy rate, bit/s. */
	REDUNDANCY_COPY_SMALL
};

/* Fills in the rates of *r, whose n_copies and distances are given; all copies have one rate.
 * budget_bps is the whole RTP payload, RFC 2198's headers included; wanted_copy_bps 0: the copies'
 * rate follows by rule. *limit is set where the result is not REDUNDANCY_OK. */
enum redundancy_fault redundancy_share(
	struct redundancy *r, int frame_samples, int budget_bps, int wanted_copy_bps, int *limit);

/* The same with a rate > 0 for each copy: n_copies rates, at most REDUNDANCY_FORMS_MAX of them
 * different. A farther copy is played in fewer frames, so it may be cheaper. */
enum redundancy_fault redundancy_share_rates(
	struct redundancy *r, int frame_samples, int budget_bps, const int *copy_bps, int *limit);

/* The share of the budget that all copies take, headers included, in bit/s. */
int redundancy_copies_bps(const struct redundancy *r, int frame_samples);

/* The different rates in the order of their first appearance, and the index into them for each
 * copy. Returns their number. */
int redundancy_forms(const struct redundancy *r, int form_bps[REDUNDANCY_FORMS_MAX],
	int form_of[REDUNDANCY_COPIES_MAX]);

#endif
