/* Raw sound on a pipe: signed 16 bit, little-endian (on any machine), 48 kHz, interleaved, without
 * a header, to and from float. For stdin and stdout.
 * Every wait has a timeout and ends with a signal, so that Ctrl-C works while a pipe is stuck. The
 * descriptor's flags are not changed: it may be shared with the shell.
 * Thread: one at a time; never the audio callback. Owner: the caller, of struct and descriptor. */
#ifndef HINDSIGHT_COMMON_IO_RAW_PCM_H
#define HINDSIGHT_COMMON_IO_RAW_PCM_H

#include "common/io/io_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum raw_pcm_result {
	RAW_PCM_MOVED,	 /* *n_moved > 0 samples were moved */
	RAW_PCM_NOTHING, /* timeout, or a signal came; try again */
	RAW_PCM_END,	 /* reading: the other side has closed it */
	RAW_PCM_FAILED	 /* *error says why: "stdout: Broken pipe" */
};

/* PIPE_BUF: a pipe that polls as ready takes this much as a whole */
enum { RAW_PCM_CHUNK_BYTES = 4096 };

/* Private to raw_pcm.c. One struct reads or writes, never both. */
struct raw_pcm {
	int fd;
	int n_channels;
	const char *name; /* for messages */
	uint8_t bytes[RAW_PCM_CHUNK_BYTES];
	/* In `bytes`: an incomplete sample that was read, or bytes not yet written. */
	size_t n_bytes;
};

/* fd: open; the caller keeps and closes it. n_channels: 1 or 2. name: "stdin", "stdout", or a
 * path. */
void raw_pcm_init(struct raw_pcm *pcm, int fd, int n_channels, const char *name);

/* Reads 1..n_samples samples per channel, as available. An incomplete sample at the very end is
 * dropped. */
enum raw_pcm_result raw_pcm_read(struct raw_pcm *pcm, float *samples, size_t n_samples,
	size_t *n_moved, int64_t timeout_us, struct io_error *error);

/* Writes 1..n_samples samples per channel, rounded and clipped as in wav_writer.h; the caller
 * passes the rest again. Moved samples are written, except for the part of a sample that the pipe
 * did not take; it goes first in the next call. */
enum raw_pcm_result raw_pcm_write(struct raw_pcm *pcm, const float *samples, size_t n_samples,
	size_t *n_moved, int64_t timeout_us, struct io_error *error);

/* How much is in the pipe and was not read, by us or by the other side; 0 where that cannot be
 * known, as of a file. */
int64_t raw_pcm_backlog_us(const struct raw_pcm *pcm);

/* Whether the pipe had no room when the last sound was read from it; false of what is none. */
bool raw_pcm_is_full(const struct raw_pcm *pcm);

#endif
