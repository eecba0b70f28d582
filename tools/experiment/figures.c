#include "tools/experiment/figures.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const struct figure figure_mos = { .column = "score_mos_lqo",
	.label = "MOS-LQO (1 to 4.64)",
	.factor = 1,
	.decimals = 2,
	.is_high_best = true };
const struct figure figure_judge = { .column = "score_judge",
	.label = "the judge's figure",
	.factor = 1,
	.decimals = 2,
	.is_high_best = true };
const struct figure figure_missing = {
	.column = "missing_ratio", .label = "frames missing, %", .factor = 100, .decimals = 2
};
const struct figure figure_mouth_to_ear = {
	.column = "mouth_to_ear_ms", .label = "mouth to ear, ms", .factor = 1, .decimals = 1
};
const struct figure figure_playout = {
	.column = "playout_delay_ms", .label = "playout delay, ms", .factor = 1, .decimals = 1
};
const struct figure figure_lost = {
	.column = "loss_ratio", .label = "packets lost, %", .factor = 100, .decimals = 1
};
const struct figure figure_wire = {
	.column = "wire_kbps", .label = "kbit/s with IP", .factor = 1, .decimals = 1
};

static bool is_done(const struct via_runs *runs, size_t row)
{
	return strcmp(results_text(runs->results, row, "via"), runs->via) == 0 &&
	       strcmp(results_text(runs->results, row, "status"), "done") == 0;
}

bool via_has_any(const struct via_runs *runs)
{
	for (size_t row = 0; row < runs->results->n_rows; row++)
		if (is_done(runs, row))
			return true;
	return false;
}

bool via_has(const struct via_runs *runs, const struct figure *figure)
{
	bool has_any = false;

	for (size_t row = 0; row < runs->results->n_rows; row++) {
		if (!is_done(runs, row))
			continue;
		has_any = true;
		if (isnan(results_number(runs->results, row, figure->column)))
			return false;
	}
	return has_any;
}

/* seed: as text, NULL for all. */
static struct results_spread spread_of(const struct via_runs *runs, size_t channel, size_t setting,
	const char *seed, const struct figure *figure)
{
	const struct results_key key = { runs->via, runs->plan->channels[channel].name,
		runs->plan->settings[setting].name, seed };
	struct results_spread spread = results_over_seeds(runs->results, &key, figure->column);

	spread.mean *= figure->factor;
	spread.min *= figure->factor;
	spread.max *= figure->factor;
	return spread;
}

struct results_spread figure_over_seeds(
	const struct via_runs *runs, size_t channel, size_t setting, const struct figure *figure)
{
	return spread_of(runs, channel, setting, NULL, figure);
}

/* The channels that all settings have which have any. */
static void find_common(
	const struct via_runs *runs, const struct figure *figure, bool is_common[PLAN_CHANNELS_MAX])
{
	for (size_t k = 0; k < runs->plan->n_channels; k++)
		is_common[k] = true;
	for (size_t i = 0; i < runs->plan->n_settings; i++) {
		bool has[PLAN_CHANNELS_MAX], has_any = false;
		for (size_t k = 0; k < runs->plan->n_channels; k++) {
			has[k] = spread_of(runs, k, i, NULL, figure).n_runs > 0;
			has_any = has_any || has[k];
		}
		for (size_t k = 0; has_any && k < runs->plan->n_channels; k++)
			is_common[k] = is_common[k] && has[k];
	}
}

/* seed: as text, NULL for all. NAN: it is not there for each of these channels. */
static double mean_over(const struct via_runs *runs, const bool is_common[PLAN_CHANNELS_MAX],
	size_t setting, const char *seed, const struct figure *figure)
{
	double sum = 0;
	int n = 0;

	for (size_t k = 0; k < runs->plan->n_channels; k++) {
		if (!is_common[k])
			continue;
		sum += spread_of(runs, k, setting, seed, figure).mean;
		n++;
	}
	return n > 0 ? sum / n : NAN;
}

static struct results_spread mean_of(const struct via_runs *runs,
	const bool is_common[PLAN_CHANNELS_MAX], size_t setting, const struct figure *figure)
{
	const double mean = mean_over(runs, is_common, setting, NULL, figure);
	struct results_spread spread = { 0, mean, INFINITY, -INFINITY };

	for (size_t i = 0; i < runs->plan->n_seeds; i++) {
		char seed[16];
		snprintf(seed, sizeof seed, "%" PRIu32, runs->plan->seeds[i]);
		const double value = mean_over(runs, is_common, setting, seed, figure);
		if (isnan(value))
			continue;
		spread.n_runs++;
		spread.min = fmin(spread.min, value);
		spread.max = fmax(spread.max, value);
	}
	if (spread.n_runs == 0)
		spread.min = spread.max = mean;
	return spread;
}

static bool is_better(const struct figure *figure, double a, double b)
{
	return figure->is_high_best ? a > b : a < b;
}

void figure_over_channels(
	struct figure_means *means, const struct via_runs *runs, const struct figure *figure)
{
	const size_t n_settings = runs->plan->n_settings;
	bool is_common[PLAN_CHANNELS_MAX];

	find_common(runs, figure, is_common);
	means->best = means->worst = n_settings;
	for (size_t i = 0; i < n_settings; i++) {
		means->of[i] = mean_of(runs, is_common, i, figure);
		const double mean = means->of[i].mean;
		if (isnan(mean))
			continue;
		if (means->best == n_settings ||
			is_better(figure, mean, means->of[means->best].mean))
			means->best = i;
		if (means->worst == n_settings ||
			is_better(figure, means->of[means->worst].mean, mean))
			means->worst = i;
	}
}

bool figure_is_best_over(
	const struct via_runs *runs, size_t channel, size_t setting, const struct figure *figure)
{
	const double value = figure_over_seeds(runs, channel, setting, figure).mean;
	bool has_worse = false;

	for (size_t i = 0; i < runs->plan->n_settings; i++) {
		const double other = figure_over_seeds(runs, channel, i, figure).mean;
		if (is_better(figure, other, value))
			return false;
		has_worse = has_worse || is_better(figure, value, other);
	}
	return has_worse;
}

bool figure_overlap(const struct results_spread *a, const struct results_spread *b, double apart)
{
	return a->min <= b->max + apart && b->min <= a->max + apart;
}
