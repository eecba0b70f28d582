#include "common/io/audio_jack.h"

#include "common/base/units.h"
#include "common/io/audio_rate.h"
#include "common/io/monotonic.h"

#include <jack/jack.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PERIOD_SAMPLES_MAX = 4096 };

/* The process has one PortAudio, and so one watch. */
static jack_client_t *watch;
static atomic_bool has_lost_server;

struct audio_jack {
	struct audio_stream *stream;
	jack_client_t *client;
	jack_port_t *ports[AUDIO_CHANNELS_MAX];
	char device[64];
	double hz;
	atomic_bool had_xrun, has_gone, is_running;
	float samples[PERIOD_SAMPLES_MAX * AUDIO_CHANNELS_MAX];
};

static int64_t latency_us(struct audio_jack *j)
{
	jack_latency_range_t range = { 0, 0 };

	jack_port_get_latency_range(j->ports[0],
		j->stream->config.direction == AUDIO_CAPTURE ? JackCaptureLatency
							     : JackPlaybackLatency,
		&range);
	return range.max > 0 ? (int64_t)(range.max * US_PER_SECOND / j->hz) : AUDIO_LATENCY_UNKNOWN;
}

/* JACK has a buffer for each channel; all others have them interleaved. */
static void gather(struct audio_jack *j, jack_nframes_t n)
{
	for (int c = 0; c < j->stream->n_channels; c++) {
		const float *const from = jack_port_get_buffer(j->ports[c], n);
		for (jack_nframes_t i = 0; i < n; i++)
			j->samples[i * (jack_nframes_t)j->stream->n_channels + (jack_nframes_t)c] =
				from[i];
	}
}

static void scatter(struct audio_jack *j, jack_nframes_t n)
{
	for (int c = 0; c < j->stream->n_channels; c++) {
		float *const to = jack_port_get_buffer(j->ports[c], n);
		for (jack_nframes_t i = 0; i < n; i++)
			to[i] = j->samples[i * (jack_nframes_t)j->stream->n_channels +
					   (jack_nframes_t)c];
	}
}

/* The server's real-time thread for this client. */
static int on_period(jack_nframes_t n, void *context)
{
	struct audio_jack *const j = context;
	const struct audio_stream *const stream = j->stream;
	const bool is_capture = stream->config.direction == AUDIO_CAPTURE;
	const struct audio_block block = {
		.input = is_capture ? j->samples : NULL,
		.output = is_capture ? NULL : j->samples,
		.n_samples = n,
		.n_channels = stream->n_channels,
		.n_input_channels = stream->n_channels,
		.now_us = monotonic_now_us(),
		.device_latency_us = latency_us(j),
		.had_xrun = atomic_exchange(&j->had_xrun, false),
	};

	if (n > PERIOD_SAMPLES_MAX)
		return 0;
	if (is_capture)
		gather(j, n);
	if (stream->rate)
		audio_rate_process(stream->rate, &block);
	else
		stream->config.process(stream->config.context, &block);
	if (!is_capture)
		scatter(j, n);
	return 0;
}

static int on_xrun(void *context)
{
	struct audio_jack *const j = context;

	atomic_store(&j->had_xrun, true);
	return 0;
}

static void on_shutdown(void *context)
{
	struct audio_jack *const j = context;

	atomic_store(&j->has_gone, true);
}

static bool register_ports(struct audio_jack *j)
{
	const bool is_capture = j->stream->config.direction == AUDIO_CAPTURE;

	for (int c = 0; c < j->stream->n_channels; c++) {
		char name[16];
		snprintf(name, sizeof name, is_capture ? "in_%d" : "out_%d", c);
		j->ports[c] = jack_port_register(j->client, name, JACK_DEFAULT_AUDIO_TYPE,
			is_capture ? JackPortIsInput : JackPortIsOutput, 0);
		if (!j->ports[c])
			return false;
	}
	return true;
}

static bool set_up(struct audio_jack *j)
{
	struct audio_stream *const stream = j->stream;

	j->hz = jack_get_sample_rate(j->client);
	if (j->hz != SAMPLES_PER_SECOND) {
		stream->rate = audio_rate_open(&stream->config, stream->n_channels, j->hz);
		if (!stream->rate)
			return false;
	}
	jack_set_process_callback(j->client, on_period, j);
	jack_set_xrun_callback(j->client, on_xrun, j);
	jack_on_shutdown(j->client, on_shutdown, j);
	return register_ports(j);
}

struct audio_jack *audio_jack_open(
	struct audio_stream *stream, const char *device, struct io_error *error)
{
	struct audio_jack *const j = calloc(1, sizeof *j);

	if (!j) {
		io_error_set(error, "out of memory");
		return NULL;
	}
	j->stream = stream;
	snprintf(j->device, sizeof j->device, "%s", device);
	j->client = jack_client_open(stream->config.client_name, JackNoStartServer, NULL);
	if (j->client && set_up(j)) {
		stream->device_latency_us = AUDIO_LATENCY_UNKNOWN;
		return j;
	}
	io_error_set(error, "device %s: JACK's server does not take a client", device);
	audio_jack_close(j);
	return NULL;
}

/* A server without such ports, or whose ports refuse: the user joins others by hand. */
static void join_device(struct audio_jack *j)
{
	const bool is_capture = j->stream->config.direction == AUDIO_CAPTURE;
	char pattern[80];

	snprintf(pattern, sizeof pattern, "^%s:", j->device);
	const char **const names = jack_get_ports(j->client, pattern, JACK_DEFAULT_AUDIO_TYPE,
		is_capture ? JackPortIsOutput : JackPortIsInput);
	for (int c = 0; names && c < j->stream->n_channels && names[c]; c++) {
		const char *const own = jack_port_name(j->ports[c]);
		jack_connect(j->client, is_capture ? names[c] : own, is_capture ? own : names[c]);
	}
	jack_free((void *)names);
}

bool audio_jack_start(struct audio_jack *j, struct io_error *error)
{
	if (jack_activate(j->client) != 0)
		return io_error_set(
			error, "device %s: JACK's server does not start the client", j->device);
	atomic_store(&j->is_running, true);
	join_device(j);
	return true;
}

void audio_jack_stop(struct audio_jack *j)
{
	if (atomic_exchange(&j->is_running, false))
		jack_deactivate(j->client);
}

void audio_jack_close(struct audio_jack *j)
{
	if (!j)
		return;
	if (j->client) {
		audio_jack_stop(j);
		jack_client_close(j->client);
	}
	free(j);
}

bool audio_jack_is_active(const struct audio_jack *j)
{
	return atomic_load(&j->is_running) && !atomic_load(&j->has_gone);
}

static void on_server_lost(void *context)
{
	(void)context;
	atomic_store(&has_lost_server, true);
}

void audio_jack_begin_watch(void)
{
	if (watch)
		return;
	watch = jack_client_open("hindsight-watch", JackNoStartServer, NULL);
	if (watch)
		jack_on_shutdown(watch, on_server_lost, NULL);
}

void audio_jack_end_watch(void)
{
	if (watch)
		jack_client_close(watch);
	watch = NULL;
}

bool audio_jack_has_lost_server(void)
{
	return atomic_load(&has_lost_server);
}
