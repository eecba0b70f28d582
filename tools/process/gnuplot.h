/* Pictures drawn by gnuplot: a script in, an SVG out; no file is written.
 * Thread: main(), as child has it. Linux. */
#ifndef HINDSIGHT_TOOLS_PROCESS_GNUPLOT_H
#define HINDSIGHT_TOOLS_PROCESS_GNUPLOT_H

#include "common/io/io_error.h"
#include "common/text/text_buffer.h"

#include <stdbool.h>

/* Whether gnuplot is installed and runs. False: *error, which may be NULL, says why not. */
bool gnuplot_is_there(struct io_error *error);

/* Appends what gnuplot prints for the script, which sets an SVG terminal and no output. False:
 * gnuplot is not installed, refused the script, took longer than a minute, or memory is short;
 * *error, which may be NULL, says which. */
bool gnuplot_draw(
	struct text_buffer *picture, const struct text_buffer *script, struct io_error *error);

/* The text as a string of a script, in single quotes: gnuplot takes it as it stands. */
void gnuplot_put_quoted(struct text_buffer *script, const char *text);

#endif
