/* A JACK server of our own with the dummy driver. However this process ends, and all that it starts
 * after the server, the server ends after them, and nothing of it and its clients stays.
 *
 * The order matters. A server that is told to end while its clients vanish dies of SIGPIPE in their
 * midst, and then keeps its memory and its place among the eight servers that a machine may have:
 * after eight of them no JACK server starts there. A client that is to end while another one has
 * vanished may wait for ever, so clients are killed; and one that is killed leaves a semaphore in
 * /dev/shm. So the server is the child of a keeper, a process of its own that holds one end of a
 * socket; this process and those that it starts after it hold the other. Once the last of them is
 * gone, killed or not, the keeper ends the server, removes what is left and ends.
 * Thread: main(), before there are others. */
#ifndef HINDSIGHT_TOOLS_PROCESS_JACK_SERVER_H
#define HINDSIGHT_TOOLS_PROCESS_JACK_SERVER_H

#include "common/io/io_error.h"

#include <stdbool.h>
#include <sys/types.h>

struct jack_server { /* {0} was never started */
	pid_t keeper;
	int fd; /* the end that is held; children inherit it */
};

/* name: no other server on this machine has it. is_verbose: its words go to stderr. It does not
 * answer yet when this returns. False: it cannot be run. */
bool jack_server_start(struct jack_server *server, const char *name, int period_samples,
	bool is_verbose, struct io_error *error);

/* False: it has ended by itself, or was never started. */
bool jack_server_is_running(const struct jack_server *server);

/* Its clients have ended: ends it, and waits until nothing is left. Nothing where it was not
 * started. */
void jack_server_end(struct jack_server *server);

#endif
