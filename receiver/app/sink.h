/* Where the sound goes: a device, a WAV file, stdout or nowhere, all in real time and at 48 kHz.
 * A device pulls through its callback. For the others a thread pulls in its place, paced by the
 * clock, at real-time priority where that is allowed; it hands over the time at which the block was
 * due, so that how late the thread woke up does not look like delay, and how late it was for the
 * reports. Thread: one; the player is pulled on the device's or the pacing thread. */
#ifndef HINDSIGHT_RECEIVER_APP_SINK_H
#define HINDSIGHT_RECEIVER_APP_SINK_H

#include "common/io/io_error.h"
#include "receiver/app/player.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sink; /* private to sink.c */

struct sink_config {
	const char *output;    /* as --output says */
	int n_channels;	       /* of a file or of stdout; 0: as the stream has when it begins */
	double buffer_ms;      /* the device's period, and that of the pace */
	struct player *player; /* whose sound it is; outlives the sink */
};

/* Whether --output means a sound device, for which audio_io must have been started. */
bool sink_is_device(const char *output);

/* NULL: *error says why, and *is_usage whether it was a wrong word rather than a failure. */
struct sink *sink_open(const struct sink_config *config, bool *is_usage, struct io_error *error);

bool sink_start(struct sink *sink, struct io_error *error);

/* False once it has failed by itself: the disk is full, the pipe or the device has gone. */
bool sink_is_running(const struct sink *sink);

/* Nothing is pulled any more when this returns. False: the output is not whole, *error says why. */
bool sink_stop(struct sink *sink, struct io_error *error);

/* "device JACK: system", for the log. */
const char *sink_description(const struct sink *sink);

void sink_close(struct sink *sink);

#endif
