#include "receiver/sound/similarity.h"

#include "common/base/vector.h"

#include <assert.h>
#include <string.h>

enum {
	CHANNELS = SIMILARITY_CHANNELS,
	HISTORY = SIMILARITY_HISTORY_SAMPLES,
	LAG_MIN = SIMILARITY_LAG_MIN_SAMPLES,
	LAG_MAX = SIMILARITY_LAG_MAX_SAMPLES,
	COARSE_SAMPLES = 12,
	COARSE_LINE = (HISTORY + SIMILARITY_PLACES_MAX) / COARSE_SAMPLES,
	/* Windows are whole cells of 2 ms, counted from the end. */
	CELL_COARSE = 8,
	CELL_SAMPLES = CELL_COARSE * COARSE_SAMPLES,
	CELLS_MAX = COARSE_LINE / CELL_COARSE + 1,
	/* Two windows a lag apart, and the sample before them. */
	EMPHASISED_MAX = 2 * LAG_MAX + SIMILARITY_PLACES_MAX
};

/* The line at a twelfth of the rate. */
struct coarse {
	int n;
	float line[COARSE_LINE];
	double energy_before[COARSE_LINE + 1]; /* of everything before */
};

static float similarity_of(double product, double energies)
{
	return (float)(2 * product / energies); /* NAN for silence, which compares as unlike */
}

/* Decimates the mid signal or, where it is louder, the side: a stereo signal may lie entirely in
 * the difference of its channels. */
static void decimate(const struct similarity_question *q, struct coarse *coarse)
{
	const int n_line = HISTORY + q->n_samples;
	const float *from = q->line + n_line % COARSE_SAMPLES * CHANNELS;
	float side[COARSE_LINE];
	double middle_energy = 0, side_energy = 0;

	coarse->n = n_line / COARSE_SAMPLES;
	for (int k = 0; k < coarse->n; k++, from += COARSE_SAMPLES * CHANNELS) {
		float left = 0, right = 0;
		for (int i = 0; i < COARSE_SAMPLES; i++) {
			left += from[i * CHANNELS];
			right += from[i * CHANNELS + 1];
		}
		coarse->line[k] = left + right;
		side[k] = left - right;
		middle_energy += (double)(coarse->line[k] * coarse->line[k]);
		side_energy += (double)(side[k] * side[k]);
	}
	if (side_energy > middle_energy)
		memcpy(coarse->line, side, (size_t)coarse->n * sizeof *side);
	coarse->energy_before[0] = 0;
	for (int k = 0; k < coarse->n; k++)
		coarse->energy_before[k + 1] =
			coarse->energy_before[k] + (double)(coarse->line[k] * coarse->line[k]);
}

static double energy_between(const struct coarse *coarse, int begin, int end)
{
	return coarse->energy_before[end] - coarse->energy_before[begin];
}

static int window_samples(const struct similarity_question *q, int lag)
{
	return (lag > q->context_samples ? lag : q->context_samples) + q->fade_samples;
}

/* The best place for one lag. */
static void search_lag(const struct similarity_question *q, const struct coarse *coarse,
	int lag_coarse, struct similarity *best)
{
	const int lag = lag_coarse * COARSE_SAMPLES;
	const int window_cells = window_samples(q, lag) / CELL_SAMPLES;
	const int room = q->n_samples - q->fade_samples - (q->has_both ? lag : 0);
	const int n_places = room / CELL_SAMPLES + 1;
	double products[CELLS_MAX];
	double product = 0;

	if (room < 0 || window_cells == 0)
		return;
	assert(window_cells + n_places - 1 <= CELLS_MAX);
	for (int c = 0; c < window_cells + n_places - 1; c++) {
		const float *const l = coarse->line + coarse->n - (c + 1) * CELL_COARSE;
		products[c] = (double)vector_dot(l, l - lag_coarse, CELL_COARSE);
		product += products[c];
		if (c >= window_cells)
			product -= products[c - window_cells];
		const int p = c - window_cells + 1; /* cells between the window and the end */
		if (p < 0)
			continue;
		const int end = coarse->n - p * CELL_COARSE;
		const int begin = end - window_cells * CELL_COARSE;
		const float like = similarity_of(product,
			energy_between(coarse, begin, end) +
				energy_between(coarse, begin - lag_coarse, end - lag_coarse));
		if (like > best->similarity)
			*best = (struct similarity){
				q->n_samples - p * CELL_SAMPLES - q->fade_samples, lag, like
			};
	}
}

struct similarity similarity_search(const struct similarity_question *q)
{
	struct coarse coarse;
	struct similarity best = { 0 };

	assert(q->n_samples <= SIMILARITY_PLACES_MAX && q->lag_max_samples <= LAG_MAX);
	assert(q->context_samples <= LAG_MAX);
	decimate(q, &coarse);
	for (int k = LAG_MIN / COARSE_SAMPLES; k * COARSE_SAMPLES <= q->lag_max_samples; k++)
		search_lag(q, &coarse, k, &best);
	return best;
}

float similarity_anywhere(const struct similarity_question *q)
{
	struct coarse coarse;
	float most = 0;

	decimate(q, &coarse);
	const int begin = LAG_MAX / COARSE_SAMPLES, n = coarse.n - begin;
	const double energy = energy_between(&coarse, begin, coarse.n);
	for (int lag = LAG_MIN / COARSE_SAMPLES; lag <= begin; lag++) {
		const float *const l = coarse.line + begin;
		const float like = similarity_of((double)vector_dot(l, l - lag, n),
			energy + energy_between(&coarse, begin - lag, coarse.n - lag));
		most = like > most ? like : most;
	}
	return most;
}

/* High frequencies carry little energy but are audible: they are boosted. */
static void emphasise(float *to, const float *from, int n_samples, float emphasis)
{
	for (int i = 0; i < n_samples * CHANNELS; i++)
		to[i] = from[i] - emphasis * from[i - CHANNELS];
}

struct similarity similarity_refine(const struct similarity_question *q, struct similarity found)
{
	const int lag_limit = q->has_both && found.l_samples < q->lag_max_samples
				      ? found.l_samples
				      : q->lag_max_samples;
	int lag = found.lag_samples - COARSE_SAMPLES + 1;
	int lag_end = found.lag_samples + COARSE_SAMPLES;
	float emphasised[EMPHASISED_MAX * CHANNELS];
	struct similarity best = { found.l_samples, 0, 0 };

	lag = lag < LAG_MIN ? LAG_MIN : lag;
	lag_end = lag_end > lag_limit + 1 ? lag_limit + 1 : lag_end;
	const int window = window_samples(q, found.lag_samples);
	const int first = found.l_samples + q->fade_samples - window - lag_end;
	assert(first > -HISTORY && window + lag_end <= EMPHASISED_MAX);
	emphasise(
		emphasised, q->line + (HISTORY + first) * CHANNELS, window + lag_end, q->emphasis);
	const float *const l = emphasised + lag_end * CHANNELS;
	const int n = window * CHANNELS;
	const double energy = (double)vector_dot(l, l, n);
	for (; lag < lag_end; lag++) {
		const float *const e = l - lag * CHANNELS;
		const float like = similarity_of(
			(double)vector_dot(l, e, n), energy + (double)vector_dot(e, e, n));
		if (like > best.similarity) {
			best.lag_samples = lag;
			best.similarity = like;
		}
	}
	return best;
}
