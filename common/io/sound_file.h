/* Reading sound files: anything libsndfile reads, at any rate, as 48 kHz float.
 * It streams: neither the file nor the result is held in memory. soxr resamples, and its filter
 * delay is removed: sample k of the output lies at k / 48000 s of the file, and N samples at rate R
 * become N * 48000 / R, rounded to the nearest.
 * Thread: one at a time; never the audio callback. Owner: the caller closes what it opened. */
#ifndef HINDSIGHT_COMMON_IO_SOUND_FILE_H
#define HINDSIGHT_COMMON_IO_SOUND_FILE_H

#include "common/io/io_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sound_file; /* private to sound_file.c */

/* n_channels: 1 or 2 for the caller (mono is copied to both, stereo is averaged), or 0 for as many
 * as the file has. NULL: *error names the file and says why: missing, empty, not a sound file, "7
 * channels; must be 1 or 2". */
struct sound_file *sound_file_open(const char *path, int n_channels, struct io_error *error);

/* NULL does nothing. */
void sound_file_close(struct sound_file *file);

/* The next samples, interleaved: n_samples per channel. Returns how many were read: fewer than
 * n_samples only at the end, 0 after it. A truncated file ends where it was cut. */
size_t sound_file_read(struct sound_file *file, float *samples, size_t n_samples);

/* The whole length at 48 kHz, or -1 where it is unknown (a pipe). */
int64_t sound_file_n_samples(const struct sound_file *file);

/* What sound_file_read() gives: 1 or 2. */
int sound_file_n_channels(const struct sound_file *file);

#endif
