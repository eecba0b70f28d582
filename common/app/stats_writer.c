#include "common/app/stats_writer.h"

#include "common/app/cli.h"
#include "common/base/units.h"
#include "common/text/json_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_DEFAULT = 80 };

/* A reader that is about to read gets the summary; of a line each second the next one tells all. */
#define SUMMARY_WAIT_US (200 * US_PER_MS)

static bool failed(struct stats_writer *w, struct io_error *error, const char *why)
{
	w->has_failed = true;
	return io_error_set(error, "statistics to %s: %s", w->name, why);
}

bool stats_writer_open(
	struct stats_writer *w, enum stats_format format, const char *path, struct io_error *error)
{
	struct io_error why;

	*w = (struct stats_writer){ .format = format, .name = path ? path : "stderr" };
	if (format == STATS_NONE)
		return true;
	/* A record is made in memory, so that it is one write. */
	w->record = open_memstream(&w->text, &w->n_bytes);
	if (!w->record)
		return failed(w, error, strerror(errno));
	if (!(path ? line_writer_open(&w->lines, path, &why)
		   : line_writer_open_fd(&w->lines, cli_stderr(), &why))) {
		stats_writer_close(w, NULL);
		return failed(w, error, why.text);
	}
	w->is_terminal = w->lines.fd >= 0 && isatty(w->lines.fd);
	return true;
}

static void put_json(
	struct stats_writer *w, const struct stats_field *fields, size_t n_fields, bool is_summary)
{
	struct json_writer json;

	json_writer_init(&json, w->record);
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
	fputc('\n', w->record);
}

static size_t terminal_columns(const struct stats_writer *w)
{
	struct winsize size;
	if (ioctl(w->lines.fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
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
		fprintf(w->record, "%s\n", text);
		return;
	}
	if (is_summary) {
		fprintf(w->record, "\r\033[K%s\n", text);
		w->is_line_open = false;
		return;
	}
	/* The last column stays free: some terminals wrap as soon as it is written. */
	fputs("\r", w->record);
	fwrite(text, 1, bytes_within(text, terminal_columns(w) - 1), w->record);
	fputs("\033[K", w->record);
	w->is_line_open = true;
}

bool stats_writer_put(struct stats_writer *w, const struct stats_field *fields, size_t n_fields,
	const char *text, bool is_summary, struct io_error *error)
{
	struct io_error why;

	if (!w->record || w->has_failed)
		return true;
	rewind(w->record);
	if (w->format == STATS_JSON)
		put_json(w, fields, n_fields, is_summary);
	else
		put_text(w, text, is_summary);
	if (fflush(w->record) != 0)
		return failed(w, error, strerror(errno));
	return line_writer_put(
		       &w->lines, w->text, w->n_bytes, is_summary ? SUMMARY_WAIT_US : 0, &why) ||
	       failed(w, error, why.text);
}

bool stats_writer_close(struct stats_writer *w, struct io_error *error)
{
	struct io_error why;

	if (!w->record)
		return true;
	if (w->is_line_open && !w->has_failed)
		line_writer_put(&w->lines, "\n", 1, SUMMARY_WAIT_US, NULL);
	fclose(w->record);
	free(w->text);
	w->record = NULL;
	return line_writer_close(&w->lines, &why) || w->has_failed || failed(w, error, why.text);
}
