/* The findings of an experiment: figures of its table over seeds and over channels, and which
 * setting has the best. Nothing is kept; everything is computed from the table. Thread: any. */
#ifndef HINDSIGHT_TOOLS_EXPERIMENT_FIGURES_H
#define HINDSIGHT_TOOLS_EXPERIMENT_FIGURES_H

#include "tools/experiment/plan.h"
#include "tools/experiment/results.h"

#include <stdbool.h>

/* A figure of every run, as the report shows it. */
struct figure {
	const char *column;
	const char *label; /* with its unit */
	double factor;	   /* from the column's unit to the label's */
	int decimals;	   /* as a table shows it */
	bool is_high_best;
};

extern const struct figure figure_mos;
extern const struct figure figure_judge; /* of --judge: a higher one is taken for better */
extern const struct figure figure_missing;
extern const struct figure figure_mouth_to_ear;
extern const struct figure figure_playout;
extern const struct figure figure_lost;
extern const struct figure figure_wire;

/* All runs of a plan by one via, as they stand in the table. */
struct via_runs {
	const struct experiment_plan *plan;
	const struct results *results;
	const char *via;
};

/* Whether any is done. */
bool via_has_any(const struct via_runs *runs);

/* Whether every run that is done, and at least one, has the figure. */
bool via_has(const struct via_runs *runs, const struct figure *figure);

/* Over the seeds, in the label's unit; n_runs 0: there is none. */
struct results_spread figure_over_seeds(
	const struct via_runs *runs, size_t channel, size_t setting, const struct figure *figure);

/* A figure over all channels, one row per setting: the mean, each channel weighted alike, and its
 * range over those seeds that have been run over all of them (n_runs of them). So that no setting
 * gains by a run that it lacks, only channels count that all settings have which have any. */
struct figure_means {
	struct results_spread of[PLAN_SETTINGS_MAX]; /* NAN: none */
	size_t best;				     /* n_settings where none has one */
	size_t worst;
};

void figure_over_channels(
	struct figure_means *means, const struct via_runs *runs, const struct figure *figure);

/* Has this setting the best mean over this channel, and another one a worse? */
bool figure_is_best_over(
	const struct via_runs *runs, size_t channel, size_t setting, const struct figure *figure);

/* Whether the two ranges overlap, or lie no farther apart than this. */
bool figure_overlap(const struct results_spread *a, const struct results_spread *b, double apart);

#endif
