#include "sender/app/source.h"

#include "common/app/cli.h"
#include "common/io/audio_keeper.h"
#include "common/io/file_name.h"
#include "common/io/monotonic.h"
#include "common/io/raw_pcm.h"
#include "common/io/sound_file.h"
#include "common/base/units.h"
#include "sender/app/capture.h"
#include "sender/app/pipe_pace.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { TONE_HZ_DEFAULT = 440, TONE_HZ_MAX = 20000 };

#define TONE_LEVEL   0.25	     /* -15 dBFS */
#define IDLE_WAIT_US (5 * US_PER_MS) /* as long a receiver's report may wait, too */

/* Behind the clock by more, as only a process is that was stopped: begin a new pace. */
#define FILE_STALL_US (1 * US_PER_SECOND)

enum source_kind { SOURCE_DEVICE, SOURCE_FILE, SOURCE_TONE, SOURCE_STDIN };

struct source {
	enum source_kind kind;
	int n_channels;
	char description[160];

	/* device */
	struct audio_keeper keeper;
	struct capture capture;
	char device[128]; /* its name, where --input chooses channels, too */
	bool may_reopen;
	bool is_silent;	  /* the device has gone */
	int64_t heard_us; /* until then sound, or silence in its place, was given */
	int64_t n_losses;

	/* the others */
	struct sound_file *file;
	struct raw_pcm pipe;
	struct pipe_pace pipe_pace;
	int64_t n_skipped;  /* and not yet asked for */
	int64_t n_overruns; /* of the pipe */
	double tone_hz;
	int64_t begin_us;  /* when sample 0 was captured */
	int64_t n_samples; /* given so far */
};

/* "NAME:3" or "NAME:1,2", where no device is called so as a whole, as hw:1,0 is: writes the
 * name. */
static bool split_channels(
	const char *input, char *name, size_t n_bytes, struct capture_choice *choice)
{
	const char *const colon = strrchr(input, ':');
	char rest;

	if (!colon || colon == input || (size_t)(colon - input) >= n_bytes)
		return false;
	const int n_read = sscanf(colon + 1, "%2d,%2d%c", &choice->first, &choice->second, &rest);
	if (n_read < 1 || n_read > 2 || colon[1 + strspn(colon + 1, "0123456789,")] != '\0' ||
		choice->first < 1 || choice->first > AUDIO_CHANNELS_MAX || choice->second < 0 ||
		choice->second > AUDIO_CHANNELS_MAX)
		return false;
	snprintf(name, n_bytes, "%.*s", (int)(colon - input), input);
	return true;
}

static bool open_device(
	struct source *s, const struct source_config *config, struct io_error *error)
{
	struct capture_choice choice = { 0, 0 };
	struct io_error ignored;
	struct audio_config audio = {
		.direction = AUDIO_CAPTURE,
		.device = config->input,
		.client_name = "hindsight-send",
		.n_channels = config->n_channels,
		.buffer_samples = (size_t)(config->buffer_ms * SAMPLES_PER_MS),
		.process = capture_take,
		.context = &s->capture,
	};

	s->may_reopen = config->may_reopen;
	if (split_channels(config->input, s->device, sizeof s->device, &choice) &&
		audio_devices_find(config->input, AUDIO_CAPTURE, &ignored) < 0) {
		const int most = choice.first > choice.second ? choice.first : choice.second;
		audio.device = s->device;
		audio.n_channels = most > config->n_channels ? most : config->n_channels;
	} else {
		choice = (struct capture_choice){ 0, 0 };
	}
	if (!capture_init(&s->capture, s->n_channels, choice))
		return io_error_set(error, "out of memory");
	if (!audio_keeper_open(&s->keeper, &audio, config->may_reopen, error))
		return false;
	const struct audio_stream *const stream = audio_keeper_stream(&s->keeper);
	if (choice.first > stream->n_channels || choice.second > stream->n_channels)
		return io_error_set(error, "device %s: %s has only %d channels", config->input,
			stream->device_name, stream->n_channels);
	snprintf(s->description, sizeof s->description, "device %s", stream->device_name);
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

/* What exists is a file, and so is what is a path or has an ending such as .wav; the rest are
 * names of devices ("USB Audio 2.0" has no ending). */
static bool looks_like_file(const char *input)
{
	const char *const ending = strrchr(input, '.');
	struct stat status;

	if (file_name_is_path(input) || stat(input, &status) == 0)
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
	s->begin_us = s->heard_us = monotonic_now_us();
	pipe_pace_init(&s->pipe_pace, s->begin_us);
	return s->kind != SOURCE_DEVICE || audio_keeper_start(&s->keeper, error);
}

/* The device has gone, or is there again. False: that was the end. */
static bool tend_device(struct source *s, struct io_error *error)
{
	const char *const name = audio_keeper_stream(&s->keeper)->device_name;

	switch (audio_keeper_tend(&s->keeper)) {
	case AUDIO_KEEPER_LOST:
		s->n_losses++;
		if (!s->may_reopen)
			return io_error_set(error, "%s: the device has gone", name);
		cli_log(CLI_NOTICE,
			"--input: %s: the device has gone; silence is sent, and it is looked for "
			"each second",
			name);
		s->is_silent = true;
		return true;
	case AUDIO_KEEPER_BACK:
		audio_keeper_take(&s->keeper);
		cli_log(CLI_NOTICE, "--input: %s captures",
			audio_keeper_stream(&s->keeper)->device_name);
		s->is_silent = false;
		return true;
	default:
		return true;
	}
}

/* In the device's place: what was missed until it was noticed, and then at the pace of the
 * clock. */
static enum source_result read_silence(
	struct source *s, float *samples, size_t *n_samples, int64_t *capture_us)
{
	*n_samples = SOURCE_SAMPLES_MAX;
	memset(samples, 0, *n_samples * (size_t)s->n_channels * sizeof *samples);
	*capture_us = s->heard_us;
	s->heard_us += us_from_samples(SOURCE_SAMPLES_MAX);
	monotonic_sleep_until_us(s->heard_us);
	return SOURCE_READ;
}

static enum source_result read_device(struct source *s, float *samples, size_t *n_samples,
	int64_t *capture_us, struct io_error *error)
{
	if (!tend_device(s, error))
		return SOURCE_FAILED;
	if (capture_read(&s->capture, samples, n_samples, capture_us)) {
		s->heard_us = *capture_us + us_from_samples((int64_t)*n_samples);
		return SOURCE_READ;
	}
	if (s->is_silent)
		return read_silence(s, samples, n_samples, capture_us);
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

/* Throws away what has become stale in the pipe; it is there already, and no read waits for it. */
static void skip_stale(struct source *s, float *samples)
{
	size_t n_left =
		pipe_pace_skip(&s->pipe_pace, raw_pcm_backlog_us(&s->pipe), monotonic_now_us());

	s->n_overruns += n_left > 0;
	while (n_left > 0) {
		size_t n_moved = 0;
		const size_t n = n_left < SOURCE_SAMPLES_MAX ? n_left : SOURCE_SAMPLES_MAX;
		if (raw_pcm_read(&s->pipe, samples, n, &n_moved, 0, NULL) != RAW_PCM_MOVED)
			return;
		s->n_skipped += (int64_t)n_moved;
		n_left -= n_moved;
	}
}

static enum source_result read_pipe(struct source *s, float *samples, size_t *n_samples,
	int64_t *capture_us, struct io_error *error)
{
	skip_stale(s, samples);
	switch (raw_pcm_read(
		&s->pipe, samples, SOURCE_SAMPLES_MAX, n_samples, 100 * US_PER_MS, error)) {
	case RAW_PCM_MOVED:
		break;
	case RAW_PCM_NOTHING:
		return SOURCE_NOTHING;
	case RAW_PCM_END:
		return SOURCE_END;
	default:
		return SOURCE_FAILED;
	}
	*capture_us = pipe_pace_put(&s->pipe_pace, *n_samples, raw_pcm_backlog_us(&s->pipe),
		raw_pcm_is_full(&s->pipe), monotonic_now_us());
	monotonic_sleep_until_us(*capture_us + us_from_samples((int64_t)*n_samples));
	return SOURCE_READ;
}

/* Samples cannot be had before they have been captured: waits until the last of them has. */
static void keep_pace(struct source *s, size_t n_samples, int64_t *capture_us)
{
	const int64_t duration_us = us_from_samples(s->n_samples + (int64_t)n_samples);
	const int64_t late_us = monotonic_now_us() - s->begin_us - duration_us;

	if (late_us > FILE_STALL_US)
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
		return read_pipe(s, samples, n_samples, capture_us, error);
	}
	if (result == SOURCE_READ)
		keep_pace(s, *n_samples, capture_us);
	return result;
}

int64_t source_overruns(const struct source *s)
{
	return s->kind == SOURCE_DEVICE ? capture_overruns(&s->capture) : s->n_overruns;
}

int64_t source_skipped(struct source *s)
{
	const int64_t n_skipped = s->n_skipped;

	s->n_skipped = 0;
	return n_skipped;
}

const char *source_description(const struct source *s)
{
	return s->description;
}

int64_t source_losses(const struct source *s)
{
	return s->n_losses;
}

double source_device_latency_ms(const struct source *s)
{
	return s->kind == SOURCE_DEVICE ? (double)audio_keeper_latency_us(&s->keeper) / US_PER_MS
					: NAN;
}

bool source_close(struct source *s)
{
	if (s->kind == SOURCE_DEVICE) {
		if (!audio_keeper_close(&s->keeper))
			return false;
		capture_end(&s->capture);
	}
	sound_file_close(s->file);
	free(s);
	return true;
}
