#include "tools/impair/fate_log.h"

#include "common/base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static bool fail(struct fate_log *log, struct io_error *error)
{
	io_error_set(error, "%s", strerror(errno));
	if (log->file)
		fclose(log->file);
	log->file = NULL;
	return false;
}

bool fate_log_open(struct fate_log *log, const char *path, int64_t start_us, struct io_error *error)
{
	log->start_us = start_us;
	log->file = fopen(path, "w");
	if (!log->file)
		return fail(log, error);
	setvbuf(log->file, NULL, _IOLBF, BUFSIZ); /* who is killed leaves whole rows */
	if (fputs("n,arrival_s,bytes,fate,duplicated,corrupted,reordered,delay_ms,rtp_sequence\n",
		    log->file) < 0 ||
		fflush(log->file) != 0) /* a full disk is told before the first packet */
		return fail(log, error);
	return true;
}

/* RFC 3550, 5.1: version 2, twelve bytes, the sequence number in bytes 2 and 3. RFC 5761, 4: a
 * second byte of 192 to 223 is RTCP. */
static bool rtp_sequence(const uint8_t *bytes, size_t n_bytes, unsigned *sequence)
{
	if (n_bytes < 12 || bytes[0] >> 6 != 2 || (bytes[1] >= 192 && bytes[1] <= 223))
		return false;
	*sequence = (unsigned)(bytes[2] << 8 | bytes[3]);
	return true;
}

bool fate_log_write(struct fate_log *log, const struct channel_fate *fate, const uint8_t *bytes,
	size_t n_bytes, int64_t arrival_us, struct io_error *error)
{
	static const char *const names[] = { [CHANNEL_DELIVERED] = "delivered",
		[CHANNEL_LOST] = "lost",
		[CHANNEL_LIMITED] = "limit" };
	char delay_ms[32] = "";
	char sequence_text[8] = "";
	unsigned sequence;

	if (!log->file)
		return true;
	if (fate->n_copies > 0)
		snprintf(delay_ms, sizeof delay_ms, "%.3f",
			(double)(fate->departure_us[0] - arrival_us) / (double)US_PER_MS);
	if (rtp_sequence(bytes, n_bytes, &sequence))
		snprintf(sequence_text, sizeof sequence_text, "%u", sequence);
	if (fprintf(log->file, "%" PRIu64 ",%.6f,%zu,%s,%d,%d,%d,%s,%s\n", fate->n,
		    (double)(arrival_us - log->start_us) / (double)US_PER_SECOND, n_bytes,
		    names[fate->outcome], fate->n_copies == 2, fate->is_corrupted,
		    fate->is_reordered, delay_ms, sequence_text) < 0)
		return fail(log, error);
	return true;
}

bool fate_log_close(struct fate_log *log, struct io_error *error)
{
	FILE *const file = log->file;
	log->file = NULL;
	if (file && fclose(file) != 0)
		return fail(log, error);
	return true;
}
