/* Where the sound goes: a device, a file, stdout or nowhere, all in real time and at 48 kHz. A
 * device pulls through its callback; for the others a pacer pulls in its place, and an outlet
 * takes what comes. Thread: one; the player is pulled on the device's or the pacing thread. */
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
	bool may_reopen;       /* a device that has gone; else that is the end */
	double buffer_ms;      /* the device's period, and that of the pace */
	struct player *player; /* whose sound it is; outlives the sink */
};

/* Whether --output means a sound device, for which audio_io must have been started. */
bool sink_is_device(const char *output);

/* NULL: *error says why, and *is_usage whether it was a wrong word rather than a failure. */
struct sink *sink_open(const struct sink_config *config, bool *is_usage, struct io_error *error);

bool sink_start(struct sink *sink, struct io_error *error);

enum sink_event {
	SINK_RUNS,
	SINK_FAILED, /* what is written from now on is lost, as on a full disk; the call goes on */
	SINK_LOST,   /* the device has gone; the call goes on, and the device is looked for */
	SINK_BACK,   /* the device, or another one, plays */
	SINK_ENDED   /* nobody will hear any more: the reader of the pipe or the device has gone */
};

/* To be asked many times a second; each event is told once. *text: what to say about it. */
enum sink_event sink_tend(struct sink *sink, struct io_error *text);

/* Samples that the reader of the pipe did not take. */
int64_t sink_dropped(const struct sink *sink);

/* How often the device has gone. */
int64_t sink_losses(const struct sink *sink);

/* What is asked of the device at present: its period, or more after underruns. NAN: there is
 * none. */
double sink_device_latency_ms(const struct sink *sink);

/* Nothing is pulled any more when this returns. False: the output is not whole, *error says why. */
bool sink_stop(struct sink *sink, struct io_error *error);

/* "device JACK: system", for the log. */
const char *sink_description(const struct sink *sink);

/* False: a sound system does not let go; PortAudio cannot be terminated, and the process should
 * end. */
bool sink_close(struct sink *sink);

#endif
