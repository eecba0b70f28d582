#include "tools/bench/made_speech.h"

#include "common/io/sound_file.h"
#include "common/base/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what)
{
	fprintf(stderr, "receiver-bench: %s\n", what);
	exit(2);
}

struct recording {
	const char *path;
	struct sound_file *file;
	int64_t n_read;
	bool has_pauses; /* a second of silence in four */
};

static void open_recording(struct recording *r)
{
	struct io_error error;

	r->file = sound_file_open(r->path, 1, &error);
	if (!r->file)
		fail(error.text);
}

/* The recording, over and over. */
static void read_recording(void *context, float *samples, size_t n_samples)
{
	struct recording *const r = context;
	const size_t n = sound_file_read(r->file, samples, n_samples);

	if (n < n_samples) {
		sound_file_close(r->file);
		open_recording(r);
		memset(samples + n, 0, (n_samples - n) * sizeof *samples);
	}
	if (r->has_pauses && r->n_read / SAMPLES_PER_SECOND % 4 == 3)
		memset(samples, 0, n_samples * sizeof *samples);
	r->n_read += (int64_t)n_samples;
}

struct rehearsed_stream bench_speech_encode(
	const char *path, const struct redundancy *copies, bool dtx, double seconds)
{
	struct send_stream_config config = {
		.profile = PROFILE_VOICE,
		.n_channels = 1,
		.frame_samples = 960,
		.budget_bps = 64000,
		.redundancy = *copies,
		.dtx = dtx,
	};
	struct recording recording = { .path = path, .has_pauses = dtx };
	const int64_t n_frames =
		seconds * 50 < BENCH_SPEECH_FRAMES ? (int64_t)(seconds * 50) : BENCH_SPEECH_FRAMES;
	struct rehearsed_stream stream;
	int limit;

	open_recording(&recording);
	redundancy_share(&config.redundancy, 960, config.budget_bps, 0, &limit);
	if (rehearsed_stream_make(&stream, &config, read_recording, &recording, n_frames) !=
		STATUS_OK)
		fail("cannot encode");
	sound_file_close(recording.file);
	return stream;
}
