/* A stream on a sound device, by PortAudio.
 * Always 48 kHz, 32-bit float, interleaved, through PortAudio's callback. What PortAudio calls a
 * frame is a sample here (per channel), and is renamed in audio_io.c, once.
 *
 *     audio_io_init -> audio_stream_open -> start -> process() ... process() -> close -> terminate
 *
 * Thread: all but process() belong to one thread (PortAudio is not thread-safe); is_active may be
 * asked from any. process() runs on the device's real-time thread: no allocation, lock, file,
 * socket, print or sleep in it. */
#ifndef HINDSIGHT_COMMON_IO_AUDIO_IO_H
#define HINDSIGHT_COMMON_IO_AUDIO_IO_H

#include "common/io/audio_devices.h"
#include "common/io/io_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AUDIO_LATENCY_UNKNOWN = -1, AUDIO_CHANNELS_MAX = 32 };

/* What one call of process() is about. Valid during the call. */
struct audio_block {
	const float *input; /* capture: n_samples * n_input_channels values; else NULL */
	float *output;	  /* playout: n_samples * n_channels, to be filled completely; else NULL */
	size_t n_samples; /* per channel; may differ from call to call */
	int n_channels;	  /* as audio_stream_open() told */
	int n_input_channels; /* the same but in a duplex stream, where the input has its own */
	int64_t now_us;	      /* monotonic, read once at the start of the call */
	/* Playout: from now_us until the first output sample is heard. Capture: from when the first
	 * input sample was in the air until now_us. Duplex: the sum of both. AUDIO_LATENCY_UNKNOWN
	 * where the host API does not tell, or tells nonsense. */
	int64_t device_latency_us;
	bool had_xrun; /* since the last call the device ran dry, or input was thrown away */
};

struct audio_config {
	enum audio_direction direction;
	const char *device;	    /* "default", an index, or part of a name in any case */
	const char *capture_device; /* duplex: of the same host API as `device`; else unused */
	const char *client_name;    /* at a JACK server; NULL: PortAudio's */
	int n_channels; /* what is wished for: of playout 1 or 2, of capture the first so many */
	size_t latency_samples; /* that the device should have; 0: one period */
	size_t buffer_samples;	/* the period; 480 is 10 ms. Duplex: what the host makes of it */
	void (*process)(void *context, const struct audio_block *block);
	void *context; /* the caller's; alive until audio_stream_close() */
};

/* One opened direction of one device, or both. Owner: the caller, in place until closed. */
struct audio_stream {
	void *handle; /* PortAudio's stream, private to audio_io.c; NULL: closed, or JACK's */
	struct audio_jack *jack; /* in its place; NULL: closed, or PortAudio's */
	struct audio_rate *rate; /* NULL: the device has 48 kHz */
	struct audio_config config;
	int n_channels;		   /* what was opened: the wish, or what the device has */
	int n_input_channels;	   /* the same but in a duplex stream */
	int64_t device_latency_us; /* as PortAudio told on opening; AUDIO_LATENCY_UNKNOWN */
	bool is_jack;		   /* JACK's host API, whose end needs care */
	char device_name[96];	   /* "JACK Audio Connection Kit: system", of duplex the output's */
};

/* Starts PortAudio, once, before all else here. The host APIs' chatter on stderr is kept away,
 * unless is_verbose. No device at all is not an error yet. False: *error says why,
 * as it always does in a build without PortAudio. */
bool audio_io_init(bool is_verbose, struct io_error *error);

/* The library that plays and captures, for --version; owned by it. May be asked before init. */
const char *audio_io_version(void);

/* After the last stream is closed. Does nothing after a JACK server has gone (below). */
void audio_io_terminate(void);

/* Opens without starting. A device that does not open with so many channels as wished gives what
 * it has, one that captures up to AUDIO_CHANNELS_MAX, and stream->n_channels says how many.
 * False: *stream is closed, *error says why. */
bool audio_stream_open(
	struct audio_stream *stream, const struct audio_config *config, struct io_error *error);

/* The first process() may come before this returns, or a second after. */
bool audio_stream_start(struct audio_stream *stream, struct io_error *error);

/* No process() runs any more when this returns. Stopping twice does nothing. */
void audio_stream_stop(struct audio_stream *stream);

/* Stops and closes. Closing what did not open does nothing. A stream whose JACK server has gone is
 * left to the end of the process: PortAudio 19.6 would wait ten minutes for that server. */
void audio_stream_close(struct audio_stream *stream);

/* False after a stop, and when the device has gone (unplugged, server ended): then only
 * audio_io_terminate() and audio_io_init() see what devices there are now, and after a JACK
 * server's end only a new process does. */
bool audio_stream_is_active(const struct audio_stream *stream);

#endif
