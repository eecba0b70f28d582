/* A program that this one starts and ends. However this process ends, the child is told to end: by
 * child_end(), or by the kernel when this process is killed. It is in a process group of its own, so
 * that a terminal's Ctrl-C comes to this program alone.
 * Thread: main(), which has to live as long as the child should. Owner: the caller holds the
 * struct. */
#ifndef HINDSIGHT_TOOLS_CHILD_H
#define HINDSIGHT_TOOLS_CHILD_H

#include "common/io/io_error.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum child_output {
	CHILD_SILENT,	   /* both outputs are thrown away */
	CHILD_SHOWN,	   /* both are this program's stderr */
	CHILD_READ_STDOUT, /* child_read() gets it; stderr is thrown away */
	CHILD_READ_STDERR  /* child_read() gets it; stdout is thrown away */
};

struct child {
	pid_t pid;  /* 0: none */
	int fd;	    /* what is read of its output; -1: nothing */
	int status; /* as waitpid() told, after it has ended */
};

/* argv[0]: a path, or a name that is looked for as the shell does. False: it is not there. */
bool child_start(
	struct child *child, char *const argv[], enum child_output output, struct io_error *error);

/* Up to n_bytes of what it wrote, waiting for it until until_us of the monotonic clock; 0: nothing
 * came in time, or nothing will come any more. */
size_t child_read(struct child *child, char *bytes, size_t n_bytes, int64_t until_us);

/* False: it has ended, or there is none. */
bool child_is_running(struct child *child);

/* Waits for its end until until_us. False: it still runs. */
bool child_wait(struct child *child, int64_t until_us);

/* Ends it, by `signal` first, and two seconds later by SIGKILL. Nothing where there is none. */
void child_end(struct child *child, int signal);

#endif
