#include "receiver/playout/playout_history.h"

#include <string.h>

void playout_history_init(struct playout_history *h)
{
	memset(h, 0, sizeof *h);
	h->usual_samples = 1; /* unused until a frame has been played */
}

static struct playout_record *record_at(struct playout_history *h, uint64_t n)
{
	return &h->records[n % PLAYOUT_HISTORY_FRAMES];
}

/* A guess that stands for no frame of the stream. */
static void insert(struct playout_history *h, struct playout_record *r)
{
	r->means = PLAYOUT_INSERTED;
	h->n_frames[PLAYOUT_INSERTED]++;
}

/* All frames since the last primary are judged when the next one is played: as many as sequence
 * numbers are missing were lost; those recovered are counted already, the others were concealed,
 * or passed over while nothing was played. What is missing beyond that was never sent. Before the
 * first primary all missing ones lie between copies, which are not sent in silence: lost.
 * What was guessed at and after the primary's own time (the stream resumed where the way here had
 * become longer) was no frame. */
static void judge_missing(struct playout_history *h, int64_t primary_seq, int64_t timestamp)
{
	int64_t n_missing = h->n_passed_over;
	int64_t n_concealed =
		h->has_primary ? primary_seq - h->last_primary_seq - 1 - h->n_recovered : INT64_MAX;

	for (uint64_t i = h->n_certain; i < h->n_records; i++) {
		struct playout_record *const r = record_at(h, i);
		if (r->means == PLAYOUT_CONCEALED && r->timestamp >= timestamp)
			insert(h, r);
		n_missing += r->means == PLAYOUT_CONCEALED;
	}
	if (n_concealed < 0)
		n_concealed = 0;
	if (n_concealed > n_missing)
		n_concealed = n_missing;
	h->n_frames[PLAYOUT_CONCEALED] += n_concealed;
	h->n_frames[PLAYOUT_SILENT] += n_missing - n_concealed;
	for (; h->n_certain < h->n_records; h->n_certain++) {
		struct playout_record *const r = record_at(h, h->n_certain);
		if (r->means == PLAYOUT_CONCEALED && n_concealed-- <= 0)
			r->means = PLAYOUT_SILENT;
	}
	h->has_primary = true;
	h->last_primary_seq = primary_seq;
	h->n_recovered = 0;
	h->n_passed_over = 0;
}

void playout_history_add(struct playout_history *h, const struct playout_record *record)
{
	const int64_t gap = record->timestamp - h->played_end;
	const bool is_there = record->means < PLAYOUT_CONCEALED;

	if (h->has_played && gap > 0)
		h->n_passed_over += (gap + h->usual_samples / 2) / h->usual_samples;
	*record_at(h, h->n_records) = *record;
	h->n_records++;
	if (h->n_records - h->n_certain > PLAYOUT_HISTORY_FRAMES) /* gone before it was judged */
		h->n_certain = h->n_records - PLAYOUT_HISTORY_FRAMES;
	if (record->means != PLAYOUT_CONCEALED) /* the missing are counted when they are judged */
		h->n_frames[record->means]++;
	if (record->means == PLAYOUT_PRIMARY)
		judge_missing(h, record->seq, record->timestamp);
	else
		h->n_recovered += is_there;
	if (is_there)
		h->usual_samples = record->n_samples;
	h->has_played = true;
	h->played_end =
		record->timestamp + (record->means == PLAYOUT_INSERTED ? 0 : record->n_samples);
}

void playout_history_stretched(struct playout_history *h, int n_samples)
{
	if (h->n_records > 0)
		record_at(h, h->n_records - 1)->stretched_samples += n_samples;
}

void playout_history_end_stream(struct playout_history *h)
{
	for (; h->n_certain < h->n_records; h->n_certain++) {
		struct playout_record *const r = record_at(h, h->n_certain);
		if (r->means == PLAYOUT_CONCEALED)
			insert(h, r);
	}
	h->has_primary = false;
	h->n_recovered = 0;
	h->n_passed_over = 0;
	h->has_played = false;
}

bool playout_history_came_late(struct playout_history *h, int64_t timestamp, int64_t arrival_us)
{
	const uint64_t oldest =
		h->n_records > PLAYOUT_HISTORY_FRAMES ? h->n_records - PLAYOUT_HISTORY_FRAMES : 0;

	for (uint64_t i = h->n_records; i > oldest; i--) {
		struct playout_record *const r = record_at(h, i - 1);
		if (r->timestamp < timestamp)
			return false;
		if (r->timestamp > timestamp || r->means == PLAYOUT_INSERTED)
			continue;
		if (r->means != PLAYOUT_CONCEALED || r->available_us >= 0)
			return false;
		r->available_us = arrival_us;
		return true;
	}
	return false;
}

static bool read_until(const struct playout_history *h, uint64_t end, uint64_t *cursor,
	struct playout_record *record)
{
	if (h->n_records - *cursor > PLAYOUT_HISTORY_FRAMES)
		*cursor = h->n_records - PLAYOUT_HISTORY_FRAMES;
	if (*cursor >= end)
		return false;
	*record = h->records[(*cursor)++ % PLAYOUT_HISTORY_FRAMES];
	return true;
}

bool playout_history_read(
	const struct playout_history *h, uint64_t *cursor, struct playout_record *record)
{
	return read_until(h, h->n_certain, cursor, record);
}

bool playout_history_follow(
	const struct playout_history *h, uint64_t *cursor, struct playout_record *record)
{
	return read_until(h, h->n_records, cursor, record);
}

bool playout_history_next(struct playout_history *h, struct playout_record *record)
{
	return playout_history_read(h, &h->n_read, record);
}
