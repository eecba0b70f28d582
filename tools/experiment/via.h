/* Over what an experiment's runs go: --via. Each is a file of its own, via_NAME.c, and a row in
 * via.c.
 *
 *   sim     hindsight-sim                                              in virtual time
 *   relay   hindsight-send -> hindsight-impair -> hindsight-recv       in real time, on loopback
 *   netem   hindsight-send -> veth with tc netem -> hindsight-recv     in real time
 *
 * Thread: main(). */
#ifndef HINDSIGHT_TOOLS_EXPERIMENT_VIA_H
#define HINDSIGHT_TOOLS_EXPERIMENT_VIA_H

#include "common/io/io_error.h"
#include "tools/process/keeper.h"

#include <stdbool.h>
#include <stdint.h>

struct experiment_run;

struct via {
	const char *name;     /* as options and results have it */
	const char *how;      /* "in virtual time, by hindsight-sim": for the report */
	bool is_real_time;    /* few runs at once; the sender has statistics of its own */
	bool takes_traces;    /* and captures */
	char *const *version; /* a command that tells the version of what it needs; NULL: none */

	/* Before the experiment has anything that needs cleaning up; the caller ends the keeper.
	 * NULL: nothing is needed. False: this machine cannot do it, *error says why. */
	bool (*begin)(struct keeper *keeper, struct io_error *error);

	/* Whether a run is possible, so that not each of them fails. errors_path: a file to be
	 * written over. NULL: it is. False: *error says why not. */
	bool (*check)(const char *errors_path, struct io_error *error);

	/* Starts a run that is idle, or fails it. */
	void (*start)(struct experiment_run *run, int64_t now_us);
};

extern const struct via via_sim, via_relay, via_netem;

enum { N_VIAS = 3 };

/* The first one is the default. */
extern const struct via *const vias[N_VIAS];

#endif
