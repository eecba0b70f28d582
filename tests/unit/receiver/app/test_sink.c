/* Where sound goes without a device: files and pipes, paced by the clock. */
#include "receiver/app/sink.h"

#include "common/base/units.h"
#include "common/io/monotonic.h"
#include "common/io/sound_file.h"
#include "tests/unit/rehearsal.h"
#include "tests/unit/unit.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER_MS = 5, BLOCK = BUFFER_MS * SAMPLES_PER_MS, PATIENCE_US = 20 * US_PER_SECOND };

static struct player player;

/* A player without input, or with a stream of the given frames. */
static void begin_player(int n_frames)
{
	const struct recv_stream_config config = { .delay = { .fixed_us = 0 } };

	assert_int_equal(player_init(&player, &config, false), STATUS_OK);
	if (n_frames == 0)
		return;
	const struct send_stream_config sending = rehearsal_config(0, 32000);
	struct sent_stream sent = sent_stream_make(&sending, (size_t)n_frames, 0, 0);
	for (int i = 0; i < n_frames; i++) {
		struct player_datagram *const d = player_begin_datagram(&player);
		memcpy(d->data, sent.datagrams[i].bytes, sent.datagrams[i].n_bytes);
		d->n_bytes = sent.datagrams[i].n_bytes;
		d->arrival_us = monotonic_now_us();
		player_commit_datagram(&player);
	}
	sent_stream_end(&sent);
}

static struct sink *open_sink(const char *output, int n_channels)
{
	const struct sink_config config = {
		.output = output,
		.n_channels = n_channels,
		.buffer_ms = BUFFER_MS,
		.player = &player,
	};
	struct io_error error = { "" };
	bool is_usage;
	struct sink *const s = sink_open(&config, &is_usage, &error);

	if (!s)
		fail_msg("%s: %s", output, error.text);
	return s;
}

static void an_output_is_known_by_its_name(void **state)
{
	static const struct {
		const char *output;
		bool is_device;
	} rows[] = {
		{ "default", true },
		{ "0", true },
		{ "USB Audio 2.0", true },
		{ "-", false },
		{ "null", false },
		{ "x.wav", false },
		{ "x.WAV", false },
		{ "x.flac", false },
		{ "/no/such/folder", false },
		{ "Scarlett 2i2 / Line", true },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++)
		assert_row_equal(rows[i].output, sink_is_device(rows[i].output), rows[i].is_device);
}

static void what_cannot_be_written_is_named(void **state)
{
	static const char *const rows[] = { "/tmp/sound", "/no/such/folder/x.wav", "/tmp/x.ogg" };
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct sink_config config = { .output = rows[i], .buffer_ms = BUFFER_MS };
		struct io_error error = { "" };
		bool is_usage = false;
		if (sink_open(&config, &is_usage, &error))
			fail_msg("%s was opened", rows[i]);
		assert_true(is_usage);
		if (!strstr(error.text, rows[i]))
			fail_msg("%s: \"%s\" does not name it", rows[i], error.text);
	}
}

/* The file is as long as the sink ran, in whole blocks: none is skipped, and none comes early. */
static void a_file_holds_what_was_due(void **state)
{
	static const struct {
		const char *name;
		int n_frames, n_channels, expected_channels;
	} rows[] = {
		{ "no stream", 0, 0, 1 },
		{ "no stream, for two", 0, 2, 2 },
		{ "mono", 5, 0, 1 },
		{ "mono, for two", 5, 2, 2 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		char path[] = "/tmp/hindsight-sink-XXXXXX.wav";
		struct io_error error = { "" };
		assert_true(mkstemps(path, 4) >= 0);
		begin_player(rows[i].n_frames);
		struct sink *const s = open_sink(path, rows[i].n_channels);
		const int64_t begin_us = monotonic_now_us();
		assert_true(sink_start(s, &error));
		monotonic_sleep_until_us(begin_us + 50 * US_PER_MS);
		assert_int_equal(sink_tend(s, &error), SINK_RUNS);
		if (!sink_stop(s, &error))
			fail_msg("\"%s\": %s", rows[i].name, error.text);
		const int64_t ran_us = monotonic_now_us() - begin_us;
		sink_close(s);
		player_end(&player);

		struct sound_file *const file = sound_file_open(path, 0, &error);
		assert_non_null(file);
		const int64_t n = sound_file_n_samples(file);
		assert_row_equal(
			rows[i].name, sound_file_n_channels(file), rows[i].expected_channels);
		assert_row_equal(rows[i].name, n % BLOCK, 0);
		assert_row_in_range(rows[i].name, n, BLOCK, samples_from_us(ran_us) + BLOCK);
		sound_file_close(file);
		unlink(path);
	}
}

/* This process's standard output goes into a pipe meanwhile. */
struct piped {
	int reader, old_stdout;
};

static struct piped piped_begin(void)
{
	int ends[2];
	fflush(stdout);
	struct piped p = { .old_stdout = dup(STDOUT_FILENO) };
	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[1], STDOUT_FILENO) >= 0);
	close(ends[1]);
	p.reader = ends[0];
	return p;
}

static void piped_end(const struct piped *p)
{
	dup2(p->old_stdout, STDOUT_FILENO);
	close(p->old_stdout);
}

/* A pipe's reader runs in real time: silence before the stream is not written. */
static void a_pipe_begins_with_the_stream(void **state)
{
	struct io_error error = { "" };
	struct piped p = piped_begin();
	uint8_t bytes[2 * BLOCK];
	(void)state;
	begin_player(0);
	struct sink *s = open_sink("-", 0);
	assert_true(sink_start(s, &error));
	monotonic_sleep_until_us(monotonic_now_us() + 20 * US_PER_MS);
	assert_true(sink_stop(s, &error));
	sink_close(s);
	player_end(&player);
	struct pollfd polled = { .fd = p.reader, .events = POLLIN };
	const int n_silent = poll(&polled, 1, 0);

	begin_player(5);
	s = open_sink("-", 0);
	assert_true(sink_start(s, &error));
	const int n_sound = poll(&polled, 1, PATIENCE_US / US_PER_MS);
	const ssize_t n_read = n_sound == 1 ? read(p.reader, bytes, sizeof bytes) : 0;
	assert_true(sink_stop(s, &error));
	sink_close(s);
	player_end(&player);
	piped_end(&p);
	close(p.reader);
	assert_int_equal(n_silent, 0);
	assert_true(n_read > 0);
}

static void a_reader_that_has_gone_is_a_failure(void **state)
{
	struct io_error error = { "" };
	struct piped p = piped_begin();
	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as cli_catch_signals() does */
	close(p.reader);
	begin_player(0);
	struct sink *const s = open_sink("-", 1);
	assert_true(sink_start(s, &error));
	const int64_t end_us = monotonic_now_us() + PATIENCE_US;
	enum sink_event event;
	while ((event = sink_tend(s, &error)) == SINK_RUNS && monotonic_now_us() < end_us)
		monotonic_sleep_until_us(monotonic_now_us() + US_PER_MS);
	const bool is_whole = sink_stop(s, &error);
	sink_close(s);
	player_end(&player);
	piped_end(&p);
	assert_int_equal(event, SINK_ENDED);
	assert_false(is_whole);
	assert_non_null(strstr(error.text, "stdout"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_output_is_known_by_its_name),
		cmocka_unit_test(what_cannot_be_written_is_named),
		cmocka_unit_test(a_file_holds_what_was_due),
		cmocka_unit_test(a_pipe_begins_with_the_stream),
		cmocka_unit_test(a_reader_that_has_gone_is_a_failure),
	};
	return cmocka_run_group_tests_name("sink", tests, NULL, NULL);
}
