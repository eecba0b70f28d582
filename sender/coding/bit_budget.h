/* The rate of the next primary, such that the payload meets its mean rate and no second goes far
 * beyond it.
 *
 * libopus keeps its rates only in the mean, and a loud frame is larger in all its forms at once. So
 * the primary's share is computed from the mean size of the copies, not from the copies in the same
 * packet, and any excess or deficit is made up for slowly: the sound keeps its quality through a
 * loud word. Where a second would become too full, the primaries shrink evenly before that. Pure;
 * no allocation. Thread: the owner's. Owner: send_stream. */
#ifndef HINDSIGHT_SENDER_CODING_BIT_BUDGET_H
#define HINDSIGHT_SENDER_CODING_BIT_BUDGET_H

#include "common/base/units.h"

#include <stddef.h>

enum { BIT_BUDGET_FRAMES_MAX = SAMPLES_PER_SECOND / FRAME_SAMPLES_MIN };

struct bit_budget { /* private to bit_budget.c */
	int frame_samples;
	int n_second;	       /* frames in a second */
	double frame_bytes;    /* payload budget of a frame */
	double least_bytes;    /* smallest primary, whatever the debt */
	double planned_bytes;  /* copies and headers in a packet, by their nominal rates */
	double overhead_ratio; /* their real size over planned_bytes, mean of the last packets */
	double debt_bytes;     /* sent beyond the budget; negative: credit */
	int at;		       /* index of the next frame in the ring below */
	/* Bytes sent less the budget, for each frame of the last second. */
	double excess[BIT_BUDGET_FRAMES_MAX];
};

/* frame_samples: 120..2880. No rates are set yet. */
void bit_budget_init(struct bit_budget *b, int frame_samples);

/* From the next frame on: the rates in bit/s of the primaries, > 0, and of copies and headers
 * (redundancy_copies_bps()). */
void bit_budget_set_rates(struct bit_budget *b, int primary_bps, int copies_bps);

/* The rate of the next primary in bit/s. overhead_bytes: of copies and headers in its packet. */
int bit_budget_primary_bps(const struct bit_budget *b, size_t overhead_bytes);

/* A frame is done; 0, 0: nothing was sent for it. */
void bit_budget_on_frame(struct bit_budget *b, size_t payload_bytes, size_t overhead_bytes);

#endif
