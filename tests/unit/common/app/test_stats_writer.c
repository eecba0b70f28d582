/* stats_writer: the JSON byte by byte, what a terminal gets, and disks that are full. */
#include "common/app/stats_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

enum { TEXT_BYTES = 4096 };

static char path[] = "/tmp/stats_writer.XXXXXX";

static int make_file(void **state)
{
	(void)state;
	const int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static const char *written(void)
{
	static char text[TEXT_BYTES];
	FILE *const file = fopen(path, "r");
	assert_non_null(file);
	const size_t n_bytes = fread(text, 1, sizeof text - 1, file);
	text[n_bytes] = '\0';
	fclose(file);
	return text;
}

static void put(enum stats_format format, const struct stats_field *fields, size_t n_fields,
	const char *text, bool is_summary)
{
	struct stats_writer writer;
	assert_true(stats_writer_open(&writer, format, path, NULL));
	assert_true(stats_writer_put(&writer, fields, n_fields, text, is_summary, NULL));
	assert_true(stats_writer_close(&writer, NULL));
	assert_true(stats_writer_close(&writer, NULL));
}

static void test_numbers(void **state)
{
	(void)state;
	static const struct {
		double value;
		bool is_count;
		const char *text;
	} rows[] = {
		{ 0.0, false, "0" },
		{ -0.0, false, "0" },
		{ -0.0001, false, "0" },
		{ 1.0, false, "1" },
		{ 20.25, false, "20.25" },
		{ 0.0625, false, "0.063" },
		{ -12.3456, false, "-12.346" },
		{ 1e-9, false, "0" },
		{ 100.0, false, "100" },
		{ 999999999999.0, false, "999999999999" },
		{ 1e15, false, "1000000000000000" },
		{ 1e300, false, "1e+300" },
		{ NAN, false, "null" },
		{ INFINITY, false, "null" },
		{ -INFINITY, true, "null" },
		{ 7.0, true, "7" },
		{ 9007199254740992.0, true, "9007199254740992" },
		{ NAN, true, "null" },
	};
	/* In a locale with a decimal comma, where the machine has one. */
	static const char *const locales[] = { "C", "de_DE.UTF-8", "fr_FR.UTF-8" };
	for (size_t l = 0; l < sizeof locales / sizeof locales[0]; l++) {
		setlocale(LC_ALL, locales[l]);
		for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
			const struct stats_field field = {
				.name = "x", .value = rows[i].value, .is_count = rows[i].is_count
			};
			char expected[TEXT_BYTES];
			snprintf(expected, sizeof expected, "{\"x\": %s}\n", rows[i].text);
			put(STATS_JSON, &field, 1, NULL, false);
			assert_string_equal(written(), expected);
		}
	}
	setlocale(LC_ALL, "C");
}

static void test_records(void **state)
{
	(void)state;
	const struct stats_field fields[] = { stats_figure("time_s", 1.5),
		stats_count("packets_lost", 3), stats_figure("rtt_ms", (double)NAN),
		stats_word("plan_reason", "follows") };
	struct stats_writer writer;
	assert_true(stats_writer_open(&writer, STATS_JSON, path, NULL));
	assert_true(stats_writer_put(&writer, fields, 4, "not this", false, NULL));
	assert_string_equal(written(), /* at once, not at the end */
		"{\"time_s\": 1.5, \"packets_lost\": 3, \"rtt_ms\": null, "
		"\"plan_reason\": \"follows\"}\n");
	assert_true(stats_writer_put(&writer, fields, 1, "not this", true, NULL));
	assert_true(stats_writer_put(&writer, NULL, 0, "not this", true, NULL));
	assert_true(stats_writer_put(&writer, NULL, 0, "not this", false, NULL));
	assert_true(stats_writer_close(&writer, NULL));
	assert_string_equal(written(), "{\"time_s\": 1.5, \"packets_lost\": 3, \"rtt_ms\": null, "
				       "\"plan_reason\": \"follows\"}\n"
				       "{\"time_s\": 1.5, \"summary\": true}\n"
				       "{\"summary\": true}\n"
				       "{}\n");

	put(STATS_TEXT, fields, 3, "a line", false);
	assert_string_equal(written(), "a line\n");
	put(STATS_TEXT, fields, 3, "two\nlines", true);
	assert_string_equal(written(), "two\nlines\n");
	put(STATS_NONE, fields, 3, "not this", true); /* does not even open the file */
	assert_string_equal(written(), "two\nlines\n");
}

/* A terminal hands on what was written in pieces, and in its own time. */
static void read_terminal(int master, char *text, size_t n_bytes)
{
	size_t n_read = 0;

	while (n_read < n_bytes) {
		struct pollfd ready = { .fd = master, .events = POLLIN };
		if (poll(&ready, 1, 2000) <= 0)
			break;
		const ssize_t n = read(master, text + n_read, n_bytes - n_read);
		assert_true(n > 0);
		n_read += (size_t)n;
	}
	text[n_read] = '\0';
}

static void test_terminal(void **state)
{
	(void)state;
	const int master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0) {
		print_message("no pseudo-terminal on this machine\n");
		return;
	}
	const struct winsize size = { .ws_row = 24, .ws_col = 11 };
	struct stats_writer writer;
	char text[TEXT_BYTES];

	assert_true(stats_writer_open(&writer, STATS_TEXT, ptsname(master), NULL));
	assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
	assert_true(stats_writer_put(&writer, NULL, 0, "short", false, NULL));
	assert_true(stats_writer_put(&writer, NULL, 0, "0123456789abc", false, NULL));
	assert_true(stats_writer_put(&writer, NULL, 0, "\xc2\xb5s 345678 cut", false, NULL));
	assert_true(stats_writer_put(&writer, NULL, 0, "the long summary", true, NULL));
	const char *const expected = "\rshort\033[K"
				     "\r0123456789\033[K"
				     "\r\xc2\xb5s 345678 \033[K"
				     "\r\033[Kthe long summary\r\n";
	read_terminal(master, text, strlen(expected));
	assert_string_equal(text, expected);
	assert_true(stats_writer_close(&writer, NULL));
	close(master);
}

static void test_failures(void **state)
{
	(void)state;
	const struct stats_field field = stats_count("x", 1);
	struct stats_writer writer;
	struct io_error error = { "" };

	assert_false(stats_writer_open(&writer, STATS_JSON, "/nowhere/at/all", &error));
	assert_string_equal(error.text, "statistics to /nowhere/at/all: No such file or directory");
	assert_true(stats_writer_put(&writer, &field, 1, "", false, &error));
	assert_true(stats_writer_close(&writer, &error));

	if (access("/dev/full", W_OK) == 0) {
		assert_true(stats_writer_open(&writer, STATS_JSON, "/dev/full", &error));
		assert_false(stats_writer_put(&writer, &field, 1, "", false, &error));
		assert_string_equal(error.text, "statistics to /dev/full: No space left on device");
		assert_true(
			stats_writer_put(&writer, &field, 1, "", false, &error)); /* told once */
		assert_true(stats_writer_close(&writer, &error));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_failures),
	};
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
