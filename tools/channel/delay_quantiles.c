#include "tools/channel/delay_quantiles.h"

#include "common/base/units.h"

#include <assert.h>

/* tc's tables have 16384 steps of probability, of which every fourth is kept. */
enum { STEPS_PER_ENTRY = 4, PROBABILITY_STEPS = DELAY_QUANTILES * STEPS_PER_ENTRY };

/* A walk along the bell in steps of one unit, h = 1/8192, that notes where its area passes each
 * quantile. exp(-(x+h)^2/2) is exp(-x^2/2) times a factor, which itself shrinks by exp(-h^2) with
 * every step: so no function of libm is needed, and the area is exact to 1e-9. */
struct normal_walk {
	int unit;	/* x in units */
	double density; /* of the bell at x - h/2 */
	double area;	/* below x - h/2 */
	double factor;	/* exp(-(x - h/2) h - h^2/2) */
};

static const struct normal_walk normal_walk_start = { .unit = -33792, /* x = -4.125 */
	.density = 8.052017328774824e-05,
	.area = 1.8531822666116476e-05,
	.factor = 1.0005036668366296 };

/* Entries in rising order. */
static int normal_quantile(struct normal_walk *w, int entry)
{
	const double factor_step = 0.9999999850988389; /* exp(-h^2) */
	const double wanted = (entry * STEPS_PER_ENTRY + 0.5) / PROBABILITY_STEPS;
	for (;;) {
		const double next_density = w->density * w->factor;
		const double slice = (w->density + next_density) / 2 / DELAY_QUANTILE_SCALE;
		if (w->area + slice >= wanted)
			return w->unit;
		w->area += slice;
		w->density = next_density;
		w->factor *= factor_step;
		w->unit++;
	}
}

/* The largest integer whose cube is at most n < 2^62. */
static int64_t cube_root(int64_t n)
{
	int64_t root = 0;
	for (int64_t bit = INT64_C(1) << 20; bit > 0; bit /= 2) {
		const int64_t try = root + bit;
		if (try * try * try <= n)
			root = try;
	}
	return root;
}

/* Pareto with shape 3: (q^(-1/3) - 3/2) * 4/3 for q from 1 down to 1/4096, cut at four jitters.
 * The root has 15 binary places, so that 4/3 * 8192 / 2^15 leaves a third. */
static int pareto_quantile(int entry)
{
	const int64_t root = cube_root((INT64_C(1) << 61) / (65536 - 16 * entry));
	const int64_t thirds = root - 3 * (INT64_C(1) << 14);
	const int64_t rounded = thirds >= 0 ? (thirds + 1) / 3 : (thirds - 1) / 3;
	return rounded > INT16_MAX ? INT16_MAX : (int)rounded;
}

void delay_quantiles_fill(
	int16_t quantiles[DELAY_QUANTILES], enum channel_distribution distribution)
{
	assert(distribution != CHANNEL_UNIFORM && distribution != CHANNEL_TABLE);
	struct normal_walk walk = normal_walk_start;
	for (int i = 0; i < DELAY_QUANTILES; i++) {
		int quantile = pareto_quantile(i);
		if (distribution == CHANNEL_NORMAL)
			quantile = normal_quantile(&walk, i);
		else if (distribution == CHANNEL_PARETO_NORMAL)
			quantile = (normal_quantile(&walk, i) + 3 * quantile) / 4;
		quantiles[i] = (int16_t)(quantile < INT16_MIN ? INT16_MIN : quantile);
	}
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next value, decimal, with a sign or without; false where something else stands there. */
static bool read_value(const char *text, size_t n_chars, size_t *at, int16_t *value)
{
	const bool is_negative = text[*at] == '-';
	int32_t number = 0;
	size_t n_digits = 0;

	*at += text[*at] == '-' || text[*at] == '+';
	for (; *at < n_chars && text[*at] >= '0' && text[*at] <= '9'; ++*at, n_digits++)
		number = number <= INT16_MAX ? number * 10 + (text[*at] - '0') : number;
	number = is_negative ? -number : number;
	*value = (int16_t)number;
	return n_digits > 0 && number == *value && (*at == n_chars || is_blank(text[*at]));
}

/* By insertion of ever smaller steps (Shell, 1959): no library's sort, and no recursion. */
static void sort(int16_t *values, size_t n)
{
	for (size_t step = n / 2; step > 0; step /= 2) {
		for (size_t i = step; i < n; i++) {
			const int16_t value = values[i];
			size_t k = i;
			for (; k >= step && values[k - step] > value; k -= step)
				values[k] = values[k - step];
			values[k] = value;
		}
	}
}

bool delay_quantiles_read(int16_t quantiles[DELAY_QUANTILES], const char *text, size_t n_chars,
	int16_t *values, size_t n_room)
{
	size_t n = 0;

	for (size_t at = 0; at < n_chars;) {
		const bool begins_line = at == 0 || text[at - 1] == '\n';
		if (begins_line && text[at] == '#') {
			while (at < n_chars && text[at] != '\n')
				at++;
		} else if (is_blank(text[at])) {
			at++;
		} else if (n == n_room || !read_value(text, n_chars, &at, &values[n++])) {
			return false;
		}
	}
	if (n == 0)
		return false;
	sort(values, n);
	for (size_t i = 0; i < DELAY_QUANTILES; i++) /* the middle of each part of the draws */
		quantiles[i] = values[(2 * i + 1) * n / (2 * DELAY_QUANTILES)];
	return true;
}

int64_t delay_quantiles_draw(enum channel_distribution distribution,
	const int16_t quantiles[DELAY_QUANTILES], int64_t delay_us, int64_t jitter_us,
	uint32_t draw)
{
	int64_t us;
	if (distribution == CHANNEL_UNIFORM)
		us = (int64_t)((draw * (uint64_t)(2 * jitter_us)) >> 32) - jitter_us;
	else
		us = floor_div(quantiles[draw >> DELAY_QUANTILE_SHIFT] * jitter_us +
				       DELAY_QUANTILE_SCALE / 2,
			DELAY_QUANTILE_SCALE);
	return delay_us + us > 0 ? delay_us + us : 0;
}
