/* Writing a WAV file, or a FLAC file where the name ends in .flac: 16 bit, 48 kHz, 1 or 2
 * channels. The header is made valid again every second: after a kill the file is readable, and
 * at most the last second is missing from the length it tells. An existing file is overwritten.
 * A WAV file holds 4 GiB; then a next one goes on without a gap, of rec.wav it is rec-2.wav.
 * Thread: one at a time; never the audio callback. Owner: the caller holds the struct. */
#ifndef HINDSIGHT_COMMON_IO_WAV_WRITER_H
#define HINDSIGHT_COMMON_IO_WAV_WRITER_H

#include "common/io/io_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WAV_WRITER_PATH_BYTES = 4096 };

struct wav_writer {
	void *handle; /* libsndfile's, private to wav_writer.c; NULL: closed */
	int n_channels;
	int64_t n_samples;	  /* written so far into this file, per channel */
	int64_t header_n_samples; /* that the file's header tells */
	int64_t data_bytes_max;	  /* in one file; tests make it smaller */
	int n_files;
	char path[WAV_WRITER_PATH_BYTES];
};

/* False: *writer is closed, *error names the file and says why. */
bool wav_writer_open(
	struct wav_writer *writer, const char *path, int n_channels, struct io_error *error);

/* n_samples per channel, interleaved; full scale is -1.0 to 1.0: rounded to the nearest of 16
 * bits, clipped beyond (never wrapped), NAN is silence. False: not all of it was written (disk
 * full); the file holds what was. */
bool wav_writer_write(
	struct wav_writer *writer, const float *samples, size_t n_samples, struct io_error *error);

/* Completes the header and closes the file. Does nothing, and succeeds, where it is not open.
 * False: the end of the file may not be on the disk. */
bool wav_writer_close(struct wav_writer *writer, struct io_error *error);

#endif
