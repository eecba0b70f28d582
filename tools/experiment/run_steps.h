/* What the steps of a run are made of; for the vias, and for run.c. A step is a function that looks
 * at what has happened and goes on to the next step, fails the run or returns, to be called again.
 * Thread: main(). */
#ifndef HINDSIGHT_TOOLS_EXPERIMENT_RUN_STEPS_H
#define HINDSIGHT_TOOLS_EXPERIMENT_RUN_STEPS_H

#include "tools/experiment/run.h"
#include "tools/process/command.h"

/* By how much a busy machine may need longer than the sound lasts. */
#define RUN_PATIENCE_US (30 * US_PER_SECOND)

/* Names within the run's folder: what the receiver plays, both programs' statistics, the frames. */
#define RUN_SOUND_FILE	  "heard.wav"
#define RUN_RECEIVER_FILE "receiver.json"
#define RUN_SENDER_FILE	  "sender.json"
#define RUN_FRAMES_FILE	  "frames.csv"

/* The next step, which ends the run as failed where it lasts until ends_us. */
void run_go_on(struct experiment_run *run, void (*step)(struct experiment_run *run, int64_t now_us),
	int64_t ends_us);

/* Ends the run as failed. reason: "" where run->failure has it. */
void run_fail(struct experiment_run *run, const char *reason);

/* The same because of a program NAME ("recv") that ended badly: its own words, or its status. */
void run_fail_by(struct experiment_run *run, const struct child *child, const char *name);

/* The last step: hindsight-score, if it is there, and the end. */
void run_score(struct experiment_run *run, int64_t now_us);

/* Whether anybody wants what the receiver plays. */
bool run_needs_sound(const struct experiment_run *run);

/* Whether there is a file of this name in the run's folder. */
bool run_has_file(const struct experiment_run *run, const char *name);

/* A command of one of our programs. */
void run_begin_command(
	struct command *command, const struct experiment_run *run, const char *program);

/* Adds the path of a file of the run, behind an option unless that is NULL. */
void run_add_path(struct command *command, const char *option, const struct experiment_run *run,
	const char *name);

/* Starts a program whose outputs go to NAME.out and NAME.err. False: the run has failed. */
bool run_start_child(struct experiment_run *run, struct child *child, const struct command *command,
	const char *name, pid_t network_of);

#endif
