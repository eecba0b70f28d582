#include "tools/experiment/picture.h"

#include "common/app/cli.h"
#include "tools/experiment/frame_rows.h"
#include "tools/process/gnuplot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOSS_APART 0.5 /* percent; channels that differ by less stand one after the other */

enum { PATH_BYTES = WORK_PATH_BYTES + 400 };

/* Colours that the colour-blind can tell apart (Okabe and Ito). The name is the prefix of the ids
 * within, which must be unique in the page: it is the place of the picture there. */
static const char style[] =
	"set terminal svg size %d,%d dynamic noenhanced font 'sans-serif,%d' name 'p%zu'\n"
	"set encoding utf8\n"
	"set border 3 lc rgb '#555555'\nset tics nomirror out\nset grid y lc rgb '#dddddd'\n"
	"array colours[8] = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', "
	"'#000000', '#999933']\n"
	"do for [i = 1:8] { set linetype i lc rgb colours[i] lw 2 pt i + 3 ps 0.6 }\n"
	"set linetype cycle 8\n"
	"set bars 0.4\n";

#define KEY_ABOVE "set key outside top center horizontal samplen 2\n"

enum { KEY_COLUMNS = 2, KEY_ROW_HEIGHT = 20 };

/* In pixels. */
static int key_height(const struct experiment_plan *plan)
{
	return KEY_ROW_HEIGHT * (int)((plan->n_settings + KEY_COLUMNS - 1) / KEY_COLUMNS);
}

/* ---- gnuplot ---- */

/* The picture without what a page must not have within it; its tool tip, "Gnuplot", too. */
static void put_svg(struct text_buffer *svg, const char *text)
{
	const char *const begin = strstr(text, "<svg");
	const char *const title = begin ? strstr(begin, "<title>") : NULL;
	const char *const after = title ? strstr(title, "</title>") : NULL;

	if (!begin)
		return;
	if (after) {
		text_buffer_put_chars(svg, begin, (size_t)(title - begin));
		text_buffer_put(svg, "%s", after + strlen("</title>"));
	} else {
		text_buffer_put(svg, "%s", begin);
	}
}

/* Ends the script. False: there is no picture; a line on stderr says why. */
static bool draw(struct text_buffer *svg, struct text_buffer *script)
{
	struct text_buffer drawn = { 0 };
	struct io_error error;
	const bool ok = gnuplot_draw(&drawn, script, &error);

	if (!ok)
		cli_log(CLI_NOTICE, "a picture of the report is missing: %s", error.text);
	else if (drawn.text)
		put_svg(svg, drawn.text);
	text_buffer_end(&drawn);
	text_buffer_end(script);
	return ok;
}

/* ---- one line per setting ---- */

/* Where a channel stands: the loss of all its runs in percent; NAN where none is done. */
static double loss_percent(const struct via_runs *runs, size_t channel)
{
	double sum = 0;
	int n = 0;

	for (size_t i = 0; i < runs->plan->n_settings; i++) {
		const struct results_spread loss =
			figure_over_seeds(runs, channel, i, &figure_lost);
		sum += loss.n_runs > 0 ? loss.mean : 0;
		n += loss.n_runs > 0;
	}
	return n > 0 ? sum / n : NAN;
}

/* The loss of the worst channel in percent, where that tells them all apart; else 0. */
static double loss_range(const struct via_runs *runs)
{
	double max = 0;

	for (size_t i = 0; i < runs->plan->n_channels; i++) {
		const double loss = loss_percent(runs, i);
		for (size_t k = 0; k < i; k++)
			if (fabs(loss - loss_percent(runs, k)) < LOSS_APART)
				return 0;
		max = fmax(max, loss);
	}
	return max >= LOSS_APART ? max : 0;
}

/* most_lost: of the channels, in percent, where they stand by their loss; 0: one after the
 * other. */
static bool put_lines(struct text_buffer *script, const struct via_runs *runs,
	const struct figure *figure, double most_lost)
{
	bool has_any = false;

	for (size_t i = 0; i < runs->plan->n_settings; i++) {
		/* Beside one another, so that one bar does not hide the other. */
		const double aside = ((double)i + 0.5) / (double)runs->plan->n_settings - 0.5;
		text_buffer_put(script, "$s%zu << EOD\n", i);
		for (size_t k = 0; k < runs->plan->n_channels; k++) {
			const struct results_spread y = figure_over_seeds(runs, k, i, figure);
			if (y.n_runs == 0)
				continue;
			text_buffer_put(script, "%g %g %g %g\n",
				most_lost > 0 ? loss_percent(runs, k) + aside * 0.03 * most_lost
					      : (double)k + aside * 0.4,
				y.mean, y.min, y.max);
			has_any = true;
		}
		text_buffer_put(script, "EOD\n");
	}
	return has_any;
}

bool picture_against_loss(
	struct text_buffer *svg, const struct picture_source *source, const struct figure *figure)
{
	const struct experiment_plan *const plan = source->runs.plan;
	struct text_buffer script = { 0 };
	const double most_lost = loss_range(&source->runs);

	text_buffer_put(&script, style, 400, 300 + key_height(plan), 15, svg->n_chars);
	text_buffer_put(&script, KEY_ABOVE "set ylabel ");
	gnuplot_put_quoted(&script, figure->label);
	text_buffer_put(&script, "\n");
	if (most_lost > 0) {
		text_buffer_put(&script, "set xlabel 'packets lost, %%'\nset xrange [%g:%g]\n",
			-0.03 * most_lost, 1.04 * most_lost);
	} else {
		text_buffer_put(&script, "set xrange [-0.5:%g]\nset xtics rotate by -30 (",
			(double)plan->n_channels - 0.5);
		for (size_t k = 0; k < plan->n_channels; k++)
			text_buffer_put(&script, "%s'%s' %zu", k > 0 ? ", " : "",
				plan->channels[k].name, k);
		text_buffer_put(&script, ")\n");
	}
	if (!put_lines(&script, &source->runs, figure, most_lost)) {
		text_buffer_end(&script);
		return false;
	}
	text_buffer_put(&script, "set yrange [0:]\nplot ");
	for (size_t i = 0; i < plan->n_settings; i++)
		text_buffer_put(&script,
			"%s$s%zu using 1:2 %s with lines lt %zu notitle, $s%zu using 1:2:3:4 with "
			"yerrorbars lt %zu title '%s'",
			i > 0 ? ", " : "", i, most_lost > 0 ? "smooth unique" : "", i + 1, i, i + 1,
			plan->settings[i].name);
	text_buffer_put(&script, "\n");
	return draw(svg, &script);
}

/* ---- two vias ---- */

bool picture_side_by_side(struct text_buffer *svg, const struct picture_source *source,
	const char *via, const struct figure *figure)
{
	const struct experiment_plan *const plan = source->runs.plan;
	const struct via_runs others = { plan, source->runs.results, via };
	struct text_buffer script = { 0 };
	double max = 0;

	text_buffer_put(&script, style, 400, 400 + key_height(plan), 15, svg->n_chars);
	for (size_t i = 0; i < plan->n_settings; i++) {
		text_buffer_put(&script, "$s%zu << EOD\n", i);
		for (size_t k = 0; k < plan->n_channels; k++) {
			const struct results_spread x =
				figure_over_seeds(&source->runs, k, i, figure);
			const struct results_spread y = figure_over_seeds(&others, k, i, figure);
			if (x.n_runs == 0 || y.n_runs == 0)
				continue;
			text_buffer_put(&script, "%g %g %g %g %g %g\n", x.mean, y.mean, x.min,
				x.max, y.min, y.max);
			max = fmax(max, fmax(x.max, y.max));
		}
		text_buffer_put(&script, "EOD\n");
	}
	if (max <= 0) {
		text_buffer_end(&script);
		return false;
	}
	text_buffer_put(&script,
		"set xlabel '%s, by %s'\nset ylabel 'the same, by %s'\nset grid x y\n"
		"set size square\nset xrange [0:%g]\nset yrange [0:%g]\n" KEY_ABOVE
		"plot x with lines lc rgb '#999999' lw 1 dt 2 notitle",
		figure->label, source->runs.via, via, max * 1.05, max * 1.05);
	for (size_t i = 0; i < plan->n_settings; i++)
		text_buffer_put(&script,
			", $s%zu using 1:2:3:4:5:6 with xyerrorbars lt %zu title '%s'", i, i + 1,
			plan->settings[i].name);
	text_buffer_put(&script, "\n");
	return draw(svg, &script);
}

/* ---- a channel in time ---- */

#define DELAY_EACH_S 0.1 /* a point of the delays' lines */

/* In pixels: the picture but for its rows, one row, and what gnuplot needs below them: with less it
 * leaves out the axis' name. */
enum { CHANNEL_HEIGHT = 300, SETTING_HEIGHT = 36, SECONDS_HEIGHT = 54 };

/* The blocks $dN: the delays, and $lN, $rN, $cN: where a frame was missing, came by another means,
 * or did not come. Each has a row that is out of sight, for gnuplot wants one. */
static void put_setting(
	struct text_buffer *script, const struct frame_row *rows, size_t n_rows, int n)
{
	static const struct {
		char letter;
		unsigned fates;
	} blocks[] = { { 'l', FRAME_ABSENT }, { 'r', FRAME_REPLACED }, { 'c', FRAME_CONCEALED } };
	double next_s = 0;

	text_buffer_put(script, "$d%d << EOD\n-9 0 0\n", n);
	for (size_t i = 0; i < n_rows; i++) {
		if (rows[i].at_s < next_s || isnan(rows[i].playout_delay_ms))
			continue;
		next_s = rows[i].at_s + DELAY_EACH_S;
		text_buffer_put(script, "%.2f %.1f %.1f\n", rows[i].at_s, rows[i].playout_delay_ms,
			rows[i].target_delay_ms);
	}
	text_buffer_put(script, "EOD\n");
	for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++) {
		text_buffer_put(script, "$%c%d << EOD\n-9\n", blocks[k].letter, n);
		for (size_t i = 0; i < n_rows; i++)
			if (rows[i].fate & blocks[k].fates)
				text_buffer_put(script, "%.2f\n", rows[i].at_s);
		text_buffer_put(script, "EOD\n");
	}
}

static void put_channel_plots(struct text_buffer *script, const struct experiment_plan *plan,
	const size_t shown[], int n_shown)
{
	const double height = CHANNEL_HEIGHT + SETTING_HEIGHT * n_shown;
	const double split = (SECONDS_HEIGHT + 24.0 + SETTING_HEIGHT * n_shown) / height;

	text_buffer_put(script,
		"set multiplot\nset lmargin 9\nset rmargin 2\nset xrange [0:%g]\n"
		"set bmargin at screen %g\nset tmargin at screen 0.89\nset format x ''\n"
		"set yrange [0:*]\nset ylabel 'delay, ms'\n"
		"set key at screen 0.5, 0.995 center top horizontal samplen 2\nplot ",
		plan->seconds, split + 0.02);
	for (int i = 0; i < n_shown; i++)
		text_buffer_put(script,
			"%s$d%d using 1:3 with lines lt %d lw 1 dt 2 notitle, $d%d using 1:2 with "
			"lines "
			"lt %d title '%s'",
			i > 0 ? ", " : "", i, i + 1, i, i + 1, plan->settings[shown[i]].name);
	text_buffer_put(script,
		"\nset tmargin at screen %g\nset bmargin at screen %g\nset format x '%%g'\n"
		"set xlabel 'seconds' offset 0, 0.6\nunset ylabel\nunset key\nset grid noy\n"
		"set yrange [%g:-0.6]\nset ytics scale 0 (",
		split - 0.02, SECONDS_HEIGHT / height, n_shown - 0.4);
	for (int i = 0; i < n_shown; i++)
		text_buffer_put(script, "%s'%.12s' %d", i > 0 ? ", " : "",
			plan->settings[shown[i]].name, i);
	text_buffer_put(script, ")\nplot ");
	for (int i = 0; i < n_shown; i++)
		text_buffer_put(script,
			"%s$l%d using 1:(%d-0.42):(0):(0.26) with vectors nohead lc rgb '#888888' "
			"lw 1, "
			"$r%d using 1:(%d-0.13):(0):(0.26) with vectors nohead lc rgb '#0072b2' lw "
			"1, "
			"$c%d using 1:(%d+0.16):(0):(0.26) with vectors nohead lc rgb '#d55e00' lw "
			"1",
			i > 0 ? ", " : "", i, i, i, i, i, i);
	text_buffer_put(script, "\nunset multiplot\n");
}

bool picture_of_channel(struct text_buffer *svg, const struct picture_source *source,
	const struct plan_channel *channel)
{
	const struct experiment_plan *const plan = source->runs.plan;
	struct text_buffer script = { 0 }, data = { 0 };
	size_t shown[PICTURE_SETTINGS_MAX];
	int n_shown = 0;

	for (size_t i = 0; i < plan->n_settings && n_shown < PICTURE_SETTINGS_MAX; i++) {
		struct frame_row *rows = NULL;
		char path[PATH_BYTES];
		snprintf(path, sizeof path, "%s/frames/%s.%s.%s.csv", source->folder->out,
			source->runs.via, channel->name, plan->settings[i].name);
		const size_t n_rows = frame_rows_load(path, &rows);
		if (n_rows > 0) {
			put_setting(&data, rows, n_rows, n_shown);
			shown[n_shown++] = i;
		}
		free(rows);
	}
	if (n_shown == 0 || data.has_failed) {
		text_buffer_end(&data);
		return false;
	}
	text_buffer_put(
		&script, style, 480, CHANNEL_HEIGHT + SETTING_HEIGHT * n_shown, 13, svg->n_chars);
	text_buffer_put_chars(&script, data.text, data.n_chars);
	text_buffer_end(&data);
	put_channel_plots(&script, plan, shown, n_shown);
	return draw(svg, &script);
}
