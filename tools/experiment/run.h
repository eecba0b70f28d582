/* One run of an experiment: a setting over a channel with a seed, by programs that it starts, as a
 * row of the results; then hindsight-score, if that is there. How it is run is its via's.
 *
 *     start -> step, step, ... until it is true -> start ...
 *
 * Nothing here waits but for ip and tc: run_step() looks at what has happened since.
 * Thread: main(). Owner: the caller holds the struct. */
#ifndef HINDSIGHT_TOOLS_EXPERIMENT_RUN_H
#define HINDSIGHT_TOOLS_EXPERIMENT_RUN_H

#include "tools/experiment/live.h"
#include "tools/experiment/plan.h"
#include "tools/experiment/results.h"
#include "tools/experiment/via.h"
#include "tools/process/child.h"
#include "tools/process/netem_link.h"
#include "tools/process/work_folder.h"

#include <stdbool.h>
#include <stdint.h>

/* What all runs have in common; outlives them. */
struct run_context {
	const struct experiment_plan *plan;
	const struct work_folder *folder;
	const char *programs;  /* the folder of hindsight-send and the others */
	const char *recording; /* what is sent */
	const struct via *via;
	bool has_score;
	const char *judge; /* the user's program, which hindsight-score runs; NULL: none */
	bool keeps_wavs;
};

enum { RUN_FOLDER_BYTES = WORK_PATH_BYTES + 32, RUN_PATH_BYTES = RUN_FOLDER_BYTES + 32 };

struct experiment_run { /* {0} is idle */
	const struct run_context *context;
	const struct plan_channel *channel;
	const struct plan_setting *setting;
	uint32_t seed;
	bool keeps_frames; /* for the picture of its channel */

	/* What is done until the next step is due; NULL: idle. */
	void (*step)(struct experiment_run *run, int64_t now_us);
	int64_t step_ends_us; /* by then this step has failed, or goes on to the next */
	char folder[RUN_FOLDER_BYTES];
	struct child sender; /* or the simulator; later the scorer */
	struct child relay;
	struct child receiver;
	struct live live;
	struct netem_link link;
	struct io_error failure; /* "" while there is none */
	struct io_error remark;	 /* why the score is missing, though the run is done; "" for none */
};

/* Begins; slot: a number that no other run has at the time. What fails is a row that says so. */
void run_start(struct experiment_run *run, int slot, int64_t now_us);

bool run_is_idle(const struct experiment_run *run);

/* Goes on. True: it has ended, and is a new row of `results`. */
bool run_step(struct experiment_run *run, struct results *results, int64_t now_us);

/* Ends it without a row. */
void run_kill(struct experiment_run *run);

#endif
