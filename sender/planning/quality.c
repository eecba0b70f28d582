#include "sender/planning/quality.h"

#include <math.h>

const int quality_rates_bps[QUALITY_RATES] = { 6000, 7000, 8000, 9000, 10000, 11000, 12000, 14000,
	16000, 20000, 24000, 32000, 48000, 64000, 96000 };

/* The two rates of the table to interpolate between, and the distance from the lower one: 0..1,
 * logarithmic. */
struct place {
	int below;
	double above;
};

static struct place place_of(int bps)
{
	int i = 0;

	if (bps <= quality_rates_bps[0])
		return (struct place){ 0, 0 };
	if (bps >= quality_rates_bps[QUALITY_RATES - 1])
		return (struct place){ QUALITY_RATES - 2, 1 };
	while (bps >= quality_rates_bps[i + 1])
		i++;
	const double low = log(quality_rates_bps[i]);
	return (struct place){ i, (log(bps) - low) / (log(quality_rates_bps[i + 1]) - low) };
}

static double between(const double powers[QUALITY_RATES], struct place at)
{
	return powers[at.below] + at.above * (powers[at.below + 1] - powers[at.below]);
}

static int apart(int a, int b)
{
	return a < b ? b - a : a - b;
}

const struct quality *quality_of(
	struct coding coding, int frame_samples, enum concealment concealment)
{
	const struct quality_table *const table =
		concealment == CONCEALMENT_NEURAL ? &quality_neural : &quality_plain;
	const struct quality *best = &table->rows[0];
	int least = -1;

	for (int i = 0; i < table->n_rows; i++) {
		const struct quality *const q = &table->rows[i];
		/* Mode first, then band, then length: each outweighs those after it. */
		const int far = (q->coding.mode != coding.mode) * 100000 +
				apart((int)q->coding.band, (int)coding.band) * 10000 +
				apart(q->frame_samples, frame_samples);
		if (least < 0 || far < least) {
			least = far;
			best = q;
		}
	}
	return best;
}

double quality_primary(const struct quality *q, int primary_bps)
{
	return between(q->primary, place_of(primary_bps));
}

double quality_copy(const struct quality *q, int primary_bps, int copy_bps)
{
	const struct place row = place_of(primary_bps), column = place_of(copy_bps);
	const double low = between(q->copy[row.below], column);
	const double high = between(q->copy[row.below + 1], column);

	return low + row.above * (high - low);
}

double quality_fec_primary(const struct quality *q, int primary_bps)
{
	return between(q->fec_primary, place_of(primary_bps));
}

double quality_fec(const struct quality *q, int primary_bps)
{
	return between(q->fec, place_of(primary_bps));
}

double quality_concealed(const struct quality *q, int primary_bps)
{
	return between(q->concealed, place_of(primary_bps));
}
