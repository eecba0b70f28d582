/* Removes what a JACK server and its clients leave in /dev/shm, however they end.
 *
 * JACK's clients leave a semaphore there when they are killed, and its server when it is. The keeper
 * is a process of its own that holds one end of a pipe; this process and all that it starts after it
 * hold the other. Once the last of them is gone, killed or not, the keeper removes the files with the
 * server's name, and ends.
 * Thread: main(), before there are others. */
#ifndef HINDSIGHT_TOOLS_JACK_KEEPER_H
#define HINDSIGHT_TOOLS_JACK_KEEPER_H

#include "common/io/io_error.h"

#include <stdbool.h>
#include <sys/types.h>

struct jack_keeper {
	pid_t pid; /* 0: none */
	int fd;	   /* the end that is held; children inherit it */
};

/* server: its name, which no other server on this machine has. */
bool jack_keeper_start(struct jack_keeper *keeper, const char *server, struct io_error *error);

/* The server and its clients have ended: waits until nothing of them is left. Nothing where it was
 * not started. */
void jack_keeper_end(struct jack_keeper *keeper);

#endif
