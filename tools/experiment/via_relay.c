#include "common/io/udp.h"
#include "tools/experiment/live.h"
#include "tools/experiment/run_steps.h"
#include "tools/experiment/via.h"

#include <stdio.h>

/* hindsight-impair makes its log when its ports are open. */
static void step_opening_relay(struct experiment_run *run, int64_t now_us)
{
	if (!live_has_failed(run) && run_has_file(run, "fates.csv"))
		live_send(run, now_us);
}

static void open_relay(struct experiment_run *run, int64_t now_us)
{
	char to[40], listen[40];
	struct command c;

	snprintf(to, sizeof to, "%s:%u", run->live.host, run->live.port);
	if (!udp_free_port(&run->live.port, &run->failure)) {
		run_fail(run, "");
		return;
	}
	snprintf(listen, sizeof listen, "%s:%u", run->live.host, run->live.port);
	run_begin_command(&c, run, "hindsight-impair");
	command_add_pair(&c, "--listen", listen);
	command_add_pair(&c, "--to", to);
	command_add_pair(&c, "--channel", run->channel->text);
	command_add_number(&c, "--seed", run->seed);
	run_add_path(&c, "--csv", run, "fates.csv");
	command_add(&c, "--quiet");
	if (run_start_child(run, &run->relay, &c, "impair", 0)) {
		run->live.has_relay = true;
		run_go_on(run, step_opening_relay, now_us + LIVE_OPENING_US);
	}
}

static void start(struct experiment_run *run, int64_t now_us)
{
	run->live = (struct live){ .host = "127.0.0.1", .when_open = open_relay };
	live_open_receiver(run, now_us);
}

const struct via via_relay = {
	.name = "relay",
	.how = "in real time, through hindsight-impair",
	.is_real_time = true,
	.start = start,
};
