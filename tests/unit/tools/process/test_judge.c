/* A judge of the user's own: small shell scripts that answer, fail, babble and hang. */
#include "tests/unit/unit.h"

#include "common/io/monotonic.h"
#include "common/base/units.h"
#include "tools/process/judge.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/hindsight-judge-XXXXXX", path[64];

static void write_judge(const char *lines)
{
	FILE *const file = fopen(path, "w");

	assert_non_null(file);
	fprintf(file, "#!/bin/sh\n%s\n", lines);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

static bool ask(const char *lines, int64_t limit_us, double *figure, struct io_error *error)
{
	write_judge(lines);
	return judge_ask(figure, path, "a b.wav", "$(exit 3).wav", limit_us, error);
}

static void a_number_is_taken(void **state)
{
	static const struct {
		const char *lines;
		double figure;
	} rows[] = {
		{ "echo 3.25", 3.25 },
		{ "printf '  -1.5e-1\\r\\n\\n'", -0.15 },
		{ "echo noise >&2; printf 4.5486559867858887", 4.5486559867858887 },
		{ "[ $# = 2 ] && [ \"$1\" = 'a b.wav' ] && [ \"$2\" = '$(exit 3).wav' ] && echo 2",
			2 },
	};
	struct io_error error;
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		double figure = 0;
		if (!ask(rows[i].lines, 10 * US_PER_SECOND, &figure, &error))
			fail_msg("%s: %s", rows[i].lines, error.text);
		assert_true(figure == rows[i].figure);
	}
}

static void what_is_no_answer_is_refused(void **state)
{
	static const struct {
		const char *lines, *word;
	} rows[] = {
		{ "echo 3.25; exit 4", "status 4" },
		{ "kill -9 $$", "status 137" },
		{ "echo MOS 3.25", "\"MOS 3.25\"" },
		{ "echo 3.25; echo 3.5", "no number" },
		{ "echo nan", "no number" },
		{ "true", "no number" },
		{ "while :; do echo 3; done", "more than a number" },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct io_error error = { "" };
		double figure = 7;
		assert_false(ask(rows[i].lines, 10 * US_PER_SECOND, &figure, &error));
		if (!strstr(error.text, rows[i].word))
			fail_msg("%s: %s", rows[i].lines, error.text);
		assert_true(figure == 7);
	}
}

/* Whether a process of this group runs; one that has ended and that nobody has taken away does
 * not. */
static bool group_runs(int group)
{
	DIR *const processes = opendir("/proc");
	bool runs = false;

	assert_non_null(processes);
	for (struct dirent *entry = readdir(processes); entry && !runs;
		entry = readdir(processes)) {
		char stat_path[300], state = 'Z';
		int its_group = 0;
		snprintf(stat_path, sizeof stat_path, "/proc/%s/stat", entry->d_name);
		FILE *const file = fopen(stat_path, "r");
		if (!file)
			continue;
		runs = fscanf(file, "%*d (%*[^)]) %c %*d %d", &state, &its_group) == 2 &&
		       its_group == group && state != 'Z';
		fclose(file);
	}
	closedir(processes);
	return runs;
}

/* It is ended in time, with all that it has started, even where its output is closed. */
static void one_that_hangs_is_ended(void **state)
{
	static const char *const lines[] = { "echo $$ >%s.pid; sleep 100",
		"echo $$ >%s.pid; sleep 100 & wait",
		"echo $$ >%s.pid; echo 3; exec >&-; sleep 100" };
	char script[200], pid_path[80];
	(void)state;
	snprintf(pid_path, sizeof pid_path, "%s.pid", path);
	for (size_t i = 0; i < N_ROWS(lines); i++) {
		struct io_error error = { "" };
		double figure = 7;
		int group = 0;
		snprintf(script, sizeof script, lines[i], path);
		const int64_t begin_us = monotonic_now_us();
		assert_false(ask(script, US_PER_SECOND, &figure, &error));
		assert_true(monotonic_now_us() - begin_us < 10 * US_PER_SECOND);
		assert_non_null(strstr(error.text, "within 1 s"));
		FILE *const file = fopen(pid_path, "r");
		assert_true(file && fscanf(file, "%d", &group) == 1);
		fclose(file);
		for (int tries = 0; group_runs(group) && tries < 500; tries++)
			monotonic_sleep_until_us(monotonic_now_us() + 10 * US_PER_MS);
		assert_false(group_runs(group));
		remove(pid_path);
	}
}

static void one_that_is_not_there_is_known(void **state)
{
	struct io_error error = { "" };
	(void)state;
	write_judge("echo 1");
	assert_true(judge_is_there(path, &error) && judge_is_there("sh", &error));
	assert_false(judge_is_there("/none/at/all", &error));
	assert_non_null(strstr(error.text, "No such file"));
	assert_false(judge_is_there("no-such-judge", &error) || judge_is_there("", &error));
	assert_non_null(strstr(error.text, "PATH"));
	assert_false(judge_is_there(folder, &error));
	assert_int_equal(chmod(path, 0644), 0);
	assert_true(geteuid() == 0 || !judge_is_there(path, &error));
	assert_true(judge_limit_us(8) == 60 * US_PER_SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_taken),
		cmocka_unit_test(what_is_no_answer_is_refused),
		cmocka_unit_test(one_that_hangs_is_ended),
		cmocka_unit_test(one_that_is_not_there_is_known),
	};
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof path, "%s/judge", folder);
	const int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
	remove(path);
	rmdir(folder);
	return n_failed;
}
