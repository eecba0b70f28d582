#include "tools/experiment/report.h"

#include "common/app/cli.h"
#include "common/text/text_file.h"
#include "tools/experiment/picture.h"
#include "tools/experiment/run.h"
#include "tools/experiment/tables.h"
#include "tools/process/gnuplot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { VERSIONS_BYTES = 8000 };

struct report {
	const struct report_input *input;
	struct picture_source source; /* of the way that the page is about */
	struct table_figures told;    /* MOS-LQO first, where every run has it */
	bool can_draw;
	struct text_buffer html;
};

/* ---- words ---- */

/* Which setting has the best of it, which are not clearly worse, and which is the worst. */
static void put_sentence(struct report *r, const char *what, const struct figure *figure,
	const struct figure_means *means)
{
	const struct plan *const plan = r->input->plan;
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
		text_buffer_put(
			&r->html, "; at the other end %s ", plan->settings[means->worst].name);
		table_put_value(&r->html, figure, means->of[means->worst].mean);
	}
	text_buffer_put(&r->html, "</li>\n");
}

/* ---- the sections ---- */

static const char head[] =
	"<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8>\n"
	"<meta name=viewport content=\"width=device-width,initial-scale=1\">\n<title>%s</title>\n"
	"<style>\n"
	"body{font:1rem/1.45 system-ui,sans-serif;color:#222;background:#fff;margin:0 auto;"
	"padding:0 1rem 2rem;max-width:72rem}\n"
	"h1{font-size:1.5rem;margin:1rem 0 .3rem}h2{font-size:1.2rem;margin:2rem 0 .4rem}\n"
	"h3{font-size:1rem;margin:1.2rem 0 .2rem}p,ul{margin:.4rem 0;max-width:46rem}\n"
	"ul{padding-left:1.2rem}\n"
	".grid{display:grid;gap:1rem;"
	"grid-template-columns:repeat(auto-fit,minmax(min(var(--least),100%%),1fr))}\n"
	".two{--least:25rem}.three{--least:19rem;"
	"grid-template-columns:repeat(auto-fill,minmax(min(var(--least),100%%),1fr))}\n"
	"figure{margin:0;break-inside:avoid}figcaption{font-size:.9rem;color:#444;"
	"overflow-wrap:anywhere}\n"
	"svg{width:100%%;height:auto;display:block}.three svg{max-width:30rem}\n"
	".wide{overflow-x:auto;margin:.6rem 0}table{border-spacing:0;font-size:.9rem;"
	"font-variant-numeric:tabular-nums}\n"
	"th,td{padding:.2rem .6rem;text-align:right;border-bottom:1px solid #ddd;"
	"white-space:nowrap}\n"
	"thead th{background:#f3f3f3;white-space:normal;vertical-align:bottom}\n"
	".name{text-align:left}.channel{padding-top:.6rem}\n"
	"td:first-child,thead th:first-child,.channel span{position:sticky;left:0;"
	"background:#fff}.channel span{left:.6rem}thead th:first-child{background:#f3f3f3}\n"
	"small{color:#666;font-weight:normal}.best{font-weight:bold}\n"
	"pre{font-size:.8rem;white-space:pre-wrap;overflow-wrap:anywhere}code{font-size:.9em}\n"
	".no{color:#b33f00;font-weight:bold}\n"
	"i{display:inline-block;width:.7em;height:.7em;margin-right:.2em;background:#888}"
	"i.r{background:#0072b2}i.c{background:#d55e00}\n"
	"@media print{html{font-size:11px}body{max-width:none;padding:0}p,ul{max-width:none}"
	".wide{overflow:visible}.three{grid-template-columns:1fr 1fr 1fr}"
	".two{grid-template-columns:1fr 1fr}.two svg{width:88%%;margin:auto}"
	"h2,h3{break-after:avoid}h2{margin-top:1.4rem}tbody,tr,pre{break-inside:avoid}"
	"th,td{padding:.1rem .35rem}"
	"i,th{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n"
	"</style></head><body>\n";

static void put_head(struct report *r)
{
	static const char *const ways[N_VIAS] = { "in virtual time, by hindsight-sim",
		"in real time, through hindsight-impair",
		"in real time, through the kernel's tc netem" };
	const struct plan *const plan = r->input->plan;
	const char *const title = *plan->title ? plan->title : "An experiment";
	struct text_buffer harmless = { 0 };
	size_t via = 0;

	while (via < N_VIAS - 1 && strcmp(via_names[via], r->source.runs.via) != 0)
		via++;
	text_buffer_put_html(&harmless, title);
	if (harmless.text)
		text_buffer_put(&r->html, head, harmless.text);
	text_buffer_put(&r->html, "<h1>%s</h1>\n<p>", harmless.text ? harmless.text : "");
	text_buffer_end(&harmless);
	text_buffer_put(&r->html, "%zu settings over %zu channels, %zu seeds, %g s of ",
		plan->n_settings, plan->n_channels, plan->n_seeds, plan->seconds);
	text_buffer_put_html(&r->html, r->input->recording);
	text_buffer_put(&r->html, "; run %s.</p>\n", ways[via]);
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
	if (way_has(&r->source.runs, &figure_judge))
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
		r->input->plan->n_seeds > 1 ? ", from the lowest to the highest seed" : "");
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

/* One way beside the one that the page is about. */
static void put_comparison(struct report *r, const struct way_runs *others)
{
	const char *const own = r->source.runs.via, *const via = others->via;
	struct text_buffer table = { 0 };
	const struct table_agreement found = table_put_ways(&table, &r->source.runs, others);

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
	static const char *const ways[] = { "", "trace ", "capture " };
	const struct plan *const plan = r->input->plan;

	if (!r->can_draw)
		return;
	text_buffer_put(&r->html,
		"<h2>The channels</h2>\n<p>With seed %lu. Above, the playout delay, and dashed its "
		"target; where lines coincide, the last one is seen. Below, a row a setting: "
		"frames "
		"<i></i>whose packet was lost or late, <i class=r></i>played from a copy, FEC or "
		"DRED, <i class=c></i>concealed.%s</p>\n"
		"<div class=\"grid two\">\n",
		(unsigned long)plan->seeds[0],
		plan->n_settings > PICTURE_SETTINGS_MAX ? " The first six settings." : "");
	for (size_t k = 0; k < plan->n_channels; k++) {
		text_buffer_put(&r->html, "<figure><figcaption><b>%s</b> <code>%s",
			plan->channels[k].name, ways[plan->channels[k].way]);
		text_buffer_put_html(&r->html, plan->channels[k].text);
		text_buffer_put(&r->html, "</code></figcaption>");
		if (!picture_of_channel(&r->html, &r->source, &plan->channels[k]))
			text_buffer_put(&r->html, "<p>No run of it is there.</p>");
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

static struct way_runs runs_by(const struct report_input *input, const char *via)
{
	return (struct way_runs){ input->plan, input->results, via };
}

static void put_all(struct report *r)
{
	put_head(r);
	put_answer(r);
	for (size_t i = 0; i < N_VIAS; i++) {
		const struct way_runs others = runs_by(r->input, via_names[i]);
		if (strcmp(via_names[i], r->source.runs.via) != 0 && way_has_any(&others))
			put_comparison(r, &others);
	}
	put_failures(r);
	put_channels(r);
	text_buffer_put(&r->html,
		"<h2>The table</h2>\n<p>Means over the seeds, lowest…highest; bold: the best "
		"of a channel. Every "
		"figure of every run: <a href=results.csv>results.csv</a>.</p>\n");
	table_put_runs(&r->html, &r->source.runs, &r->told);
	text_buffer_put(&r->html, "<h2>To repeat it</h2>\n");
	put_file(r, "The plan", "experiment.plan");
	put_file(r, "The programs", "versions.txt");
	text_buffer_put(&r->html, "</body></html>\n");
}

/* What the page is about: the first way that has been run, and which figures all its runs have. */
static void choose(struct report *r)
{
	struct way_runs runs = runs_by(r->input, via_names[0]);

	for (size_t via = 1; via < N_VIAS && !way_has_any(&runs); via++)
		runs = runs_by(r->input, via_names[via]);
	r->source = (struct picture_source){ runs, r->input->folder };
	struct table_figures *const told = &r->told;
	told->delay = way_has(&runs, &figure_mouth_to_ear) ? &figure_mouth_to_ear : &figure_playout;
	if (way_has(&runs, &figure_mos))
		told->of[told->n++] = &figure_mos;
	if (way_has(&runs, &figure_judge))
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
	put_all(&r);
	const bool ok = r.html.has_failed ? io_error_set(error, "out of memory")
					  : work_folder_put(input->folder, "report.html",
						    r.html.text, r.html.n_chars, error);
	text_buffer_end(&r.html);
	return ok;
}
