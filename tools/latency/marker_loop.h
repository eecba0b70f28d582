/* Markers played on one sound device and what comes back recorded on another, by one callback, so
 * that sample n was played and recorded at the same moment of the device's clock.
 *
 *     open -> start -> begin -> ... n_recorded() ... -> close
 *
 * Allocates on opening. Thread: all calls belong to one. Owner: the caller holds the struct in
 * place and reads `recorded` as far as marker_loop_n_recorded() tells. */
#ifndef HINDSIGHT_TOOLS_LATENCY_MARKER_LOOP_H
#define HINDSIGHT_TOOLS_LATENCY_MARKER_LOOP_H

#include "common/io/audio_io.h"
#include "tools/latency/marker.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct marker_loop_config {
	const char *output, *input; /* as audio_config has devices; of one host API */
	double buffer_ms;	    /* the devices' period */
	const struct marker_train *train;
};

struct marker_loop {
	float *recorded; /* one channel: the mean of the device's; sample 0: the train's first */

	/* private to marker_loop.c */
	struct audio_stream stream;
	const struct marker_train *train;
	size_t n_room;
	atomic_bool has_begun;
	atomic_size_t n_recorded;
	atomic_uint n_xruns;
	atomic_int_fast64_t device_latency_us;
};

/* audio_io_init() has been called. False: nothing to close, *error says why. */
bool marker_loop_open(
	struct marker_loop *loop, const struct marker_loop_config *config, struct io_error *error);

/* The device runs, and plays silence until the train begins. */
bool marker_loop_start(struct marker_loop *loop, struct io_error *error);
void marker_loop_begin(struct marker_loop *loop);

/* Samples of the train played and recorded until now; at its end all of the train. */
size_t marker_loop_n_recorded(const struct marker_loop *loop);

/* False: the device has disappeared. */
bool marker_loop_is_running(const struct marker_loop *loop);

/* Since the train began: how often the device ran dry or threw away input, at which a piece of time
 * may be missing in one direction. */
unsigned marker_loop_xruns(const struct marker_loop *loop);

/* Capture and playout as the device tells; AUDIO_LATENCY_UNKNOWN. */
int64_t marker_loop_device_latency_us(const struct marker_loop *loop);

void marker_loop_close(struct marker_loop *loop);

#endif
