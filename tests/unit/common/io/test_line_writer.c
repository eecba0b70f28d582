/* line_writer: whole lines, and nothing waits for a reader that is slow, gone, or not there yet. */
#include "common/base/units.h"
#include "common/io/line_writer.h"
#include "common/io/monotonic.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/hindsight-line-XXXXXX", fifo[64];

static void put(struct line_writer *w, const char *text)
{
	struct io_error error;

	if (!line_writer_put(w, text, strlen(text), 0, &error))
		fail_msg("%s", error.text);
}

static void a_fifo_waits_for_nobody(void **state)
{
	struct line_writer w;
	char got[64];
	(void)state;

	assert_true(line_writer_open(&w, fifo, NULL));
	put(&w, "nobody reads\n");
	assert_int_equal(w.n_dropped, 1);
	for (int round = 0; round < 2; round++) { /* a reader comes, goes, and another one comes */
		const int reader = open(fifo, O_RDONLY | O_NONBLOCK);
		assert_true(reader >= 0);
		put(&w, "heard\n");
		assert_int_equal(read(reader, got, sizeof got), 6);
		close(reader);
		put(&w, "gone\n");
		assert_int_equal(w.n_dropped, 2 + round);
	}
	assert_true(line_writer_close(&w, NULL));
	assert_true(line_writer_close(&w, NULL));
}

/* Lines are dropped whole while the reader stands still, and come whole after it. */
static void a_slow_reader_gets_whole_lines(void **state)
{
	struct line_writer w;
	static char line[1000], got[200000];
	(void)state;

	memset(line, 'x', sizeof line);
	line[sizeof line - 1] = '\n';
	const int reader = open(fifo, O_RDONLY | O_NONBLOCK);
	assert_true(line_writer_open(&w, fifo, NULL));
	const int64_t begin_us = monotonic_now_us();
	for (int i = 0; i < 200; i++)
		assert_true(line_writer_put(&w, line, sizeof line, 0, NULL));
	assert_true(monotonic_now_us() - begin_us < 5 * US_PER_SECOND);
	const ssize_t n = read(reader, got, sizeof got);
	assert_true(n > 0 && n % (ssize_t)sizeof line == 0);
	assert_int_equal(n / (ssize_t)sizeof line + w.n_dropped, 200);
	put(&w, "end\n");
	assert_int_equal(read(reader, got, sizeof got), 4);
	line_writer_close(&w, NULL);
	close(reader);
}

static void a_full_disk_is_a_failure(void **state)
{
	struct line_writer w;
	struct io_error error = { "" };
	(void)state;

	if (!line_writer_open(&w, "/dev/full", &error))
		skip();
	assert_false(line_writer_put(&w, "x\n", 2, 0, &error));
	assert_non_null(strstr(error.text, "No space"));
	line_writer_close(&w, NULL);
	assert_false(line_writer_open(&w, "/no/such/folder/x", &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fifo_waits_for_nobody),
		cmocka_unit_test(a_slow_reader_gets_whole_lines),
		cmocka_unit_test(a_full_disk_is_a_failure),
	};
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(folder))
		return 1;
	snprintf(fifo, sizeof fifo, "%s/fifo", folder);
	if (mkfifo(fifo, 0600) != 0)
		return 1;
	const int failures = cmocka_run_group_tests_name("line_writer", tests, NULL, NULL);
	unlink(fifo);
	rmdir(folder);
	return failures;
}
