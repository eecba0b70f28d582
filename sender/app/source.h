/* Where the sound comes from: a device, a file, a tone or stdin, all in real time and at 48 kHz.
 * A device's samples come through its callback and a ring; the others are paced by the clock as if
 * a device had captured them. Thread: one, the send thread; never the audio callback. */
#ifndef HINDSIGHT_SENDER_APP_SOURCE_H
#define HINDSIGHT_SENDER_APP_SOURCE_H

#include "common/io/io_error.h"
#include "sender/app/capture.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SOURCE_SAMPLES_MAX = CAPTURE_SAMPLES_MAX }; /* per channel, that one read gives at most */

struct source; /* private to source.c */

struct source_config {
	const char *input; /* as --input says */
	int n_channels;	   /* 1 or 2, of what source_read() gives */
	double buffer_ms;  /* the device's period */
	bool may_reopen;   /* a device that has gone, for which silence is given meanwhile */
};

enum source_result {
	SOURCE_READ,
	SOURCE_NOTHING, /* none for now, or a signal came */
	SOURCE_END,
	SOURCE_FAILED /* *error says why */
};

/* Whether --input means a sound device, for which audio_io must have been started. */
bool source_is_device(const char *input);

/* NULL: *error says why, and *is_usage whether it was a wrong word rather than a failure. */
struct source *source_open(
	const struct source_config *config, bool *is_usage, struct io_error *error);

/* The sound begins to run. False: *error says why. */
bool source_start(struct source *source, struct io_error *error);

/* The next samples, SOURCE_SAMPLES_MAX at most, when they have been captured; waits for them, but
 * not longer than about 100 ms. *capture_us: when the first of them was captured. */
enum source_result source_read(struct source *source, float *samples, size_t *n_samples,
	int64_t *capture_us, struct io_error *error);

/* How many samples, since it was asked last, were left out before those last read: they had become
 * stale in a pipe while this process was stopped. */
int64_t source_skipped(struct source *source);

/* How often sound was lost since the start, because nobody read. */
int64_t source_overruns(const struct source *source);

/* How often the device has gone. */
int64_t source_losses(const struct source *source);

/* What is asked of the device at present: its period, or more after overruns. NAN: there is
 * none. */
double source_device_latency_ms(const struct source *source);

/* "file speech.wav, 24.7 s", for the log. */
const char *source_description(const struct source *source);

/* False: a sound system does not let go; PortAudio cannot be terminated, and the process should
 * end. */
bool source_close(struct source *source);

#endif
