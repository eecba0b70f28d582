#include "tools/experiment/run.h"

#include "common/text/text_file.h"
#include "common/io/udp.h"
#include "common/base/units.h"
#include "tools/process/command.h"
#include "tools/experiment/row.h"
#include "tools/process/judge.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *const via_names[N_VIAS] = { "sim", "relay", "netem" };

enum { LINE_BYTES = 200, PORT_TRIES = 6, NETEM_PORT = 5004 };

#define OPENING_US (15 * US_PER_SECOND)
#define CLOSING_US (15 * US_PER_SECOND)
#define SCORING_US (600 * US_PER_SECOND)
#define DRAIN_US   (2 * US_PER_SECOND) /* more than the playout delay may be, by default */
/* What a machine that is busy may need more than the sound lasts. */
#define PATIENCE_US (30 * US_PER_SECOND)
enum { SIM_PATIENCE = 20 };

/* ---- the words of a command ---- */

static void add_path(struct command *c, const char *option, const struct run *run, const char *name)
{
	char path[RUN_PATH_BYTES];

	snprintf(path, sizeof path, "%s/%s", run->folder, name);
	if (option)
		command_add(c, option);
	command_add(c, path);
}

static void begin(struct command *c, const struct run *run, const char *program)
{
	char path[RUN_PATH_BYTES];

	snprintf(path, sizeof path, "%s/%s", run->context->programs, program);
	command_begin(c, path);
}

/* ---- stages ---- */

static void go_to(struct run *run, enum run_stage stage, int64_t ends_us)
{
	run->stage = stage;
	run->stage_ends_us = ends_us;
}

static void fail(struct run *run, const char *reason)
{
	if (*run->failure.text == '\0')
		io_error_set(&run->failure, "%s", reason);
	run->stage = RUN_ENDED;
}

static bool start(
	struct run *run, struct child *child, struct command *c, const char *name, pid_t network_of)
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
		fail(run, "too many options");
	else if (!child_start(child, c->words, &setup, &run->failure))
		fail(run, "");
	return run->stage != RUN_ENDED;
}

/* A program ended badly: its own words, or its status. */
static void take_words(
	struct run *run, const struct child *child, const char *name, struct io_error *reason)
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

static void fail_by(struct run *run, const struct child *child, const char *name)
{
	struct io_error reason;

	take_words(run, child, name, &reason);
	fail(run, reason.text);
}

static bool is_there(const struct run *run, const char *name)
{
	char path[RUN_PATH_BYTES];

	snprintf(path, sizeof path, "%s/%s", run->folder, name);
	return text_file_is_there(path);
}

static bool hears(const struct run *run)
{
	return run->context->has_score || run->context->keeps_wavs;
}

static void simulate(struct run *run, int64_t now_us)
{
	static const char *const ways[] = { "--channel", "--trace", "--pcap" };
	const double seconds = run->context->plan->seconds;
	struct command c;

	begin(&c, run, "hindsight-sim");
	command_add_pair(&c, "-i", run->context->recording);
	if (hears(run))
		add_path(&c, "-o", run, "heard.wav");
	command_add_number(&c, "-t", seconds);
	command_add_pair(&c, ways[run->channel->way], run->channel->text);
	command_add_pair(&c, "--return-channel", ""); /* as the other ways have it */
	command_add_number(&c, "--seed", run->seed);
	command_add_pair(&c, "--stats", "json");
	add_path(&c, "--stats-file", run, "receiver.json");
	add_path(&c, "--frames", run, "frames.csv");
	command_add_options(&c, run->setting->send);
	command_add_options(&c, run->setting->recv);
	if (start(run, &run->sender, &c, "sim", 0))
		go_to(run, RUN_SIMULATING,
			now_us + PATIENCE_US + (int64_t)(SIM_PATIENCE * seconds * US_PER_SECOND));
}

static void open_receiver(struct run *run, int64_t now_us)
{
	const bool is_netem = run->context->via == VIA_NETEM;
	char where[40];
	struct command c;

	run->port = NETEM_PORT;
	if (!is_netem && !udp_free_port(&run->port, &run->failure)) {
		fail(run, "");
		return;
	}
	snprintf(where, sizeof where, "%s:%u", is_netem ? NETEM_LINK_TO : "127.0.0.1", run->port);
	begin(&c, run, "hindsight-recv");
	if (hears(run))
		add_path(&c, "-o", run, "heard.wav");
	else
		command_add_pair(&c, "-o", "null");
	command_add_pair(&c, "--stats", "json");
	add_path(&c, "--stats-file", run, "receiver.json");
	add_path(&c, "--frames", run, "frames.csv");
	command_add_options(&c, run->setting->recv);
	command_add(&c, where);
	if (start(run, &run->receiver, &c, "recv", is_netem ? run->link.to.pid : 0))
		go_to(run, RUN_OPENING_RECEIVER, now_us + OPENING_US);
}

static void open_relay(struct run *run, int64_t now_us)
{
	char to[40], listen[40];
	struct command c;

	snprintf(to, sizeof to, "127.0.0.1:%u", run->port);
	if (!udp_free_port(&run->port, &run->failure)) {
		fail(run, "");
		return;
	}
	snprintf(listen, sizeof listen, "127.0.0.1:%u", run->port);
	begin(&c, run, "hindsight-impair");
	command_add_pair(&c, "--listen", listen);
	command_add_pair(&c, "--to", to);
	command_add_pair(&c, "--channel", run->channel->text);
	command_add_number(&c, "--seed", run->seed);
	add_path(&c, "--csv", run, "fates.csv");
	command_add(&c, "--quiet");
	if (start(run, &run->relay, &c, "impair", 0))
		go_to(run, RUN_OPENING_RELAY, now_us + OPENING_US);
}

static void send(struct run *run, int64_t now_us)
{
	const bool is_netem = run->context->via == VIA_NETEM;
	const double seconds = run->context->plan->seconds;
	char to[40];
	struct command c;

	snprintf(to, sizeof to, "%s:%u", is_netem ? NETEM_LINK_TO : "127.0.0.1", run->port);
	begin(&c, run, "hindsight-send");
	command_add_pair(&c, "-i", run->context->recording);
	command_add_pair(&c, "--stats", "json");
	add_path(&c, "--stats-file", run, "sender.json");
	command_add_options(&c, run->setting->send);
	command_add(&c, to);
	if (start(run, &run->sender, &c, "send", is_netem ? run->link.from.pid : 0))
		go_to(run, RUN_SENDING, now_us + PATIENCE_US + (int64_t)(seconds * US_PER_SECOND));
}

static void score(struct run *run, int64_t now_us)
{
	struct command c;

	if (!run->context->has_score) {
		run->stage = RUN_ENDED;
		return;
	}
	begin(&c, run, "hindsight-score");
	command_add(&c, "--json");
	if (run->context->judge)
		command_add_pair(&c, "--judge", run->context->judge);
	command_add(&c, run->context->recording);
	add_path(&c, NULL, run, "heard.wav");
	if (start(run, &run->sender, &c, "score", 0))
		go_to(run, RUN_SCORING,
			now_us + SCORING_US + judge_limit_us(2 * run->context->plan->seconds));
}

/* ---- its end ---- */

void run_name(const struct run *run, char *name, size_t n_bytes)
{
	snprintf(name, n_bytes, "%s.%s.%s", via_names[run->context->via], run->channel->name,
		run->setting->name);
}

/* Gives the files that are wanted their places. */
static void keep_files(struct run *run)
{
	char from[RUN_PATH_BYTES], to[RUN_PATH_BYTES], name[RUN_PATH_BYTES];
	const struct run_context *const context = run->context;

	run_name(run, name, sizeof name);
	snprintf(from, sizeof from, "%s/frames.csv", run->folder);
	snprintf(to, sizeof to, "frames/%.200s.csv", name);
	if (run->keeps_frames && !work_folder_move(context->folder, from, to, &run->failure))
		return;
	snprintf(from, sizeof from, "%s/heard.wav", run->folder);
	snprintf(to, sizeof to, "wav/%.200s.%" PRIu32 ".wav", name, run->seed);
	if (context->keeps_wavs)
		work_folder_move(context->folder, from, to, &run->failure);
}

/* Keeps what is wanted of a run that is done, and makes its row. */
static void write_row(struct run *run, struct results *results)
{
	struct results measured = { 0 };

	row_measure(run, &measured);
	if (*run->failure.text == '\0')
		keep_files(run);
	row_finish(run, &measured, results);
}

/* ---- from outside ---- */

void run_start(struct run *run, int slot, int64_t now_us)
{
	char errors[RUN_PATH_BYTES];

	run->failure.text[0] = run->remark.text[0] = '\0';
	run->n_tries = 0;
	snprintf(run->folder, sizeof run->folder, "%s/%d", run->context->folder->path, slot);
	run->stage = RUN_IDLE;
	if (mkdir(run->folder, 0777) != 0)
		fail(run, "no folder for its files");
	else if (run->context->via == VIA_SIM)
		simulate(run, now_us);
	else if (run->channel->way != PLAN_SPEC)
		fail(run, "a recorded way can be run by sim only");
	else if (run->context->via == VIA_RELAY)
		open_receiver(run, now_us);
	else {
		snprintf(errors, sizeof errors, "%s/netem.err", run->folder);
		if (netem_link_open(&run->link, run->channel->text, errors, &run->failure))
			open_receiver(run, now_us);
		else
			fail(run, "");
	}
}

static void remove_files(const struct run *run)
{
	static const char *const names[] = { "heard.wav", "receiver.json", "sender.json",
		"frames.csv", "fates.csv", "sim.out", "sim.err", "recv.out", "recv.err",
		"impair.out", "impair.err", "send.out", "send.err", "score.out", "score.err",
		"netem.err" };
	char path[RUN_PATH_BYTES];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", run->folder, names[i]);
		remove(path);
	}
	remove(run->folder);
}

void run_kill(struct run *run)
{
	child_end(&run->sender, SIGKILL);
	child_end(&run->relay, SIGKILL);
	child_end(&run->receiver, SIGKILL);
	netem_link_close(&run->link);
	if (run->stage != RUN_IDLE)
		remove_files(run);
	run->stage = RUN_IDLE;
}

/* The receiver is there, or its port was taken meanwhile, or it will not be. */
static void step_opening(struct run *run, int64_t now_us)
{
	char path[RUN_PATH_BYTES], text[LINE_BYTES] = "";
	size_t n_chars = 0;

	if (child_is_running(&run->receiver)) {
		if (!is_there(run, "frames.csv"))
			return;
		if (run->context->via == VIA_RELAY)
			open_relay(run, now_us);
		else
			send(run, now_us);
		return;
	}
	snprintf(path, sizeof path, "%s/recv.err", run->folder);
	text_file_read(path, text, sizeof text - 1, &n_chars, NULL);
	if (strstr(text, "in use") && ++run->n_tries < PORT_TRIES)
		open_receiver(run, now_us);
	else
		fail_by(run, &run->receiver, "recv");
}

/* A program that must still be there is not. */
static bool has_lost_one(struct run *run)
{
	if (run->stage < RUN_OPENING_RELAY || run->stage > RUN_DRAINING)
		return false;
	if (!child_is_running(&run->receiver)) {
		fail_by(run, &run->receiver, "recv");
	} else if (run->context->via == VIA_RELAY && !child_is_running(&run->relay)) {
		fail_by(run, &run->relay, "impair");
	} else {
		return false;
	}
	return true;
}

static void step_stage(struct run *run, int64_t now_us)
{
	switch (run->stage) {
	case RUN_SIMULATING:
		if (child_is_running(&run->sender))
			return;
		if (run->sender.status != 0)
			fail_by(run, &run->sender, "sim");
		else
			score(run, now_us);
		return;
	case RUN_SCORING: /* what cannot be scored, such as silence, was run all the same */
		if (child_is_running(&run->sender))
			return;
		if (run->sender.status != 0)
			take_words(run, &run->sender, "score", &run->remark);
		run->stage = RUN_ENDED;
		return;
	case RUN_OPENING_RECEIVER:
		step_opening(run, now_us);
		return;
	case RUN_OPENING_RELAY:
		if (is_there(run, "fates.csv"))
			send(run, now_us);
		return;
	case RUN_SENDING:
		if (child_is_running(&run->sender))
			return;
		if (run->sender.status != 0)
			fail_by(run, &run->sender, "send");
		else
			go_to(run, RUN_DRAINING, now_us + DRAIN_US);
		return;
	case RUN_DRAINING:
		if (now_us < run->stage_ends_us)
			return;
		child_signal(&run->receiver, SIGINT);
		child_signal(&run->relay, SIGINT);
		go_to(run, RUN_CLOSING, now_us + CLOSING_US);
		return;
	case RUN_CLOSING:
		if (child_is_running(&run->receiver) || child_is_running(&run->relay))
			return;
		if (run->receiver.status != 0)
			fail_by(run, &run->receiver, "recv");
		else
			score(run, now_us);
		return;
	default:
		return;
	}
}

bool run_step(struct run *run, struct results *results, int64_t now_us)
{
	if (run->stage == RUN_IDLE)
		return false;
	if (!has_lost_one(run))
		step_stage(run, now_us);
	if (run->stage != RUN_ENDED && run->stage != RUN_DRAINING && now_us >= run->stage_ends_us)
		fail(run, "it took too long");
	if (run->stage != RUN_ENDED)
		return false;
	write_row(run, results);
	run_kill(run);
	return true;
}
