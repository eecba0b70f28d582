#include "tools/score/clicks.h"

#include "common/base/units.h"

#include <math.h>
#include <stdlib.h>

enum {
	APART = 2 * SAMPLES_PER_MS,
	AROUND = 5 * SAMPLES_PER_MS, /* to either side: what a jump is held against */
	OWN = 8,		     /* samples to either side that belong to the jump itself */
	NEAR = 5 * SAMPLES_PER_MS    /* where the clean one may have its like */
};

/* Against the root mean square around it, the largest one of the clean recording, and its sound. */
#define OUTSTANDING 10.0
#define UNLIKE	    4.0
#define AUDIBLE	    0.03

/* The third difference: a jump stands out, whatever sounds below some 10 kHz does not. */
static float edge(const float *x, size_t i)
{
	return x[i + 1] - 3 * x[i] + 3 * x[i - 1] - x[i - 2];
}

static double clean_edge(const struct alignment *a, const float *clean, size_t n_clean, size_t at)
{
	const double delay_ms = alignment_delay_ms(a, (double)at / SAMPLES_PER_SECOND);
	const long middle = (long)at - lround(delay_ms * SAMPLES_PER_MS);
	double largest = 0;

	for (long i = middle - NEAR; i <= middle + NEAR; i++)
		if (i >= 2 && i + 1 < (long)n_clean)
			largest = fmax(largest, fabs((double)edge(clean, (size_t)i)));
	return largest;
}

int clicks_count(const struct alignment *alignment, double gain, double amplitude,
	const float *clean, size_t n_clean, const float *heard, size_t n_heard)
{
	double *const sums = malloc((n_heard + 1) * sizeof *sums); /* of the squares before */
	size_t last = 0;
	int n = 0;

	if (!sums)
		return -1;
	sums[0] = 0;
	for (size_t i = 0; i < n_heard; i++) {
		const double e = i >= 2 && i + 1 < n_heard ? (double)edge(heard, i) : 0;
		sums[i + 1] = sums[i] + e * e;
	}
	for (size_t i = AROUND; i + AROUND < n_heard; i++) {
		const double own = fabs((double)edge(heard, i));
		if (own < AUDIBLE * amplitude * gain || (n > 0 && i - last < APART))
			continue;
		const double around =
			sums[i + AROUND] - sums[i + OWN] + sums[i - OWN] - sums[i - AROUND];
		if (own * own < OUTSTANDING * OUTSTANDING * around / (2 * (AROUND - OWN)) ||
			own < UNLIKE * gain * clean_edge(alignment, clean, n_clean, i))
			continue;
		n++;
		last = i;
	}
	free(sums);
	return n;
}
