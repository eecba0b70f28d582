#include "receiver/sound/limiter.h"

#include "common/base/units.h"

#include <math.h>

enum { RELEASE_SAMPLES = 20 * SAMPLES_PER_MS }; /* to 1/e of what is missing to 1 */

#define GAIN_WHOLE 0.9999F /* 0.001 dB: taken for 1, so that the rest passes as it is */

void limiter_init(struct limiter *l)
{
	l->gain = 1;
}

static float finite_or_silent(float sample)
{
	return isfinite(sample) ? sample : 0;
}

static void limit(struct limiter *l, float both[LIMITER_CHANNELS])
{
	const float left = finite_or_silent(both[0]), right = finite_or_silent(both[1]);
	const float peak = fmaxf(fabsf(left), fabsf(right));

	l->gain += (1 - l->gain) / RELEASE_SAMPLES;
	if (l->gain > GAIN_WHOLE)
		l->gain = 1;
	if (peak * l->gain > 1)
		l->gain = 1 / peak;
	/* A product may round to a little more than 1. */
	both[0] = fmaxf(-1, fminf(1, left * l->gain));
	both[1] = fmaxf(-1, fminf(1, right * l->gain));
}

void limiter_run(struct limiter *l, float *pcm, size_t n_samples)
{
	for (size_t i = 0; i < n_samples; i++) {
		float *const both = pcm + i * LIMITER_CHANNELS;
		if (l->gain < 1 || !(fabsf(both[0]) <= 1) || !(fabsf(both[1]) <= 1))
			limit(l, both);
	}
}
