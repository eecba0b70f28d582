/* A build without libjack: PortAudio's own JACK part serves, as long as its server lives. */
#include "common/io/audio_jack.h"

struct audio_jack *audio_jack_open(
	struct audio_stream *stream, const char *device, struct io_error *error)
{
	(void)stream;
	io_error_set(error, "device %s: built without JACK", device);
	return NULL;
}

bool audio_jack_start(struct audio_jack *jack, struct io_error *error)
{
	(void)jack;
	return io_error_set(error, "built without JACK");
}

void audio_jack_stop(struct audio_jack *jack)
{
	(void)jack;
}

void audio_jack_close(struct audio_jack *jack)
{
	(void)jack;
}

bool audio_jack_is_active(const struct audio_jack *jack)
{
	(void)jack;
	return false;
}

void audio_jack_begin_watch(void)
{
}

void audio_jack_end_watch(void)
{
}

bool audio_jack_has_lost_server(void)
{
	return false;
}
