#include "common/io/wav_writer.h"

#include "common/io/file_name.h"
#include "common/io/pcm16.h"
#include "common/base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_SAMPLES = 512, BYTES_PER_VALUE = 2 };

/* RIFF tells its length in 32 bits; the header has its share. */
static const int64_t wav_bytes_max = INT64_C(0xffffffff) - 1024;

/* rec.wav, rec-2.wav, rec-3.wav; cut where it is too long to be opened anyway. */
static void name_file(const struct wav_writer *w, char *name, size_t n_bytes)
{
	const char *const ending = strrchr(w->path, '.');
	const size_t n_stem = ending ? (size_t)(ending - w->path) : strlen(w->path);

	if (w->n_files <= 1)
		snprintf(name, n_bytes, "%s", w->path);
	else
		snprintf(name, n_bytes, "%.*s-%d%s", (int)n_stem, w->path, w->n_files,
			ending ? ending : "");
}

static bool open_next(struct wav_writer *w, struct io_error *error)
{
	const bool is_flac = file_name_ends_in(w->path, ".flac");
	SF_INFO info = { .samplerate = SAMPLES_PER_SECOND,
		.channels = w->n_channels,
		.format = (is_flac ? SF_FORMAT_FLAC : SF_FORMAT_WAV) | SF_FORMAT_PCM_16 };
	char name[WAV_WRITER_PATH_BYTES + 16];

	w->n_files++;
	name_file(w, name, sizeof name);
	const int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return io_error_set(error, "%s: %s", name, strerror(errno));
	w->handle = sf_open_fd(fd, SFM_WRITE, &info, SF_TRUE);
	if (!w->handle)
		return io_error_set(error, "%s: %s", name, sf_strerror(NULL));
	w->n_samples = w->header_n_samples = 0;
	return true;
}

bool wav_writer_open(struct wav_writer *w, const char *path, int n_channels, struct io_error *error)
{
	*w = (struct wav_writer){ .n_channels = n_channels };
	if (strlen(path) >= sizeof w->path)
		return io_error_set(error, "%.100s...: %s", path, strerror(ENAMETOOLONG));
	strcpy(w->path, path);
	w->data_bytes_max = file_name_ends_in(path, ".flac") ? INT64_MAX : wav_bytes_max;
	return open_next(w, error);
}

bool wav_writer_write(
	struct wav_writer *w, const float *samples, size_t n_samples, struct io_error *error)
{
	const size_t n_channels = (size_t)w->n_channels;
	short block[BLOCK_SAMPLES * 2];

	if ((w->n_samples + (int64_t)n_samples) * w->n_channels * BYTES_PER_VALUE >
			w->data_bytes_max &&
		(!wav_writer_close(w, error) || !open_next(w, error)))
		return false;
	for (size_t n_done = 0; n_done < n_samples;) {
		const size_t n_left = n_samples - n_done;
		const size_t n = n_left < BLOCK_SAMPLES ? n_left : BLOCK_SAMPLES;
		for (size_t i = 0; i < n * n_channels; i++)
			block[i] = pcm16_from_float(samples[n_done * n_channels + i]);
		const sf_count_t n_written = sf_writef_short(w->handle, block, (sf_count_t)n);
		w->n_samples += n_written > 0 ? n_written : 0;
		if (n_written != (sf_count_t)n)
			return io_error_set(error, "%s: %s", w->path, sf_strerror(w->handle));
		n_done += n;
	}
	if (w->n_samples - w->header_n_samples >= SAMPLES_PER_SECOND) {
		sf_command(w->handle, SFC_UPDATE_HEADER_NOW, NULL, 0);
		w->header_n_samples = w->n_samples;
	}
	return true;
}

bool wav_writer_close(struct wav_writer *w, struct io_error *error)
{
	if (!w->handle)
		return true;
	const int failure = sf_close(w->handle); /* writes the header */
	w->handle = NULL;
	return !failure || io_error_set(error, "%s: %s", w->path, sf_error_number(failure));
}
