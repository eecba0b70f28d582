#include "tools/process/gnuplot.h"

#include "common/base/units.h"
#include "common/io/monotonic.h"
#include "tools/process/child.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TIMEOUT_US (60 * US_PER_SECOND)

enum { PICTURE_BYTES_MAX = 8 << 20, COMPLAINT_BYTES = 2048 };

/* Files without a name, gone when they are closed. Unlike pipes they never make a side wait. */
struct files {
	int script, picture, complaint;
};

static bool open_files(struct files *files)
{
	files->script = memfd_create("script", MFD_CLOEXEC);
	files->picture = memfd_create("picture", MFD_CLOEXEC);
	files->complaint = memfd_create("complaint", MFD_CLOEXEC);
	return files->script >= 0 && files->picture >= 0 && files->complaint >= 0;
}

static void close_files(const struct files *files)
{
	const int fds[] = { files->script, files->picture, files->complaint };

	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static bool write_script(int fd, const struct text_buffer *script)
{
	for (size_t n_done = 0; n_done < script->n_chars;) {
		const ssize_t n = write(fd, script->text + n_done, script->n_chars - n_done);
		if (n < 0)
			return false;
		n_done += (size_t)n;
	}
	return lseek(fd, 0, SEEK_SET) == 0;
}

/* From the file's start, wherever its writer stands. */
static size_t read_file(int fd, char *text, size_t n_bytes)
{
	size_t n_read = 0;
	ssize_t n = 1;

	while (n > 0 && n_read < n_bytes) {
		n = pread(fd, text + n_read, n_bytes - n_read, (off_t)n_read);
		n_read += n > 0 ? (size_t)n : 0;
	}
	return n_read;
}

/* gnuplot shows the line at which it failed and a caret below it; its last line says what is
 * wrong. */
static bool refused(const struct files *files, struct io_error *error)
{
	char text[COMPLAINT_BYTES];
	size_t n_chars = read_file(files->complaint, text, sizeof text - 1);

	while (n_chars > 0 && (text[n_chars - 1] == ' ' || text[n_chars - 1] == '\n'))
		n_chars--;
	text[n_chars] = '\0';
	const char *const line = strrchr(text, '\n') ? strrchr(text, '\n') + 1 : text;
	return io_error_set(error, "gnuplot failed%s%.200s", *line ? ": " : "", line);
}

static bool take_picture(int fd, struct text_buffer *picture, struct io_error *error)
{
	struct stat status;

	if (fstat(fd, &status) != 0 || status.st_size > PICTURE_BYTES_MAX)
		return io_error_set(error, "gnuplot's picture is too large");
	const size_t n_bytes = (size_t)status.st_size;
	char *const text = malloc(n_bytes + 1);
	if (text)
		text_buffer_put_chars(picture, text, read_file(fd, text, n_bytes));
	free(text);
	return (text && !picture->has_failed) || io_error_set(error, "out of memory");
}

static bool run(const struct files *files, struct io_error *error)
{
	char *const argv[] = { "gnuplot", NULL };
	const struct child_setup setup = {
		.output = CHILD_IN_OPEN_FILES,
		.stdin_fd = files->script,
		.stdout_fd = files->picture,
		.stderr_fd = files->complaint,
	};
	struct child child;

	if (!child_start(&child, argv, &setup, NULL))
		return io_error_set(error, "gnuplot is not installed (Debian: gnuplot-nox)");
	const bool is_in_time = child_wait(&child, monotonic_now_us() + TIMEOUT_US);
	child_end(&child, SIGKILL);
	if (!is_in_time)
		return io_error_set(error, "gnuplot took too long");
	return child.status == 0 || refused(files, error);
}

bool gnuplot_draw(
	struct text_buffer *picture, const struct text_buffer *script, struct io_error *error)
{
	struct files files;
	bool ok;

	if (script->has_failed)
		return io_error_set(error, "out of memory");
	ok = open_files(&files) && write_script(files.script, script);
	if (!ok)
		io_error_set(error, "no file for gnuplot: %s", strerror(errno));
	ok = ok && run(&files, error) && take_picture(files.picture, picture, error);
	close_files(&files);
	return ok;
}

bool gnuplot_is_there(struct io_error *error)
{
	const struct text_buffer script = { 0 };
	struct text_buffer picture = { 0 };
	const bool is_there = gnuplot_draw(&picture, &script, error);

	text_buffer_end(&picture);
	return is_there;
}

void gnuplot_put_quoted(struct text_buffer *script, const char *text)
{
	text_buffer_put_chars(script, "'", 1);
	for (; *text; text++) {
		if (*text == '\'') /* doubled, it stands for itself */
			text_buffer_put_chars(script, "'", 1);
		text_buffer_put_chars(script, text, 1);
	}
	text_buffer_put_chars(script, "'", 1);
}
