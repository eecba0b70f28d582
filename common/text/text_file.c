#include "common/text/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool text_file_is_there(const char *path)
{
	struct stat status;
	return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

bool text_file_read(
	const char *path, char *text, size_t n_chars_max, size_t *n_chars, struct io_error *error)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n_read = 0;
	ssize_t n = 1;

	while (fd >= 0 && n > 0 && n_read < n_chars_max) {
		n = read(fd, text + n_read, n_chars_max - n_read);
		n_read += n > 0 ? (size_t)n : 0;
	}
	if (fd < 0 || n < 0)
		io_error_set(error, "cannot be read: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	*n_chars = n_read;
	return fd >= 0 && n >= 0;
}

/* Closes the descriptor at the end, unless it is stdout's. */
static bool put(int fd, const char *text, size_t n_chars, struct io_error *error)
{
	bool ok = fd >= 0;

	for (size_t n_done = 0; ok && n_done < n_chars;) {
		const ssize_t n = write(fd, text + n_done, n_chars - n_done);
		ok = n >= 0;
		n_done += ok ? (size_t)n : 0;
	}
	if (!ok)
		io_error_set(error, "cannot be written: %s", strerror(errno));
	if (fd > STDERR_FILENO && close(fd) < 0 && ok)
		ok = io_error_set(error, "cannot be written: %s", strerror(errno));
	return ok;
}

bool text_file_write(const char *path, const char *text, size_t n_chars, struct io_error *error)
{
	char begun[PATH_MAX];
	struct stat status;

	if (strcmp(path, "-") == 0)
		return put(STDOUT_FILENO, text, n_chars, error);
	if (lstat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return put(open(path, O_WRONLY | O_TRUNC | O_CLOEXEC), text, n_chars, error);

	const int n_begun = snprintf(begun, sizeof begun, "%s.%ld", path, (long)getpid());
	if (n_begun < 0 || (size_t)n_begun >= sizeof begun)
		return io_error_set(error, "is too long for the name of a file");
	const int fd = open(begun, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (!put(fd, text, n_chars, error)) {
		if (fd >= 0)
			unlink(begun);
		return false;
	}
	if (rename(begun, path) == 0)
		return true;
	io_error_set(error, "cannot be written: %s", strerror(errno));
	unlink(begun);
	return false;
}
