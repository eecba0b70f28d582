#include "sender/quality.h"

#include "common/heard_quality.h"

#include <math.h>

/* Between which two rates of the table, and how far from the lower one: 0..1 in logarithm. */
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

static struct sound mix(struct sound low, struct sound high, double share)
{
	return (struct sound){
		low.intelligibility + share * (high.intelligibility - low.intelligibility),
		low.power + share * (high.power - low.power),
	};
}

static struct sound between(const struct sound sounds[QUALITY_RATES], struct place at)
{
	return mix(sounds[at.below], sounds[at.below + 1], at.above);
}

double quality_of_sound(struct sound sound)
{
	return heard_quality(sound.intelligibility, sqrt(fmax(0, sound.power)));
}

static int apart(int a, int b)
{
	return a < b ? b - a : a - b;
}

const struct quality *quality_of(struct coding coding, int frame_samples)
{
	const struct quality *best = &quality_table[0];
	int least = -1;

	for (int i = 0; i < quality_table_rows; i++) {
		const struct quality *const q = &quality_table[i];
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

struct sound quality_primary(const struct quality *q, int primary_bps)
{
	return between(q->primary, place_of(primary_bps));
}

struct sound quality_copy(const struct quality *q, int primary_bps, int copy_bps)
{
	const struct place row = place_of(primary_bps), column = place_of(copy_bps);
	return mix(between(q->copy[row.below], column), between(q->copy[row.below + 1], column),
		row.above);
}

struct sound quality_fec_primary(const struct quality *q, int primary_bps)
{
	return between(q->fec_primary, place_of(primary_bps));
}

struct sound quality_fec(const struct quality *q, int primary_bps)
{
	return between(q->fec, place_of(primary_bps));
}

struct sound quality_concealed(const struct quality *q, int primary_bps)
{
	return between(q->concealed, place_of(primary_bps));
}
