#include "receiver/arrival/timeline.h"

#include "common/base/units.h"

#include <math.h>
#include <string.h>

/* So much of what a packet's timestamp is off its place moves the lead. */
#define LEAD_SHARE (1.0 / 16)

/* So many packets in sequence that lie elsewhere show that the timestamps have leapt. */
enum { OFF_PACKETS = 3 };

/* So many that step by the same part of their length show the unit that the sender counts in. */
enum { RATIO_PACKETS = 8, RATIO_MAX = 6 };

/* A gap without a missing packet may be longer than time has passed by so much: what comes before it was
 * held up, or the clock of the device is slow. Beyond, no time has passed: the timestamps have leapt. */
#define GAP_AHEAD_SAMPLES ((int64_t)200 * SAMPLES_PER_MS)

static int64_t to_beat(int64_t n_samples)
{
	return floor_div(n_samples + FRAME_SAMPLES_MIN / 2, FRAME_SAMPLES_MIN) * FRAME_SAMPLES_MIN;
}

static struct timeline_packet *slot_of(struct timeline *t, int64_t seq)
{
	return &t->known[(uint64_t)seq % TIMELINE_PACKETS];
}

static const struct timeline_packet *known(const struct timeline *t, int64_t seq)
{
	const struct timeline_packet *const p = &t->known[(uint64_t)seq % TIMELINE_PACKETS];
	return p->n_samples > 0 && p->seq == seq ? p : NULL;
}

void timeline_begin(struct timeline *t, const struct timeline_packet *first)
{
	memset(t, 0, sizeof *t);
	t->newest = *first;
	t->newest_ticks = first->timestamp;
	t->ratio = 1;
	*slot_of(t, first->seq) = *first;
}

static int64_t ticks_of(const struct timeline *t, int64_t timestamp)
{
	return t->newest_ticks + (timestamp - t->newest.timestamp) * t->ratio;
}

/* Where the timestamp alone would put the packet. */
static int64_t place_by_time(const struct timeline *t, int64_t timestamp)
{
	return ticks_of(t, timestamp) - llround(t->lead);
}

/* The packets after the newest one that carry sound, this one included. */
static int64_t steps_ahead(const struct timeline *t, const struct timeline_arrival *a)
{
	const int64_t n = a->seq - t->newest.seq - a->n_others;
	return n < 1 ? 1 : n;
}

/* After the newest packet: behind it and those that are missing, which were as long as it was. */
static bool find_ahead(const struct timeline *t, const struct timeline_arrival *a, int64_t *place)
{
	const int64_t n_steps = steps_ahead(t, a);
	const int64_t end = t->newest.place + t->newest.n_samples;
	const int64_t by_number = end + (n_steps - 1) * t->newest.n_samples;
	const int64_t by_time = place_by_time(t, a->timestamp);
	const int64_t gap = by_time - by_number;
	const int64_t n_ticks = (a->timestamp - t->newest.timestamp) * t->ratio;

	*place = by_number;
	if (t->is_untimed)
		return true;
	/* At least the shortest frame a packet, but for the last one's wobble; by the packet before, or
	 * by all of them, where that one was off. */
	if (n_ticks <= (n_steps - 1) * FRAME_SAMPLES_MIN &&
		by_time <= t->newest.place + (n_steps - 1) * FRAME_SAMPLES_MIN)
		return false;
	if (2 * apart(by_time, by_number) < t->newest.n_samples || (gap < 0 && n_steps == 1))
		return true;
	if (n_steps == 1 && gap > a->elapsed_samples - t->newest.n_samples + GAP_AHEAD_SAMPLES)
		return true;
	*place += to_beat(gap);
	if (*place < end)
		*place = end;
	return true;
}

static const struct timeline_packet *neighbour(const struct timeline *t, int64_t seq, int step)
{
	for (int64_t at = seq + step, n = 0; n < TIMELINE_PACKETS && at <= t->newest.seq;
		at += step, n++) {
		const struct timeline_packet *const p = known(t, at);
		if (p)
			return p;
	}
	return NULL;
}

/* The nearer of two places. */
static int64_t nearer(int64_t to, int64_t a, int64_t b)
{
	return apart(a, to) <= apart(b, to) ? a : b;
}

/* Among those that are there: adjoining what it follows or what follows it, else where its time says. */
static bool find_behind(const struct timeline *t, const struct timeline_arrival *a, int64_t *place)
{
	const struct timeline_packet *const after = neighbour(t, a->seq, 1);
	const struct timeline_packet *const before = neighbour(t, a->seq, -1);
	const int n = a->n_samples;

	if (!after)
		return false;
	const int64_t last = after->place - n; /* where it would end as the other begins */
	const int64_t by_next = after->place - (after->seq - a->seq) * n;
	const int64_t by_time = t->is_untimed ? by_next : place_by_time(t, a->timestamp);
	int64_t joined = by_next;
	if (before) {
		const int64_t first = before->place + before->n_samples;
		if (by_time <= first - before->n_samples / 2 || first > last)
			return false;
		joined = nearer(
			by_time, by_next, first + (a->seq - before->seq - 1) * before->n_samples);
		joined = joined < first ? first : joined;
	}
	if (by_time >= last + n / 2)
		return false;
	*place = 2 * apart(joined, by_time) < n ? joined
						: after->place - to_beat(after->place - by_time);
	if (*place > last)
		*place = last;
	if (before && *place < before->place + before->n_samples)
		*place = before->place + before->n_samples;
	return true;
}

bool timeline_find(const struct timeline *t, const struct timeline_arrival *a, int64_t *place)
{
	return a->seq > t->newest.seq ? find_ahead(t, a, place) : find_behind(t, a, place);
}

bool timeline_is_known(const struct timeline *t, int64_t seq, int64_t timestamp)
{
	const struct timeline_packet *const p = known(t, seq);
	return p && p->timestamp == timestamp;
}

/* Copies travel a few frames behind. */
enum { COPY_PACKETS_MAX = 160, COPY_OFF_PARTS = 8 };

bool timeline_find_copy(const struct timeline *t, const struct timeline_packet *carrier,
	int offset_ticks, int n_samples, int64_t *place)
{
	const int64_t offset = (int64_t)offset_ticks * t->ratio;
	const int64_t n_back = (offset + n_samples / 2) / n_samples;

	for (int64_t i = 1; i <= COPY_PACKETS_MAX; i++) {
		const struct timeline_packet *const p = known(t, carrier->seq - i);
		if (!p || p->timestamp > carrier->timestamp - offset_ticks)
			continue;
		*place = p->place;
		if (p->timestamp == carrier->timestamp - offset_ticks)
			return p->n_samples == n_samples;
		break;
	}
	if (n_back > 0 && COPY_OFF_PARTS * apart(offset, n_back * n_samples) <= n_samples)
		*place = carrier->place - n_back * n_samples;
	else if (offset >= n_samples && offset % FRAME_SAMPLES_MIN == 0)
		*place = carrier->place - offset;
	else
		return false;
	return true;
}

/* A sender that counts in another unit steps by the same part of its packets' length, each time. */
static void watch_ratio(struct timeline *t, const struct timeline_arrival *a)
{
	const int64_t n_ticks = a->timestamp - t->newest.timestamp;
	const int64_t n_samples = steps_ahead(t, a) * t->newest.n_samples;
	int ratio = 0;

	for (int i = 1; i <= RATIO_MAX; i++)
		if (apart(n_ticks * i, n_samples) * 8 < n_samples)
			ratio = i;
	t->n_shown = ratio == t->shown_ratio ? t->n_shown + 1 : 1;
	t->shown_ratio = ratio;
	if (ratio == 0 || ratio == t->ratio || t->n_shown < RATIO_PACKETS)
		return;
	t->ratio = ratio;
	t->n_off = OFF_PACKETS; /* the lead is of another unit: it begins anew */
}

static void follow_lead(struct timeline *t, int64_t ticks, int64_t place, int n_samples)
{
	const double off = (double)(ticks - place) - t->lead;

	if (2 * fabs(off) < n_samples) {
		t->n_off = 0;
		t->lead += off * LEAD_SHARE;
	} else if (++t->n_off > OFF_PACKETS - 1) {
		t->n_off = 0;
		t->lead += off;
	}
}

void timeline_take(struct timeline *t, const struct timeline_arrival *a, int64_t place)
{
	const struct timeline_packet taken = { a->seq, a->timestamp, place, a->n_samples };

	*slot_of(t, a->seq) = taken;
	if (a->seq <= t->newest.seq)
		return;
	const int64_t ticks = ticks_of(t, a->timestamp);
	watch_ratio(t, a);
	follow_lead(t, ticks, place, t->newest.n_samples);
	t->newest = taken;
	t->newest_ticks = ticks;
}

void timeline_follow(struct timeline *t, bool is_untimed)
{
	t->is_untimed = is_untimed;
	t->n_off = OFF_PACKETS;
}
