/* A thread that pulls from the player in a device's place, paced by the clock, at real-time
 * priority where that is allowed. It hands over the time at which a block was due, so that how
 * late the thread woke up does not look like delay, and how late it was for the reports. Thread:
 * start and stop belong to one thread; the functions of the config run on the pacer's own. */
#ifndef HINDSIGHT_RECEIVER_APP_PACER_H
#define HINDSIGHT_RECEIVER_APP_PACER_H

#include "receiver/app/player.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pacer_config {
	struct player *player; /* nobody else pulls from it meanwhile */
	size_t period_samples; /* at most BUFFER_MS_MAX */
	/* Takes a block of RECV_CHANNELS, which it may change, and returns by how much later than a
	 * period the next one is due: the other side's clock is slower. NULL: nobody hears it. */
	int64_t (*deliver)(void *context, float *samples, size_t n_samples);
	/* How long what is delivered next waits until it is heard. NULL: not at all. */
	int64_t (*backlog_us)(void *context);
	void *context;
};

struct pacer { /* private to pacer.c */
	struct pacer_config config;
	pthread_t thread;
	bool has_thread;
	atomic_bool should_stop;
};

/* False: no thread could be started. */
bool pacer_start(struct pacer *pacer, const struct pacer_config *config);

/* Nothing is pulled any more when this returns. Stopping what does not run does nothing. */
void pacer_stop(struct pacer *pacer);

#endif
