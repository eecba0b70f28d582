/* Traces: what a line may say, what is refused, and what becomes of packet n. */
#include "tests/unit/unit.h"

#include "tools/sim/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DELAYS_MAX = 7 };

static void test_lines_are_read(void **state)
{
	static const struct {
		const char *name;
		const char *text;
		int n;
		int64_t delays_us[DELAYS_MAX];
	} rows[] = {
		{ "one", "40\n", 1, { 40000 } },
		{ "no line end", "40", 1, { 40000 } },
		{ "decimals", "40.25\n0.0004\n0.0006\n", 3, { 40250, 0, 1 } },
		{ "lost", "1\nlost\n2\n", 3, { 1000, TRACE_LOST, 2000 } },
		{ "comments", "# head\n5 # five\n#lost\n6#six\n", 2, { 5000, 6000 } },
		{ "blank lines", "\n \n\t\n7\n\n", 1, { 7000 } },
		{ "blanks", "  8\t\n\tlost \n", 2, { 8000, TRACE_LOST } },
		{ "of Windows", "9\r\nlost\r\n10\r\n", 3, { 9000, TRACE_LOST, 10000 } },
		{ "the longest", "274000\n", 1, { CHANNEL_TIME_MAX_US } },
		{ "signed", "+3\n-0\n", 2, { 3000, 0 } },
		{ "exponents", "1e3\n2.5E+1\n15e-1\n", 3, { 1000000, 25000, 1500 } },
		{ "extreme exponents", "0e99999999999\n1e-99999999999\n", 2, { 0, 0 } },
		{ "units", "40ms\n1.5s\n500us\n2 ms # two\n", 4, { 40000, 1500000, 500, 2000 } },
		{ "many digits", "40.00000000000000000000000000000000000000000000001\n", 1,
			{ 40000 } },
		{ "leading zeros", "00000000000000000000000000000000000000000000000040\n", 1,
			{ 40000 } },
		{ "trailing zeros", "2000000000000000000000000000000e-29\n", 1, { 20000 } },
		{ "0 and 1 as numbers", "0.0\n1.0\n", 2, { 0, 1000 } },
		{ "0 and 1 among others", "0\n1\n2\n", 3, { 0, 1000, 2000 } },
		{ "0 and 1 with a word", "0\n1\nlost\n", 3, { 0, 1000, TRACE_LOST } },
		{ "0 and 1 in one number", "10\n100\n", 2, { 10000, 100000 } },
		{ "0 and 1 alone", "0\n1\n1\n0\n", 4, { 0, TRACE_LOST, TRACE_LOST, 0 } },
		{ "0 alone", "0\n0\n", 2, { 0, 0 } },
		{ "0 and 1 of Windows", "1\r\n0\r\n", 2, { TRACE_LOST, 0 } },
		{ "0 and 1 in a row", "0 1,0 # four\n1\n", 4, { 0, TRACE_LOST, 0, TRACE_LOST } },
		{ "0 and 1 in a long line", "0001000", 7, { 0, 0, 0, TRACE_LOST, 0, 0, 0 } },
		{ "G.192 as text", "0x6B21 0x6b20\n6b21\n", 3, { 0, TRACE_LOST, 0 } },
		{ "G.192 with bits", "6b21\n0002\n007f\n0081\n6b20\n0000\n6b21\n0001\n0081\n", 3,
			{ 0, TRACE_LOST, 0 } },
		{ "softbits as text", "0x007f 0x0081", 2, { 0, TRACE_LOST } },
		{ "zeros in front", "0081\n", 1, { 81000 } },
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct trace trace = { 0 };
		struct io_error error;
		if (!trace_parse(&trace, rows[i].text, strlen(rows[i].text), &error))
			fail_msg("\"%s\" was refused: %s", rows[i].name, error.text);
		assert_row_equal(rows[i].name, trace.n_packets, rows[i].n);
		for (int k = 0; k < rows[i].n; k++)
			assert_row_equal(rows[i].name, trace.delays_us[k], rows[i].delays_us[k]);
		trace_end(&trace);
	}
}

static void test_others_are_refused(void **state)
{
	static const struct {
		const char *text;
		size_t n_chars; /* 0: all of it */
		const char *complaint;
	} rows[] = {
		{ "", 0, "no packet" },
		{ "# nothing\n\n", 0, "no packet" },
		{ "1\n2\nx\n", 0, "line 3" },
		{ "-1\n", 0, "line 1" },
		{ "274000.1\n", 0, "line 1" },
		{ "nan\n", 0, "line 1" },
		{ "inf\n", 0, "line 1" },
		{ "0x10\n", 0, "line 1" },
		{ "1e9\n", 0, "line 1" },
		{ "1e99999999999999999999\n", 0, "line 1" },
		{ "1e\n", 0, "line 1" },
		{ "e3\n", 0, "line 1" },
		{ ".\n", 0, "line 1" },
		{ "1.2.3\n", 0, "line 1" },
		{ "-1e-3\n", 0, "line 1" },
		{ "40m\n", 0, "line 1" },
		{ "275s\n", 0, "line 1" },
		{ "6b21\n6b20\nxyz\n", 0, "frame 2" },
		{ "6b21\n0002\n0001\n", 0, "frame 1" },
		{ "40,5\n", 0, "line 1" },
		{ "40 50\n", 0, "line 1" },
		{ "Lost\n", 0, "line 1" },
		{ "lostlost\n", 0, "line 1" },
		{ "5\n1234567890123456789012345678901234567890\n", 0, "line 2" },
		{ "5\n4\0"
		  "0\n",
			6, "line 2" },
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const size_t n = rows[i].n_chars ? rows[i].n_chars : strlen(rows[i].text);
		struct trace trace = { 0 };
		struct io_error error;
		if (trace_parse(&trace, rows[i].text, n, &error))
			fail_msg("\"%s\" was taken", rows[i].text);
		if (!strstr(error.text, rows[i].complaint))
			fail_msg("\"%s\": \"%s\" does not say \"%s\"", rows[i].text, error.text,
				rows[i].complaint);
		trace_end(&trace);
	}
}

/* 16-bit words of either byte order; the last frame's bits are cut off. */
static void test_g192_words(void **state)
{
	static const uint16_t words[] = { 0x6b21, 3, 0x7f, 0x81, 0x7f, 0x6b20, 3, 0x7f, 0x7f, 0x7f,
		0x6b21, 0, 0x6b20, 0x6b21, 2, 0x81 };
	static const uint16_t pattern[] = { 0x7f, 0x81, 0x81, 0x7f };

	(void)state;
	for (int is_big = 0; is_big < 2; is_big++) {
		char bytes[2 * N_ROWS(words)];
		struct trace trace = { 0 };
		for (size_t i = 0; i < N_ROWS(words); i++) {
			bytes[2 * i + (size_t)!is_big] = (char)(words[i] >> 8);
			bytes[2 * i + (size_t)is_big] = (char)words[i];
		}
		assert_true(trace_parse(&trace, bytes, sizeof bytes, NULL));
		assert_int_equal(trace.form, TRACE_G192);
		assert_int_equal(trace.n_packets, 5);
		for (size_t i = 0; i < 5; i++)
			assert_int_equal(trace.delays_us[i], i == 1 || i == 3 ? TRACE_LOST : 0);
		trace_end(&trace);
		for (size_t i = 0; i < N_ROWS(pattern); i++) {
			bytes[2 * i + (size_t)!is_big] = (char)(pattern[i] >> 8);
			bytes[2 * i + (size_t)is_big] = (char)pattern[i];
		}
		assert_true(trace_parse(&trace, bytes, 2 * N_ROWS(pattern), NULL));
		assert_int_equal(trace.n_packets, 4);
		assert_int_equal(trace.delays_us[2], TRACE_LOST);
		assert_false(trace_parse(&trace, bytes, 2 * N_ROWS(pattern) - 1, NULL));
		trace_end(&trace);
	}
}

/* Times of a link are no delays; a few delays that rise are, a route that becomes longer, and what
 * has a unit. */
static void test_mahimahi_is_refused(void **state)
{
	static const struct {
		int n_lines, rise, every;
		const char *unit;
		bool is_mahimahi;
	} rows[] = {
		{ 100, 1, 1, "", true },
		{ 100, 5000, 2, "", true }, /* beyond what a delay may be, too */
		{ 19, 1, 1, "", false },
		{ 100, 30, 50, "", false },
		{ 100, 1, 1, "ms", false },
		{ 100, -1, 1, "", false },
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct trace trace = { 0 };
		struct io_error error;
		char text[2000];
		size_t n = 0;
		for (int k = 0; k < rows[i].n_lines; k++)
			n += (size_t)snprintf(text + n, sizeof text - n, "%d%s\n",
				1000 + k / rows[i].every * rows[i].rise, rows[i].unit);
		assert_row_equal(
			"taken", trace_parse(&trace, text, n, &error), !rows[i].is_mahimahi);
		if (rows[i].is_mahimahi)
			assert_non_null(strstr(error.text, "Mahimahi"));
		trace_end(&trace);
	}
}

static void test_a_trace_begins_again(void **state)
{
	struct trace trace = { 0 };
	struct channel_fate fate;

	(void)state;
	assert_true(trace_parse(&trace, "40\nlost\n10\n", 11, NULL));
	for (uint64_t n = 0; n < 9; n++) {
		trace_fate(&trace, n, 5000, &fate);
		assert_int_equal(fate.n, n);
		assert_int_equal(fate.outcome, n % 3 == 1 ? CHANNEL_LOST : CHANNEL_DELIVERED);
		assert_int_equal(fate.n_copies, n % 3 == 1 ? 0 : 1);
		if (n % 3 != 1)
			assert_int_equal(fate.departure_us[0], n % 3 ? 15000 : 45000);
	}
	assert_int_equal(trace_packets_under_way_max(&trace, 20000), 4);
	assert_int_equal(trace_packets_under_way_max(&trace, 2500), 18);
	trace_end(&trace);
	trace_end(&trace);
}

static void test_a_long_file_is_read_whole(void **state)
{
	enum { N_LINES = 50000 };
	char path[32];
	struct trace trace = { 0 };
	struct io_error error;
	FILE *const file = tmpfile();

	(void)state;
	assert_non_null(file);
	for (int i = 0; i < N_LINES; i++)
		fprintf(file, "%d\n", i % 1000);
	fflush(file);
	snprintf(path, sizeof path, "/dev/fd/%d", fileno(file));
	rewind(file);
	assert_true(trace_load(&trace, path, &error));
	assert_int_equal(trace.n_packets, N_LINES);
	assert_int_equal(trace.delays_us[N_LINES - 1], 999000);
	trace_end(&trace);
	fclose(file);
	assert_false(trace_load(&trace, "/there/is/none", &error));
	assert_string_equal(error.text, "No such file or directory");
	assert_false(trace_load(&trace, "/", &error));
	trace_end(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_are_read),
		cmocka_unit_test(test_others_are_refused),
		cmocka_unit_test(test_g192_words),
		cmocka_unit_test(test_mahimahi_is_refused),
		cmocka_unit_test(test_a_trace_begins_again),
		cmocka_unit_test(test_a_long_file_is_read_whole),
	};
	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
