#include "common/io/audio_io.h"

#include "common/io/monotonic.h"
#include "common/io/realtime.h"
#include "common/base/units.h"
#include "common/io/audio_devices.h"
#include "common/io/audio_jack.h"
#include "common/io/audio_rate.h"

#include <assert.h>
#include <fcntl.h>
#include <math.h>
#ifdef HAVE_PORTAUDIO_ALSA
#include <pa_linux_alsa.h>
#endif
#include <portaudio.h>
#include <string.h>
#include <unistd.h>

/* A device that claims to be further away than this does not know. */
static const double latency_max_s = 2.0;

/* PortAudio's JACK part cannot be closed any more; the process has one PortAudio. */
static bool is_jack_lost;

/* "Unanticipated host error" says nothing; the host API's own words may. */
static const char *failure_text(PaError failure)
{
	if (failure == paUnanticipatedHostError) {
		const PaHostErrorInfo *const info = Pa_GetLastHostErrorInfo();
		if (info && info->errorText && info->errorText[0])
			return info->errorText;
	}
	return Pa_GetErrorText(failure);
}

/* Points stderr elsewhere; returns what it was, or -1 where that cannot be done. */
static int silence_stderr(void)
{
	const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	const int kept = null < 0 ? -1 : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	if (kept >= 0)
		dup2(null, STDERR_FILENO);
	if (null >= 0)
		close(null);
	return kept;
}

/* Whether PortAudio has a client at a JACK server. */
static bool has_jack(void)
{
	const PaHostApiIndex api = Pa_HostApiTypeIdToHostApiIndex(paJACK);

	return api >= 0 && Pa_GetHostApiInfo(api)->deviceCount > 0;
}

bool audio_io_init(bool is_verbose, struct io_error *error)
{
	if (is_jack_lost || audio_jack_has_lost_server()) /* it was not terminated */
		return true;
	const int kept = is_verbose ? -1 : silence_stderr();
	const PaError failure = Pa_Initialize();
	if (kept >= 0) {
		dup2(kept, STDERR_FILENO);
		close(kept);
	}
	if (failure == paNoError && has_jack())
		audio_jack_begin_watch();
	return failure == paNoError ||
	       io_error_set(error, "cannot start PortAudio: %s", failure_text(failure));
}

const char *audio_io_version(void)
{
	return Pa_GetVersionInfo()->versionText;
}

void audio_io_terminate(void)
{
	if (is_jack_lost || audio_jack_has_lost_server())
		return;
	audio_jack_end_watch();
	Pa_Terminate();
}

/* Differences only: PortAudio's clock is another one in each host API. */
static int64_t latency_us_of(double latency_s)
{
	if (!(latency_s > 0.0 && latency_s < latency_max_s)) /* nan comes here too */
		return AUDIO_LATENCY_UNKNOWN;
	return (int64_t)(latency_s * 1e6 + 0.5);
}

/* Of a stream's direction, or of both; unknown where one of them is. */
static int64_t latency_us_in(
	double capture_latency_s, double playout_latency_s, enum audio_direction direction)
{
	const int64_t capture_us = latency_us_of(capture_latency_s);
	const int64_t playout_us = latency_us_of(playout_latency_s);

	if (direction != AUDIO_DUPLEX)
		return direction == AUDIO_CAPTURE ? capture_us : playout_us;
	return capture_us < 0 || playout_us < 0 ? AUDIO_LATENCY_UNKNOWN : capture_us + playout_us;
}

/* The device's real-time thread. Here PortAudio's frames become our samples. */
static int on_block(const void *input, void *output, unsigned long n_frames,
	const PaStreamCallbackTimeInfo *times, PaStreamCallbackFlags flags, void *context)
{
	const struct audio_stream *const stream = context;
	const struct audio_block block = {
		.input = input,
		.output = output,
		.n_samples = n_frames,
		.n_channels = stream->n_channels,
		.n_input_channels = stream->n_input_channels,
		.now_us = monotonic_now_us(),
		.device_latency_us = latency_us_in(times->currentTime - times->inputBufferAdcTime,
			times->outputBufferDacTime - times->currentTime, stream->config.direction),
		.had_xrun = (flags & (paInputUnderflow | paInputOverflow | paOutputUnderflow |
					     paOutputOverflow)) != 0,
	};
	if (stream->rate)
		audio_rate_process(stream->rate, &block);
	else
		stream->config.process(stream->config.context, &block);
	return paContinue;
}

/* Indices of the devices of either direction; paNoDevice for the one that is not opened. */
struct device_pair {
	PaDeviceIndex capture, playout;
};

static PaError open_with(
	struct audio_stream *stream, struct device_pair devices, int n_channels, double hz)
{
	const struct audio_config *const config = &stream->config;
	/* One period beside the one that is being filled: ALSA then takes two in all. */
	const PaStreamParameters playout = { .device = devices.playout,
		.channelCount = n_channels,
		.sampleFormat = paFloat32,
		.suggestedLatency = (double)(config->latency_samples ? config->latency_samples
								     : config->buffer_samples) /
				    SAMPLES_PER_SECOND };
	PaStreamParameters capture = playout;
	PaStream *handle = NULL;

	capture.device = devices.capture;
	if (config->direction == AUDIO_DUPLEX) {
		const int n_max = Pa_GetDeviceInfo(devices.capture)->maxInputChannels;
		capture.channelCount = n_channels < n_max ? n_channels : n_max;
	}
	/* In a duplex stream with blocks of a wished length PortAudio keeps one of them back where
	 * the host's may differ, as JACK's may: a delay that no device has. */
	const unsigned long block_samples = config->direction == AUDIO_DUPLEX
						    ? paFramesPerBufferUnspecified
						    : config->buffer_samples;
	stream->n_channels = n_channels;
	stream->n_input_channels = capture.channelCount;
	const PaError failure =
		Pa_OpenStream(&handle, devices.capture == paNoDevice ? NULL : &capture,
			devices.playout == paNoDevice ? NULL : &playout, hz, block_samples,
			paDitherOff, on_block, stream);
	stream->handle = failure == paNoError ? handle : NULL;
	return failure;
}

/* False: *error says which device is not there, or that both do not go together. */
static bool find_devices(
	struct device_pair *devices, const struct audio_config *config, struct io_error *error)
{
	const bool is_duplex = config->direction == AUDIO_DUPLEX;

	*devices = (struct device_pair){ paNoDevice, paNoDevice };
	if (config->direction != AUDIO_CAPTURE) {
		devices->playout = audio_devices_find(config->device, AUDIO_PLAYOUT, error);
		if (devices->playout < 0)
			return false;
	}
	if (config->direction != AUDIO_PLAYOUT) {
		devices->capture = audio_devices_find(
			is_duplex ? config->capture_device : config->device, AUDIO_CAPTURE, error);
		if (devices->capture < 0)
			return false;
	}
	if (is_duplex && Pa_GetDeviceInfo(devices->playout)->hostApi !=
				 Pa_GetDeviceInfo(devices->capture)->hostApi)
		return io_error_set(error,
			"devices %s and %s: must be of the same host API; --list-devices tells",
			config->device, config->capture_device);
	return true;
}

/* A device may have two channels and not one, or eight inputs and neither. */
static PaError open_at(
	struct audio_stream *stream, struct device_pair devices, int n_channels, double hz)
{
	PaError failure = open_with(stream, devices, n_channels, hz);

	if (failure == paInvalidChannelCount && n_channels <= 2)
		failure = open_with(stream, devices, 3 - n_channels, hz);
	if (failure != paInvalidChannelCount || stream->config.direction != AUDIO_CAPTURE)
		return failure;
	const int n_all = audio_devices_channels(devices.capture, AUDIO_CAPTURE);
	return n_all <= AUDIO_CHANNELS_MAX ? open_with(stream, devices, n_all, hz) : failure;
}

/* At 48 kHz, or resampled from what the device likes best. */
static PaError open_at_some_rate(
	struct audio_stream *stream, struct device_pair devices, int n_channels, double other_hz)
{
	PaError failure = open_at(stream, devices, n_channels, SAMPLES_PER_SECOND);

	if (failure != paInvalidSampleRate || stream->config.direction == AUDIO_DUPLEX)
		return failure;
	failure = open_at(stream, devices, n_channels, other_hz);
	if (failure != paNoError)
		return failure;
	stream->rate = audio_rate_open(&stream->config, stream->n_channels, other_hz);
	if (stream->rate)
		return paNoError;
	Pa_CloseStream(stream->handle);
	stream->handle = NULL;
	return paInsufficientMemory;
}

/* The thread of an ALSA stream is PortAudio's. Asked for what is not allowed, it may refuse to start
 * the stream, by an errno that others left. JACK and PulseAudio raise theirs, or not. */
static void raise_callback(struct audio_stream *stream, PaHostApiTypeId host_api)
{
#ifdef HAVE_PORTAUDIO_ALSA
	if (host_api == paALSA && realtime_is_allowed())
		PaAlsa_EnableRealtimeScheduling(stream->handle, 1);
#else
	(void)stream;
	(void)host_api;
#endif
}

bool audio_stream_open(
	struct audio_stream *stream, const struct audio_config *config, struct io_error *error)
{
	struct device_pair devices;

	assert(config->n_channels >= 1 && config->n_channels <= AUDIO_CHANNELS_MAX);
	*stream = (struct audio_stream){ .config = *config,
		.device_latency_us = AUDIO_LATENCY_UNKNOWN };
	if (!find_devices(&devices, config, error))
		return false;

	const bool is_capture = config->direction == AUDIO_CAPTURE;
	const PaDeviceInfo *const device =
		Pa_GetDeviceInfo(is_capture ? devices.capture : devices.playout);
	const int n_channels_max = audio_devices_channels(
		is_capture ? devices.capture : devices.playout, config->direction);
	const int n_fewer = is_capture && config->n_channels > 2 ? n_channels_max : 1;
	const int n_wished = config->n_channels <= n_channels_max ? config->n_channels : n_fewer;
	const PaHostApiInfo *const host_api = Pa_GetHostApiInfo(device->hostApi);
	stream->is_jack = host_api->type == paJACK;
	snprintf(stream->device_name, sizeof stream->device_name, "%s: %s", host_api->name,
		device->name);

	if (stream->is_jack && config->client_name && config->direction != AUDIO_DUPLEX) {
		stream->n_channels = stream->n_input_channels = n_wished;
		stream->jack = audio_jack_open(stream, device->name, error);
		return stream->jack != NULL;
	}
	const PaError failure =
		open_at_some_rate(stream, devices, n_wished, device->defaultSampleRate);
	if (failure != paNoError)
		return io_error_set(error, "device %s: %s: cannot open for %s: %s", config->device,
			stream->device_name, audio_devices_direction_text(config->direction),
			failure_text(failure));

	raise_callback(stream, host_api->type);
	const PaStreamInfo *const info = Pa_GetStreamInfo(stream->handle);
	if (info)
		stream->device_latency_us =
			latency_us_in(info->inputLatency, info->outputLatency, config->direction);
	return true;
}

bool audio_stream_start(struct audio_stream *stream, struct io_error *error)
{
	if (stream->jack)
		return audio_jack_start(stream->jack, error);
	const PaError failure = Pa_StartStream(stream->handle);
	return failure == paNoError ||
	       io_error_set(error, "device %s: %s: cannot start: %s", stream->config.device,
		       stream->device_name, failure_text(failure));
}

/* Running, and yet not active: our process() never ends a stream, so its server has gone. */
static bool has_lost_jack(const struct audio_stream *stream)
{
	return stream->is_jack && Pa_IsStreamStopped(stream->handle) == 0 &&
	       Pa_IsStreamActive(stream->handle) == 0;
}

void audio_stream_stop(struct audio_stream *stream)
{
	if (stream->jack)
		audio_jack_stop(stream->jack);
	if (stream->handle && Pa_IsStreamStopped(stream->handle) == 0 && !has_lost_jack(stream))
		Pa_AbortStream(stream->handle); /* not waiting for what a dead device would play */
}

void audio_stream_close(struct audio_stream *stream)
{
	audio_jack_close(stream->jack);
	stream->jack = NULL;
	if (stream->handle && has_lost_jack(stream)) {
		is_jack_lost = true;
	} else if (stream->handle) {
		audio_stream_stop(stream);
		Pa_CloseStream(stream->handle);
	}
	stream->handle = NULL;
	audio_rate_close(stream->rate);
	stream->rate = NULL;
}

bool audio_stream_is_active(const struct audio_stream *stream)
{
	if (stream->jack)
		return audio_jack_is_active(stream->jack);
	return stream->handle && Pa_IsStreamActive(stream->handle) == 1;
}
