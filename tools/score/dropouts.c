#include "tools/score/dropouts.h"

#include "common/base/pi.h"
#include "common/base/units.h"

#include <math.h>
#include <stdlib.h>

enum {
	WINDOW = 5 * SAMPLES_PER_MS,
	HOP = SAMPLES_PER_MS / 2,
	CALM = 2 * SAMPLES_PER_MS,    /* the clean one has sound this much before and after, too */
	BRIDGE = 100 * SAMPLES_PER_MS /* silence this long on both sides ends a hole */
};

#define HIGH_PASS_HZ 150.0
#define DEPTH	     1e-2 /* 20 dB */
#define SOUND	     3e-3 /* 25 dB below the mean: what was sent can be missed */
#define NEAR_STEP_S  0.06 /* where a step lies is known to about that */

/* Sums of squares: n + 1 of them. Without what lies below speech: coders take out rumble and the
 * pops of breath on purpose, and nobody misses them. */
static double *sum_squares(const float *samples, size_t n_samples)
{
	double *const sums = malloc((n_samples + 1) * sizeof *sums);
	const double pole = exp(-2 * PI * HIGH_PASS_HZ / SAMPLES_PER_SECOND);
	double last = 0, once = 0, twice = 0;

	if (!sums)
		return NULL;
	sums[0] = 0;
	for (size_t i = 0; i < n_samples; i++) {
		const double before = once;
		once = pole * once + (double)samples[i] - last;
		twice = pole * twice + once - before;
		last = (double)samples[i];
		sums[i + 1] = sums[i] + twice * twice;
	}
	return sums;
}

/* Of the window that begins there; silence is beyond both ends. */
static double power_at(const double *sums, size_t n_samples, long begin)
{
	const long n = (long)n_samples;
	const long from = begin < 0 ? 0 : begin > n ? n : begin;
	const long to = begin + WINDOW < 0 ? 0 : begin + WINDOW > n ? n : begin + WINDOW;
	return (sums[to] - sums[from]) / WINDOW;
}

/* The least of what may belong there: a pulse of the voice a little off is no hole, nor is a pause
 * that a step of the delay has displaced. */
static double clean_power(const struct alignment *a, const double *sums, size_t n_clean, long begin)
{
	const double at_s = ((double)begin + WINDOW / 2.0) / SAMPLES_PER_SECOND;
	double least = INFINITY;

	for (int side = -1; side <= 1; side++) {
		const double delay_ms = alignment_delay_ms(a, at_s + side * NEAR_STEP_S);
		const long from = begin - lround(delay_ms * SAMPLES_PER_MS);
		for (long off = -CALM; off <= CALM; off += CALM)
			least = fmin(least, power_at(sums, n_clean, from + off));
	}
	return least;
}

struct hole {
	bool is_open;
	long begin, end; /* from the first to the last window that shows it */
	double limit;	 /* what is louder ends it */
};

static void close_hole(struct hole *h, struct dropouts *r)
{
	const double ms = (double)(h->end - h->begin) / SAMPLES_PER_MS;

	r->n++;
	r->all_ms += ms;
	r->longest_ms = fmax(r->longest_ms, ms);
	h->is_open = false;
}

bool dropouts_find(struct dropouts *result, const struct alignment *alignment,
	const struct dropout_levels *levels, const float *clean, size_t n_clean, const float *heard,
	size_t n_heard)
{
	double *const clean_sums = sum_squares(clean, n_clean);
	double *const heard_sums = sum_squares(heard, n_heard);
	const bool is_there = clean_sums && heard_sums;
	struct hole hole = { 0 };

	*result = (struct dropouts){ 0 };
	for (long at = 0; is_there && at + WINDOW <= (long)n_heard; at += HOP) {
		const double heard_power = power_at(heard_sums, n_heard, at) / levels->gain;
		if (hole.is_open && (heard_power >= hole.limit || at > hole.end + BRIDGE))
			close_hole(&hole, result);
		if (heard_power > DEPTH * levels->clean_power * 1000) /* loud: no need to look */
			continue;
		const double sent = clean_power(alignment, clean_sums, n_clean, at);
		if (sent < SOUND * levels->clean_power || heard_power >= DEPTH * sent)
			continue;
		if (!hole.is_open)
			hole = (struct hole){ .is_open = true, .begin = at };
		hole.end = at + WINDOW;
		hole.limit = fmax(hole.limit, DEPTH * sent);
	}
	if (hole.is_open)
		close_hole(&hole, result);
	free(clean_sums);
	free(heard_sums);
	return is_there;
}
