#include "tools/experiment_report.h"

#include "common/io/cli.h"
#include "common/io/text_file.h"
#include "tools/experiment_picture.h"
#include "tools/experiment_run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { VERSIONS_BYTES = 8000, VALUE_BYTES = 100 };

/* What is told of each run; of delays the one that every run has. */
static const struct picture_figure quality = { "score_quality", "quality (1: as sent)", 1, 3 };
static const struct picture_figure missing = { "missing_ratio", "frames missing, %", 100, 2 };
static const struct picture_figure ear_delay = { "mouth_to_ear_ms", "mouth to ear, ms", 1, 1 };
static const struct picture_figure playout = { "playout_delay_ms", "playout delay, ms", 1, 1 };
static const struct picture_figure lost = { "loss_ratio", "packets lost, %", 100, 1 };
static const struct picture_figure wire = { "wire_kbps", "kbit/s with IP", 1, 1 };

/* How far the ranges of two ways may lie apart and still agree, in the tables' units. */
#define MISSING_APART 0.5
#define DELAY_APART   5.0

struct report {
	const struct report_input *input;
	struct picture_source source; /* of the way that the page is about */
	const struct picture_figure *delay;
	bool has_quality;
	bool can_draw;
	struct text_buffer html;
};

/* ---- figures ---- */

static bool has_via(const struct report_input *input, const char *via)
{
	for (size_t row = 0; row < input->results->n_rows; row++)
		if (strcmp(results_text(input->results, row, "via"), via) == 0 &&
			strcmp(results_text(input->results, row, "status"), "done") == 0)
			return true;
	return false;
}

/* Whether every run of this way that is done, and at least one, has it. */
static bool has_column(const struct report *r, const char *column)
{
	const struct results *const results = r->input->results;
	bool has_any = false;

	for (size_t row = 0; row < results->n_rows; row++) {
		if (strcmp(results_text(results, row, "via"), r->source.via) != 0 ||
			strcmp(results_text(results, row, "status"), "done") != 0)
			continue;
		has_any = true;
		if (isnan(results_number(results, row, column)))
			return false;
	}
	return has_any;
}

static struct results_spread spread_of(const struct report *r, const char *via, size_t channel,
	size_t setting, const struct picture_figure *figure)
{
	const struct results_key key = { via, r->input->plan->channels[channel].name,
		r->input->plan->settings[setting].name, NULL };
	struct results_spread spread = results_over_seeds(r->input->results, &key, figure->column);

	spread.mean *= figure->factor;
	spread.min *= figure->factor;
	spread.max *= figure->factor;
	return spread;
}

/* Over all channels that have it, each counting the same; NAN where none has. */
static double setting_mean(
	const struct report *r, size_t setting, const struct picture_figure *figure)
{
	double sum = 0;
	int n = 0;

	for (size_t k = 0; k < r->input->plan->n_channels; k++) {
		const struct results_spread s = spread_of(r, r->source.via, k, setting, figure);
		sum += s.n_runs > 0 ? s.mean : 0;
		n += s.n_runs > 0;
	}
	return n > 0 ? sum / n : NAN;
}

/* The setting with the highest or lowest mean; n_settings where none has one. */
static size_t best_setting(
	const struct report *r, const struct picture_figure *figure, bool is_high)
{
	const size_t n_settings = r->input->plan->n_settings;
	size_t best = n_settings;

	for (size_t i = 0; i < n_settings; i++) {
		const double value = setting_mean(r, i, figure);
		if (isnan(value))
			continue;
		const double other = best < n_settings ? setting_mean(r, best, figure) : NAN;
		if (isnan(other) || (is_high ? value > other : value < other))
			best = i;
	}
	return best;
}

/* ---- words ---- */

static void put_value(struct report *r, const struct picture_figure *figure, double value)
{
	if (isnan(value))
		text_buffer_put(&r->html, "–");
	else
		text_buffer_put(&r->html, "%.*f", figure->decimals, value);
}

/* A cell: the mean, and from where to where it goes over the seeds. */
static void put_spread(struct report *r, const struct picture_figure *figure,
	const struct results_spread *spread, bool is_best)
{
	text_buffer_put(&r->html, "<td%s>", is_best ? " class=best" : "");
	put_value(r, figure, spread->mean);
	if (spread->n_runs > 1)
		text_buffer_put(&r->html, " <small>%.*f…%.*f</small>", figure->decimals,
			spread->min, figure->decimals, spread->max);
	text_buffer_put(&r->html, "</td>");
}

static void put_sentence(
	struct report *r, const char *what, const struct picture_figure *figure, bool is_high)
{
	const size_t n_settings = r->input->plan->n_settings;
	const size_t best = best_setting(r, figure, is_high),
		     worst = best_setting(r, figure, !is_high);

	if (best == n_settings)
		return;
	text_buffer_put(&r->html, "<li>%s: <b>%s</b>, ", what, r->input->plan->settings[best].name);
	put_value(r, figure, setting_mean(r, best, figure));
	if (worst != best) {
		text_buffer_put(
			&r->html, " (%s, at the other end, ", r->input->plan->settings[worst].name);
		put_value(r, figure, setting_mean(r, worst, figure));
		text_buffer_put(&r->html, ")");
	}
	text_buffer_put(&r->html, "</li>\n");
}

/* ---- the sections ---- */

static const char head[] =
	"<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8>\n"
	"<meta name=viewport content=\"width=device-width,initial-scale=1\">\n<title>%s</title>\n"
	"<style>\n"
	"body{font:16px/1.45 system-ui,sans-serif;color:#222;background:#fff;margin:0 auto;"
	"padding:0 1rem 2rem;max-width:72rem}\n"
	"h1{font-size:1.5rem;margin:1rem 0 .3rem}h2{font-size:1.2rem;margin:2rem 0 .4rem}\n"
	"h3{font-size:1rem;margin:1.2rem 0 .2rem}p,ul{margin:.4rem 0;max-width:46rem}\n"
	".two{grid-template-columns:repeat(auto-fit,minmax(min(27rem,100%%),1fr))!important}\n"
	".grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(21rem,100%%),1fr));"
	"gap:1rem}\n"
	"figure{margin:0;break-inside:avoid}figcaption{font-size:.9rem;color:#444;"
	"overflow-wrap:anywhere}\n"
	"svg{width:100%%;height:auto;display:block}\n"
	".wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem;"
	"font-variant-numeric:tabular-nums}\n"
	"th,td{padding:.2rem .6rem;text-align:right;border-bottom:1px solid "
	"#ddd;white-space:nowrap}\n"
	"th{background:#f3f3f3}.name{text-align:left}small{color:#666}.best{font-weight:bold}\n"
	"pre{font-size:.8rem;white-space:pre-wrap;overflow-wrap:anywhere}code{font-size:.9em}\n"
	".no{color:#b33f00;font-weight:bold}\n"
	"i.l,i.r,i.c{display:inline-block;width:.7em;height:.7em;background:#888}"
	"i.r{background:#0072b2}i.c{background:#d55e00}\n"
	"@media print{body{font-size:11px;max-width:none;padding:0}.wide{overflow:visible}"
	".grid,.two{grid-template-columns:1fr 1fr!important}"
	"h2,h3{break-after:avoid}tr{break-inside:avoid}table{font-size:9px}"
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

	while (via < N_VIAS - 1 && strcmp(via_names[via], r->source.via) != 0)
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

static void put_figure(struct report *r, const struct picture_figure *figure)
{
	text_buffer_put(&r->html, "<figure role=img aria-label=\"%s\">", figure->label);
	picture_against_loss(&r->html, &r->source, figure);
	text_buffer_put(&r->html, "</figure>\n");
}

static void put_answer(struct report *r)
{
	const struct plan *const plan = r->input->plan;
	const struct picture_figure *const figures[] = { &quality, &missing, r->delay, &wire };

	text_buffer_put(&r->html, "<h2>The answer</h2>\n<p>Means over all channels:</p><ul>\n");
	put_sentence(r, "Best quality", &quality, true);
	put_sentence(r, "Fewest frames missing, in %", &missing, false);
	put_sentence(r, "Least delay, in ms", r->delay, false);
	text_buffer_put(&r->html, "</ul>\n");
	if (r->can_draw) {
		text_buffer_put(&r->html, "<div class=grid>\n");
		for (size_t i = r->has_quality ? 0 : 1; i < 3; i++)
			put_figure(r, figures[i]);
		text_buffer_put(&r->html,
			"</div>\n<p><small>Points are means; the bars reach from the "
			"lowest to the highest seed.</small></p>\n");
	}
	text_buffer_put(&r->html, "<div class=wide><table><tr><th class=name>setting</th>");
	for (size_t k = r->has_quality ? 0 : 1; k < 4; k++)
		text_buffer_put(&r->html, "<th>%s</th>", figures[k]->label);
	text_buffer_put(&r->html, "<th class=name>sender | receiver</th></tr>\n");
	for (size_t i = 0; i < plan->n_settings; i++) {
		text_buffer_put(&r->html, "<tr><td class=name>%s</td>", plan->settings[i].name);
		for (size_t k = r->has_quality ? 0 : 1; k < 4; k++) {
			const bool is_best = k < 3 && best_setting(r, figures[k], k == 0) == i;
			text_buffer_put(&r->html, "<td%s>", is_best ? " class=best" : "");
			put_value(r, figures[k], setting_mean(r, i, figures[k]));
			text_buffer_put(&r->html, "</td>");
		}
		text_buffer_put(&r->html, "<td class=name><code>");
		text_buffer_put_html(&r->html, plan->settings[i].send);
		text_buffer_put(&r->html, "%s", *plan->settings[i].recv ? " | " : "");
		text_buffer_put_html(&r->html, plan->settings[i].recv);
		text_buffer_put(&r->html, "</code></td></tr>\n");
	}
	text_buffer_put(&r->html, "</table></div>\n");
}

/* Whether the ranges over the seeds overlap, or nearly. */
static bool agrees(const struct results_spread *a, const struct results_spread *b, double apart)
{
	return a->min <= b->max + apart && b->min <= a->max + apart;
}

static void put_pair(
	struct report *r, const char *via, size_t channel, size_t setting, int counts[2])
{
	static const struct picture_figure *const figures[2] = { &missing, &playout };
	static const double apart[2] = { MISSING_APART, DELAY_APART };
	const struct plan *const plan = r->input->plan;
	const struct results_spread probe = spread_of(r, via, channel, setting, &missing);
	bool is_same = true;

	if (probe.n_runs == 0 ||
		spread_of(r, r->source.via, channel, setting, &missing).n_runs == 0)
		return;
	text_buffer_put(&r->html, "<tr><td class=name>%s</td><td class=name>%s</td>",
		plan->channels[channel].name, plan->settings[setting].name);
	for (int k = 0; k < 2; k++) {
		const struct results_spread a =
			spread_of(r, r->source.via, channel, setting, figures[k]);
		const struct results_spread b = spread_of(r, via, channel, setting, figures[k]);
		put_spread(r, figures[k], &a, false);
		put_spread(r, figures[k], &b, false);
		is_same = is_same && agrees(&a, &b, apart[k]);
	}
	text_buffer_put(&r->html, is_same ? "<td>yes</td></tr>\n" : "<td class=no>no</td></tr>\n");
	counts[0] += is_same;
	counts[1]++;
}

/* One way beside the one that the page is about. */
static void put_comparison(struct report *r, const char *via)
{
	const struct plan *const plan = r->input->plan;
	struct text_buffer page = r->html;
	int counts[2] = { 0, 0 };

	r->html = (struct text_buffer){ 0 };
	for (size_t k = 0; k < plan->n_channels; k++)
		for (size_t i = 0; i < plan->n_settings; i++)
			put_pair(r, via, k, i, counts);
	struct text_buffer rows = r->html;
	r->html = page;
	text_buffer_put(&r->html,
		"<h2>%s and %s side by side</h2>\n<p>%s: in %d of %d cases the runs by %s and by "
		"%s "
		"overlap over the seeds, in frames missing (give or take %g points) and in playout "
		"delay (%g ms).</p>\n",
		r->source.via, via,
		counts[0] == counts[1] ? "They agree"
				       : "<span class=no>They do not all agree</span>",
		counts[0], counts[1], r->source.via, via, MISSING_APART, DELAY_APART);
	if (r->can_draw) {
		text_buffer_put(&r->html, "<div class=grid><figure>");
		picture_side_by_side(&r->html, &r->source, via, &missing);
		text_buffer_put(&r->html, "</figure>\n<figure>");
		picture_side_by_side(&r->html, &r->source, via, &playout);
		text_buffer_put(&r->html, "</figure></div>\n");
	}
	text_buffer_put(&r->html,
		"<div class=wide><table><tr><th class=name>channel</th><th class=name>setting</th>"
		"<th>missing %%, %s</th><th>%s</th><th>delay ms, "
		"%s</th><th>%s</th><th>agree</th></tr>\n",
		r->source.via, via, r->source.via, via);
	if (rows.text)
		text_buffer_put_chars(&r->html, rows.text, rows.n_chars);
	r->html.has_failed = r->html.has_failed || rows.has_failed;
	text_buffer_put(&r->html, "</table></div>\n");
	text_buffer_end(&rows);
}

static void put_channels(struct report *r)
{
	static const char *const ways[] = { "", "trace ", "capture " };
	const struct plan *const plan = r->input->plan;

	if (!r->can_draw)
		return;
	text_buffer_put(&r->html,
		"<h2>The channels</h2>\n<p>With seed %lu. Above, the playout delay, and dashed its "
		"target; "
		"below, a row a setting: frames <i class=l></i> whose packet was lost or late, "
		"<i class=r></i> played from a copy, FEC or DRED, <i class=c></i> "
		"concealed.%s</p>\n"
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

/* Of a channel's settings, has this one the best mean, and another one a worse? */
static bool is_best_of(const struct report *r, size_t channel, size_t setting,
	const struct picture_figure *figure, bool is_high)
{
	const double value = spread_of(r, r->source.via, channel, setting, figure).mean;
	bool has_worse = false;

	for (size_t i = 0; i < r->input->plan->n_settings; i++) {
		const double other = spread_of(r, r->source.via, channel, i, figure).mean;
		if (is_high ? other > value : other < value)
			return false;
		has_worse = has_worse || (is_high ? other < value : other > value);
	}
	return has_worse;
}

static void put_table(struct report *r)
{
	const struct plan *const plan = r->input->plan;
	const struct picture_figure *const figures[] = { &quality, &lost, &missing, r->delay,
		&playout, &wire };

	text_buffer_put(&r->html,
		"<h2>The table</h2>\n<p>Means over the seeds, lowest…highest. Every "
		"figure of every run: <a href=results.csv>results.csv</a>.</p>\n"
		"<div class=wide><table><tr><th class=name>channel</th>"
		"<th class=name>setting</th><th>runs</th>");
	for (size_t n = r->has_quality ? 0 : 1; n < 6; n++)
		if (n != 4 || r->delay != &playout)
			text_buffer_put(&r->html, "<th>%s</th>", figures[n]->label);
	text_buffer_put(&r->html, "</tr>\n");
	for (size_t k = 0; k < plan->n_channels; k++) {
		for (size_t i = 0; i < plan->n_settings; i++) {
			const struct results_spread any =
				spread_of(r, r->source.via, k, i, &missing);
			text_buffer_put(&r->html,
				"<tr><td class=name>%s</td><td class=name>%s</td><td>%zu</td>",
				plan->channels[k].name, plan->settings[i].name, any.n_runs);
			for (size_t n = r->has_quality ? 0 : 1; n < 6; n++) {
				const struct results_spread s =
					spread_of(r, r->source.via, k, i, figures[n]);
				const bool may_be_best = n == 0 || n == 2 || n == 3;
				if (n != 4 || r->delay != &playout)
					put_spread(r, figures[n], &s,
						may_be_best &&
							is_best_of(r, k, i, figures[n], n == 0));
			}
			text_buffer_put(&r->html, "</tr>\n");
		}
	}
	text_buffer_put(&r->html, "</table></div>\n");
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

static void put_all(struct report *r)
{
	put_head(r);
	put_answer(r);
	for (size_t i = 0; i < N_VIAS; i++)
		if (strcmp(via_names[i], r->source.via) != 0 && has_via(r->input, via_names[i]))
			put_comparison(r, via_names[i]);
	put_failures(r);
	put_channels(r);
	put_table(r);
	text_buffer_put(&r->html, "<h2>To repeat it</h2>\n");
	put_file(r, "The plan", "experiment.plan");
	put_file(r, "The programs", "versions.txt");
	text_buffer_put(&r->html, "</body></html>\n");
}

bool report_write(const struct report_input *input, struct io_error *error)
{
	struct report r = { .input = input };
	size_t via = 0;

	while (via < N_VIAS - 1 && !has_via(input, via_names[via]))
		via++;
	r.source = (struct picture_source){ input->plan, input->results, input->folder,
		via_names[via] };
	r.can_draw = picture_can_draw(input->folder);
	if (!r.can_draw)
		cli_log(CLI_NOTICE, "gnuplot is not installed: the report has no pictures");
	r.delay = has_column(&r, ear_delay.column) ? &ear_delay : &playout;
	r.has_quality = has_column(&r, quality.column);
	put_all(&r);
	const bool ok = r.html.has_failed ? io_error_set(error, "out of memory")
					  : work_folder_put(input->folder, "report.html",
						    r.html.text, r.html.n_chars, error);
	text_buffer_end(&r.html);
	return ok;
}
