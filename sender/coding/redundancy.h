/* What a datagram carries: which earlier frames travel along as copies, and how the bit budget is
 * shared between the primary and them. Pure arithmetic; no state, no I/O. Thread: any. */
#ifndef HINDSIGHT_SENDER_CODING_REDUNDANCY_H
#define HINDSIGHT_SENDER_CODING_REDUNDANCY_H

#include <stddef.h>

enum {
	REDUNDANCY_COPIES_MAX = 8,
	REDUNDANCY_FORMS_MAX = 4, /* rates that differ: in each a frame is encoded once more */
	BUDGET_BPS_MIN = 6000,	  /* RFC 6716, 2.1.1 */
	BUDGET_BPS_MAX = 510000	  /* RFC 6716, 2.1.1 */
};

struct redundancy {
	int n_copies;			      /* 0..REDUNDANCY_COPIES_MAX */
	int distances[REDUNDANCY_COPIES_MAX]; /* frames back, >= 1, strictly ascending */
	int copy_bps[REDUNDANCY_COPIES_MAX];  /* of each; 0 beyond n_copies */
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

/* The same, where each copy has a rate of its own, > 0: n_copies of them, of which at most
 * REDUNDANCY_FORMS_MAX differ. A farther copy is heard in fewer frames. */
enum redundancy_fault redundancy_share_rates(
	struct redundancy *r, int frame_samples, int budget_bps, const int *copy_bps, int *limit);

/* What all of them take of the budget, headers included. */
int redundancy_copies_bps(const struct redundancy *r, int frame_samples);

/* The rates that differ, in the order in which they first appear, and which of them each copy has.
 * Returns how many there are. */
int redundancy_forms(const struct redundancy *r, int form_bps[REDUNDANCY_FORMS_MAX],
	int form_of[REDUNDANCY_COPIES_MAX]);

#endif
