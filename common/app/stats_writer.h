/* Writes statistics records, once a second: JSON lines for programs, or a readable line for people.
 * JSON: one object a line; words as strings; unknown (NAN), infinite -> null; counts as integers, the
 * rest with at most three decimals and a point in every locale. Text: redrawn in place on a terminal and cut to
 * its width, a line of its own elsewhere; the summary always is. What a reader does not take is
 * dropped (line_writer.h): nothing waits for it.
 * Thread: one at a time; never the audio callback. Owner: the caller holds the struct. */
#ifndef HINDSIGHT_COMMON_APP_STATS_WRITER_H
#define HINDSIGHT_COMMON_APP_STATS_WRITER_H

#include "common/io/line_writer.h"
#include "common/base/stats_field.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum stats_format { STATS_TEXT, STATS_JSON, STATS_NONE };

struct stats_writer {
	enum stats_format format;
	const char *name; /* for messages: the path, or "stderr" */
	struct line_writer lines;
	FILE *record; /* in memory, where each one is made: text[n_bytes]; NULL: closed */
	char *text;
	size_t n_bytes;
	bool is_terminal;
	bool is_line_open; /* the cursor is after a text that the next one overwrites */
	bool has_failed;   /* reported once; nothing is written any more */
};

/* path: a file to overwrite, which must live until the close; NULL for stderr. STATS_NONE opens
 * nothing, writes nothing and never fails. False: *error names the file and says why. */
bool stats_writer_open(struct stats_writer *writer, enum stats_format format, const char *path,
	struct io_error *error);

/* One record: `fields` for JSON, `text` (one line, without line end) for text; a summary's text may
 * have several lines. False: it could not be written, *error says why. This is reported once; later
 * records are dropped silently, since audio goes on without statistics. */
bool stats_writer_put(struct stats_writer *writer, const struct stats_field *fields,
	size_t n_fields, const char *text, bool is_summary, struct io_error *error);

/* Ends an open line and closes. Closing twice does nothing. False as above. */
bool stats_writer_close(struct stats_writer *writer, struct io_error *error);

#endif
