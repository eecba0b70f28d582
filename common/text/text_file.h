/* Short text files, read and written as a whole.
 * Thread: any; no state. The file is opened and closed within a call. */
#ifndef HINDSIGHT_COMMON_TEXT_TEXT_FILE_H
#define HINDSIGHT_COMMON_TEXT_TEXT_FILE_H

#include "common/io/io_error.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether a regular file has this name. */
bool text_file_is_there(const char *path);

/* Reads the first n_chars_max characters; *n_chars: how many there are. False: *error says why. */
bool text_file_read(
	const char *path, char *text, size_t n_chars_max, size_t *n_chars, struct io_error *error);

/* Writes all of it; "-" is stdout. A file is replaced atomically once the new one is complete, so
 * that half a file is never read; an existing pipe or device is written to. */
bool text_file_write(const char *path, const char *text, size_t n_chars, struct io_error *error);

#endif
