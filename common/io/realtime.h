/* A late thread makes the sound late, so there are real-time priority for the threads that handle
 * sound, and memory that is not paged out. Both need the system's permission (setrlimit(2):
 * RLIMIT_RTPRIO and RLIMIT_MEMLOCK; capabilities(7): CAP_SYS_NICE and CAP_IPC_LOCK). Without it
 * everything works, with more delay on a busy machine. docs/LATENCY.md says how to grant it.
 *
 * The threads that call process() are not raised here: JACK and PipeWire raise theirs, audio_io has
 * PortAudio raise ALSA's. Thread: as said at each. */
#ifndef HINDSIGHT_COMMON_IO_REALTIME_H
#define HINDSIGHT_COMMON_IO_REALTIME_H

#include "common/io/io_error.h"

#include <pthread.h>
#include <stdbool.h>

/* SCHED_FIFO's lowest priority: above everything that is not real-time, below JACK's and the
 * kernel's threads. A raised thread must block between its tasks: on a machine with one core
 * nothing else runs meanwhile. */
enum { REALTIME_PRIORITY = 1 };

/* Raises the calling thread, but not the threads and processes that it starts. False: nothing
 * changed, *why says why. */
bool realtime_raise(struct io_error *why);

/* Whether it would be raised; for a short-lived thread to ask. */
bool realtime_is_allowed(void);

/* Locks all memory of the process, including later mappings. Only without a memory limit: under
 * one, a later allocation would fail. Not under a sanitizer, whose shadow memory exceeds any
 * machine's. For main(), once everything is open. False: nothing is locked, *why says why. */
bool realtime_lock_memory(struct io_error *why);

/* Starts a thread with a small stack, since all of it is locked: libopus needs the most, some 100
 * KiB. False: it could not be started. */
bool realtime_start_thread(pthread_t *thread, void *(*run)(void *context), void *context);

#endif
