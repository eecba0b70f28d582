/* One run of an experiment: a setting over a channel with a seed, by programs that it starts, as a
 * row of the results.
 *
 *   sim     hindsight-sim                                              in virtual time
 *   relay   hindsight-send -> hindsight-impair -> hindsight-recv       in real time, by loopback
 *   netem   hindsight-send -> veth with tc netem -> hindsight-recv     in real time
 *
 * then hindsight-score, where that is there. Nothing here waits but for ip and tc: run_step() looks
 * what has happened since. Thread: main(). Owner: the caller holds the struct. */
#ifndef HINDSIGHT_TOOLS_EXPERIMENT_RUN_H
#define HINDSIGHT_TOOLS_EXPERIMENT_RUN_H

#include "tools/process/child.h"
#include "tools/experiment/plan.h"
#include "tools/experiment/results.h"
#include "tools/process/netem_link.h"
#include "tools/process/work_folder.h"

#include <stdbool.h>
#include <stdint.h>

enum via { VIA_SIM, VIA_RELAY, VIA_NETEM, N_VIAS };

extern const char *const via_names[N_VIAS];

/* What all runs have in common; outlives them. */
struct run_context {
	const struct plan *plan;
	const struct work_folder *folder;
	const char *programs;  /* the folder of hindsight-send and the others */
	const char *recording; /* what is sent */
	enum via via;
	bool has_score;
	const char *judge; /* the user's program, which hindsight-score runs; NULL: none */
	bool keeps_wavs;
};

enum run_stage {
	RUN_IDLE,
	RUN_SIMULATING,
	RUN_OPENING_RECEIVER,
	RUN_OPENING_RELAY,
	RUN_SENDING,
	RUN_DRAINING, /* what is under way and in the jitter buffer */
	RUN_CLOSING,
	RUN_SCORING,
	RUN_ENDED
};

enum { RUN_FOLDER_BYTES = WORK_PATH_BYTES + 32, RUN_PATH_BYTES = RUN_FOLDER_BYTES + 32 };

struct run { /* {0} is idle */
	const struct run_context *context;
	const struct plan_channel *channel;
	const struct plan_setting *setting;
	uint32_t seed;
	bool keeps_frames; /* for the picture of its channel */
	enum run_stage stage;
	int64_t stage_ends_us; /* it has failed by then, or is drained */
	int n_tries;
	char folder[RUN_FOLDER_BYTES];
	struct child sender; /* the simulator, the scorer too */
	struct child relay;
	struct child receiver;
	struct netem_link link;
	uint16_t port;
	struct io_error failure; /* "" while there is none */
	struct io_error remark;	 /* why a score is missing, though the run is done; "" for none */
};

/* Begins; slot: a number that no other run has at the time. What fails is a row that says so. */
void run_start(struct run *run, int slot, int64_t now_us);

/* Goes on. True: it has ended, and `results` has a row more. */
bool run_step(struct run *run, struct results *results, int64_t now_us);

/* Ends it without a row. */
void run_kill(struct run *run);

/* "sim.loss10.copies-2": how the files that are kept begin. */
void run_name(const struct run *run, char *name, size_t n_bytes);

#endif
