/* Traces: what a line may say, what is refused, and what becomes of packet n. */
#include "tests/unit/unit.h"

#include "tools/sim/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DELAYS_MAX = 6 };

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
		{ "1e3\n", 0, "line 1" },
		{ "nan\n", 0, "line 1" },
		{ "inf\n", 0, "line 1" },
		{ "0x10\n", 0, "line 1" },
		{ "40ms\n", 0, "line 1" },
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
		cmocka_unit_test(test_a_trace_begins_again),
		cmocka_unit_test(test_a_long_file_is_read_whole),
	};
	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
