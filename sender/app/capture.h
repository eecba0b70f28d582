/* The capture callback's work, and its hand-over to the send thread.
 *
 *   CAPTURE CALLBACK: capture_take() --(ring)--> SEND THREAD: capture_read()
 *                                    --(post)--> capture_wait()
 *
 * Memory is allocated by capture_init() alone. */
#ifndef HINDSIGHT_SENDER_APP_CAPTURE_H
#define HINDSIGHT_SENDER_APP_CAPTURE_H

#include "common/io/audio_io.h"
#include "common/base/spsc_ring.h"

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CAPTURE_SAMPLES_MAX = 480 }; /* per channel, at most, of one read */

/* Which of the device's channels are read, counted from 1; 0, 0: all of them, mixed, or for two the
 * first two. second 0: the first one alone. */
struct capture_choice {
	int first, second;
};

struct capture { /* private to capture.c */
	struct spsc_ring ring;
	void *memory;
	sem_t taken; /* one post per callback */
	int n_channels;
	struct capture_choice choice;
	atomic_int_fast64_t n_overruns;
};

/* n_channels: 1 or 2, of what is read; one channel serves both, several are averaged for one.
 * False: no memory. capture_end() is due in any case. */
bool capture_init(struct capture *c, int n_channels, struct capture_choice choice);
void capture_end(struct capture *c);

/* Capture callback, with the struct capture as its context. No allocation, lock, print or unbounded
 * loop; what finds no room is dropped and counted. sem_post(), which never waits, wakes the send
 * thread: polling every millisecond would delay each packet by another part of it. */
void capture_take(void *context, const struct audio_block *block);

/* Send thread: takes the oldest piece, at most CAPTURE_SAMPLES_MAX, and the time when its first
 * sample was in the air. False: none. */
bool capture_read(struct capture *c, float *samples, size_t *n_samples, int64_t *capture_us);

/* Send thread: sleeps until the next callback, but not beyond until_us. */
void capture_wait(struct capture *c, int64_t until_us);

/* Any thread: blocks lost, by the device or because they were not read in time. */
int64_t capture_overruns(const struct capture *c);

#endif
