#include "receiver/app/frame_log.h"

#include "common/base/units.h"

#include <inttypes.h>
#include <string.h>

enum { ROW_BYTES = 512 }; /* eleven columns of at most 24 characters */

/* A row is dropped where a reader has no room for it, and then counted. */
static void put_text(struct frame_log *log, const char *text, size_t n_bytes)
{
	if (!log->has_failed && !line_writer_put(&log->lines, text, n_bytes, 0, &log->error))
		log->has_failed = true;
}

bool frame_log_open(
	struct frame_log *log, const char *path, int64_t begin_us, struct io_error *error)
{
	struct io_error why;

	*log = (struct frame_log){ .path = path, .begin_us = begin_us };
	if (!line_writer_open(&log->lines, path, &why))
		return io_error_set(error, "%s: %s", path, why.text);
	log->is_open = true;
	put_text(log, FRAME_LOG_COLUMNS "\n", sizeof FRAME_LOG_COLUMNS);
	return true;
}

void frame_log_put_ms(FILE *file, int64_t us)
{
	const int64_t size = us < 0 ? -us : us;
	fprintf(file, ",%s%" PRId64 ".%03" PRId64, us < 0 ? "-" : "", size / US_PER_MS,
		size % US_PER_MS);
}

void frame_log_put_columns(FILE *file, const struct playout_record *r, int64_t begin_us)
{
	if (r->seq >= 0)
		fprintf(file, "%u", (unsigned)(uint16_t)r->seq);
	fprintf(file, ",%" PRIu32 ",%s,%d,%" PRId64, (uint32_t)(uint64_t)r->timestamp,
		playout_means_name(r->means), r->n_samples, r->output_sample);
	if (r->available_us >= 0)
		frame_log_put_ms(file, r->available_us - begin_us);
	else
		fputc(',', file);
	frame_log_put_ms(file, r->handed_us - begin_us);
	frame_log_put_ms(file, r->playout_delay_us);
	frame_log_put_ms(file, r->target_us);
	fprintf(file, ",%d", r->stretched_samples);
}

void frame_log_put(struct frame_log *log, const struct playout_record *record)
{
	char row[ROW_BYTES];
	FILE *const file = log->is_open ? fmemopen(row, sizeof row, "w") : NULL;

	if (!file)
		return;
	frame_log_put_columns(file, record, log->begin_us);
	fputc('\n', file);
	const long n_bytes = ftell(file);
	fclose(file);
	put_text(log, row, (size_t)n_bytes);
}

int64_t frame_log_dropped(const struct frame_log *log)
{
	return log->lines.n_dropped;
}

bool frame_log_close(struct frame_log *log, struct io_error *error)
{
	if (!log->is_open)
		return true;
	log->is_open = false;
	if (!line_writer_close(&log->lines, &log->error))
		log->has_failed = true;
	return !log->has_failed || io_error_set(error, "%s: not all of it could be written: %.100s",
					   log->path, log->error.text);
}
