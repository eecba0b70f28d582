#include "common/io/sound_file.h"

#include "common/base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sndfile.h>
#include <soxr.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BLOCK_SAMPLES = 1024, /* read from the file at once */
	/* Rates beyond these are not real sound files, and would need absurdly long filters. */
	RATE_HZ_MIN = 1000,
	RATE_HZ_MAX = 1536000
};

struct sound_file {
	SNDFILE *handle;
	SF_INFO info;
	soxr_t resampler; /* NULL: the file has our rate */
	int n_channels;	  /* given to the caller */
	/* Through the resampler: the smaller of the caller's and the file's. */
	int n_inner_channels;
	int64_t n_read;	 /* samples taken from the file, at its rate */
	int64_t n_given; /* samples given to the caller, at 48 kHz */
	bool is_at_end;	 /* the file has no more */
	float from_file[BLOCK_SAMPLES * 2];
};

/* The number of samples at our rate for n_samples of the file, rounded to nearest. */
static int64_t resampled_length(const struct sound_file *file, int64_t n_samples)
{
	const int64_t rate = file->info.samplerate;
	const int64_t whole = n_samples / rate * SAMPLES_PER_SECOND; /* no overflow for any file */
	return whole + (n_samples % rate * SAMPLES_PER_SECOND + rate / 2) / rate;
}

/* Fills from_file with at most n_samples of n_inner_channels. A float file may hold anything. */
static size_t read_block(struct sound_file *file, size_t n_samples)
{
	const size_t n_wanted = n_samples < BLOCK_SAMPLES ? n_samples : BLOCK_SAMPLES;
	const sf_count_t n_got =
		sf_readf_float(file->handle, file->from_file, (sf_count_t)n_wanted);
	const size_t n = n_got > 0 ? (size_t)n_got : 0;

	for (size_t i = 0; i < n * (size_t)file->info.channels; i++)
		if (!isfinite(file->from_file[i]))
			file->from_file[i] = 0.0f;
	if (file->info.channels == 2 && file->n_inner_channels == 1)
		for (size_t i = 0; i < n; i++)
			file->from_file[i] =
				0.5f * (file->from_file[2 * i] + file->from_file[2 * i + 1]);
	file->n_read += (int64_t)n;
	file->is_at_end = n == 0;
	return n;
}

/* soxr's input callback; it takes 0 as the end. */
static size_t feed_resampler(void *context, soxr_in_t *data, size_t n_samples)
{
	struct sound_file *const file = context;
	*data = file->from_file;
	return read_block(file, n_samples);
}

/* soxr, because it is cheap: for 16 kHz speech 0.06 million instructions per 20 ms frame, at 20
 * bits and flat to 7.3 kHz. libsamplerate's medium sinc takes 3.1 million (more than encoding does)
 * and is flat to 7 kHz; its fastest takes 1.4 million and is 4 dB down at 6.5 kHz. */
static bool open_resampler(struct sound_file *file)
{
	const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
	soxr_error_t failure = NULL;

	file->resampler = soxr_create(file->info.samplerate, SAMPLES_PER_SECOND,
		(unsigned)file->n_inner_channels, &failure, NULL, &quality, NULL);
	if (failure || !file->resampler)
		return false;
	return !soxr_set_input_fn(file->resampler, feed_resampler, file, BLOCK_SAMPLES);
}

static SNDFILE *open_handle(const char *path, SF_INFO *info, struct io_error *error)
{
	struct stat status;
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0) {
		io_error_set(error, "%s: %s", path, strerror(errno));
	} else if (S_ISDIR(status.st_mode)) {
		io_error_set(error, "%s: %s", path, strerror(EISDIR));
	} else if (S_ISREG(status.st_mode) && status.st_size == 0) {
		io_error_set(error, "%s: the file is empty", path);
	} else {
		SNDFILE *const handle = sf_open_fd(fd, SFM_READ, info, SF_TRUE);
		if (!handle) /* libsndfile has closed fd, as it was told to */
			io_error_set(error, "%s: not a sound file that can be read: %s", path,
				sf_strerror(NULL));
		return handle;
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

/* Whether we can send this kind of file. */
static bool check(const struct sound_file *file, const char *path, struct io_error *error)
{
	const SF_INFO *const info = &file->info;
	if (info->channels < 1 || info->channels > 2)
		return io_error_set(error, "%s: %d channels; must be 1 or 2", path, info->channels);
	if (info->samplerate < RATE_HZ_MIN || info->samplerate > RATE_HZ_MAX)
		return io_error_set(error, "%s: a rate of %d Hz; must be %d to %d", path,
			info->samplerate, RATE_HZ_MIN, RATE_HZ_MAX);
	if (info->frames == 0)
		return io_error_set(error, "%s: there is no sound in the file", path);
	return true;
}

struct sound_file *sound_file_open(const char *path, int n_channels, struct io_error *error)
{
	struct sound_file *const file = calloc(1, sizeof *file);
	if (!file) {
		io_error_set(error, "%s: %s", path, strerror(ENOMEM));
		return NULL;
	}
	file->handle = open_handle(path, &file->info, error);
	if (!file->handle || !check(file, path, error))
		goto failed;
	file->n_channels = n_channels ? n_channels : file->info.channels;
	file->n_inner_channels =
		file->n_channels < file->info.channels ? file->n_channels : file->info.channels;
	if (file->info.samplerate != SAMPLES_PER_SECOND && !open_resampler(file)) {
		io_error_set(error, "%s: cannot resample %d Hz", path, file->info.samplerate);
		goto failed;
	}
	return file;
failed:
	sound_file_close(file);
	return NULL;
}

void sound_file_close(struct sound_file *file)
{
	if (!file)
		return;
	soxr_delete(file->resampler);
	if (file->handle)
		sf_close(file->handle);
	free(file);
}

/* Reads at most n_samples of n_inner_channels at our rate; 0 only at the end. */
static size_t read_inner(struct sound_file *file, float *samples, size_t n_samples)
{
	const size_t n_channels = (size_t)file->n_inner_channels;
	if (!file->resampler) {
		const size_t n = read_block(file, n_samples);
		memcpy(samples, file->from_file, n * n_channels * sizeof *samples);
		return n;
	}

	size_t n = soxr_output(file->resampler, samples, n_samples);
	if (file->is_at_end) { /* only now is the exact length known */
		const int64_t n_left = resampled_length(file, file->n_read) - file->n_given;
		const size_t n_exact = n_left < (int64_t)n_samples ? (size_t)n_left : n_samples;
		for (size_t i = n * n_channels; i < n_exact * n_channels; i++)
			samples[i] = 0.0f;
		n = n_exact;
	}
	return n;
}

size_t sound_file_read(struct sound_file *file, float *samples, size_t n_samples)
{
	const size_t n_channels = (size_t)file->n_channels;
	size_t n_done = 0;

	while (n_done < n_samples) {
		float *const at = samples + n_done * n_channels;
		const size_t n = read_inner(file, at, n_samples - n_done);
		if (n == 0)
			break;
		/* Mono to both channels, from the end backwards. */
		if (file->n_inner_channels < file->n_channels)
			for (size_t i = n; i-- > 0;)
				at[2 * i] = at[2 * i + 1] = at[i];
		n_done += n;
		file->n_given += (int64_t)n;
	}
	return n_done;
}

int64_t sound_file_n_samples(const struct sound_file *file)
{
	const bool is_known = file->info.frames > 0 && file->info.frames < SF_COUNT_MAX;
	return is_known ? resampled_length(file, file->info.frames) : -1;
}

int sound_file_n_channels(const struct sound_file *file)
{
	return file->n_channels;
}
