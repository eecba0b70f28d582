#include "tests/sim/scored_call.h"

#include "common/io/sound_file.h"
#include "common/base/units.h"
#include "tests/unit/spoken_words.h"
#include "tests/unit/unit.h"

#include <string.h>

enum {
	N_SAID = SCORED_CALL_SECONDS * SAMPLES_PER_SECOND,
	N_ROOM = N_SAID + 2 * SAMPLES_PER_SECOND
};

static float said[N_SAID], heard[N_ROOM];

struct place {
	size_t n_said, n_heard;
};

static size_t read_said(void *context, float *samples, size_t n_samples)
{
	struct place *const at = context;
	const size_t n_left = N_SAID - at->n_said;
	const size_t n = n_samples < n_left ? n_samples : n_left;

	memcpy(samples, said + at->n_said, n * sizeof *samples);
	at->n_said += n;
	return n;
}

static void write_heard(void *context, const float *pcm, size_t n_samples, int64_t now_us)
{
	struct place *const at = context;

	(void)now_us;
	for (size_t i = 0; i < n_samples && at->n_heard < N_ROOM; i++)
		heard[at->n_heard++] = pcm[RECV_CHANNELS * i];
}

void scored_call_say_words(void)
{
	spoken_words_fill(said, N_SAID);
}

void scored_call_say_recordings(char *const *paths)
{
	struct io_error error;
	size_t n = 0;

	for (; *paths && n < N_SAID; paths++) {
		struct sound_file *const file = sound_file_open(*paths, 1, &error);
		if (!file)
			fail_msg("%s", error.text);
		n += sound_file_read(file, said + n, N_SAID - n);
		sound_file_close(file);
	}
	memset(said + n, 0, (N_SAID - n) * sizeof *said);
}

struct channel_spec scored_call_channel(const char *channel)
{
	char message[CHANNEL_SPEC_MESSAGE_BYTES];
	struct channel_spec spec;

	if (channel_spec_parse(&spec, channel, message, sizeof message) != STATUS_OK)
		fail_msg("%s: %s", channel, message);
	return spec;
}

struct score_result scored_call(const struct simulation_config *config)
{
	struct place place = { 0 };
	const struct simulation_hooks hooks = {
		.read = read_said, .write = write_heard, .context = &place
	};
	struct simulation_result result;
	struct score_result score_of_it;

	assert_int_equal(simulation_run(config, &hooks, &result), STATUS_OK);
	assert_true(score(&score_of_it, said, N_SAID, heard, place.n_heard));
	return score_of_it;
}
