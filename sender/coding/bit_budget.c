#include "sender/coding/bit_budget.h"

#include <string.h>

/* In seconds of the budget: how long a debt takes to pay back, and how much credit may be saved
 * up. */
#define DEBT_S	 1.0
#define CREDIT_S 0.5

/* The planned excess of any second over its budget. With what libopus adds to the last frames it
 * stays within 5 %. */
#define EXCESS_MAX 0.03

/* Time constant of the mean size of the copies. */
#define MEAN_S 2.0

void bit_budget_init(struct bit_budget *b, int frame_samples)
{
	memset(b, 0, sizeof *b);
	b->frame_samples = frame_samples;
	b->n_second = SAMPLES_PER_SECOND / frame_samples;
	b->overhead_ratio = 1;
}

static double bytes_of(const struct bit_budget *b, int bps)
{
	return (double)bps / 8 * b->frame_samples / SAMPLES_PER_SECOND;
}

void bit_budget_set_rates(struct bit_budget *b, int primary_bps, int copies_bps)
{
	b->frame_bytes = bytes_of(b, primary_bps + copies_bps);
	b->planned_bytes = bytes_of(b, copies_bps);
	b->least_bytes = bytes_of(b, primary_bps) / 2;
}

/* The largest payload that all of the next frames may have, so that every second ending with one of
 * them keeps within its bounds. */
static double even_bytes(const struct bit_budget *b, double beyond_mean_bytes)
{
	const double excess_max = EXCESS_MAX * b->n_second * b->frame_bytes;
	double excess = beyond_mean_bytes, least = 0;
	int at = b->at;

	for (int n_next = b->n_second; n_next > 0; n_next--) {
		const double room = (excess_max - excess) / n_next;
		if (n_next == b->n_second || room < least)
			least = room;
		at = (at > 0 ? at : b->n_second) - 1;
		excess += b->excess[at];
	}
	return b->frame_bytes + least;
}

int bit_budget_primary_bps(const struct bit_budget *b, size_t overhead_bytes)
{
	const double mean_bytes = b->overhead_ratio * b->planned_bytes;
	const double wanted = b->frame_bytes - b->debt_bytes / (DEBT_S * b->n_second);
	const double even = even_bytes(b, (double)overhead_bytes - mean_bytes);
	double bytes = (wanted < even ? wanted : even) - mean_bytes;

	if (bytes < b->least_bytes)
		bytes = b->least_bytes;
	return (int)(bytes * 8 * SAMPLES_PER_SECOND / b->frame_samples);
}

void bit_budget_on_frame(struct bit_budget *b, size_t payload_bytes, size_t overhead_bytes)
{
	const double excess = (double)payload_bytes - b->frame_bytes;
	const double credit_max = CREDIT_S * b->n_second * b->frame_bytes;

	b->excess[b->at] = excess;
	b->at = (b->at + 1) % b->n_second;
	b->debt_bytes += excess;
	if (b->debt_bytes < -credit_max)
		b->debt_bytes = -credit_max;
	if (payload_bytes > 0 && b->planned_bytes > 0)
		b->overhead_ratio +=
			((double)overhead_bytes / b->planned_bytes - b->overhead_ratio) /
			(MEAN_S * b->n_second);
}
