#include "receiver/app/outlet.h"

#include "common/base/units.h"
#include "common/io/file_name.h"
#include "common/io/monotonic.h"
#include "receiver/recv_stream.h"

#include <errno.h>
#include <string.h>

enum {
	CHUNK_SAMPLES = 480,
	EASE_SHARE = 64,     /* of what stands is worked off with each block, but not more than */
	EASE_SHARE_MAX = 100 /* such a part of the block: by time-scaling nobody hears that */
};

#define EASE_US	   (5 * US_PER_MS)  /* what wakes up late on either side explains */
#define STALL_US   (60 * US_PER_MS) /* more than working off gets rid of in seconds */
#define DRAINED_US (20 * US_PER_MS) /* left in the pipe, so that its reader does not run dry */

enum outlet_kind outlet_kind(const char *output)
{
	if (strcmp(output, "-") == 0)
		return OUTLET_STDOUT;
	if (strcmp(output, "null") == 0)
		return OUTLET_NULL;
	if (file_name_ends_in(output, ".wav") || file_name_ends_in(output, ".flac") ||
		file_name_is_path(output))
		return OUTLET_FILE;
	return OUTLET_NONE;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Samples of two channels become one in place. */
static void mix_down(float *samples, size_t n_samples)
{
	for (size_t i = 0; i < n_samples; i++)
		samples[i] = 0.5F * (samples[2 * i] + samples[2 * i + 1]);
}

static void drop(struct outlet *o, size_t n_samples)
{
	atomic_fetch_add_explicit(&o->n_dropped, (int64_t)n_samples, memory_order_relaxed);
}

static void fail(struct outlet *o)
{
	atomic_store(&o->has_failed, true);
}

static void write_all(struct outlet *o, const float *samples, size_t n_samples)
{
	for (size_t n_done = 0; n_done < n_samples;) {
		size_t n_moved = 0;
		switch (raw_pcm_write(&o->pipe, samples + n_done * (size_t)o->n_channels,
			n_samples - n_done, &n_moved, 0, &o->error)) {
		case RAW_PCM_MOVED:
			break;
		case RAW_PCM_FAILED:
			atomic_store(&o->has_ended, errno == EPIPE);
			fail(o);
			return;
		default:
			drop(o, n_samples - n_done);
			return;
		}
		n_done += n_moved;
	}
}

static int64_t write_pipe(struct outlet *o, const float *samples, size_t n_samples)
{
	const int64_t backlog_us = raw_pcm_backlog_us(&o->pipe);
	const int64_t standing_us = standing_put(&o->standing, backlog_us, monotonic_now_us());

	o->is_draining = o->is_draining ? backlog_us > DRAINED_US : standing_us > STALL_US;
	if (o->is_draining) {
		standing_init(&o->standing);
		drop(o, n_samples);
		return 0;
	}
	write_all(o, samples, n_samples);
	if (standing_us <= EASE_US)
		return 0;
	return least(
		standing_us / EASE_SHARE, us_from_samples((int64_t)n_samples) / EASE_SHARE_MAX);
}

/* The silence before the stream began, whose channels were not known then. In a file only: who
 * reads a pipe lives in real time and would be set back by it. */
static bool write_silence(struct outlet *o)
{
	static const float silence[CHUNK_SAMPLES * RECV_CHANNELS];

	while (o->kind == OUTLET_FILE && o->n_silent_before > 0) {
		const int64_t n = least(o->n_silent_before, CHUNK_SAMPLES);
		if (!wav_writer_write(&o->wav, silence, (size_t)n, &o->error))
			return false;
		o->n_silent_before -= n;
	}
	return true;
}

static bool begin_output(struct outlet *o, int n_channels)
{
	o->n_channels = n_channels;
	if (o->kind == OUTLET_STDOUT)
		raw_pcm_init(&o->pipe, 1, n_channels, "stdout");
	if (o->kind == OUTLET_FILE && o->wav.n_channels != n_channels &&
		(!wav_writer_close(&o->wav, &o->error) ||
			!wav_writer_open(&o->wav, o->path, n_channels, &o->error)))
		return false;
	return write_silence(o);
}

int64_t outlet_take(struct outlet *o, float *samples, size_t n_samples, int stream_channels)
{
	if (o->kind == OUTLET_NULL || atomic_load(&o->has_failed))
		return 0;
	if (o->n_channels == 0 && stream_channels == 0) {
		o->n_silent_before += (int64_t)n_samples;
		return 0;
	}
	if (o->n_channels == 0 && !begin_output(o, stream_channels)) {
		fail(o);
		return 0;
	}
	if (o->n_channels == 1)
		mix_down(samples, n_samples);
	if (o->kind == OUTLET_STDOUT)
		return write_pipe(o, samples, n_samples);
	if (!wav_writer_write(&o->wav, samples, n_samples, &o->error))
		fail(o);
	return 0;
}

int64_t outlet_backlog_us(const struct outlet *o)
{
	return o->kind == OUTLET_STDOUT && o->n_channels ? raw_pcm_backlog_us(&o->pipe) : 0;
}

int64_t outlet_dropped(const struct outlet *o)
{
	return atomic_load_explicit(&o->n_dropped, memory_order_relaxed);
}

bool outlet_open(struct outlet *o, const char *output, int n_channels, struct io_error *error)
{
	*o = (struct outlet){ .kind = outlet_kind(output), .path = output };
	if (o->kind == OUTLET_FILE && !file_name_ends_in(output, ".wav") &&
		!file_name_ends_in(output, ".flac"))
		return io_error_set(error, "%s: a file's name must end in .wav or .flac", output);
	/* Opened at once, so that what cannot be written is known before the call. */
	if (o->kind == OUTLET_FILE &&
		!wav_writer_open(&o->wav, output, n_channels ? n_channels : 1, error))
		return false;
	return n_channels == 0 || begin_output(o, n_channels);
}

bool outlet_close(struct outlet *o, struct io_error *error)
{
	if (!atomic_load(&o->has_failed) && o->kind == OUTLET_FILE && o->n_channels == 0 &&
		o->wav.handle && !begin_output(o, 1))
		fail(o);
	if (o->kind == OUTLET_FILE &&
		!wav_writer_close(&o->wav, atomic_load(&o->has_failed) ? NULL : &o->error))
		fail(o);
	if (atomic_load(&o->has_failed) && error)
		*error = o->error;
	return !atomic_load(&o->has_failed);
}
