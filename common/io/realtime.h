/* What a late thread makes late is sound: real-time priority for those that handle it, and memory
 * that is not paged out. Both need leave of the system (setrlimit(2): RLIMIT_RTPRIO and
 * RLIMIT_MEMLOCK; capabilities(7): CAP_SYS_NICE and CAP_IPC_LOCK); without it all works as ever, only
 * later on a busy machine. docs/LATENCY.md tells how it is given.
 *
 * The threads that call process() are not raised here: JACK and PipeWire raise theirs, audio_io has
 * PortAudio raise ALSA's. Thread: as said at each. */
#ifndef HINDSIGHT_COMMON_IO_REALTIME_H
#define HINDSIGHT_COMMON_IO_REALTIME_H

#include "common/io/io_error.h"

#include <pthread.h>
#include <stdbool.h>

/* SCHED_FIFO's lowest: before all that is not real-time, behind JACK's threads and the kernel's. What
 * is raised must block between its works: on a machine with one core nothing else runs meanwhile. */
enum { REALTIME_PRIORITY = 1 };

/* Raises the calling thread; threads and processes that it starts are not. False: it stays as it is,
 * *why says why. */
bool realtime_raise(struct io_error *why);

/* Whether it would be raised; asked by a thread that comes and goes. */
bool realtime_is_allowed(void);

/* Locks all memory of the process, what is mapped later too. Only where there is no limit: under one,
 * an allocation later on would fail. Not under a sanitizer, whose shadow memory is larger than any
 * machine's. main(), once all is opened. False: nothing is locked, *why says why. */
bool realtime_lock_memory(struct io_error *why);

/* A thread with a small stack, since all of it is locked: libopus needs the most, some 100 KiB. False:
 * none could be started. */
bool realtime_start_thread(pthread_t *thread, void *(*run)(void *context), void *context);

#endif
