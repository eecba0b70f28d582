#include "tools/process/judge.h"

#include "common/io/monotonic.h"
#include "common/base/units.h"
#include "tools/process/child.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OUTPUT_BYTES = 4096 };

#define LIMIT_US	 (20 * US_PER_SECOND)
#define LIMIT_PER_LENGTH 5

int64_t judge_limit_us(double seconds)
{
	return LIMIT_US + (int64_t)(LIMIT_PER_LENGTH * seconds * US_PER_SECOND);
}

static bool can_run(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return false;
	if (!S_ISREG(status.st_mode)) {
		errno = EACCES;
		return false;
	}
	return access(path, X_OK) == 0;
}

bool judge_is_there(const char *program, struct io_error *error)
{
	const char *folders = getenv("PATH");
	char path[PATH_MAX];

	if (strchr(program, '/'))
		return can_run(program) || io_error_set(error, "%s", strerror(errno));
	while (folders && *program) {
		const char *const end = strchr(folders, ':');
		const int n_chars = end ? (int)(end - folders) : (int)strlen(folders);
		snprintf(path, sizeof path, "%.*s/%s", n_chars, folders, program);
		if (can_run(path))
			return true;
		folders = end ? end + 1 : NULL;
	}
	return io_error_set(error, "no such program is in PATH");
}

/* All that it prints, until it closes its output, it is time, or there is too much of it. */
static size_t listen(struct child *child, char text[OUTPUT_BYTES], int64_t until_us)
{
	size_t n_chars = 0, n;

	do {
		n = child_read(child, text + n_chars, OUTPUT_BYTES - 1 - n_chars, until_us);
		n_chars += n;
	} while (n > 0 && n_chars < OUTPUT_BYTES - 1);
	text[n_chars] = '\0';
	return n_chars;
}

/* One number, with blanks and line ends around it. */
static bool take_number(double *figure, const char *text)
{
	char *end;
	const double number = strtod(text, &end);

	if (end == text || !isfinite(number))
		return false;
	end += strspn(end, " \t\r\n");
	if (*end != '\0')
		return false;
	*figure = number;
	return true;
}

bool judge_ask(double *figure, const char *program, const char *clean_path, const char *heard_path,
	int64_t limit_us, struct io_error *error)
{
	char *const words[] = { (char *)program, (char *)clean_path, (char *)heard_path, NULL };
	const struct child_setup setup = { .output = CHILD_READ_STDOUT };
	const int64_t until_us = monotonic_now_us() + limit_us;
	char text[OUTPUT_BYTES];
	struct child child;
	double number = 0;

	if (!child_start(&child, words, &setup, error))
		return false;
	const pid_t group = child.pid;
	const size_t n_chars = listen(&child, text, until_us);
	const bool is_flood = n_chars == OUTPUT_BYTES - 1;
	const bool has_ended = !is_flood && child_wait(&child, until_us);
	if (!has_ended && child.pid > 0)
		kill(-group, SIGKILL); /* and what it has started */
	child_end(&child, SIGKILL);
	if (is_flood)
		return io_error_set(error, "printed more than a number");
	if (!has_ended)
		return io_error_set(error, "gave no answer within %.0f s and was killed",
			(double)limit_us / US_PER_SECOND);
	if (child.status != 0)
		return io_error_set(error, "ended with status %d", child.status);
	if (!take_number(&number, text))
		return io_error_set(
			error, "printed no number, but \"%.*s\"", (int)strcspn(text, "\r\n"), text);
	*figure = number;
	return true;
}
