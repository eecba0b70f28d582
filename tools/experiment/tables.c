#include "tools/experiment/tables.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NUMBER_BYTES = 40, VIAS_COLUMNS = 6, RUNS_FIGURES_MAX = TABLE_FIGURES_MAX + 2 };

/* ---- cells ---- */

void table_put_value(struct text_buffer *html, const struct figure *figure, double value)
{
	if (isnan(value))
		text_buffer_put(html, "–");
	else
		text_buffer_put(html, "%.*f", figure->decimals, value);
}

void table_put_spread(
	struct text_buffer *html, const struct figure *figure, const struct results_spread *spread)
{
	char min[NUMBER_BYTES], max[NUMBER_BYTES];

	table_put_value(html, figure, spread->mean);
	snprintf(min, sizeof min, "%.*f", figure->decimals, spread->min);
	snprintf(max, sizeof max, "%.*f", figure->decimals, spread->max);
	if (strcmp(min, max) != 0)
		text_buffer_put(html, " <small>%s…%s</small>", min, max);
}

static void put_cell(struct text_buffer *html, const struct figure *figure,
	const struct results_spread *spread, bool is_best)
{
	text_buffer_put(html, "<td%s>", is_best ? " class=best" : "");
	table_put_spread(html, figure, spread);
	text_buffer_put(html, "</td>");
}

/* The rows of a channel are a body of their own, under its name: paper is not broken within. */
static void begin_channel(struct text_buffer *html, const char *name, int n_columns)
{
	text_buffer_put(html,
		"<tbody><tr><th colspan=%d class=\"name channel\"><span>%s</span></th></tr>\n",
		n_columns, name);
}

/* What nobody is the best at. */
static bool has_best(const struct figure *figure)
{
	return figure != &figure_wire && figure != &figure_lost;
}

/* ---- tables ---- */

void table_put_settings(struct text_buffer *html, const struct experiment_plan *plan,
	const struct table_figures *told, const struct figure_means *means)
{
	text_buffer_put(html, "<div class=wide><table><thead><tr><th class=name>setting</th>");
	for (int k = 0; k < told->n; k++)
		text_buffer_put(html, "<th>%s</th>", told->of[k]->label);
	text_buffer_put(html, "<th class=name>sender | receiver</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < plan->n_settings; i++) {
		text_buffer_put(html, "<tr><td class=name>%s</td>", plan->settings[i].name);
		for (int k = 0; k < told->n; k++)
			put_cell(html, told->of[k], &means[k].of[i],
				has_best(told->of[k]) && means[k].best == i);
		text_buffer_put(html, "<td class=name><code>");
		text_buffer_put_html(html, plan->settings[i].send);
		text_buffer_put(html, "%s", *plan->settings[i].recv ? " | " : "");
		text_buffer_put_html(html, plan->settings[i].recv);
		text_buffer_put(html, "</code></td></tr>\n");
	}
	text_buffer_put(html, "</tbody></table></div>\n");
}

static bool put_case(struct text_buffer *html, const struct via_runs *own,
	const struct via_runs *others, size_t channel, size_t setting)
{
	static const struct figure *const figures[2] = { &figure_missing, &figure_playout };
	static const double apart[2] = { TABLE_MISSING_APART, TABLE_DELAY_APART };
	bool is_same = true;

	text_buffer_put(html, "<tr><td class=name>%s</td>", own->plan->settings[setting].name);
	for (int k = 0; k < 2; k++) {
		const struct results_spread a =
			figure_over_seeds(own, channel, setting, figures[k]);
		const struct results_spread b =
			figure_over_seeds(others, channel, setting, figures[k]);
		put_cell(html, figures[k], &a, false);
		put_cell(html, figures[k], &b, false);
		is_same = is_same && figure_overlap(&a, &b, apart[k]);
	}
	text_buffer_put(html, is_same ? "<td>yes</td></tr>\n" : "<td class=no>no</td></tr>\n");
	return is_same;
}

struct table_agreement table_put_vias(
	struct text_buffer *html, const struct via_runs *own, const struct via_runs *others)
{
	const struct experiment_plan *const plan = own->plan;
	struct table_agreement found = { 0 };

	text_buffer_put(html,
		"<div class=wide><table><thead><tr><th class=name>setting</th>"
		"<th>%s, by %s</th><th>by %s</th><th>%s, by %s</th><th>by %s</th>"
		"<th>agree</th></tr></thead>\n",
		figure_missing.label, own->via, others->via, figure_playout.label, own->via,
		others->via);
	for (size_t k = 0; k < plan->n_channels; k++) {
		bool has_any = false;
		for (size_t i = 0; i < plan->n_settings; i++) {
			if (figure_over_seeds(own, k, i, &figure_missing).n_runs == 0 ||
				figure_over_seeds(others, k, i, &figure_missing).n_runs == 0)
				continue;
			if (!has_any)
				begin_channel(html, plan->channels[k].name, VIAS_COLUMNS);
			has_any = true;
			found.n_agree += put_case(html, own, others, k, i);
			found.n_cases++;
		}
		text_buffer_put(html, has_any ? "</tbody>\n" : "");
	}
	text_buffer_put(html, "</table></div>\n");
	return found;
}

/* Packets lost first, as the cause; the bits last. */
static int all_figures(
	const struct figure *figures[RUNS_FIGURES_MAX], const struct table_figures *told)
{
	int n = 0;

	figures[n++] = &figure_lost;
	for (int k = 0; k < told->n; k++)
		if (told->of[k] != &figure_wire)
			figures[n++] = told->of[k];
	if (told->delay != &figure_playout)
		figures[n++] = &figure_playout;
	figures[n++] = &figure_wire;
	return n;
}

void table_put_runs(
	struct text_buffer *html, const struct via_runs *runs, const struct table_figures *told)
{
	const struct experiment_plan *const plan = runs->plan;
	const struct figure *figures[RUNS_FIGURES_MAX];
	const int n_figures = all_figures(figures, told);

	text_buffer_put(html, "<div class=wide><table><thead><tr><th class=name>setting</th>"
			      "<th>runs</th>");
	for (int n = 0; n < n_figures; n++)
		text_buffer_put(html, "<th>%s</th>", figures[n]->label);
	text_buffer_put(html, "</tr></thead>\n");
	for (size_t k = 0; k < plan->n_channels; k++) {
		begin_channel(html, plan->channels[k].name, n_figures + 2);
		for (size_t i = 0; i < plan->n_settings; i++) {
			text_buffer_put(html, "<tr><td class=name>%s</td><td>%zu</td>",
				plan->settings[i].name,
				figure_over_seeds(runs, k, i, &figure_missing).n_runs);
			for (int n = 0; n < n_figures; n++) {
				const struct results_spread s =
					figure_over_seeds(runs, k, i, figures[n]);
				put_cell(html, figures[n], &s,
					has_best(figures[n]) &&
						figure_is_best_over(runs, k, i, figures[n]));
			}
			text_buffer_put(html, "</tr>\n");
		}
		text_buffer_put(html, "</tbody>\n");
	}
	text_buffer_put(html, "</table></div>\n");
}
