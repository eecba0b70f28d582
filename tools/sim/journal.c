#include "tools/sim/journal.h"

#include "common/rtp/rtp.h"
#include "common/base/serial.h"
#include "common/base/units.h"
#include "receiver/app/frame_log.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Frames between capture and certainty: more than the longest delay of a channel in the shortest
 * frames, 274.9 s / 2.5 ms. */
enum { JOURNAL_FRAMES = 1 << 17 };

struct journal_frame {
	int64_t capture_us;
	int lookahead_samples;
	int seq; /* -1: silence that is not sent */
	enum channel_outcome outcome;
};

bool journal_open(struct journal *j, const char *path, const struct simulation_config *config,
	struct io_error *error)
{
	*j = (struct journal){ .config = config };
	j->frames = malloc(JOURNAL_FRAMES * sizeof *j->frames); /* touched as far as it is used */
	if (!j->frames)
		return io_error_set(error, "out of memory");
	if (!path)
		return true;
	j->file = fopen(path, "w");
	if (!j->file) {
		io_error_set(error, "%s", strerror(errno));
		free(j->frames);
		j->frames = NULL;
		return false;
	}
	setvbuf(j->file, NULL, _IOLBF, BUFSIZ); /* who is killed leaves whole rows */
	fputs(FRAME_LOG_COLUMNS ",capture_ms,fate,heard_ms,mouth_to_ear_ms\n", j->file);
	return true;
}

static struct journal_frame *frame_at(struct journal *j, int64_t number)
{
	return &j->frames[number & (JOURNAL_FRAMES - 1)];
}

/* Whether the frame was captured and is remembered still. */
static bool knows(const struct journal *j, int64_t number)
{
	return number >= 0 && number < j->n_captured && number >= j->n_captured - JOURNAL_FRAMES;
}

void journal_on_sent(struct journal *j, const struct simulation_frame *frame)
{
	struct rtp_packet packet;
	struct journal_frame *const f = frame_at(j, j->n_captured++);

	*f = (struct journal_frame){
		.capture_us = frame->capture_us,
		.lookahead_samples = frame->lookahead_samples,
		.seq = -1,
	};
	if (!frame->datagram || rtp_parse(&packet, frame->datagram, frame->n_bytes) != STATUS_OK)
		return;
	f->seq = packet.seq;
	f->outcome = frame->fate->outcome;
	for (unsigned i = 0; i < frame->fate->n_copies; i++) {
		j->sums.one_way_us += frame->fate->departure_us[i] - frame->sent_us;
		j->sums.n_delivered++;
	}
}

static const char *fate_name(const struct journal_frame *f)
{
	if (f->seq < 0)
		return "silent";
	switch (f->outcome) {
	case CHANNEL_DELIVERED:
		return "delivered";
	case CHANNEL_LOST:
		return "lost";
	default:
		return "limited";
	}
}

/* A frame that was neither played nor missed: before the first, after the last, or leapt over. */
static void put_skipped(struct journal *j, int64_t number)
{
	const struct journal_frame *const f = frame_at(j, number);
	const int n_samples = j->config->send.frame_samples;

	if (f->seq >= 0)
		fprintf(j->file, "%d", f->seq);
	fprintf(j->file, ",%" PRIu32 ",skipped,%d,,,,,,",
		j->config->send.rtp.first_timestamp + (uint32_t)(uint64_t)(number * n_samples),
		n_samples);
	frame_log_put_ms(j->file, f->capture_us);
	fprintf(j->file, ",%s,,\n", fate_name(f));
}

static void put_skipped_until(struct journal *j, int64_t end)
{
	if (j->next_row < j->n_captured - JOURNAL_FRAMES)
		j->next_row = j->n_captured - JOURNAL_FRAMES;
	for (; j->next_row < end; j->next_row++)
		put_skipped(j, j->next_row);
}

static void put_row(struct journal *j, const struct playout_record *record,
	const struct journal_frame *f, int64_t heard_us, int64_t mouth_to_ear_us)
{
	struct playout_record r = *record;

	if (f)
		r.seq = f->seq;
	frame_log_put_columns(j->file, &r, 0);
	if (!f) {
		fputs(",,", j->file);
		frame_log_put_ms(j->file, heard_us);
		fputs(",\n", j->file);
		return;
	}
	frame_log_put_ms(j->file, f->capture_us);
	fprintf(j->file, ",%s", fate_name(f));
	frame_log_put_ms(j->file, heard_us);
	frame_log_put_ms(j->file, mouth_to_ear_us);
	fputc('\n', j->file);
}

void journal_on_played(struct journal *j, const struct playout_record *r)
{
	const int n_frame = j->config->send.frame_samples;
	const uint32_t timestamp =
		(uint32_t)(uint64_t)r->timestamp - j->config->send.rtp.first_timestamp;
	const int64_t heard_us = simulation_heard_us(j->config, r->output_sample);
	const bool was_heard = r->means <= PLAYOUT_DRED;
	const struct journal_frame *f = NULL;
	int64_t mouth_to_ear_us = 0;

	j->last_position = timestamp_unwrap(timestamp, j->last_position);
	const int64_t number = floor_div(j->last_position, n_frame);
	if (r->means != PLAYOUT_INSERTED && knows(j, number)) {
		/* What the frame begins with was captured before it, by the look-ahead. */
		f = frame_at(j, number);
		const int64_t offset = j->last_position - number * n_frame - f->lookahead_samples;
		mouth_to_ear_us = heard_us - f->capture_us - us_from_samples(offset);
	}
	if (f && was_heard) {
		j->sums.mouth_to_ear_us += mouth_to_ear_us;
		j->sums.n_heard++;
	}
	if (!j->file)
		return;
	if (f && number >= j->next_row) {
		put_skipped_until(j, number);
		j->next_row = number + 1;
	}
	put_row(j, r, f, heard_us, mouth_to_ear_us);
}

bool journal_close(struct journal *j, struct io_error *error)
{
	bool ok = true;

	if (j->file) {
		put_skipped_until(j, j->n_captured);
		ok = !ferror(j->file);
		ok = fclose(j->file) == 0 && ok;
	}
	free(j->frames);
	j->frames = NULL;
	j->file = NULL;
	return ok || io_error_set(error, "could not be written completely");
}

static double mean_ms(int64_t sum_us, int64_t n)
{
	return n > 0 ? (double)sum_us / (double)n / US_PER_MS : NAN;
}

double journal_one_way_ms(const struct journal_sums *now, const struct journal_sums *before)
{
	return mean_ms(
		now->one_way_us - before->one_way_us, now->n_delivered - before->n_delivered);
}

double journal_mouth_to_ear_ms(const struct journal_sums *now, const struct journal_sums *before)
{
	return mean_ms(
		now->mouth_to_ear_us - before->mouth_to_ear_us, now->n_heard - before->n_heard);
}
