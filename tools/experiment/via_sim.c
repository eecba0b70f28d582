#include "common/base/units.h"
#include "tools/experiment/run_steps.h"
#include "tools/experiment/via.h"

/* How long a simulation may take for each second of sound, on a busy machine. */
enum { PATIENCE_PER_SECOND = 20 };

static void step_simulating(struct experiment_run *run, int64_t now_us)
{
	if (child_is_running(&run->sender))
		return;
	if (run->sender.status != 0)
		run_fail_by(run, &run->sender, "sim");
	else
		run_score(run, now_us);
}

static void start(struct experiment_run *run, int64_t now_us)
{
	static const char *const options[] = {
		[PLAN_SPEC] = "--channel", [PLAN_TRACE] = "--trace", [PLAN_CAPTURE] = "--pcap"
	};
	const double seconds = run->context->plan->seconds;
	struct command c;

	run_begin_command(&c, run, "hindsight-sim");
	command_add_pair(&c, "-i", run->context->recording);
	if (run_needs_sound(run))
		run_add_path(&c, "-o", run, RUN_SOUND_FILE);
	command_add_number(&c, "-t", seconds);
	command_add_pair(&c, options[run->channel->kind], run->channel->text);
	command_add_pair(&c, "--return-channel", ""); /* perfect, as the real-time ones have it */
	command_add_number(&c, "--seed", run->seed);
	command_add_pair(&c, "--stats", "json");
	run_add_path(&c, "--stats-file", run, RUN_RECEIVER_FILE);
	run_add_path(&c, "--frames", run, RUN_FRAMES_FILE);
	command_add_options(&c, run->setting->send);
	command_add_options(&c, run->setting->recv);
	if (run_start_child(run, &run->sender, &c, "sim", 0))
		run_go_on(run, step_simulating,
			now_us + RUN_PATIENCE_US +
				(int64_t)(PATIENCE_PER_SECOND * seconds * US_PER_SECOND));
}

const struct via via_sim = {
	.name = "sim",
	.how = "in virtual time, by hindsight-sim",
	.takes_traces = true,
	.start = start,
};
