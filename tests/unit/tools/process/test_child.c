/* Programs that are started and looked after: how they end, and what they say. */
#include "tools/process/child.h"

#include "common/base/units.h"
#include "common/io/monotonic.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_US (60 * US_PER_SECOND)

static struct child start(const char *script, enum child_output output)
{
	char *const argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, (char *)(uintptr_t)script,
		NULL };
	struct io_error error = { "" };
	struct child c;

	if (!child_start(&c, argv, &(struct child_setup){ .output = output }, &error))
		fail_msg("%s", error.text);
	return c;
}

static void its_end_is_told(void **state)
{
	static const struct {
		const char *script;
		int status;
	} rows[] = {
		{ "exit 0", 0 }, { "exit 3", 3 }, { "kill -TERM $$", 128 + SIGTERM },
		{ "kill -KILL $$", 128 + SIGKILL },
		{ "read line", 1 }, /* standard input is empty */
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct child c = start(rows[i].script, CHILD_SILENT);
		assert_row_equal(rows[i].script, child_result(&c, PATIENCE_US), rows[i].status);
		assert_false(child_is_running(&c));
	}
}

static void what_cannot_be_run_is_named(void **state)
{
	char *const argv[] = { (char[]){ "no-such-program" }, NULL };
	const struct child_setup setup = { .output = CHILD_SILENT };
	struct io_error error = { "" };
	struct child c;
	(void)state;
	assert_false(child_start(&c, argv, &setup, &error));
	assert_non_null(strstr(error.text, "no-such-program"));
	assert_false(child_is_running(&c));
}

static void what_it_says_is_read(void **state)
{
	static const struct {
		const char *name;
		enum child_output output;
		const char *said;
	} rows[] = {
		{ "stdout", CHILD_READ_STDOUT, "out" },
		{ "stderr", CHILD_READ_STDERR, "err" },
		{ "neither", CHILD_SILENT, "" },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct child c = start("printf out; printf err >&2", rows[i].output);
		const int64_t end_us = monotonic_now_us() + PATIENCE_US;
		char text[100];
		size_t n = 0, n_more = 1;
		for (int k = 0; k < 10 && n_more > 0; k++) {
			n_more = child_read(&c, text + n, sizeof text - 1 - n, end_us);
			n += n_more;
		}
		text[n] = '\0';
		assert_string_equal(text, rows[i].said);
		assert_row_equal(rows[i].name, child_result(&c, PATIENCE_US), 0);
	}
}

static void nobody_is_waited_for_too_long(void **state)
{
	char byte;
	struct child c = start("exec sleep 1000", CHILD_READ_STDOUT);
	(void)state;
	assert_true(child_is_running(&c));
	assert_false(child_wait(&c, monotonic_now_us() + 10 * US_PER_MS));
	assert_int_equal(child_read(&c, &byte, 1, monotonic_now_us() + 10 * US_PER_MS), 0);
	assert_int_equal(child_result(&c, 10 * US_PER_MS), 128 + SIGKILL);
}

/* It hears the signal first; what it does then is its own affair, for two seconds. */
static void it_is_asked_before_it_is_killed(void **state)
{
	struct child polite = start(
		"trap 'exit 7' TERM; echo x; while :; do sleep 0.01; done", CHILD_READ_STDOUT);
	char byte;
	(void)state;
	assert_int_equal(child_read(&polite, &byte, 1, monotonic_now_us() + PATIENCE_US), 1);
	child_end(&polite, SIGTERM);
	assert_in_range(polite.status, 7, 128 + SIGKILL);
	if (polite.status != 7) /* this machine was two seconds late */
		assert_int_equal(polite.status, 128 + SIGKILL);
	child_end(&polite, SIGTERM); /* nothing is there any more */
}

static void it_writes_into_files(void **state)
{
	char path[] = "/tmp/hindsight-child-XXXXXX";
	char *const argv[] = { (char[]){ "echo" }, (char[]){ "hello" }, NULL };
	char text[100] = "";
	struct child c;
	(void)state;
	close(mkstemp(path));
	const struct child_setup setup = { .output = CHILD_IN_FILES, .stdout_path = path };
	assert_true(child_start(&c, argv, &setup, NULL));
	assert_int_equal(child_result(&c, PATIENCE_US), 0);
	FILE *const file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof text, file));
	fclose(file);
	assert_string_equal(text, "hello\n");
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_end_is_told),
		cmocka_unit_test(what_cannot_be_run_is_named),
		cmocka_unit_test(what_it_says_is_read),
		cmocka_unit_test(nobody_is_waited_for_too_long),
		cmocka_unit_test(it_is_asked_before_it_is_killed),
		cmocka_unit_test(it_writes_into_files),
	};
	return cmocka_run_group_tests_name("child", tests, NULL, NULL);
}
