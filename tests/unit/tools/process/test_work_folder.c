/* A folder that is gone when its program is, however that ended, and the keeper who sees to it. */
#include "tools/process/work_folder.h"

#include "common/base/units.h"
#include "common/io/monotonic.h"
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_US (60 * US_PER_SECOND)

static char out[] = "/tmp/hindsight-work-XXXXXX";

static bool is_there(const char *name)
{
	char path[200];
	struct stat status;

	snprintf(path, sizeof path, "%s/%s", out, name);
	return stat(path, &status) == 0;
}

/* Whether it goes, soon. */
static bool goes(const char *name)
{
	const int64_t end_us = monotonic_now_us() + PATIENCE_US;

	while (is_there(name) && monotonic_now_us() < end_us)
		monotonic_sleep_until_us(monotonic_now_us() + 5 * US_PER_MS);
	return !is_there(name);
}

static void whole_files_get_their_place(void **state)
{
	struct work_folder folder;
	struct io_error error = { "" };
	(void)state;
	assert_true(work_folder_open(&folder, out, &error));
	assert_true(is_there(".work"));
	assert_true(work_folder_put(&folder, "a.txt", "first", 5, &error));
	assert_true(work_folder_put(&folder, "a.txt", "second", 6, &error));
	char path[WORK_PATH_BYTES + 10], text[20] = "";
	snprintf(path, sizeof path, "%s/a.txt", out);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof text, file));
	fclose(file);
	assert_string_equal(text, "second");

	snprintf(path, sizeof path, "%s/b", folder.path);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	assert_true(work_folder_move(&folder, path, "deep/er/b.txt", &error));
	assert_true(is_there("deep/er/b.txt"));
	assert_false(work_folder_move(&folder, path, "c.txt", &error)); /* it is gone from there */
	assert_non_null(strstr(error.text, "c.txt"));
	work_folder_close(&folder);
	assert_false(is_there(".work"));
	assert_true(is_there("a.txt"));
}

static void one_program_at_a_time_has_it(void **state)
{
	struct work_folder first, second;
	struct io_error error = { "" };
	(void)state;
	assert_true(work_folder_open(&first, out, &error));
	assert_false(work_folder_open(&second, out, &error));
	assert_true(is_there(".work"));
	work_folder_close(&first);
	assert_true(work_folder_open(&second, out, &error));
	work_folder_close(&second);
	assert_false(work_folder_open(&first, "/dev/null", &error));
	assert_false(work_folder_open(&first, "/no/such/folder", &error));
}

/* SIGKILL: nothing of the program's own runs any more. */
static void who_is_killed_leaves_nothing(void **state)
{
	int ready[2];
	char byte;
	(void)state;
	assert_int_equal(pipe(ready), 0);
	const pid_t pid = fork();
	if (pid == 0) {
		static struct work_folder folder;
		struct io_error error;
		const bool ok = work_folder_open(&folder, out, &error);
		close(ready[0]);
		if (!ok || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (int i = 0; i < 600; i++)
			sleep(1);
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_true(is_there(".work"));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ready[0]);
	assert_true(goes(".work"));
}

static void touch(const void *context)
{
	FILE *const file = fopen(context, "w");

	if (file)
		fclose(file);
}

static void a_keeper_undoes_once_it_is_asked(void **state)
{
	struct keeper keeper, never = { 0 };
	char path[200];
	(void)state;
	snprintf(path, sizeof path, "%s/undone", out);
	assert_true(keeper_start(&keeper, touch, path));
	assert_false(is_there("undone"));
	path[0] = '\0'; /* he has a copy of his own */
	keeper_end(&keeper);
	assert_true(is_there("undone"));
	keeper_end(&never);
	keeper_end(&keeper);
}

static int make_out(void **state)
{
	(void)state;
	return mkdtemp(out) ? 0 : -1;
}

static int remove_out(void **state)
{
	char command[200];
	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", out);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_files_get_their_place),
		cmocka_unit_test(one_program_at_a_time_has_it),
		cmocka_unit_test(who_is_killed_leaves_nothing),
		cmocka_unit_test(a_keeper_undoes_once_it_is_asked),
	};
	return cmocka_run_group_tests_name("work folder", tests, make_out, remove_out);
}
