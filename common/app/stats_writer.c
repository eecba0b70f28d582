#include "common/app/stats_writer.h"

#include "common/text/json_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_DEFAULT = 80 };

static bool failed(struct stats_writer *w, struct io_error *error)
{
	w->has_failed = true;
	return io_error_set(error, "statistics to %s: %s", w->name, strerror(errno));
}

bool stats_writer_open(
	struct stats_writer *w, enum stats_format format, const char *path, struct io_error *error)
{
	*w = (struct stats_writer){ .format = format, .name = path ? path : "stderr" };
	if (format == STATS_NONE)
		return true;

	/* A stream of our own even for stderr: it is buffered, so a record is one write. */
	const int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
			    : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return failed(w, error);
	w->file = fdopen(fd, "w");
	if (!w->file) {
		failed(w, error);
		close(fd);
		return false;
	}
	w->is_terminal = isatty(fd);
	return true;
}

static void put_json(
	struct stats_writer *w, const struct stats_field *fields, size_t n_fields, bool is_summary)
{
	struct json_writer json;

	json_writer_init(&json, w->file);
	json_writer_open_object(&json, NULL);
	for (size_t i = 0; i < n_fields; i++) {
		if (fields[i].word)
			json_writer_text(&json, fields[i].name, fields[i].word);
		else if (fields[i].is_count)
			json_writer_count(&json, fields[i].name, fields[i].value);
		else
			json_writer_number(&json, fields[i].name, fields[i].value);
	}
	if (is_summary)
		json_writer_bool(&json, "summary", true);
	json_writer_close_object(&json);
	fputc('\n', w->file);
}

static size_t terminal_columns(const struct stats_writer *w)
{
	struct winsize size;
	if (ioctl(fileno(w->file), TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
		return size.ws_col;
	return COLUMNS_DEFAULT;
}

/* How many bytes of the text fit in n_columns: a byte of the form 10xxxxxx continues a character
 * (RFC 3629, 3). */
static size_t bytes_within(const char *text, size_t n_columns)
{
	size_t n_bytes = 0;
	for (size_t column = 0; text[n_bytes]; n_bytes++) {
		const bool is_continued = ((unsigned char)text[n_bytes] & 0xc0) == 0x80;
		if (!is_continued && column++ == n_columns)
			break;
	}
	return n_bytes;
}

static void put_text(struct stats_writer *w, const char *text, bool is_summary)
{
	if (!w->is_terminal) {
		fprintf(w->file, "%s\n", text);
		return;
	}
	if (is_summary) {
		fprintf(w->file, "\r\033[K%s\n", text);
		w->is_line_open = false;
		return;
	}
	/* The last column stays free: some terminals wrap as soon as it is written. */
	fputs("\r", w->file);
	fwrite(text, 1, bytes_within(text, terminal_columns(w) - 1), w->file);
	fputs("\033[K", w->file);
	w->is_line_open = true;
}

bool stats_writer_put(struct stats_writer *w, const struct stats_field *fields, size_t n_fields,
	const char *text, bool is_summary, struct io_error *error)
{
	if (w->format == STATS_NONE || !w->file || w->has_failed)
		return true;
	errno = 0;
	if (w->format == STATS_JSON)
		put_json(w, fields, n_fields, is_summary);
	else
		put_text(w, text, is_summary);
	return (fflush(w->file) == 0 && !ferror(w->file)) || failed(w, error);
}

bool stats_writer_close(struct stats_writer *w, struct io_error *error)
{
	if (!w->file)
		return true;
	FILE *const file = w->file;
	w->file = NULL;
	if (w->is_line_open)
		fputs("\n", file);
	errno = 0;
	return fclose(file) == 0 || w->has_failed || failed(w, error);
}
