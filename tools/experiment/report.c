#include "tools/experiment/report.h"

#include "common/app/cli.h"
#include "common/text/text_file.h"
#include "tools/experiment/picture.h"
#include "tools/experiment/report_page.h"
#include "tools/experiment/tables.h"
#include "tools/experiment/via.h"
#include "tools/process/gnuplot.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { VERSIONS_BYTES = 8000 };

struct report {
	const struct report_input *input;
	struct picture_source source; /* of the via that the page is about */
	const struct via *via;	      /* likewise */
	struct table_figures told;    /* MOS-LQO first, where every run has it */
	bool can_draw;
	struct text_buffer html;
};

/* ---- words ---- */

/* Which setting is best, which are not clearly worse, and which is the worst. */
static void put_sentence(struct report *r, const char *what, const struct figure *figure,
	const struct figure_means *means)
{
	const struct experiment_plan *const plan = r->input->plan;
	const struct results_spread *const best = &means->of[means->best];
	bool has_rival = false, is_worst_rival = false;

	text_buffer_put(&r->html, "<li>%s: <b>%s</b> ", what, plan->settings[means->best].name);
	table_put_spread(&r->html, figure, best);
	for (size_t i = 0; i < plan->n_settings; i++) {
		if (i == means->best || isnan(means->of[i].mean) ||
			!figure_overlap(best, &means->of[i], 0))
			continue;
		text_buffer_put(&r->html, "%s<b>%s</b> ",
			has_rival ? ", " : "; no clear difference to ", plan->settings[i].name);
		table_put_value(&r->html, figure, means->of[i].mean);
		has_rival = true;
		is_worst_rival = is_worst_rival || i == means->worst;
	}
	if (means->worst != means->best && !is_worst_rival) {
		text_buffer_put(&r->html, "; worst: %s ", plan->settings[means->worst].name);
		table_put_value(&r->html, figure, means->of[means->worst].mean);
	}
	text_buffer_put(&r->html, "</li>\n");
}

/* ---- the sections ---- */

static const char *title_of(const struct report *r)
{
	return *r->input->plan->title ? r->input->plan->title : "An experiment";
}

static void put_head(struct report *r)
{
	const struct experiment_plan *const plan = r->input->plan;
	const char *const title = title_of(r);

	text_buffer_put(&r->html, "<h1>");
	text_buffer_put_html(&r->html, title);
	text_buffer_put(&r->html, "</h1>\n<p>");
	text_buffer_put(&r->html, "%zu settings over %zu channels, %zu seeds, %g s of ",
		plan->n_settings, plan->n_channels, plan->n_seeds, plan->seconds);
	text_buffer_put_html(&r->html, r->input->recording);
	text_buffer_put(&r->html, "; run %s.</p>\n", r->via->how);
}

static void put_figure(struct report *r, const struct figure *figure)
{
	text_buffer_put(&r->html, "<figure role=img aria-label=\"%s\">", figure->label);
	picture_against_loss(&r->html, &r->source, figure);
	text_buffer_put(&r->html, "</figure>\n");
}

static const char *superlative_of(const struct figure *figure)
{
	return figure == &figure_mos		? "Best MOS-LQO"
	       : figure == &figure_judge	? "Best by the judge"
	       : figure == &figure_missing	? "Fewest frames missing, in %"
	       : figure == &figure_mouth_to_ear ? "Least delay from mouth to ear, in ms"
						: "Least playout delay, in ms";
}

static void put_notes(struct report *r)
{
	text_buffer_put(&r->html, "<p><small>");
	if (r->told.of[0] == &figure_mos)
		text_buffer_put(&r->html,
			"MOS-LQO is hindsight-score's estimate of ITU-T P.862.2: 1 bad, 4.64 as it "
			"was sent. ");
	if (via_has(&r->source.runs, &figure_judge))
		text_buffer_put(&r->html, "The judge is the program that --judge named; a higher "
					  "figure is taken for better. ");
	text_buffer_put(&r->html,
		"Frames missing: concealed, of those that were not silent. %s kbit/s: what the "
		"sender put on the wire, headers of UDP and IPv4 included.</small></p>\n",
		r->told.delay == &figure_mouth_to_ear
			? "Mouth to ear: from capture to playout, all buffers included."
			: "Playout delay: from the earliest that a frame could have come until it "
			  "is played.");
}

static void put_answer(struct report *r)
{
	struct figure_means means[TABLE_FIGURES_MAX];

	text_buffer_put(&r->html, "<h2>The answer</h2>\n<p>Means over all channels%s:</p><ul>\n",
		r->input->plan->n_seeds > 1 ? ", with the lowest and the highest seed" : "");
	for (int k = 0; k < r->told.n; k++) {
		figure_over_channels(&means[k], &r->source.runs, r->told.of[k]);
		if (r->told.of[k] != &figure_wire && means[k].best < r->input->plan->n_settings)
			put_sentence(r, superlative_of(r->told.of[k]), r->told.of[k], &means[k]);
	}
	text_buffer_put(&r->html, "</ul>\n");
	if (r->can_draw) {
		text_buffer_put(&r->html, "<div class=\"grid three\">\n");
		for (int k = 0; k < r->told.n; k++)
			if (r->told.of[k] != &figure_wire)
				put_figure(r, r->told.of[k]);
		text_buffer_put(&r->html, "</div>\n<p><small>Points are means, set a little "
					  "apart; the bars reach from the lowest to the highest "
					  "seed.</small></p>\n");
	}
	table_put_settings(&r->html, r->input->plan, &r->told, means);
	put_notes(r);
}

/* The results by another via against those that the page is about. */
static void put_comparison(struct report *r, const struct via_runs *others)
{
	const char *const own = r->source.runs.via, *const via = others->via;
	struct text_buffer table = { 0 };
	const struct table_agreement found = table_put_vias(&table, &r->source.runs, others);

	text_buffer_put(&r->html,
		"<h2>%s and %s side by side</h2>\n<p>%s: in %d of %d cases the runs by %s and by "
		"%s overlap over the seeds, in frames missing (give or take %g points) and in "
		"playout delay (%g ms).</p>\n",
		own, via,
		found.n_agree == found.n_cases ? "They agree"
					       : "<span class=no>They do not all agree</span>",
		found.n_agree, found.n_cases, own, via, TABLE_MISSING_APART, TABLE_DELAY_APART);
	if (r->can_draw) {
		text_buffer_put(&r->html, "<div class=\"grid three\"><figure>");
		picture_side_by_side(&r->html, &r->source, via, &figure_missing);
		text_buffer_put(&r->html, "</figure>\n<figure>");
		picture_side_by_side(&r->html, &r->source, via, &figure_playout);
		text_buffer_put(&r->html, "</figure></div>\n");
	}
	if (table.text)
		text_buffer_put_chars(&r->html, table.text, table.n_chars);
	r->html.has_failed = r->html.has_failed || table.has_failed;
	text_buffer_end(&table);
}

static void put_channels(struct report *r)
{
	static const char *const kinds[] = {
		[PLAN_SPEC] = "", [PLAN_TRACE] = "trace ", [PLAN_CAPTURE] = "capture "
	};
	const struct experiment_plan *const plan = r->input->plan;

	if (!r->can_draw)
		return;
	text_buffer_put(&r->html,
		"<h2>The channels</h2>\n<p>With seed %lu. Above, the playout delay, and dashed its "
		"target; where lines coincide, the last one is visible. Below, one row per "
		"setting: "
		"frames "
		"<i></i>whose packet was lost or late, <i class=r></i>played from a copy, FEC or "
		"DRED, <i class=c></i>concealed.%s</p>\n"
		"<div class=\"grid two\">\n",
		(unsigned long)plan->seeds[0],
		plan->n_settings > PICTURE_SETTINGS_MAX ? " The first six settings." : "");
	for (size_t k = 0; k < plan->n_channels; k++) {
		text_buffer_put(&r->html, "<figure><figcaption><b>%s</b> <code>%s",
			plan->channels[k].name, kinds[plan->channels[k].kind]);
		text_buffer_put_html(&r->html, plan->channels[k].text);
		text_buffer_put(&r->html, "</code></figcaption>");
		if (!picture_of_channel(&r->html, &r->source, &plan->channels[k]))
			text_buffer_put(&r->html, "<p>There is no run of it.</p>");
		text_buffer_put(&r->html, "</figure>\n");
	}
	text_buffer_put(&r->html, "</div>\n");
}

static void put_failures(struct report *r)
{
	const struct results *const results = r->input->results;
	static const char *const columns[] = { "via", "channel", "setting", "seed", "reason" };
	bool has_any = false;

	for (size_t row = 0; row < results->n_rows; row++) {
		if (strcmp(results_text(results, row, "status"), "done") == 0)
			continue;
		if (!has_any)
			text_buffer_put(&r->html,
				"<h2 class=no>Runs that failed</h2>\n<div class=wide>"
				"<table>\n");
		has_any = true;
		text_buffer_put(&r->html, "<tr>");
		for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
			text_buffer_put(&r->html, "<td class=name>");
			text_buffer_put_html(&r->html, results_text(results, row, columns[i]));
			text_buffer_put(&r->html, "</td>");
		}
		text_buffer_put(&r->html, "</tr>\n");
	}
	if (has_any)
		text_buffer_put(&r->html, "</table></div>\n");
}

static void put_file(struct report *r, const char *title, const char *name)
{
	char path[WORK_PATH_BYTES], text[VERSIONS_BYTES];
	size_t n_chars = 0;

	snprintf(path, sizeof path, "%.*s/%s", WORK_PATH_BYTES / 2, r->input->folder->out, name);
	if (!text_file_read(path, text, sizeof text - 1, &n_chars, NULL))
		return;
	text[n_chars] = '\0';
	text_buffer_put(&r->html, "<h3>%s</h3>\n<pre>", title);
	text_buffer_put_html(&r->html, text);
	text_buffer_put(&r->html, "</pre>\n");
}

static struct via_runs runs_by(const struct report_input *input, const char *via)
{
	return (struct via_runs){ input->plan, input->results, via };
}

static void put_body(struct report *r)
{
	put_head(r);
	put_answer(r);
	for (size_t i = 0; i < N_VIAS; i++) {
		const struct via_runs others = runs_by(r->input, vias[i]->name);
		if (vias[i] != r->via && via_has_any(&others))
			put_comparison(r, &others);
	}
	put_failures(r);
	put_channels(r);
	text_buffer_put(&r->html,
		"<h2>The table</h2>\n<p>Means over the seeds, lowest…highest; bold: the best "
		"of a channel. Every "
		"figure of every run: <a href=results.csv>results.csv</a>.</p>\n");
	table_put_runs(&r->html, &r->source.runs, &r->told);
	text_buffer_put(&r->html, "<h2>To reproduce it</h2>\n");
	put_file(r, "The plan", "experiment.plan");
	put_file(r, "The programs", "versions.txt");
}

/* The page with its title and body in their places. */
static void put_page(struct report *r)
{
	static const char title[] = "@TITLE@", body[] = "@BODY@";
	const char *const at_title = strstr(report_page, title);
	const char *const at_body = strstr(report_page, body);

	assert(at_title && at_body > at_title);
	const char *const after_title = at_title + strlen(title);
	text_buffer_put_chars(&r->html, report_page, (size_t)(at_title - report_page));
	text_buffer_put_html(&r->html, title_of(r));
	text_buffer_put_chars(&r->html, after_title, (size_t)(at_body - after_title));
	put_body(r);
	text_buffer_put(&r->html, "%s", at_body + strlen(body));
}

/* What the page is about: the first via that has results, and the figures that all its runs
 * have. */
static void choose(struct report *r)
{
	struct via_runs runs = runs_by(r->input, vias[0]->name);

	r->via = vias[0];
	for (size_t i = 1; i < N_VIAS && !via_has_any(&runs); i++) {
		r->via = vias[i];
		runs = runs_by(r->input, vias[i]->name);
	}
	r->source = (struct picture_source){ runs, r->input->folder };
	struct table_figures *const told = &r->told;
	told->delay = via_has(&runs, &figure_mouth_to_ear) ? &figure_mouth_to_ear : &figure_playout;
	if (via_has(&runs, &figure_mos))
		told->of[told->n++] = &figure_mos;
	if (via_has(&runs, &figure_judge))
		told->of[told->n++] = &figure_judge;
	told->of[told->n++] = &figure_missing;
	told->of[told->n++] = told->delay;
	told->of[told->n++] = &figure_wire;
}

bool report_write(const struct report_input *input, struct io_error *error)
{
	struct report r = { .input = input };
	struct io_error reason;

	r.can_draw = gnuplot_is_there(&reason);
	if (!r.can_draw)
		cli_log(CLI_NOTICE, "the report has no pictures: %s", reason.text);
	choose(&r);
	put_page(&r);
	const bool ok = r.html.has_failed ? io_error_set(error, "out of memory")
					  : work_folder_put(input->folder, "report.html",
						    r.html.text, r.html.n_chars, error);
	text_buffer_end(&r.html);
	return ok;
}
