/* The log of played frames: a CSV with one row per frame, saying how and when it was played.
 * Thread: one at a time; never the audio callback. Owner: the caller owns the struct. */
#ifndef HINDSIGHT_RECEIVER_APP_FRAME_LOG_H
#define HINDSIGHT_RECEIVER_APP_FRAME_LOG_H

#include "common/io/io_error.h"
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
	FILE *file; /* NULL: closed */
	const char *path;
	int64_t begin_us; /* times count from here */
};

/* False: *log is closed, *error names the file and says why. */
bool frame_log_open(
	struct frame_log *log, const char *path, int64_t begin_us, struct io_error *error);

/* Does nothing where the log is closed. */
void frame_log_put(struct frame_log *log, const struct playout_record *record);

/* False: not everything was written, *error says why. Closing a closed log succeeds. */
bool frame_log_close(struct frame_log *log, struct io_error *error);

#endif
