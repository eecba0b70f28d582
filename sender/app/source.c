#include "sender/app/source.h"

#include "common/io/audio_io.h"
#include "common/io/monotonic.h"
#include "common/io/raw_pcm.h"
#include "common/io/sound_file.h"
#include "common/base/units.h"
#include "sender/app/capture.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { TONE_HZ_DEFAULT = 440, TONE_HZ_MAX = 20000 };

#define TONE_LEVEL   0.25	     /* -15 dBFS */
#define IDLE_WAIT_US (5 * US_PER_MS) /* as long a receiver's report may wait, too */

/* Behind the clock by more: begin a new pace. A pipe's writer has a clock of its own, so it is
 * taken up soon; a file is late only where this process was stopped. */
#define FILE_STALL_US (1 * US_PER_SECOND)
#define PIPE_STALL_US (50 * US_PER_MS)

enum source_kind { SOURCE_DEVICE, SOURCE_FILE, SOURCE_TONE, SOURCE_STDIN };

struct source {
	enum source_kind kind;
	int n_channels;
	char description[160];

	/* device */
	struct audio_stream stream;
	struct capture capture;

	/* the others */
	struct sound_file *file;
	struct raw_pcm pipe;
	double tone_hz;
	int64_t begin_us;  /* when sample 0 was captured */
	int64_t n_samples; /* given so far */
};

static bool open_device(
	struct source *s, const struct source_config *config, struct io_error *error)
{
	const struct audio_config audio = {
		.direction = AUDIO_CAPTURE,
		.device = config->input,
		.n_channels = config->n_channels,
		.buffer_samples = (size_t)(config->buffer_ms * SAMPLES_PER_MS),
		.process = capture_take,
		.context = &s->capture,
	};

	if (!capture_init(&s->capture, s->n_channels))
		return io_error_set(error, "out of memory");
	if (!audio_stream_open(&s->stream, &audio, error))
		return false;
	snprintf(s->description, sizeof s->description, "device %s", s->stream.device_name);
	return true;
}

static bool open_file(struct source *s, const char *path, struct io_error *error)
{
	s->file = sound_file_open(path, s->n_channels, error);
	if (!s->file)
		return false;
	const int64_t n_samples = sound_file_n_samples(s->file);
	if (n_samples >= 0)
		snprintf(s->description, sizeof s->description, "file %.100s, %.1f s", path,
			(double)n_samples / SAMPLES_PER_SECOND);
	else
		snprintf(s->description, sizeof s->description, "file %.100s", path);
	return true;
}

/* "tone" or "tone:HZ"; false where it is neither. */
static bool parse_tone(const char *input, double *hz)
{
	char *end;

	*hz = TONE_HZ_DEFAULT;
	if (strcmp(input, "tone") == 0)
		return true;
	if (strncmp(input, "tone:", 5) != 0)
		return false;
	*hz = strtod(input + 5, &end);
	if (end == input + 5 || *end != '\0')
		*hz = NAN;
	return true;
}

/* What exists is a file, and so is what has a path or an ending such as .wav; the rest are names of
 * devices ("USB Audio 2.0" has no ending). */
static bool looks_like_file(const char *input)
{
	const char *const ending = strrchr(input, '.');
	struct stat status;

	if (strchr(input, '/') || stat(input, &status) == 0)
		return true;
	return ending && isalpha((unsigned char)ending[1]) && strlen(ending) <= 5;
}

static enum source_kind kind_of(const char *input, double *tone_hz)
{
	if (strcmp(input, "-") == 0)
		return SOURCE_STDIN;
	if (parse_tone(input, tone_hz))
		return SOURCE_TONE;
	return looks_like_file(input) ? SOURCE_FILE : SOURCE_DEVICE;
}

bool source_is_device(const char *input)
{
	double tone_hz;
	return kind_of(input, &tone_hz) == SOURCE_DEVICE;
}

static bool open_input(struct source *s, const struct source_config *config, bool *is_usage,
	struct io_error *error)
{
	s->kind = kind_of(config->input, &s->tone_hz);
	*is_usage = s->kind != SOURCE_STDIN; /* a name that leads nowhere */
	switch (s->kind) {
	case SOURCE_STDIN:
		raw_pcm_init(&s->pipe, 0, s->n_channels, "stdin");
		snprintf(s->description, sizeof s->description, "stdin");
		return true;
	case SOURCE_TONE:
		if (!(s->tone_hz > 0 && s->tone_hz <= TONE_HZ_MAX))
			return io_error_set(error, "%s: HZ must be above 0 and at most %d",
				config->input, TONE_HZ_MAX);
		snprintf(s->description, sizeof s->description, "tone of %g Hz", s->tone_hz);
		return true;
	case SOURCE_FILE:
		return open_file(s, config->input, error);
	default:
		return open_device(s, config, error);
	}
}

struct source *source_open(
	const struct source_config *config, bool *is_usage, struct io_error *error)
{
	struct source *const s = calloc(1, sizeof *s);

	*is_usage = false;
	if (!s) {
		io_error_set(error, "out of memory");
		return NULL;
	}
	s->n_channels = config->n_channels;
	if (open_input(s, config, is_usage, error))
		return s;
	source_close(s);
	return NULL;
}

bool source_start(struct source *s, struct io_error *error)
{
	s->begin_us = monotonic_now_us();
	return s->kind != SOURCE_DEVICE || audio_stream_start(&s->stream, error);
}

static enum source_result read_device(struct source *s, float *samples, size_t *n_samples,
	int64_t *capture_us, struct io_error *error)
{
	if (capture_read(&s->capture, samples, n_samples, capture_us))
		return SOURCE_READ;
	if (!audio_stream_is_active(&s->stream)) {
		io_error_set(error, "%s: the device was lost", s->stream.device_name);
		return SOURCE_FAILED;
	}
	capture_wait(&s->capture, monotonic_now_us() + IDLE_WAIT_US);
	return SOURCE_NOTHING;
}

static void make_tone(const struct source *s, float *samples, size_t n_samples)
{
	for (size_t i = 0; i < n_samples; i++) {
		const double turns =
			s->tone_hz * (double)(s->n_samples + (int64_t)i) / SAMPLES_PER_SECOND;
		const float value = (float)(TONE_LEVEL * sin(2 * 3.14159265358979323846 *
								 (turns - floor(turns))));
		for (int c = 0; c < s->n_channels; c++)
			samples[i * (size_t)s->n_channels + (size_t)c] = value;
	}
}

static enum source_result read_pipe(
	struct source *s, float *samples, size_t *n_samples, struct io_error *error)
{
	switch (raw_pcm_read(
		&s->pipe, samples, SOURCE_SAMPLES_MAX, n_samples, 100 * US_PER_MS, error)) {
	case RAW_PCM_MOVED:
		return SOURCE_READ;
	case RAW_PCM_NOTHING:
		return SOURCE_NOTHING;
	case RAW_PCM_END:
		return SOURCE_END;
	default:
		return SOURCE_FAILED;
	}
}

/* Samples cannot be had before they have been captured: waits until the last of them has. One who
 * is too far behind (a pipe that paused, a process that was stopped) begins a new pace. */
static void keep_pace(struct source *s, size_t n_samples, int64_t *capture_us)
{
	const int64_t duration_us = us_from_samples(s->n_samples + (int64_t)n_samples);
	const int64_t late_us = monotonic_now_us() - s->begin_us - duration_us;
	const int64_t patience_us = s->kind == SOURCE_STDIN ? PIPE_STALL_US : FILE_STALL_US;

	if (late_us > patience_us)
		s->begin_us += late_us;
	*capture_us = s->begin_us + us_from_samples(s->n_samples);
	s->n_samples += (int64_t)n_samples;
	monotonic_sleep_until_us(s->begin_us + duration_us);
}

enum source_result source_read(struct source *s, float *samples, size_t *n_samples,
	int64_t *capture_us, struct io_error *error)
{
	enum source_result result = SOURCE_READ;

	*n_samples = SOURCE_SAMPLES_MAX;
	switch (s->kind) {
	case SOURCE_DEVICE:
		return read_device(s, samples, n_samples, capture_us, error);
	case SOURCE_FILE:
		*n_samples = sound_file_read(s->file, samples, SOURCE_SAMPLES_MAX);
		result = *n_samples > 0 ? SOURCE_READ : SOURCE_END;
		break;
	case SOURCE_TONE:
		make_tone(s, samples, *n_samples);
		break;
	case SOURCE_STDIN:
		result = read_pipe(s, samples, n_samples, error);
		break;
	}
	if (result == SOURCE_READ)
		keep_pace(s, *n_samples, capture_us);
	return result;
}

int64_t source_overruns(const struct source *s)
{
	return s->kind == SOURCE_DEVICE ? capture_overruns(&s->capture) : 0;
}

const char *source_description(const struct source *s)
{
	return s->description;
}

void source_close(struct source *s)
{
	if (s->kind == SOURCE_DEVICE) {
		audio_stream_close(&s->stream);
		capture_end(&s->capture);
	}
	sound_file_close(s->file);
	free(s);
}
