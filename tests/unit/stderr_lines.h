/* What a call prints to standard error: a program's messages. Header-only; Linux. */
#ifndef HINDSIGHT_TESTS_UNIT_STDERR_LINES_H
#define HINDSIGHT_TESTS_UNIT_STDERR_LINES_H

#include "tests/unit/unit.h"

#include <stdio.h>
#include <unistd.h>

struct stderr_lines {
	FILE *file;
	int old_stderr;
	char text[2000];
	int n_lines;
};

static inline struct stderr_lines stderr_lines_begin(void)
{
	struct stderr_lines s = { .file = tmpfile(), .old_stderr = dup(STDERR_FILENO) };
	assert_non_null(s.file);
	fflush(stderr);
	assert_true(dup2(fileno(s.file), STDERR_FILENO) >= 0);
	return s;
}

/* Standard error is again what it was; text and n_lines say what was printed. */
static inline void stderr_lines_end(struct stderr_lines *s)
{
	fflush(stderr);
	dup2(s->old_stderr, STDERR_FILENO);
	close(s->old_stderr);
	rewind(s->file);
	s->text[fread(s->text, 1, sizeof s->text - 1, s->file)] = '\0';
	fclose(s->file);
	for (const char *at = s->text; *at; at++)
		s->n_lines += *at == '\n';
}

#endif
