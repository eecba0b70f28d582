#include "tools/experiment/run.h"

#include "common/base/units.h"
#include "common/text/text_file.h"
#include "tools/experiment/row.h"
#include "tools/experiment/run_steps.h"
#include "tools/process/judge.h"

#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCORING_US (600 * US_PER_SECOND)

enum { LINE_BYTES = 200 };

/* ---- what steps are made of ---- */

void run_go_on(struct experiment_run *run, void (*step)(struct experiment_run *run, int64_t now_us),
	int64_t ends_us)
{
	run->step = step;
	run->step_ends_us = ends_us;
}

/* The step of a run that has ended, until its row is written. */
static void step_ended(struct experiment_run *run, int64_t now_us)
{
	(void)run;
	(void)now_us;
}

void run_fail(struct experiment_run *run, const char *reason)
{
	if (*run->failure.text == '\0')
		io_error_set(&run->failure, "%s", reason);
	run->step = step_ended;
}

/* A program that ended badly: its own words, or its status. */
static void take_words(const struct experiment_run *run, const struct child *child,
	const char *name, struct io_error *reason)
{
	char path[RUN_PATH_BYTES], line[LINE_BYTES];
	size_t n_chars = 0;

	snprintf(path, sizeof path, "%s/%s.err", run->folder, name);
	if (!text_file_read(path, line, sizeof line - 1, &n_chars, NULL))
		n_chars = 0;
	line[n_chars] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (*line)
		io_error_set(reason, "%s", line);
	else
		io_error_set(reason, "hindsight-%s ended with status %d", name, child->status);
}

void run_fail_by(struct experiment_run *run, const struct child *child, const char *name)
{
	struct io_error reason;

	take_words(run, child, name, &reason);
	run_fail(run, reason.text);
}

bool run_needs_sound(const struct experiment_run *run)
{
	return run->context->has_score || run->context->keeps_wavs;
}

bool run_has_file(const struct experiment_run *run, const char *name)
{
	char path[RUN_PATH_BYTES];

	snprintf(path, sizeof path, "%s/%s", run->folder, name);
	return text_file_is_there(path);
}

void run_begin_command(struct command *c, const struct experiment_run *run, const char *program)
{
	char path[RUN_PATH_BYTES];

	snprintf(path, sizeof path, "%s/%s", run->context->programs, program);
	command_begin(c, path);
}

void run_add_path(
	struct command *c, const char *option, const struct experiment_run *run, const char *name)
{
	char path[RUN_PATH_BYTES];

	snprintf(path, sizeof path, "%s/%s", run->folder, name);
	if (option)
		command_add(c, option);
	command_add(c, path);
}

bool run_start_child(struct experiment_run *run, struct child *child, const struct command *c,
	const char *name, pid_t network_of)
{
	char output[RUN_PATH_BYTES], errors[RUN_PATH_BYTES];

	snprintf(output, sizeof output, "%s/%s.out", run->folder, name);
	snprintf(errors, sizeof errors, "%s/%s.err", run->folder, name);
	const struct child_setup setup = {
		.output = CHILD_IN_FILES,
		.stdout_path = output,
		.stderr_path = errors,
		.network_of = network_of,
	};
	if (c->is_too_long)
		run_fail(run, "too many options");
	else if (!child_start(child, c->words, &setup, &run->failure))
		run_fail(run, "");
	return run->step != step_ended;
}

/* ---- the score ---- */

/* What cannot be scored, such as silence, was run all the same. */
static void step_scoring(struct experiment_run *run, int64_t now_us)
{
	(void)now_us;
	if (child_is_running(&run->sender))
		return;
	if (run->sender.status != 0)
		take_words(run, &run->sender, "score", &run->remark);
	run->step = step_ended;
}

void run_score(struct experiment_run *run, int64_t now_us)
{
	struct command c;

	if (!run->context->has_score) {
		run->step = step_ended;
		return;
	}
	run_begin_command(&c, run, "hindsight-score");
	command_add(&c, "--json");
	if (run->context->judge)
		command_add_pair(&c, "--judge", run->context->judge);
	command_add(&c, run->context->recording);
	run_add_path(&c, NULL, run, RUN_SOUND_FILE);
	if (run_start_child(run, &run->sender, &c, "score", 0))
		run_go_on(run, step_scoring,
			now_us + SCORING_US + judge_limit_us(2 * run->context->plan->seconds));
}

/* ---- its end ---- */

/* Moves the files that are kept to their places, as frames/sim.loss10.copies-2.csv. */
static void keep_files(struct experiment_run *run)
{
	char from[RUN_PATH_BYTES], to[RUN_PATH_BYTES], name[RUN_PATH_BYTES];
	const struct run_context *const context = run->context;

	snprintf(name, sizeof name, "%s.%s.%s", context->via->name, run->channel->name,
		run->setting->name);
	snprintf(from, sizeof from, "%s/%s", run->folder, RUN_FRAMES_FILE);
	snprintf(to, sizeof to, "frames/%.200s.csv", name);
	if (run->keeps_frames && !work_folder_move(context->folder, from, to, &run->failure))
		return;
	snprintf(from, sizeof from, "%s/%s", run->folder, RUN_SOUND_FILE);
	snprintf(to, sizeof to, "wav/%.200s.%" PRIu32 ".wav", name, run->seed);
	if (context->keeps_wavs)
		work_folder_move(context->folder, from, to, &run->failure);
}

static void write_row(struct experiment_run *run, struct results *results)
{
	struct results measured = { 0 };

	row_measure(run, &measured);
	if (*run->failure.text == '\0')
		keep_files(run);
	row_finish(run, &measured, results);
}

static void remove_files(const struct experiment_run *run)
{
	DIR *const folder = opendir(run->folder);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		unlinkat(dirfd(folder), entry->d_name, 0); /* "." and ".." refuse */
	if (folder)
		closedir(folder);
	remove(run->folder);
}

/* ---- from outside ---- */

void run_start(struct experiment_run *run, int slot, int64_t now_us)
{
	const struct via *const via = run->context->via;

	run->failure.text[0] = run->remark.text[0] = '\0';
	snprintf(run->folder, sizeof run->folder, "%s/%d", run->context->folder->path, slot);
	run->step = NULL;
	if (mkdir(run->folder, 0777) != 0)
		run_fail(run, "no folder for its files");
	else if (run->channel->kind != PLAN_SPEC && !via->takes_traces)
		run_fail(run, "recorded traces need --via sim");
	else
		via->start(run, now_us);
}

bool run_is_idle(const struct experiment_run *run)
{
	return run->step == NULL;
}

void run_kill(struct experiment_run *run)
{
	child_end(&run->sender, SIGKILL);
	child_end(&run->relay, SIGKILL);
	child_end(&run->receiver, SIGKILL);
	netem_link_close(&run->link);
	if (!run_is_idle(run))
		remove_files(run);
	run->step = NULL;
}

bool run_step(struct experiment_run *run, struct results *results, int64_t now_us)
{
	if (run_is_idle(run))
		return false;
	run->step(run, now_us);
	if (run->step != step_ended && now_us >= run->step_ends_us)
		run_fail(run, "it took too long");
	if (run->step != step_ended)
		return false;
	write_row(run, results);
	run_kill(run);
	return true;
}
