/* What the next primary may take, so that the payload meets its rate in the mean and no second
 * goes far beyond it.
 *
 * libopus's rates are means of their own, and loud frames are larger in all their forms at once. So
 * the primary's share is reckoned with the mean size of the copies and not with those of the very
 * packet, and what was sent too much or too little is made up for slowly: sound keeps its quality
 * through a loud word. Where a second would become too full, the primaries shrink ahead of it, evenly.
 * Pure; no allocation. Thread: the owner's. Owner: send_stream. */
#ifndef HINDSIGHT_SENDER_CODING_BIT_BUDGET_H
#define HINDSIGHT_SENDER_CODING_BIT_BUDGET_H

#include "common/base/units.h"

#include <stddef.h>

enum { BIT_BUDGET_FRAMES_MAX = SAMPLES_PER_SECOND / FRAME_SAMPLES_MIN };

struct bit_budget { /* private to bit_budget.c */
	int frame_samples;
	int n_second;	       /* frames in a second */
	double frame_bytes;    /* of payload, granted for each */
	double least_bytes;    /* of a primary, whatever is owed */
	double planned_bytes;  /* of copies and headers in a packet, by their rates */
	double overhead_ratio; /* what they really take of that, in the mean of the last packets */
	double debt_bytes;     /* sent beyond the grant; negative: below it */
	int at;		       /* in the ring below, of the next frame */
	double excess
		[BIT_BUDGET_FRAMES_MAX]; /* bytes sent less those granted, a frame of the last second */
};

/* frame_samples: 120..2880. No rates are set yet. */
void bit_budget_init(struct bit_budget *b, int frame_samples);

/* From the next frame on: rates in bit/s of the primaries, > 0, and of all that goes with them
 * (redundancy_copies_bps()). */
void bit_budget_set_rates(struct bit_budget *b, int primary_bps, int copies_bps);

/* The rate of the next primary, in bit/s, whose packet has so many bytes of copies and headers. */
int bit_budget_primary_bps(const struct bit_budget *b, size_t overhead_bytes);

/* A frame is done; 0, 0: nothing was sent for it. */
void bit_budget_on_frame(struct bit_budget *b, size_t payload_bytes, size_t overhead_bytes);

#endif
