/* Programs that another one starts and looks after. None outlives its parent, however that ends:
 * the kernel kills it then. Ctrl-C on the terminal does not reach it, so that its parent decides.
 * Its standard input is empty; what it prints goes to files.
 * Owner: the caller holds the struct, and ends what it started. Thread: the one that lives as long
 * as the program, main(). Linux. */
#ifndef HINDSIGHT_TOOLS_WORKER_H
#define HINDSIGHT_TOOLS_WORKER_H

#include "common/io/io_error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct worker {	    /* {0} was never started */
	pid_t pid;  /* 0: it is not running */
	int status; /* once it has ended: its exit status, or 128 + the signal's number */
};

/* argv[0] is a path, or a name to be looked for as a shell does. output, errors: files to be
 * written; NULL for none. network_of: the process in whose network namespace it runs, 0 for ours.
 * False: there is no process more; what cannot be run ends with status 127 and a line in errors. */
bool worker_start(struct worker *worker, char *const argv[], const char *output, const char *errors,
	pid_t network_of, struct io_error *error);

/* A process that does nothing but hold a new network namespace, which is there when this returns,
 * and gone with it. False: *error says why; without privileges it is refused. */
bool worker_start_network(struct worker *worker, struct io_error *error);

/* Whether it has, or was never started. Does not wait. */
bool worker_has_ended(struct worker *worker);

/* Waits for its end; after timeout_us it is killed. Returns its status. */
int worker_wait(struct worker *worker, int64_t timeout_us);

/* Sends the signal to what is running. */
void worker_signal(const struct worker *worker, int signal_number);

/* Kills it and waits, where it is running. */
void worker_kill(struct worker *worker);

#endif
