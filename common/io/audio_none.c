/* Both audio_io.h and audio_devices.h in a build without PortAudio: there are no sound devices, and
 * asking for one is an error that says why. Files and pipes are not affected. */
#include "common/io/audio_io.h"

static const char reason[] = "this build has no sound devices: it was made without PortAudio";

bool audio_io_init(bool is_verbose, struct io_error *error)
{
	(void)is_verbose;
	return io_error_set(error, "%s", reason);
}

void audio_io_terminate(void)
{
}

const char *audio_io_version(void)
{
	return "no PortAudio, no sound devices";
}

const char *audio_devices_direction_text(enum audio_direction direction)
{
	static const char *const texts[] = { "capture", "playout", "capture and playout" };

	return texts[direction];
}

void audio_devices_list(FILE *file)
{
	fprintf(file, "%s\n", reason);
}

int audio_devices_find(const char *device, enum audio_direction direction, struct io_error *error)
{
	(void)direction;
	io_error_set(error, "device %s: %s", device, reason);
	return -1;
}

int audio_devices_channels(int index, enum audio_direction direction)
{
	(void)index;
	(void)direction;
	return 0;
}

bool audio_stream_open(
	struct audio_stream *stream, const struct audio_config *config, struct io_error *error)
{
	*stream = (struct audio_stream){ .config = *config,
		.device_latency_us = AUDIO_LATENCY_UNKNOWN };
	return audio_devices_find(config->device, config->direction, error) >= 0;
}

bool audio_stream_start(struct audio_stream *stream, struct io_error *error)
{
	return audio_devices_find(stream->config.device, stream->config.direction, error) >= 0;
}

void audio_stream_stop(struct audio_stream *stream)
{
	(void)stream;
}

void audio_stream_close(struct audio_stream *stream)
{
	(void)stream;
}

bool audio_stream_is_active(const struct audio_stream *stream)
{
	(void)stream;
	return false;
}
