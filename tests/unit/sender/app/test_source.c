/* Tones, files and pipes as a device would capture them: what each is read as, and when. */
#include "sender/app/source.h"

#include "common/base/units.h"
#include "common/io/monotonic.h"
#include "common/io/wav_writer.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STALL_US = 50000 }; /* what source.c bears of a pipe */

static struct source *open_source(const char *input, int n_channels)
{
	const struct source_config config = { .input = input, .n_channels = n_channels };
	struct io_error error = { "" };
	bool is_usage;
	struct source *const s = source_open(&config, &is_usage, &error);

	if (!s || !source_start(s, &error))
		fail_msg("%s: %s", input, error.text);
	return s;
}

static void an_input_is_known_by_its_name(void **state)
{
	static const struct {
		const char *input;
		bool is_device;
	} rows[] = {
		{ "default", true },
		{ "3", true },
		{ "USB Audio 2.0", true },
		{ "-", false },
		{ "tone", false },
		{ "tone:1000", false },
		{ "speech.wav", false },
		{ "/no/such/file", false },
		{ "Scarlett 2i2 / Line", true },
		{ "a.name.with.a.long-ending", true },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++)
		assert_row_equal(rows[i].input, source_is_device(rows[i].input), rows[i].is_device);
}

static void what_cannot_be_opened_is_named(void **state)
{
	static const char *const rows[] = { "tone:", "tone:0", "tone:-1", "tone:20001", "tone:440x",
		"no/such/file.wav", "/" };
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct source_config config = { .input = rows[i], .n_channels = 1 };
		struct io_error error = { "" };
		bool is_usage = false;
		if (source_open(&config, &is_usage, &error))
			fail_msg("%s was opened", rows[i]);
		assert_true(is_usage);
		if (!strstr(error.text, rows[i]))
			fail_msg("%s: \"%s\" does not name it", rows[i], error.text);
	}
}

/* Each block is given when its last sample has been captured, and follows the one before. */
static void a_tone_is_captured_in_real_time(void **state)
{
	struct source *const s = open_source("tone:1000", 2);
	float samples[SOURCE_SAMPLES_MAX * 2];
	int64_t last_us = 0;
	int n_crossings = 0;
	(void)state;
	for (int k = 0; k < 5; k++) {
		int64_t capture_us;
		size_t n;
		assert_int_equal(source_read(s, samples, &n, &capture_us, NULL), SOURCE_READ);
		assert_int_equal(n, SOURCE_SAMPLES_MAX);
		assert_true(monotonic_now_us() >= capture_us + us_from_samples((int64_t)n));
		if (k > 0) /* equal, unless this process was stopped for a second */
			assert_true(capture_us >= last_us + us_from_samples((int64_t)n));
		last_us = capture_us;
		for (size_t i = 0; i < n; i++) {
			assert_true(samples[2 * i] == samples[2 * i + 1]);
			assert_true(fabsf(samples[2 * i]) <= 0.2501F);
			n_crossings += i > 0 && (samples[2 * i] > 0) != (samples[2 * i - 2] > 0);
		}
	}
	assert_in_range(n_crossings, 90, 100); /* 1000 Hz for 50 ms; those between blocks apart */
	assert_int_equal(source_overruns(s), 0);
	source_close(s);
}

static void a_file_ends_with_its_last_sample(void **state)
{
	char path[] = "/tmp/hindsight-source-XXXXXX.wav";
	float samples[SOURCE_SAMPLES_MAX];
	struct wav_writer writer;
	struct io_error error;
	int64_t capture_us, first_us;
	size_t n;
	(void)state;
	assert_true(mkstemps(path, 4) >= 0);
	for (size_t i = 0; i < SOURCE_SAMPLES_MAX; i++)
		samples[i] = 0.5F;
	assert_true(wav_writer_open(&writer, path, 1, &error));
	assert_true(wav_writer_write(&writer, samples, SOURCE_SAMPLES_MAX, &error));
	assert_true(wav_writer_write(&writer, samples, 100, &error));
	assert_true(wav_writer_close(&writer, &error));

	struct source *const s = open_source(path, 1);
	assert_non_null(strstr(source_description(s), path));
	assert_int_equal(source_read(s, samples, &n, &first_us, &error), SOURCE_READ);
	assert_int_equal(n, SOURCE_SAMPLES_MAX);
	assert_true(samples[0] == 0.5F);
	assert_int_equal(source_read(s, samples, &n, &capture_us, &error), SOURCE_READ);
	assert_int_equal(n, 100);
	assert_true(capture_us >= first_us + us_from_samples(SOURCE_SAMPLES_MAX));
	assert_int_equal(source_read(s, samples, &n, &capture_us, &error), SOURCE_END);
	source_close(s);
	unlink(path);
}

/* This process's standard input, whose other end is the test's. */
struct piped {
	struct source *source;
	int writer, old_stdin;
};

static struct piped piped_begin(void)
{
	int ends[2];
	struct piped p = { .old_stdin = dup(STDIN_FILENO) };

	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
	close(ends[0]);
	p.writer = ends[1];
	p.source = open_source("-", 1);
	return p;
}

static void piped_end(struct piped *p)
{
	source_close(p->source);
	dup2(p->old_stdin, STDIN_FILENO);
	close(p->old_stdin);
}

/* Writes a block and reads it; when it was captured. */
static int64_t pass_block(struct piped *p)
{
	static const int16_t block[SOURCE_SAMPLES_MAX] = { 16384 };
	float samples[SOURCE_SAMPLES_MAX];
	struct io_error error;
	int64_t capture_us = 0;
	size_t n = 0;

	assert_int_equal(write(p->writer, block, sizeof block), sizeof block);
	assert_int_equal(source_read(p->source, samples, &n, &capture_us, &error), SOURCE_READ);
	assert_int_equal(n, SOURCE_SAMPLES_MAX);
	assert_true(samples[0] == 0.5F);
	return capture_us;
}

static void a_pipe_that_flows_keeps_its_pace(void **state)
{
	const int64_t block_us = us_from_samples(SOURCE_SAMPLES_MAX);
	struct piped p = piped_begin();
	int64_t last_us = pass_block(&p);
	(void)state;
	for (int i = 0; i < 5; i++) {
		const int64_t capture_us = pass_block(&p);
		/* Another pace only where this machine was as late as a pipe may not be. */
		if (monotonic_now_us() - last_us - 2 * block_us < STALL_US)
			assert_int_equal(capture_us, last_us + block_us);
		last_us = capture_us;
	}
	close(p.writer);
	piped_end(&p);
}

/* What is written after a pause was not captured before it. */
static void a_pipe_that_paused_begins_a_new_pace(void **state)
{
	const int64_t block_us = us_from_samples(SOURCE_SAMPLES_MAX);
	struct piped p = piped_begin();
	float samples[SOURCE_SAMPLES_MAX];
	struct io_error error;
	int64_t capture_us;
	size_t n;
	(void)state;
	pass_block(&p);
	assert_int_equal(source_read(p.source, samples, &n, &capture_us, &error), SOURCE_NOTHING);
	monotonic_sleep_until_us(monotonic_now_us() + 2 * STALL_US);
	const int64_t written_us = monotonic_now_us();
	const int64_t first_us = pass_block(&p);
	assert_true(first_us >= written_us - block_us && first_us <= monotonic_now_us());
	assert_true(pass_block(&p) >= first_us + block_us);
	close(p.writer);
	assert_int_equal(source_read(p.source, samples, &n, &capture_us, &error), SOURCE_END);
	piped_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_input_is_known_by_its_name),
		cmocka_unit_test(what_cannot_be_opened_is_named),
		cmocka_unit_test(a_tone_is_captured_in_real_time),
		cmocka_unit_test(a_file_ends_with_its_last_sample),
		cmocka_unit_test(a_pipe_that_flows_keeps_its_pace),
		cmocka_unit_test(a_pipe_that_paused_begins_a_new_pace),
	};
	return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
