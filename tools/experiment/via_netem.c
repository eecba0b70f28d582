#include "tools/experiment/live.h"
#include "tools/experiment/run_steps.h"
#include "tools/experiment/via.h"
#include "tools/process/netem_modules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PORT = 5004 }; /* nobody else is in the run's network */

static bool begin(struct keeper *keeper, struct io_error *error)
{
	if (geteuid() != 0)
		return io_error_set(error, "needs root");
	return netem_modules_keep(keeper) || io_error_set(error, "%s", strerror(errno));
}

static bool check(const char *errors_path, struct io_error *error)
{
	struct netem_link link;
	struct io_error why;

	if (!netem_link_open(&link, "delay 1ms", errors_path, &why))
		return io_error_set(error,
			"needs ip, tc and the kernel's sch_netem and veth: %.180s", why.text);
	netem_link_close(&link);
	return true;
}

static void start(struct experiment_run *run, int64_t now_us)
{
	char errors[RUN_PATH_BYTES];

	snprintf(errors, sizeof errors, "%s/netem.err", run->folder);
	if (!netem_link_open(&run->link, run->channel->text, errors, &run->failure)) {
		run_fail(run, "");
		return;
	}
	run->live = (struct live){
		.host = NETEM_LINK_TO,
		.own_port = PORT,
		.sender_network = run->link.from.pid,
		.receiver_network = run->link.to.pid,
		.when_open = live_send,
	};
	live_open_receiver(run, now_us);
}

static char *const version[] = { "tc", "-V", NULL };

const struct via via_netem = {
	.name = "netem",
	.how = "in real time, through the kernel's tc netem",
	.is_real_time = true,
	.version = version,
	.begin = begin,
	.check = check,
	.start = start,
};
