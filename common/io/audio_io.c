#include "common/io/audio_io.h"

#include "common/io/monotonic.h"
#include "common/io/realtime.h"
#include "common/base/units.h"

#include <assert.h>
#include <fcntl.h>
#include <math.h>
#ifdef HAVE_PORTAUDIO_ALSA
#include <pa_linux_alsa.h>
#endif
#include <portaudio.h>
#include <stdlib.h>
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

bool audio_io_init(bool is_verbose, struct io_error *error)
{
	const int kept = is_verbose ? -1 : silence_stderr();
	const PaError failure = Pa_Initialize();
	if (kept >= 0) {
		dup2(kept, STDERR_FILENO);
		close(kept);
	}
	return failure == paNoError ||
	       io_error_set(error, "cannot start PortAudio: %s", failure_text(failure));
}

void audio_io_terminate(void)
{
	if (!is_jack_lost)
		Pa_Terminate();
}

static int n_channels_of(const PaDeviceInfo *device, enum audio_direction direction)
{
	return direction == AUDIO_CAPTURE ? device->maxInputChannels : device->maxOutputChannels;
}

static const char *direction_text(enum audio_direction direction)
{
	static const char *const texts[] = { "capture", "playout", "capture and playout" };

	return texts[direction];
}

static PaDeviceIndex default_device(enum audio_direction direction)
{
	return direction == AUDIO_CAPTURE ? Pa_GetDefaultInputDevice()
					  : Pa_GetDefaultOutputDevice();
}

void audio_io_list_devices(FILE *file)
{
	const PaDeviceIndex n_devices = Pa_GetDeviceCount();
	if (n_devices <= 0) {
		fprintf(file, "no sound device\n");
		return;
	}
	fprintf(file, "%5s  %-32s %-32s %3s %3s %9s %9s\n", "index", "name", "host API", "in",
		"out", "in ms", "out ms");
	for (PaDeviceIndex i = 0; i < n_devices; i++) {
		const PaDeviceInfo *const device = Pa_GetDeviceInfo(i);
		const bool is_input = i == Pa_GetDefaultInputDevice();
		const bool is_output = i == Pa_GetDefaultOutputDevice();
		fprintf(file, "%5d  %-32s %-32s %3d %3d %9.1f %9.1f%s\n", i, device->name,
			Pa_GetHostApiInfo(device->hostApi)->name, device->maxInputChannels,
			device->maxOutputChannels, 1e3 * device->defaultLowInputLatency,
			1e3 * device->defaultLowOutputLatency,
			is_input && is_output ? "  default"
			: is_input	      ? "  default input"
			: is_output	      ? "  default output"
					      : "");
	}
}

/* "0 ALSA: hw:0, 3 JACK: system", as much as fits, of those whose name contains `part`. */
static void list_names(char *text, size_t n_bytes, enum audio_direction direction, const char *part)
{
	size_t used = 0;
	text[0] = '\0';
	for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
		const PaDeviceInfo *const device = Pa_GetDeviceInfo(i);
		if (n_channels_of(device, direction) <= 0 || !strcasestr(device->name, part))
			continue;
		const int n_chars = snprintf(
			text + used, n_bytes - used, "%s%d %s", used ? ", " : "", i, device->name);
		if (n_chars < 0 || (size_t)n_chars >= n_bytes - used) {
			text[used] = '\0';
			return;
		}
		used += (size_t)n_chars;
	}
}

static PaDeviceIndex find_by_index(
	const char *text, enum audio_direction direction, struct io_error *error)
{
	char names[IO_ERROR_TEXT_BYTES / 2];
	const long index = strtol(text, NULL, 10); /* LONG_MAX where it is too large */

	list_names(names, sizeof names, direction, "");
	if (index < 0 || index >= Pa_GetDeviceCount()) {
		io_error_set(error, "device %s: no such index; there is: %s", text, names);
		return paNoDevice;
	}
	const PaDeviceInfo *const device = Pa_GetDeviceInfo((PaDeviceIndex)index);
	if (n_channels_of(device, direction) <= 0) {
		io_error_set(error, "device %s: %s has no %s; there is: %s", text, device->name,
			direction_text(direction), names);
		return paNoDevice;
	}
	return (PaDeviceIndex)index;
}

static PaDeviceIndex find_by_name(
	const char *name, enum audio_direction direction, struct io_error *error)
{
	PaDeviceIndex found = paNoDevice;
	int n_found = 0;
	char names[IO_ERROR_TEXT_BYTES / 2];

	for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
		const PaDeviceInfo *const device = Pa_GetDeviceInfo(i);
		if (n_channels_of(device, direction) <= 0)
			continue;
		if (strcasecmp(device->name, name) == 0)
			return i; /* the whole name is never ambiguous: the first host API's */
		if (strcasestr(device->name, name)) {
			found = i;
			n_found++;
		}
	}
	if (n_found == 1)
		return found;
	list_names(names, sizeof names, direction, n_found ? name : "");
	io_error_set(error,
		n_found ? "device %s: which of these: %s" : "device %s: unknown; there is: %s",
		name, names);
	return paNoDevice;
}

int audio_io_find_device(const char *device, enum audio_direction direction, struct io_error *error)
{
	bool is_any = false;
	for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++)
		is_any = is_any || n_channels_of(Pa_GetDeviceInfo(i), direction) > 0;
	if (!is_any) {
		io_error_set(error, "device %s: this machine has no sound device for %s", device,
			direction_text(direction));
		return -1;
	}

	PaDeviceIndex found = paNoDevice;
	if (strcmp(device, "default") == 0) {
		found = default_device(direction);
		if (found == paNoDevice)
			io_error_set(error,
				"device default: none is set for %s; --list-devices tells "
				"which there are",
				direction_text(direction));
	} else if (*device && device[strspn(device, "0123456789")] == '\0') {
		found = find_by_index(device, direction, error);
	} else {
		found = find_by_name(device, direction, error);
	}
	return found == paNoDevice ? -1 : found;
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
	stream->config.process(stream->config.context, &block);
	return paContinue;
}

/* Indices of the devices of either direction; paNoDevice for the one that is not opened. */
struct device_pair {
	PaDeviceIndex capture, playout;
};

static PaError open_with(struct audio_stream *stream, struct device_pair devices, int n_channels)
{
	const struct audio_config *const config = &stream->config;
	/* One period beside the one that is being filled: ALSA then takes two in all. */
	const PaStreamParameters playout = { .device = devices.playout,
		.channelCount = n_channels,
		.sampleFormat = paFloat32,
		.suggestedLatency = (double)config->buffer_samples / SAMPLES_PER_SECOND };
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
			devices.playout == paNoDevice ? NULL : &playout, SAMPLES_PER_SECOND,
			block_samples, paDitherOff, on_block, stream);
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
		devices->playout = audio_io_find_device(config->device, AUDIO_PLAYOUT, error);
		if (devices->playout < 0)
			return false;
	}
	if (config->direction != AUDIO_PLAYOUT) {
		devices->capture = audio_io_find_device(
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

	assert(config->n_channels == 1 || config->n_channels == 2);
	*stream = (struct audio_stream){ .config = *config,
		.device_latency_us = AUDIO_LATENCY_UNKNOWN };
	if (!find_devices(&devices, config, error))
		return false;

	const bool is_capture = config->direction == AUDIO_CAPTURE;
	const PaDeviceInfo *const device =
		Pa_GetDeviceInfo(is_capture ? devices.capture : devices.playout);
	const int n_channels_max = n_channels_of(device, config->direction);
	const int n_wished = config->n_channels <= n_channels_max ? config->n_channels : 1;
	const PaHostApiInfo *const host_api = Pa_GetHostApiInfo(device->hostApi);
	stream->is_jack = host_api->type == paJACK;
	snprintf(stream->device_name, sizeof stream->device_name, "%s: %s", host_api->name,
		device->name);

	PaError failure = open_with(stream, devices, n_wished);
	if (failure == paInvalidChannelCount) /* a device may have two and not one */
		failure = open_with(stream, devices, 3 - n_wished);
	if (failure != paNoError)
		return io_error_set(error, "device %s: %s: cannot open for %s at 48 kHz: %s",
			config->device, stream->device_name, direction_text(config->direction),
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
	if (stream->handle && Pa_IsStreamStopped(stream->handle) == 0 && !has_lost_jack(stream))
		Pa_AbortStream(stream->handle); /* not waiting for what a dead device would play */
}

void audio_stream_close(struct audio_stream *stream)
{
	if (!stream->handle)
		return;
	if (has_lost_jack(stream)) {
		is_jack_lost = true;
	} else {
		audio_stream_stop(stream);
		Pa_CloseStream(stream->handle);
	}
	stream->handle = NULL;
}

bool audio_stream_is_active(const struct audio_stream *stream)
{
	return stream->handle && Pa_IsStreamActive(stream->handle) == 1;
}
