/* Programs that another one starts and looks after. None outlives its parent, however that ends:
 * the kernel kills it then. It is in a process group of its own, so that a terminal's Ctrl-C comes
 * to its parent alone, which decides. Owner: the caller holds the struct, and ends what it started.
 * Thread: the one that lives as long as the program, main(). Linux. */
#ifndef HINDSIGHT_TOOLS_PROCESS_CHILD_H
#define HINDSIGHT_TOOLS_PROCESS_CHILD_H

#include "common/io/io_error.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct child {	    /* {0} was never started */
	pid_t pid;  /* 0: it is not running */
	int status; /* once it has ended: its exit status, or 128 + the signal's number */
	bool is_read;
	int fd; /* where is_read: what child_read() reads */
};

enum child_output {
	CHILD_SILENT,	   /* both outputs are thrown away */
	CHILD_SHOWN,	   /* both are this program's stderr */
	CHILD_READ_STDOUT, /* child_read() gets it; stderr is thrown away */
	CHILD_READ_STDERR, /* child_read() gets it; stdout is thrown away */
	CHILD_IN_FILES,
	CHILD_IN_OPEN_FILES
};

struct child_setup {
	enum child_output output;
	const char *stdout_path, *stderr_path; /* CHILD_IN_FILES: written anew; NULL: thrown away */
	int stdout_fd, stderr_fd;	       /* CHILD_IN_OPEN_FILES: the caller's */
	int stdin_fd;	  /* an open file, the caller's; 0: its input is empty */
	pid_t network_of; /* the process in whose network namespace it runs; 0: ours */
};

/* argv[0]: a path, or a name that is looked for as the shell does. False: it cannot be run; *error,
 * which may be NULL, says why. */
bool child_start(struct child *child, char *const argv[], const struct child_setup *setup,
	struct io_error *error);

/* A process that does nothing but hold a new network namespace, which is there when this returns,
 * and gone with it. False: *error says why; without privileges it is refused. */
bool child_start_network(struct child *child, struct io_error *error);

/* Up to n_bytes of what it wrote, waiting for it until until_us of the monotonic clock; 0: nothing
 * came in time, or nothing will come any more. */
size_t child_read(struct child *child, char *bytes, size_t n_bytes, int64_t until_us);

/* False: it has ended, or was never started. Does not wait. */
bool child_is_running(struct child *child);

/* Waits for its end until until_us. False: it still runs. */
bool child_wait(struct child *child, int64_t until_us);

/* Waits for its end, and kills it after timeout_us. Returns its status. */
int child_result(struct child *child, int64_t timeout_us);

/* Sends the signal to what is running. */
void child_signal(const struct child *child, int signal);

/* Ends it, by `signal` first, and two seconds later by SIGKILL. Nothing where there is none. */
void child_end(struct child *child, int signal);

#endif
