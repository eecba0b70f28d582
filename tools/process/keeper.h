/* A process of our own that outlives us, to undo what must not stay however we end: it waits until
 * this process, and all that were forked from it after it and run no other program, are gone. It has
 * a name and a session of its own, so that what kills the first one by its name, its group or its
 * terminal spares it. Owner: the caller holds the struct. Thread: main(), before there are others.
 * Linux. */
#ifndef HINDSIGHT_TOOLS_PROCESS_KEEPER_H
#define HINDSIGHT_TOOLS_PROCESS_KEEPER_H

#include <stdbool.h>
#include <sys/types.h>

struct keeper { /* {0} was never started */
	pid_t pid;
	int alive; /* closed when the program ends */
};

/* undo: called once in the other process, with its copy of the context as it is now. False: there is
 * no keeper; errno says why. */
bool keeper_start(struct keeper *keeper, void (*undo)(const void *context), const void *context);

/* Has it undone now, and waits for that. Nothing where it was not started. */
void keeper_end(struct keeper *keeper);

#endif
