#include "receiver/app/sink.h"

#include "common/app/device_options.h"
#include "common/io/audio_io.h"
#include "common/io/monotonic.h"
#include "common/io/raw_pcm.h"
#include "common/app/realtime_log.h"
#include "common/io/realtime.h"
#include "common/io/wav_writer.h"
#include "common/base/units.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CHUNK_SAMPLES = 480 }; /* a device's larger blocks are filled in pieces */

enum sink_kind { SINK_DEVICE, SINK_WAV, SINK_STDOUT, SINK_NULL };

struct sink {
	enum sink_kind kind;
	struct sink_config config;
	char description[160];
	float chunk[CHUNK_SAMPLES * RECV_CHANNELS];

	/* device */
	struct audio_stream stream;

	/* the paced ones: all but should_stop and has_failed belong to the pacing thread */
	pthread_t thread;
	bool has_thread;
	atomic_bool should_stop;
	atomic_bool has_failed;
	struct io_error error;
	struct wav_writer wav;
	struct raw_pcm pipe;
	int n_channels;		 /* of the file or pipe; 0: not known yet */
	int64_t n_silent_before; /* samples pulled while it was not */
};

/* ---- a device ---- */

/* On the device's real-time thread. */
static void play(void *context, const struct audio_block *block)
{
	struct sink *const s = context;
	const int64_t begin_us = monotonic_now_us();
	/* Where a call is not told, what the device promised on opening. */
	const int64_t device_us = block->device_latency_us != AUDIO_LATENCY_UNKNOWN
					  ? block->device_latency_us
					  : s->stream.device_latency_us;
	struct player_block b = {
		.samples = s->chunk,
		.now_us = block->now_us,
		.had_xrun = block->had_xrun,
	};

	for (size_t n_done = 0; n_done < block->n_samples; n_done += b.n_samples) {
		const size_t n_left = block->n_samples - n_done;
		b.n_samples = n_left < CHUNK_SAMPLES ? n_left : CHUNK_SAMPLES;
		b.device_us = device_us == AUDIO_LATENCY_UNKNOWN
				      ? -1
				      : device_us + us_from_samples((int64_t)n_done);
		player_pull(s->config.player, &b);
		float *const out = block->output + n_done * (size_t)block->n_channels;
		if (block->n_channels == RECV_CHANNELS)
			memcpy(out, s->chunk, b.n_samples * RECV_CHANNELS * sizeof *out);
		else
			for (size_t i = 0; i < b.n_samples; i++)
				out[i] = 0.5F * (s->chunk[2 * i] + s->chunk[2 * i + 1]);
		b.had_xrun = false;
	}
	player_took(s->config.player, monotonic_now_us() - begin_us, block->n_samples);
}

static bool open_device(struct sink *s, struct io_error *error)
{
	const struct audio_config audio = {
		.direction = AUDIO_PLAYOUT,
		.device = s->config.output,
		.n_channels = RECV_CHANNELS,
		.buffer_samples = (size_t)(s->config.buffer_ms * SAMPLES_PER_MS),
		.process = play,
		.context = s,
	};

	if (!audio_stream_open(&s->stream, &audio, error))
		return false;
	snprintf(s->description, sizeof s->description, "device %s", s->stream.device_name);
	return true;
}

/* ---- what is paced ---- */

/* Samples of two channels become one in place, where the output has one. */
static void mix_down(float *samples, size_t n_samples)
{
	for (size_t i = 0; i < n_samples; i++)
		samples[i] = 0.5F * (samples[2 * i] + samples[2 * i + 1]);
}

static bool write_pipe(struct sink *s, const float *samples, size_t n_samples)
{
	size_t n_done = 0;

	while (n_done < n_samples && !atomic_load(&s->should_stop)) {
		size_t n_moved = 0;
		if (raw_pcm_write(&s->pipe, samples + n_done * (size_t)s->n_channels,
			    n_samples - n_done, &n_moved, 100 * US_PER_MS,
			    &s->error) == RAW_PCM_FAILED)
			return false;
		n_done += n_moved;
	}
	return true;
}

static bool write_samples(struct sink *s, float *samples, size_t n_samples)
{
	if (s->n_channels == 1)
		mix_down(samples, n_samples);
	return s->kind == SINK_WAV ? wav_writer_write(&s->wav, samples, n_samples, &s->error)
				   : write_pipe(s, samples, n_samples);
}

/* The silence before the stream began, whose channels were not known then. In a file only: who
 * reads a pipe lives in real time and would be set back by it. */
static bool write_silence(struct sink *s)
{
	while (s->kind == SINK_WAV && s->n_silent_before > 0) {
		const size_t n = s->n_silent_before < CHUNK_SAMPLES ? (size_t)s->n_silent_before
								    : CHUNK_SAMPLES;
		memset(s->chunk, 0, sizeof s->chunk);
		if (!wav_writer_write(&s->wav, s->chunk, n, &s->error))
			return false;
		s->n_silent_before -= (int64_t)n;
	}
	return true;
}

static bool begin_output(struct sink *s, int n_channels)
{
	s->n_channels = n_channels;
	if (s->kind == SINK_STDOUT)
		raw_pcm_init(&s->pipe, 1, n_channels, "stdout");
	if (s->kind == SINK_WAV && s->wav.n_channels != n_channels &&
		(!wav_writer_close(&s->wav, &s->error) ||
			!wav_writer_open(&s->wav, s->config.output, n_channels, &s->error)))
		return false;
	return write_silence(s);
}

static bool deliver(struct sink *s, float *samples, size_t n_samples)
{
	if (s->kind == SINK_NULL)
		return true;
	if (s->n_channels == 0) {
		const int n_channels = player_channels(s->config.player);
		if (n_channels == 0) {
			s->n_silent_before += (int64_t)n_samples;
			return true;
		}
		if (!begin_output(s, n_channels))
			return false;
	}
	return write_samples(s, samples, n_samples);
}

static void *pace_thread(void *context)
{
	struct sink *const s = context;
	const int64_t begin_us = monotonic_now_us();
	const size_t n_period = (size_t)(s->config.buffer_ms * SAMPLES_PER_MS);
	float samples[BUFFER_MS_MAX * SAMPLES_PER_MS * RECV_CHANNELS];
	int64_t n_pulled = 0;
	bool ok = true;

	assert(n_period * RECV_CHANNELS <= sizeof samples / sizeof *samples);
	realtime_begin_thread("playout");
	while (ok && !atomic_load(&s->should_stop)) {
		struct player_block block = {
			.samples = samples,
			.n_samples = n_period,
			.now_us = begin_us + us_from_samples(n_pulled),
			.device_us = 0, /* what is written counts as heard */
			.is_paced = true,
		};
		monotonic_sleep_until_us(block.now_us);
		const int64_t woken_us = monotonic_now_us();
		if (woken_us > block.now_us) /* a signal wakes it early */
			block.late_us = woken_us - block.now_us;
		player_pull(s->config.player, &block);
		player_took(s->config.player, monotonic_now_us() - woken_us, n_period);
		n_pulled += (int64_t)n_period;
		ok = deliver(s, samples, n_period);
	}
	if (ok && s->kind == SINK_WAV && s->n_channels == 0)
		ok = begin_output(s, 1);
	if (!ok)
		atomic_store(&s->has_failed, true);
	return NULL;
}

/* ---- all kinds ---- */

static bool has_wav_ending(const char *output)
{
	const char *const ending = strrchr(output, '.');
	return ending && strcasecmp(ending, ".wav") == 0;
}

static enum sink_kind kind_of(const char *output)
{
	if (strcmp(output, "-") == 0)
		return SINK_STDOUT;
	if (strcmp(output, "null") == 0)
		return SINK_NULL;
	if (strchr(output, '/') || has_wav_ending(output))
		return SINK_WAV;
	return SINK_DEVICE;
}

bool sink_is_device(const char *output)
{
	return kind_of(output) == SINK_DEVICE;
}

static bool open_output(struct sink *s, struct io_error *error)
{
	const int n_channels = s->config.n_channels;

	s->kind = kind_of(s->config.output);
	snprintf(s->description, sizeof s->description, "%.140s",
		s->kind == SINK_STDOUT ? "stdout" : s->config.output);
	if (s->kind == SINK_DEVICE)
		return open_device(s, error);
	if (s->kind == SINK_WAV && !has_wav_ending(s->config.output))
		return io_error_set(error, "%s: a file's name must end in .wav", s->config.output);
	/* Opened at once, so that what cannot be written is known before the call. */
	if (s->kind == SINK_WAV &&
		!wav_writer_open(&s->wav, s->config.output, n_channels ? n_channels : 1, error))
		return false;
	return n_channels == 0 || begin_output(s, n_channels);
}

struct sink *sink_open(const struct sink_config *config, bool *is_usage, struct io_error *error)
{
	struct sink *const s = calloc(1, sizeof *s);

	*is_usage = s != NULL;
	if (!s) {
		io_error_set(error, "out of memory");
		return NULL;
	}
	s->config = *config;
	if (open_output(s, error))
		return s;
	sink_close(s);
	return NULL;
}

bool sink_start(struct sink *s, struct io_error *error)
{
	if (s->kind == SINK_DEVICE)
		return audio_stream_start(&s->stream, error);
	s->has_thread = realtime_start_thread(&s->thread, pace_thread, s);
	return s->has_thread || io_error_set(error, "cannot start a thread");
}

bool sink_is_running(const struct sink *s)
{
	return s->kind == SINK_DEVICE ? audio_stream_is_active(&s->stream)
				      : !atomic_load(&s->has_failed);
}

bool sink_stop(struct sink *s, struct io_error *error)
{
	bool ok = true;

	if (s->kind == SINK_DEVICE) {
		ok = audio_stream_is_active(&s->stream) ||
		     io_error_set(error, "%s: the device was lost", s->stream.device_name);
		audio_stream_stop(&s->stream);
	}
	if (s->has_thread) {
		atomic_store(&s->should_stop, true);
		pthread_join(s->thread, NULL);
		s->has_thread = false;
		ok = !atomic_load(&s->has_failed);
		if (!ok)
			*error = s->error;
	}
	if (s->kind == SINK_WAV && !wav_writer_close(&s->wav, ok ? error : NULL))
		ok = false;
	return ok;
}

const char *sink_description(const struct sink *s)
{
	return s->description;
}

void sink_close(struct sink *s)
{
	struct io_error ignored;

	sink_stop(s, &ignored);
	if (s->kind == SINK_DEVICE)
		audio_stream_close(&s->stream);
	free(s);
}
