/* A stream of one direction on a JACK server, by libjack itself: with a name of its own, at the
 * server's rate, and with an end after which another one can begin. (PortAudio 19.6 has one
 * client a process, waits ten minutes for a server that has gone, and cannot be started again
 * then.) Private to audio_io.c, whose rules of threads hold. */
#ifndef HINDSIGHT_COMMON_IO_AUDIO_JACK_H
#define HINDSIGHT_COMMON_IO_AUDIO_JACK_H

#include "common/io/audio_io.h"

struct audio_jack; /* private to audio_jack.c */

/* stream: config, n_channels and rate are read, the latter two set here; in place until the close.
 * device: the client whose ports are joined on starting, "system". NULL: *error says why. */
struct audio_jack *audio_jack_open(
	struct audio_stream *stream, const char *device, struct io_error *error);
bool audio_jack_start(struct audio_jack *jack, struct io_error *error);
void audio_jack_stop(struct audio_jack *jack);
void audio_jack_close(struct audio_jack *jack);

/* Started, not stopped, and the server is there. */
bool audio_jack_is_active(const struct audio_jack *jack);

/* While PortAudio has a client at a server, one of ours sees when that server goes: PortAudio
 * must not be terminated then, it would abort the process. True from then on; another server may
 * have come since. */
void audio_jack_begin_watch(void);
void audio_jack_end_watch(void);
bool audio_jack_has_lost_server(void);

#endif
