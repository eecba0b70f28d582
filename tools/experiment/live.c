#include "tools/experiment/live.h"

#include "common/io/udp.h"
#include "common/text/text_file.h"
#include "tools/experiment/run_steps.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define CLOSING_US (15 * US_PER_SECOND)
#define DRAIN_US   (2 * US_PER_SECOND) /* more than the playout delay may be, by default */

enum { PORT_TRIES = 6, LINE_BYTES = 200 };

bool live_has_failed(struct experiment_run *run)
{
	if (!child_is_running(&run->receiver))
		run_fail_by(run, &run->receiver, "recv");
	else if (run->live.has_relay && !child_is_running(&run->relay))
		run_fail_by(run, &run->relay, "impair");
	else
		return false;
	return true;
}

static void step_closing(struct experiment_run *run, int64_t now_us)
{
	if (child_is_running(&run->receiver) || child_is_running(&run->relay))
		return;
	if (run->receiver.status != 0)
		run_fail_by(run, &run->receiver, "recv");
	else
		run_score(run, now_us);
}

/* Until the last packets have arrived and left the jitter buffer. */
static void step_draining(struct experiment_run *run, int64_t now_us)
{
	if (live_has_failed(run) || now_us < run->step_ends_us)
		return;
	child_signal(&run->receiver, SIGINT);
	child_signal(&run->relay, SIGINT);
	run_go_on(run, step_closing, now_us + CLOSING_US);
}

static void step_sending(struct experiment_run *run, int64_t now_us)
{
	if (live_has_failed(run) || child_is_running(&run->sender))
		return;
	if (run->sender.status != 0)
		run_fail_by(run, &run->sender, "send");
	else
		run_go_on(run, step_draining, now_us + DRAIN_US);
}

void live_send(struct experiment_run *run, int64_t now_us)
{
	const double seconds = run->context->plan->seconds;
	char to[40];
	struct command c;

	snprintf(to, sizeof to, "%s:%u", run->live.host, run->live.port);
	run_begin_command(&c, run, "hindsight-send");
	command_add_pair(&c, "-i", run->context->recording);
	command_add_pair(&c, "--stats", "json");
	run_add_path(&c, "--stats-file", run, RUN_SENDER_FILE);
	command_add_options(&c, run->setting->send);
	command_add(&c, to);
	if (run_start_child(run, &run->sender, &c, "send", run->live.sender_network))
		run_go_on(run, step_sending,
			now_us + RUN_PATIENCE_US + (int64_t)(seconds * US_PER_SECOND));
}

/* Somebody else may have taken the port that was free. */
static bool was_port_taken(const struct experiment_run *run)
{
	char path[RUN_PATH_BYTES], text[LINE_BYTES];
	size_t n_chars = 0;

	snprintf(path, sizeof path, "%s/recv.err", run->folder);
	if (!text_file_read(path, text, sizeof text - 1, &n_chars, NULL))
		n_chars = 0;
	text[n_chars] = '\0';
	return strstr(text, "in use") != NULL;
}

/* hindsight-recv makes its log of frames when its port is open. */
static void step_opening(struct experiment_run *run, int64_t now_us)
{
	if (!child_is_running(&run->receiver)) {
		if (was_port_taken(run) && ++run->live.n_tries < PORT_TRIES)
			live_open_receiver(run, now_us);
		else
			run_fail_by(run, &run->receiver, "recv");
	} else if (run_has_file(run, RUN_FRAMES_FILE)) {
		run->live.when_open(run, now_us);
	}
}

void live_open_receiver(struct experiment_run *run, int64_t now_us)
{
	struct live *const live = &run->live;
	char address[40];
	struct command c;

	live->port = live->own_port;
	if (live->port == 0 && !udp_free_port(&live->port, &run->failure)) {
		run_fail(run, "");
		return;
	}
	snprintf(address, sizeof address, "%s:%u", live->host, live->port);
	run_begin_command(&c, run, "hindsight-recv");
	if (run_needs_sound(run))
		run_add_path(&c, "-o", run, RUN_SOUND_FILE);
	else
		command_add_pair(&c, "-o", "null");
	command_add_pair(&c, "--stats", "json");
	run_add_path(&c, "--stats-file", run, RUN_RECEIVER_FILE);
	run_add_path(&c, "--frames", run, RUN_FRAMES_FILE);
	/* The channel delays one direction only: half of a round trip would be wrong. */
	command_add(&c, "--same-clock");
	command_add_options(&c, run->setting->recv);
	command_add(&c, address);
	if (run_start_child(run, &run->receiver, &c, "recv", live->receiver_network))
		run_go_on(run, step_opening, now_us + LIVE_OPENING_US);
}
