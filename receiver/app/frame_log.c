#include "receiver/app/frame_log.h"

#include "common/base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

bool frame_log_open(
	struct frame_log *log, const char *path, int64_t begin_us, struct io_error *error)
{
	log->path = path;
	log->begin_us = begin_us;
	log->file = fopen(path, "w");
	if (!log->file)
		return io_error_set(error, "%s: %s", path, strerror(errno));
	setvbuf(log->file, NULL, _IOLBF, BUFSIZ); /* a killed program leaves whole rows */
	fputs(FRAME_LOG_COLUMNS "\n", log->file);
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
	if (!log->file)
		return;
	frame_log_put_columns(log->file, record, log->begin_us);
	fputc('\n', log->file);
}

bool frame_log_close(struct frame_log *log, struct io_error *error)
{
	if (!log->file)
		return true;
	const bool has_failed = ferror(log->file) != 0;
	const bool is_closed = fclose(log->file) == 0;

	log->file = NULL;
	return (is_closed && !has_failed) ||
	       io_error_set(error, "%s: could not be written completely", log->path);
}
