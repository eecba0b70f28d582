/* Why a step of the shell failed, in one line of text: what was requested, and what is wrong;
 * without the program's name, which the log line adds, and without a line end. Owner: the caller;
 * written on failure only. */
#ifndef HINDSIGHT_COMMON_IO_IO_ERROR_H
#define HINDSIGHT_COMMON_IO_IO_ERROR_H

#include <stdbool.h>

enum { IO_ERROR_TEXT_BYTES = 256 };

struct io_error {
	char text[IO_ERROR_TEXT_BYTES];
};

/* Writes the line, cut to fit. error may be NULL, where the caller does not need the reason.
 * Returns false always, so that a failing step can `return io_error_set(...)`. */
bool io_error_set(struct io_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
