/* The log of played frames: a CSV with one row per frame, saying how and when it was played.
 * Thread: one at a time; never the audio callback. Owner: the caller owns the struct. */
#ifndef HINDSIGHT_RECEIVER_APP_FRAME_LOG_H
#define HINDSIGHT_RECEIVER_APP_FRAME_LOG_H

#include "common/io/line_writer.h"
#include "receiver/playout/playout.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The column names, and a row, without line ends: for a log with more columns. */
#define FRAME_LOG_COLUMNS                                                                          \
	"sequence,timestamp,means,samples,output_sample,available_ms,handed_ms,playout_delay_ms,"  \
	"target_delay_ms,stretched_samples"
void frame_log_put_columns(FILE *file, const struct playout_record *record, int64_t begin_us);

/* ",12.345": a field in milliseconds; a decimal point in every locale. */
void frame_log_put_ms(FILE *file, int64_t us);

struct frame_log {
	bool is_open, has_failed;
	struct line_writer lines;
	const char *path;
	struct io_error error; /* valid once it has failed */
	int64_t begin_us;      /* times are told from here on */
};

/* False: *log is closed, *error names the file and says why. */
bool frame_log_open(
	struct frame_log *log, const char *path, int64_t begin_us, struct io_error *error);

/* Does nothing where the log is closed. */
void frame_log_put(struct frame_log *log, const struct playout_record *record);

/* Rows that a slow reader of a pipe had no room for. */
int64_t frame_log_dropped(const struct frame_log *log);

/* False: not all of it was written, *error says why. Closing what is closed succeeds. */
bool frame_log_close(struct frame_log *log, struct io_error *error);

#endif
