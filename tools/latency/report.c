#include "tools/latency/report.h"

#include "common/text/decimal.h"
#include "common/text/json_writer.h"
#include "common/text/text_file.h"
#include "tools/process/gnuplot.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum { BINS_MAX = 16, BAR_CHARS = 48 };

/* ---- the distribution ---- */

struct histogram {
	double first_ms, width_ms; /* the middle of the first bin */
	int n_bins;
	int counts[BINS_MAX];
	int most;
};

/* The smallest bin of 0.1, 0.2, 0.5, 1, 2, 5, ... ms with which all delays fit. */
static struct histogram make_histogram(const struct latency_report *r)
{
	static const double steps[] = { 1, 2, 5 };
	struct histogram h = { 0 };

	for (int i = 0;; i++) {
		h.width_ms = 0.1 * steps[i % 3] * pow(10, (double)(i / 3));
		h.first_ms = round(r->summary.min_ms / h.width_ms) * h.width_ms;
		const double n = round((r->summary.max_ms - h.first_ms) / h.width_ms) + 1;
		if (n > BINS_MAX)
			continue;
		h.n_bins = (int)n;
		break;
	}
	for (size_t i = 0; i < r->delays->n_rows; i++) {
		const double ms = r->delays->rows[i].delay_ms;
		if (isnan(ms))
			continue;
		const int bin = (int)fmax(0, round((ms - h.first_ms) / h.width_ms));
		int *const count = &h.counts[bin < h.n_bins ? bin : h.n_bins - 1];
		++*count;
		if (*count > h.most)
			h.most = *count;
	}
	return h;
}

/* ---- text ---- */

static void put_ms(FILE *file, const char *name, double ms, const char *what)
{
	if (isnan(ms))
		fprintf(file, "  %-18s  unknown     %s\n", name, what);
	else
		fprintf(file, "  %-18s %8.2f ms  %s\n", name, ms, what);
}

static void put_self_test(const struct latency_report *r, FILE *file)
{
	fputc('\n', file);
	put_ms(file, "delay, mean", r->summary.mean_ms,
		"from the sender's input to the receiver's output");
	put_ms(file, "+ devices", r->device_ms, "capture and playout, as the devices report them");
	put_ms(file, "= mouth to ear", r->mouth_to_ear_ms, "seen from outside");
	put_ms(file, "statistics", r->statistics_ms, "mouth_to_ear_ms of hindsight-recv, mean");
	put_ms(file, "difference", r->mouth_to_ear_ms - r->statistics_ms,
		"outside minus statistics; up to 2 ms is agreement");
}

void latency_report_text(const struct latency_report *r, FILE *file)
{
	const struct delay_summary *const s = &r->summary;

	fprintf(file, "%s: %zu of %zu markers found", r->mode, s->n_found, s->n_sent);
	if (r->n_xruns > 0)
		fprintf(file, "; the device had %u xruns", r->n_xruns);
	fputc('\n', file);
	if (!isnan(r->calibration_ms))
		fprintf(file, "subtracted from each delay: %.2f ms\n", r->calibration_ms);
	if (s->n_found == 0)
		return;
	fprintf(file, "delay: mean %.2f ms, min %.2f, p5 %.2f, p50 %.2f, p95 %.2f, max %.2f",
		s->mean_ms, s->min_ms, s->p5_ms, s->p50_ms, s->p95_ms, s->max_ms);
	if (!isnan(s->drift_ppm))
		fprintf(file, ", drift %.1f ppm", s->drift_ppm + 0.0);
	fputs("\n\n", file);
	const struct histogram h = make_histogram(r);
	for (int i = 0; i < h.n_bins; i++) {
		const int n_chars = (h.counts[i] * BAR_CHARS + h.most - 1) / h.most;
		fprintf(file, "  %8.1f ms %5d %.*s\n", h.first_ms + i * h.width_ms, h.counts[i],
			n_chars, "################################################");
	}
	if (strcmp(r->mode, "self-test") == 0)
		put_self_test(r, file);
}

/* ---- JSON and CSV ---- */

void latency_report_json(const struct latency_report *r, FILE *file)
{
	const struct delay_summary *const s = &r->summary;
	struct json_writer json;

	json_writer_init(&json, file);
	json_writer_open_object(&json, NULL);
	json_writer_text(&json, "mode", r->mode);
	json_writer_count(&json, "n_sent", (double)s->n_sent);
	json_writer_count(&json, "n_found", (double)s->n_found);
	json_writer_count(&json, "n_xruns", r->n_xruns);
	json_writer_number(&json, "delay_ms_mean", s->mean_ms);
	json_writer_number(&json, "delay_ms_min", s->min_ms);
	json_writer_number(&json, "delay_ms_p5", s->p5_ms);
	json_writer_number(&json, "delay_ms_p50", s->p50_ms);
	json_writer_number(&json, "delay_ms_p95", s->p95_ms);
	json_writer_number(&json, "delay_ms_max", s->max_ms);
	json_writer_number(&json, "drift_ppm", s->drift_ppm);
	json_writer_number(&json, "calibration_ms", r->calibration_ms);
	json_writer_number(&json, "device_ms", r->device_ms);
	json_writer_number(&json, "mouth_to_ear_ms", r->mouth_to_ear_ms);
	json_writer_number(&json, "statistics_mouth_to_ear_ms", r->statistics_ms);
	json_writer_open_list(&json, "delays_ms");
	for (size_t i = 0; i < r->delays->n_rows; i++)
		json_writer_number(&json, NULL, r->delays->rows[i].delay_ms);
	json_writer_close_list(&json);
	json_writer_close_object(&json);
	fputc('\n', file);
}

/* An empty cell where there is no number. */
static void put_cell(FILE *file, double number, char end)
{
	char text[DECIMAL_TEXT_BYTES] = "";

	if (isfinite(number))
		decimal_text(number, text);
	fprintf(file, "%s%c", text, end);
}

bool latency_report_csv(const struct latency_report *r, const char *path, struct io_error *error)
{
	FILE *const file = fopen(path, "w");

	if (!file)
		return io_error_set(error, "%s: %s", path, strerror(errno));
	fputs("played_s,delay_ms,likeness,prominence\n", file);
	for (size_t i = 0; i < r->delays->n_rows; i++) {
		const struct delay_row *const row = &r->delays->rows[i];
		put_cell(file, row->played_s, ',');
		put_cell(file, row->delay_ms, ',');
		put_cell(file, row->similarity, ',');
		put_cell(file, row->prominence, '\n');
	}
	const bool is_written = !ferror(file);
	return (fclose(file) == 0 && is_written) ||
	       io_error_set(error, "%s: could not be written completely", path);
}

/* ---- the picture ---- */

static const char picture_settings[] =
	"set terminal svg size 900,640 font 'DejaVu Sans,12' background '#ffffff'\n"
	"set encoding utf8\n"
	"set border 3 lc rgb '#666666'\n"
	"set tics nomirror out\n"
	"set grid ytics lc rgb '#dddddd'\n"
	"set style fill solid noborder\n"
	"unset key\n"
	"set lmargin at screen 0.09\n"
	"set rmargin at screen 0.97\n";

/* One block of data for each plot. */
static void put_data(
	struct text_buffer *script, const struct latency_report *r, const struct histogram *h)
{
	text_buffer_put(script, "$bins << EOD\n");
	for (int i = 0; i < h->n_bins; i++)
		text_buffer_put(script, "%g %d\n", h->first_ms + i * h->width_ms, h->counts[i]);
	text_buffer_put(script, "EOD\n$delays << EOD\n");
	for (size_t i = 0; i < r->delays->n_rows; i++)
		if (!isnan(r->delays->rows[i].delay_ms))
			text_buffer_put(script, "%.3f %.3f\n", r->delays->rows[i].played_s,
				r->delays->rows[i].delay_ms);
	text_buffer_put(script, "EOD\n");
}

static void put_plots(
	struct text_buffer *script, const struct latency_report *r, const struct histogram *h)
{
	const struct delay_summary *const s = &r->summary;
	/* A scale as narrow as tiny differences would make them look large. */
	const double margin_ms = fmax(0.5, 0.1 * (s->max_ms - s->min_ms));

	text_buffer_put(script,
		"set multiplot title '%s: %zu of %zu markers, mean delay %.2f ms, p5 %.2f, p95 "
		"%.2f' font ',13'\n"
		"set tmargin at screen 0.9\nset bmargin at screen 0.59\n"
		"set xlabel 'delay, ms' offset 0,0.5\nset ylabel 'markers'\nset yrange [0:*]\n"
		"set boxwidth %g\nplot $bins using 1:2 with boxes lc rgb '#1f4e79'\n",
		r->mode, s->n_found, s->n_sent, s->mean_ms, s->p5_ms, s->p95_ms,
		0.92 * h->width_ms);
	text_buffer_put(script,
		"set tmargin at screen 0.44\nset bmargin at screen 0.12\n"
		"set xlabel 'seconds since the start'\nset ylabel 'delay, ms'\nset xrange [0:*]\n"
		"set yrange [%g:%g]\n"
		"plot $delays using 1:2 with points pt 7 ps 0.45 lc rgb '#1f4e79'\n"
		"unset multiplot\n",
		s->min_ms - margin_ms, s->max_ms + margin_ms);
}

bool latency_report_svg(const struct latency_report *r, const char *path, struct io_error *error)
{
	struct text_buffer script = { 0 }, svg = { 0 };
	struct io_error why;

	if (r->summary.n_found == 0)
		return io_error_set(error, "%s: no marker was found, nothing to draw", path);
	const struct histogram h = make_histogram(r);
	put_data(&script, r, &h);
	text_buffer_put(&script, "%s", picture_settings);
	put_plots(&script, r, &h);
	const bool ok = gnuplot_draw(&svg, &script, &why) &&
			text_file_write(path, svg.text, svg.n_chars, &why);
	text_buffer_end(&script);
	text_buffer_end(&svg);
	return ok || io_error_set(error, "%.120s: %.130s", path, why.text);
}
