/* The tables of an experiment's report, as HTML: the settings, two vias side by side, all runs.
 * They append to `html`. Owner: the caller. Thread: main(). */
#ifndef HINDSIGHT_TOOLS_EXPERIMENT_TABLES_H
#define HINDSIGHT_TOOLS_EXPERIMENT_TABLES_H

#include "tools/experiment/figures.h"

enum { TABLE_FIGURES_MAX = 5 };

/* How far the ranges of two vias may lie apart and still agree, in the figures' units. */
#define TABLE_MISSING_APART 0.5
#define TABLE_DELAY_APART   5.0

/* The figures shown for each setting, in this order. */
struct table_figures {
	const struct figure *of[TABLE_FIGURES_MAX];
	int n;
	const struct figure *delay; /* the one of them */
};

struct table_agreement {
	int n_agree;
	int n_cases; /* settings and channels that both vias have */
};

/* Words of a sentence or a cell: a dash where it is NAN; the mean and, where these differ, the
 * lowest and the highest. */
void table_put_value(struct text_buffer *html, const struct figure *figure, double value);
void table_put_spread(
	struct text_buffer *html, const struct figure *figure, const struct results_spread *spread);

/* One row per setting, over all channels; means: one for each figure. */
void table_put_settings(struct text_buffer *html, const struct experiment_plan *plan,
	const struct table_figures *told, const struct figure_means *means);

/* One row per case that both vias have, and whether they agree. */
struct table_agreement table_put_vias(
	struct text_buffer *html, const struct via_runs *own, const struct via_runs *others);

/* One row per setting and channel. */
void table_put_runs(
	struct text_buffer *html, const struct via_runs *runs, const struct table_figures *told);

#endif
