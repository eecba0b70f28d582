/* raw_pcm: byte order, pieces of every size, ends, errors, a pipe that is stuck. */
#include "common/io/monotonic.h"
#include "common/io/raw_pcm.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { WAIT_US = 1000000 };

struct pipe_ends {
	int read_fd;
	int write_fd;
};

static struct pipe_ends open_pipe(void)
{
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	return (struct pipe_ends){ fds[0], fds[1] };
}

static void test_little_endian(void **state)
{
	(void)state;
	static const uint8_t bytes[] = { 0x00, 0x40, 0xff, 0xff, 0x00, 0x80, 0xff, 0x7f };
	static const float samples[] = { 0.5f, -1.0f / 32768, -1.0f, 32767.0f / 32768 };
	const struct pipe_ends ends = open_pipe();
	struct raw_pcm pcm;
	float heard[4];
	uint8_t written[8];
	size_t n_moved = 0;

	raw_pcm_init(&pcm, ends.read_fd, 2, "stdin");
	assert_int_equal(write(ends.write_fd, bytes, sizeof bytes), sizeof bytes);
	assert_int_equal(raw_pcm_read(&pcm, heard, 2, &n_moved, WAIT_US, NULL), RAW_PCM_MOVED);
	assert_int_equal(n_moved, 2);
	assert_memory_equal(heard, samples, sizeof samples);

	raw_pcm_init(&pcm, ends.write_fd, 2, "stdout");
	assert_int_equal(raw_pcm_write(&pcm, samples, 2, &n_moved, WAIT_US, NULL), RAW_PCM_MOVED);
	assert_int_equal(n_moved, 2);
	assert_int_equal(read(ends.read_fd, written, sizeof written), sizeof written);
	assert_memory_equal(written, bytes, sizeof bytes);
	close(ends.read_fd);
	close(ends.write_fd);
}

/* However the pipe splits the bytes, samples arrive whole; an incomplete sample at the end is
 * dropped. */
static void test_pieces(void **state)
{
	(void)state;
	for (size_t n_piece = 1; n_piece <= 7; n_piece++) {
		const struct pipe_ends ends = open_pipe();
		struct raw_pcm pcm;
		uint8_t bytes[83];
		float samples[40];
		size_t n_samples = 0;
		enum raw_pcm_result result = RAW_PCM_NOTHING;

		for (size_t i = 0; i < sizeof bytes; i++)
			bytes[i] = (uint8_t)(i % 2 ? 0 : i / 2);
		raw_pcm_init(&pcm, ends.read_fd, 2, "stdin");
		for (size_t i = 0; i < sizeof bytes; i += n_piece) {
			const size_t n_left = sizeof bytes - i;
			const size_t n = n_left < n_piece ? n_left : n_piece;
			size_t n_moved = 0;
			assert_int_equal(write(ends.write_fd, bytes + i, n), n);
			result = raw_pcm_read(&pcm, samples + 2 * n_samples, 20 - n_samples + 1,
				&n_moved, WAIT_US, NULL);
			assert_int_equal(result, n_moved ? RAW_PCM_MOVED : RAW_PCM_NOTHING);
			n_samples += n_moved;
		}
		close(ends.write_fd);
		assert_int_equal(n_samples, 20);
		for (size_t i = 0; i < 40; i++)
			assert_int_equal((int)(samples[i] * 32768.0f), i);
		size_t n_moved = 0;
		assert_int_equal(
			raw_pcm_read(&pcm, samples, 20, &n_moved, WAIT_US, NULL), RAW_PCM_END);
		assert_int_equal(n_moved, 0);
		close(ends.read_fd);
	}
}

static void ignore_alarm(int signal_number)
{
	(void)signal_number;
}

/* A pipe without a writer or reader blocks nothing, and a signal ends the wait. */
static void test_stuck(void **state)
{
	(void)state;
	const struct pipe_ends ends = open_pipe();
	static float samples[65536];
	struct raw_pcm pcm;
	size_t n_moved = 0;

	raw_pcm_init(&pcm, ends.read_fd, 1, "stdin");
	assert_int_equal(raw_pcm_read(&pcm, samples, 10, &n_moved, 1000, NULL), RAW_PCM_NOTHING);
	raw_pcm_init(&pcm, ends.write_fd, 1, "stdout");
	enum raw_pcm_result result = RAW_PCM_MOVED;
	for (int i = 0; i < 10000 && result == RAW_PCM_MOVED; i++) /* until it is full */
		result = raw_pcm_write(&pcm, samples, 65536, &n_moved, 1000, NULL);
	assert_int_equal(result, RAW_PCM_NOTHING);

	const struct sigaction action = { .sa_handler = ignore_alarm };
	sigaction(SIGALRM, &action, NULL);
	const int64_t begin_us = monotonic_now_us();
	alarm(1);
	assert_int_equal(
		raw_pcm_write(&pcm, samples, 1, &n_moved, 60 * 1000000, NULL), RAW_PCM_NOTHING);
	assert_true(monotonic_now_us() - begin_us < 30 * 1000000);
	close(ends.read_fd);
	close(ends.write_fd);
}

/* A pipe that takes part of a sample gets the rest first. */
static void test_partial_write(void **state)
{
	(void)state;
	const struct pipe_ends ends = open_pipe();
	static float samples[2 * 40000];
	static uint8_t bytes[4 * 40000 + 3];
	struct raw_pcm pcm;
	size_t n_sent = 0;
	size_t n_bytes = 0;

	/* Non-blocking here alone, so that the pipe cuts where it likes. */
	assert_int_equal(fcntl(ends.write_fd, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(fcntl(ends.read_fd, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(write(ends.write_fd, "abc", 3), 3);
	for (size_t i = 0; i < 2 * 40000; i++)
		samples[i] = (float)(i % 32768) / 32768.0f;
	raw_pcm_init(&pcm, ends.write_fd, 2, "stdout");
	for (int i = 0; i < 100000 && (n_sent < 40000 || n_bytes < sizeof bytes); i++) {
		size_t n_moved = 0;
		if (n_sent < 40000) {
			raw_pcm_write(
				&pcm, samples + 2 * n_sent, 40000 - n_sent, &n_moved, 0, NULL);
			n_sent += n_moved;
		}
		const size_t n_wanted =
			sizeof bytes - n_bytes < 1003 ? sizeof bytes - n_bytes : 1003;
		const ssize_t n = read(ends.read_fd, bytes + n_bytes, n_wanted);
		n_bytes += n > 0 ? (size_t)n : 0;
		if (n <= 0 && n_sent == 40000)
			break;
	}
	assert_int_equal(n_bytes + pcm.n_bytes, sizeof bytes);
	for (size_t i = 0; 3 + 2 * i + 1 < n_bytes; i++)
		assert_int_equal(bytes[3 + 2 * i] | bytes[4 + 2 * i] << 8, i % 32768);
	close(ends.read_fd);
	close(ends.write_fd);
}

static void test_failures(void **state)
{
	(void)state;
	const struct pipe_ends ends = open_pipe();
	struct raw_pcm pcm;
	struct io_error error = { "" };
	const float samples[4] = { 0 };
	float heard[4];
	size_t n_moved = 0;

	signal(SIGPIPE, SIG_IGN);
	close(ends.read_fd);
	raw_pcm_init(&pcm, ends.write_fd, 1, "stdout");
	assert_int_equal(
		raw_pcm_write(&pcm, samples, 4, &n_moved, WAIT_US, &error), RAW_PCM_FAILED);
	assert_string_equal(error.text, "stdout: Broken pipe");
	close(ends.write_fd);

	const int folder = open("/tmp", O_RDONLY);
	raw_pcm_init(&pcm, folder, 1, "stdin");
	assert_int_equal(raw_pcm_read(&pcm, heard, 4, &n_moved, WAIT_US, &error), RAW_PCM_FAILED);
	assert_string_equal(error.text, "stdin: Is a directory");
	close(folder);

	const int full = open("/dev/full", O_WRONLY);
	if (full >= 0) {
		raw_pcm_init(&pcm, full, 1, "stdout");
		assert_int_equal(
			raw_pcm_write(&pcm, samples, 4, &n_moved, WAIT_US, &error), RAW_PCM_FAILED);
		assert_string_equal(error.text, "stdout: No space left on device");
		close(full);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_little_endian),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_partial_write),
		cmocka_unit_test(test_failures),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
