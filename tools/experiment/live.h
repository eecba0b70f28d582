/* The part of a run that all vias in real time have in common: the receiver is opened, the sender
 * sends, what is still on its way arrives, all end, and the score follows.
 *
 *   live_open_receiver -> when_open -> live_send -> drain -> close -> run_score
 *
 * Thread: main(). */
#ifndef HINDSIGHT_TOOLS_EXPERIMENT_LIVE_H
#define HINDSIGHT_TOOLS_EXPERIMENT_LIVE_H

#include "common/base/units.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* How long a program may take to open its ports on a busy machine. */
#define LIVE_OPENING_US (15 * US_PER_SECOND)

struct experiment_run;

/* Of one run; its via fills in all but the last three. */
struct live {
	const char *host;	/* of the receiver, a number */
	uint16_t own_port;	/* of the receiver, where nobody else is; 0: any that is free */
	pid_t sender_network;	/* as struct child_setup has it; 0: ours */
	pid_t receiver_network; /* likewise */
	/* The receiver is ready: what stands between it and the sender is opened, then
	 * live_send(). */
	void (*when_open)(struct experiment_run *run, int64_t now_us);
	bool has_relay; /* run->relay must go on running */

	uint16_t port; /* where the sender sends to */
	int n_tries;
};

void live_open_receiver(struct experiment_run *run, int64_t now_us);

void live_send(struct experiment_run *run, int64_t now_us);

/* Fails the run where its receiver or relay has ended by itself; true: so it was. */
bool live_has_failed(struct experiment_run *run);

#endif
