/* hindsight-experiment: a plan, all its runs, a table and a report.
 *
 *   plan -> runs (programs as children) -> results.csv -> report.html */
#include "common/app/cli.h"
#include "common/io/monotonic.h"
#include "common/text/text_file.h"
#include "common/base/units.h"
#include "tools/experiment/options.h"
#include "tools/experiment/papers.h"
#include "tools/experiment/progress.h"
#include "tools/experiment/recording.h"
#include "tools/experiment/report.h"
#include "tools/experiment/run.h"
#include "tools/process/delay_tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define LOOK_AGAIN_US (10 * US_PER_MS)

enum { RESULTS_BYTES_MAX = 1 << 28 };

struct experiment {
	struct experiment_options options;
	struct work_folder folder;
	struct keeper keeper; /* of what the via began */
	struct run_context context;
	char recording[WORK_PATH_BYTES];
	const char *origin;
	struct results results;
	struct experiment_run *runs; /* n_jobs of them */
	size_t n_all;		     /* runs of the plan */
	size_t n_next;		     /* those before it were begun, or are in the table */
	struct progress progress;
};

/* ---- the matrix ---- */

/* Seeds change last, so that an early end leaves few seeds, not few channels. */

static void run_of(const struct experiment *e, size_t number, struct experiment_run *run)
{
	const struct experiment_plan *const plan = &e->options.plan;
	const size_t n_settings = plan->n_settings;

	run->context = &e->context;
	run->setting = &plan->settings[number % n_settings];
	run->channel = &plan->channels[number / n_settings % plan->n_channels];
	run->seed = plan->seeds[number / n_settings / plan->n_channels];
	run->keeps_frames = run->seed == plan->seeds[0];
}

static bool is_in_table(const struct experiment *e, const struct experiment_run *run)
{
	char seed[16];

	snprintf(seed, sizeof seed, "%" PRIu32, run->seed);
	const struct results_key key = { e->options.via->name, run->channel->name,
		run->setting->name, seed };
	return results_find(&e->results, &key) < e->results.n_rows;
}

static size_t count_to_do(const struct experiment *e)
{
	struct experiment_run run = { 0 };
	size_t n_to_do = 0;

	for (size_t i = 0; i < e->n_all; i++) {
		run_of(e, i, &run);
		n_to_do += !is_in_table(e, &run);
	}
	return n_to_do;
}

/* ---- results.csv ---- */

static bool write_results(struct experiment *e)
{
	struct text_buffer csv = { 0 };
	struct io_error error;

	results_write(&e->results, &csv);
	const bool is_whole = !csv.has_failed && !e->results.has_failed;
	const bool ok = is_whole &&
			work_folder_put(&e->folder, "results.csv", csv.text, csv.n_chars, &error);
	if (!ok)
		cli_log(CLI_ERROR, "--out %s: results.csv %s", e->options.out,
			is_whole ? error.text : "needs more memory");
	text_buffer_end(&csv);
	return ok;
}

static bool read_results(struct experiment *e, struct io_error *error)
{
	char path[WORK_PATH_BYTES];
	struct stat status;
	size_t n_chars = 0;

	snprintf(path, sizeof path, "%s/results.csv", e->options.out);
	if (stat(path, &status) != 0)
		return true;
	if (status.st_size > RESULTS_BYTES_MAX)
		return io_error_set(error, "results.csv is too long");
	char *const text = malloc((size_t)status.st_size + 1);
	const bool ok = text &&
			text_file_read(path, text, (size_t)status.st_size, &n_chars, error) &&
			results_parse(&e->results, text, n_chars, error);
	const struct io_error reason = *error;
	free(text);
	return ok || io_error_set(error, "results.csv: %.200s", text ? reason.text : "no memory");
}

/* Whether a row of this name was run as the plan has it now. */
static bool fits_plan(const struct experiment *e, size_t row, struct io_error *error)
{
	struct experiment_run run = { 0 };

	for (size_t i = 0; i < e->options.plan.n_channels * e->options.plan.n_settings; i++) {
		run_of(e, i, &run);
		if (strcmp(results_text(&e->results, row, "channel"), run.channel->name) != 0 ||
			strcmp(results_text(&e->results, row, "setting"), run.setting->name) != 0)
			continue;
		const char *const spec = results_text(&e->results, row, "spec");
		const size_t n_skip = strlen(spec) >= strlen(run.channel->text)
					      ? strlen(spec) - strlen(run.channel->text)
					      : 0;
		if (strcmp(spec + n_skip, run.channel->text) != 0)
			return io_error_set(error, "has results of channel %s as \"%.100s\"",
				run.channel->name, spec);
		if (strcmp(results_text(&e->results, row, "send_options"), run.setting->send) !=
				0 ||
			strcmp(results_text(&e->results, row, "recv_options"), run.setting->recv) !=
				0)
			return io_error_set(error, "has results of setting %s with other options",
				run.setting->name);
	}
	if (results_number(&e->results, row, "seconds") != e->options.plan.seconds ||
		strcmp(results_text(&e->results, row, "recording"), e->origin) != 0)
		return io_error_set(error, "has results of %s s of %.100s",
			results_text(&e->results, row, "seconds"),
			results_text(&e->results, row, "recording"));
	return true;
}

/* Earlier results must be of this plan; those of this via only with --resume. */
static int check_results(struct experiment *e)
{
	const char *const via = e->options.via->name;
	struct io_error error;

	for (size_t row = 0; row < e->results.n_rows; row++) {
		if (!fits_plan(e, row, &error))
			return cli_refuse(
				"--out", e->options.out, "%s: choose another folder", error.text);
		if (!e->options.resumes && strcmp(results_text(&e->results, row, "via"), via) == 0)
			return cli_refuse("--out", e->options.out,
				"has results by %s; add --resume to continue them", via);
	}
	return OPTION_TAKEN;
}

/* ---- running ---- */

/* The next run that is not in the table; false: none is left. */
static bool start_next(struct experiment *e, int slot, int64_t now_us)
{
	struct experiment_run *const run = &e->runs[slot];

	while (e->n_next < e->n_all) {
		run_of(e, e->n_next++, run);
		if (!is_in_table(e, run)) {
			run_start(run, slot, now_us);
			return true;
		}
	}
	return false;
}

static bool take_row(struct experiment *e)
{
	const size_t row = e->results.n_rows - 1;
	const bool has_failed = strcmp(results_text(&e->results, row, "status"), "done") != 0;

	results_set(&e->results, row, "recording", e->origin);
	e->progress.n_done++;
	e->progress.n_failed += has_failed;
	const char *const reason = results_text(&e->results, row, "reason");
	const bool is_plain = !has_failed && *reason == '\0';
	if (!is_plain || e->options.program.is_verbose)
		progress_hide(&e->progress);
	cli_log(is_plain ? CLI_DETAIL : CLI_NOTICE, "%s, %s, seed %s: %s",
		results_text(&e->results, row, "channel"),
		results_text(&e->results, row, "setting"), results_text(&e->results, row, "seed"),
		is_plain ? "done" : reason);
	return write_results(e);
}

/* Until all is done, or a signal. False: the table could not be written. */
static bool run_all(struct experiment *e)
{
	const struct timespec pause = { 0, LOOK_AGAIN_US * 1000L };
	bool ok = true;

	progress_begin(&e->progress, e->options.via->name, count_to_do(e),
		e->options.program.is_quiet, monotonic_now_us());
	while (ok && !cli_stop_requested()) {
		const int64_t now_us = monotonic_now_us();
		bool is_busy = false, has_moved = false;
		for (int i = 0; ok && i < e->options.n_jobs; i++) {
			struct experiment_run *const run = &e->runs[i];
			if (run_is_idle(run) && !start_next(e, i, now_us))
				continue;
			is_busy = true;
			if (run_step(run, &e->results, now_us)) {
				has_moved = true;
				ok = take_row(e);
			}
		}
		if (!is_busy)
			break;
		progress_show(&e->progress, now_us);
		if (!has_moved)
			nanosleep(&pause, NULL);
	}
	for (int i = 0; i < e->options.n_jobs; i++)
		run_kill(&e->runs[i]);
	progress_hide(&e->progress);
	return ok;
}

/* ---- what is written once ---- */

static int put_recording(struct experiment *e)
{
	char made[WORK_PATH_BYTES + 16];
	struct io_error error;

	snprintf(made, sizeof made, "%s/recording.wav", e->folder.path);
	if (!recording_make(
		    made, e->options.plan.recording, e->options.plan.seconds, &e->origin, &error))
		return cli_refuse("--recording", NULL, "%s", error.text);
	return OPTION_TAKEN;
}

static int fail(const struct experiment *e, const struct io_error *error)
{
	cli_log(CLI_ERROR, "--via %s: %s", e->options.via->name, error->text);
	return EXIT_FAILED;
}

/* Whether this machine can do it at all, so that not each run fails. */
static int check_via(const struct experiment *e)
{
	const struct via *const via = e->options.via;
	char errors[WORK_PATH_BYTES + 16];
	struct io_error error;

	snprintf(errors, sizeof errors, "%s/check.err", e->folder.path);
	return !via->check || via->check(errors, &error) ? OPTION_TAKEN : fail(e, &error);
}

/* ---- from beginning to end ---- */

static void fill_context(struct experiment *e)
{
	char score[PATH_MAX + 40];

	snprintf(score, sizeof score, "%s/hindsight-score", e->options.programs);
	snprintf(e->recording, sizeof e->recording, "%s/recording.wav", e->folder.out);
	e->context = (struct run_context){
		.plan = &e->options.plan,
		.folder = &e->folder,
		.programs = e->options.programs,
		.recording = e->recording,
		.via = e->options.via,
		.has_score = text_file_is_there(score),
		.judge = e->options.judge,
		.keeps_wavs = e->options.keeps_wavs,
	};
	e->n_all =
		e->options.plan.n_channels * e->options.plan.n_settings * e->options.plan.n_seeds;
}

/* OPTION_TAKEN, or the code to exit with. */
static int prepare(struct experiment *e)
{
	char made[WORK_PATH_BYTES + 16];
	struct io_error error;
	int code = check_via(e);

	if (code == OPTION_TAKEN)
		code = put_recording(e);
	if (code != OPTION_TAKEN)
		return code;
	if (!read_results(e, &error))
		return cli_refuse("--out", e->options.out, "%s: choose another folder", error.text);
	code = check_results(e);
	if (code != OPTION_TAKEN)
		return code;
	fill_context(e);
	if (e->context.judge && !e->context.has_score)
		return cli_refuse(
			"--judge", e->context.judge, "needs hindsight-score next to this program");
	snprintf(made, sizeof made, "%s/recording.wav", e->folder.path);
	e->runs = calloc((size_t)e->options.n_jobs, sizeof *e->runs);
	if (!e->runs || !work_folder_move(&e->folder, made, "recording.wav", &error) ||
		!papers_put_plan(&e->folder, &e->options.plan) ||
		!papers_put_versions(&e->folder, e->options.programs, e->options.via)) {
		cli_log(CLI_ERROR, "--out %s: %s", e->options.out,
			e->runs ? "cannot be written" : "out of memory");
		return EXIT_FAILED;
	}
	if (!e->context.has_score)
		cli_log(CLI_NOTICE, "no hindsight-score next to this program, so no scores");
	return OPTION_TAKEN;
}

static int run(struct experiment *e)
{
	struct io_error error;
	int code = prepare(e);

	if (code != OPTION_TAKEN)
		return code;
	if (!run_all(e))
		return EXIT_FAILED;
	const struct report_input input = { &e->options.plan, &e->results, &e->folder, e->origin };
	if (!report_write(&input, &error)) {
		cli_log(CLI_ERROR, "--out %s: report.html: %s", e->options.out, error.text);
		return EXIT_FAILED;
	}
	if (cli_stop_requested()) {
		cli_log(CLI_NOTICE, "interrupted after %zu of %zu runs; --resume continues",
			e->progress.n_done, e->progress.n_all);
		return EXIT_FAILED;
	}
	cli_log(CLI_NOTICE, "%zu runs, %zu failed: %s/report.html", e->progress.n_done,
		e->progress.n_failed, e->options.out);
	return e->progress.n_failed > 0 ? EXIT_FAILED : EXIT_DONE;
}

/* A table that is not there is missed before the first run, not in each of them. */
static int check_tables(const struct experiment_plan *plan)
{
	for (size_t i = 0; i < plan->n_channels; i++) {
		const struct plan_channel *const channel = &plan->channels[i];
		char message[CHANNEL_SPEC_MESSAGE_BYTES];
		struct channel_spec spec;
		if (channel->kind == PLAN_SPEC &&
			!delay_tables_parse(&spec, channel->text, message, sizeof message))
			return cli_refuse("channel", channel->name, "%s", message);
	}
	return OPTION_TAKEN;
}

int main(int argc, char *argv[])
{
	static struct experiment e;
	struct io_error error;

	cli_begin(argv);
	int code = experiment_options_parse(&e.options, argc, argv);
	if (code == OPTION_TAKEN)
		code = check_tables(&e.options.plan);
	if (code != OPTION_TAKEN)
		return code;
	cli_catch_signals();
	if (e.options.via->begin && !e.options.via->begin(&e.keeper, &error))
		return fail(&e, &error);
	if (!work_folder_open(&e.folder, e.options.out, &error))
		return cli_refuse("--out", e.options.out, "%s", error.text);
	code = run(&e);
	results_end(&e.results);
	free(e.runs);
	work_folder_close(&e.folder);
	keeper_end(&e.keeper);
	return code;
}
