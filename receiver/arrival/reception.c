#include "receiver/arrival/reception.h"

#include "common/base/serial.h"
#include "common/base/units.h"

#include <math.h>
#include <string.h>

/* A stream must have been silent for so long before another one may take its place. Longer than
 * the 400 ms between the packets of a sender in DTX. */
#define STREAM_SILENT_US (500 * US_PER_MS)

/* A timestamp may run ahead of the arrival clock by so much: a route that became faster, or a
 * burst after a stall that began before the first packet. Beyond, it is no time of this stream. */
#define AHEAD_SAMPLES_MAX ((int64_t)1 * SAMPLES_PER_SECOND)

/* And behind the newest by so much: twice the longest playout delay. A damaged packet may tell any
 * time. */
#define BEHIND_SAMPLES_MAX ((int64_t)4 * SAMPLES_PER_SECOND)

/* By more than this at once, a single packet is not believed: those that follow must bear it out. */
#define LEAP_SAMPLES_MAX ((int64_t)200 * SAMPLES_PER_MS)

/* After a silence of STREAM_SILENT_US so much is old, whatever its number, as no playout delay is longer:
 * who begins anew from the same numbers, as an announcement does, sends no duplicates. */
#define OLD_AFTER_SILENCE_SAMPLES ((int64_t)2 * SAMPLES_PER_SECOND)

/* Packets without sound are remembered so far ahead of the newest with sound. */
enum { OTHERS_AHEAD = RECEPTION_WINDOW / 2 };

/* So many packets may have been overtaken by the first one that came. More would count what was
 * sent before we listened as lost, at the word of a single packet. */
#define BEFORE_FIRST_MAX 64

/* How far packets overtake one another is remembered for so many. */
#define REORDER_MEMORY 1000

/* A packet that was overtaken by more than this is as good as lost. */
#define REORDER_DEPTH_MAX 16

void reception_init(struct reception *r)
{
	memset(r, 0, sizeof *r);
}

static bool is_set(const uint64_t *bits, int64_t seq)
{
	const uint64_t slot = (uint64_t)seq % RECEPTION_WINDOW;
	return bits[slot / 64] >> (slot % 64) & 1;
}

static void set(uint64_t *bits, int64_t seq, bool value)
{
	const uint64_t slot = (uint64_t)seq % RECEPTION_WINDOW;
	const uint64_t bit = UINT64_C(1) << (slot % 64);
	bits[slot / 64] = value ? bits[slot / 64] | bit : bits[slot / 64] & ~bit;
}

/* With sound or without. */
static bool has_come(const struct reception *r, int64_t seq)
{
	return is_set(r->seen, seq) || is_set(r->others, seq);
}

static int64_t others_before(const struct reception *r, int64_t end_seq)
{
	int64_t n = 0;

	for (int64_t seq = r->highest_seq + 1;
		seq < end_seq && seq <= r->highest_seq + OTHERS_AHEAD; seq++)
		n += is_set(r->others, seq);
	return n;
}

bool reception_is_silent(const struct reception *r, int64_t now_us)
{
	return !r->is_active || now_us - r->last_arrival_us >= STREAM_SILENT_US;
}

/* Whether the packet can stand beside the newest one that was accepted, and where: both ahead or both
 * behind, not ahead of the clock and not long ago. */
static bool fits_stream(const struct reception *r, const struct timeline_arrival *a,
	int64_t arrival_us, int64_t *place)
{
	const int64_t n_packets = a->seq - r->highest_seq;
	const int64_t n_samples = (a->timestamp - r->highest_timestamp) * r->timeline.ratio;

	if (n_packets > 0) /* where none is missing, the timestamp may leap */
		return (n_packets - a->n_others <= 1 ||
			       n_samples <= a->elapsed_samples + AHEAD_SAMPLES_MAX) &&
		       timeline_find(&r->timeline, a, place);
	if (n_packets <= -RECEPTION_WINDOW || n_samples < -BEHIND_SAMPLES_MAX ||
		(reception_is_silent(r, arrival_us) &&
			a->elapsed_samples - n_samples > OLD_AFTER_SILENCE_SAMPLES))
		return false;
	if (is_set(r->seen, a->seq)) {
		*place = 0;
		return timeline_is_known(&r->timeline, a->seq, a->timestamp);
	}
	return n_packets < 0 && timeline_find(&r->timeline, a, place);
}

static struct timeline_arrival arrival_of(const struct reception *r,
	const struct rtp_packet *packet, int n_samples, int64_t arrival_us)
{
	const int64_t seq = seq_unwrap(packet->seq, r->highest_seq);

	return (struct timeline_arrival){
		.seq = seq,
		.timestamp = timestamp_unwrap(packet->timestamp, r->highest_timestamp),
		.n_samples = n_samples,
		.n_others = others_before(r, seq),
		.elapsed_samples = samples_from_us(arrival_us - r->highest_arrival_us),
	};
}

/* Whether the packet would carry the stream further ahead than time has passed, beyond packets that are
 * missing. A broken one that did so would make all that follow it old. */
static bool is_leap(const struct reception *r, const struct timeline_arrival *a)
{
	const int64_t n_samples = (a->timestamp - r->highest_timestamp) * r->timeline.ratio;
	return a->seq - r->highest_seq - a->n_others > 1 &&
	       n_samples > a->elapsed_samples + LEAP_SAMPLES_MAX;
}

/* Another stream, or this one after a leap: true when it has shown enough packets in sequence, whose
 * timestamps all move or all stand still. */
static bool probation_passed(struct reception *r, const struct rtp_packet *packet)
{
	struct reception_candidate *const c = &r->candidate;
	const int64_t step = timestamp_diff(packet->timestamp, c->timestamp);
	const bool follows = c->n_in_sequence > 0 && packet->ssrc == c->ssrc &&
			     packet->seq == c->next_seq && step >= 0;
	const bool is_still = follows && step == 0;

	if (!follows || (is_still && c->n_in_sequence > 1 && !c->is_still))
		c->n_in_sequence = 1;
	else if (c->is_still && !is_still)
		c->n_in_sequence = 2;
	else
		c->n_in_sequence++;
	c->is_still = is_still;
	c->ssrc = packet->ssrc;
	c->next_seq = (uint16_t)(packet->seq + 1);
	c->timestamp = packet->timestamp;
	return c->n_in_sequence >= RECEPTION_PROBATION;
}

/* Whether the candidate goes on where the stream heard has come to. */
static bool candidate_continues(const struct reception *r)
{
	const struct reception_candidate *const c = &r->candidate;
	const uint16_t first = (uint16_t)(c->next_seq - c->n_in_sequence);

	return c->ssrc == r->ssrc && first == (uint16_t)(uint64_t)(r->highest_seq + 1);
}

/* A packet that does not stand beside the others, as it is or by its time: on probation. */
static enum status judge_stranger(struct reception *r, const struct rtp_packet *packet,
	int64_t arrival_us, struct reception_place *place)
{
	const bool is_trusted = r->n_trusted > 0 && packet->ssrc == r->ssrc;

	if (!is_trusted && !probation_passed(r, packet))
		return STATUS_FOREIGN;
	place->has_passed = !is_trusted;
	if (reception_is_silent(r, arrival_us) ||
		r->has_ended) /* the stream heard so far must have ended */
		return STATUS_OK;
	if (!is_trusted && !candidate_continues(r))
		return STATUS_FOREIGN;
	/* The next packets by number: the timestamps alone go on from elsewhere, or stand still. */
	const struct timeline_packet *const newest = &r->timeline.newest;
	place->seq = seq_unwrap(packet->seq, r->highest_seq);
	place->is_new_stream = false;
	place->is_leap = true;
	place->timestamp = newest->place + (place->seq - newest->seq) * newest->n_samples;
	return place->seq > r->highest_seq ? STATUS_OK : STATUS_FOREIGN;
}

enum status reception_judge(struct reception *r, const struct rtp_packet *packet, int n_samples,
	int64_t arrival_us, struct reception_place *place)
{
	struct reception_place p = {
		.seq = (int64_t)packet->seq + 0x10000,
		.timestamp = (int64_t)packet->timestamp + INT64_C(0x100000000),
		.sent_timestamp = (int64_t)packet->timestamp + INT64_C(0x100000000),
		.n_samples = n_samples,
		.is_new_stream = true,
	};

	if (!r->is_active || r->begins_anew) {
		*place = p;
		return STATUS_OK;
	}
	const struct timeline_arrival a = arrival_of(r, packet, n_samples, arrival_us);
	int64_t found;
	if (packet->ssrc != r->ssrc || !fits_stream(r, &a, arrival_us, &found)) {
		const enum status status = judge_stranger(r, packet, arrival_us, &p);
		if (status == STATUS_OK && p.is_leap) /* its timestamp counts from the stream's */
			p.sent_timestamp = a.timestamp;
		if (status == STATUS_OK)
			*place = p;
		return status;
	}
	if (is_leap(r, &a) && r->n_trusted == 0) {
		if (!probation_passed(r, packet))
			return STATUS_FOREIGN;
		p.has_passed = true;
	}
	if (a.seq < r->began_seq - BEFORE_FIRST_MAX)
		return STATUS_OUT_OF_WINDOW;
	/* BEHIND_SAMPLES_MAX are 1600 of the shortest frames: the window knows them all. */
	p.seq = a.seq;
	p.timestamp = found;
	p.sent_timestamp = a.timestamp;
	p.is_new_stream = false;
	*place = p;
	return a.seq <= r->highest_seq && is_set(r->seen, a.seq) ? STATUS_DUPLICATE : STATUS_OK;
}

void reception_begin_anew(struct reception *r)
{
	r->begins_anew = true;
}

void reception_trust(struct reception *r, int n_packets)
{
	r->n_trusted = n_packets;
}

static int64_t lost_now(const struct reception *r)
{
	return r->is_active ? r->highest_seq - r->first_seq + 1 - r->n_unique - r->n_others : 0;
}

static void begin_stream(
	struct reception *r, uint32_t ssrc, const struct reception_place *place, int64_t arrival_us)
{
	r->lost_before += lost_now(r);
	r->is_active = true;
	r->ssrc = ssrc;
	r->began_seq = place->seq;
	r->first_seq = place->seq;
	r->highest_seq = place->seq - 1; /* so that the first packet is ahead of it */
	r->highest_arrival_us = arrival_us;
	r->n_unique = 0;
	r->n_others = 0;
	r->duplicates_before = r->counts.duplicates;
	r->reorder_depth = 0;
	r->n_streams++;
	r->has_ended = false;
	r->begins_anew = false;
	r->has_transit = false;
	r->jitter_samples = 0;
	memset(r->seen, 0, sizeof r->seen);
	memset(r->others, 0, sizeof r->others);
	memset(&r->candidate, 0, sizeof r->candidate);
}

/* RFC 3550, 6.4.1: J += (|D| - J) / 16, in the order of arrival. */
static void update_jitter(struct reception *r, int64_t timestamp, int64_t arrival_us)
{
	const int64_t transit = samples_from_us(arrival_us) - timestamp;
	if (r->has_transit)
		r->jitter_samples +=
			(fabs((double)(transit - r->last_transit_samples)) - r->jitter_samples) /
			16;
	r->last_transit_samples = transit;
	r->has_transit = true;
}

static void note_overtaken(struct reception *r, int64_t depth)
{
	const bool is_forgotten = r->highest_seq - r->reordered_seq > REORDER_MEMORY;

	if (depth > REORDER_DEPTH_MAX || (depth < r->reorder_depth && !is_forgotten))
		return;
	r->reorder_depth = depth;
	r->reordered_seq = r->highest_seq;
}

/* Up to the packet, which becomes the newest with sound; those without sound before it are counted. */
static void advance(struct reception *r, int64_t seq)
{
	int64_t at = r->highest_seq + 1;

	if (seq - at > RECEPTION_WINDOW)
		at = seq - RECEPTION_WINDOW;
	for (; at <= seq; at++) {
		set(r->seen, at, false);
		r->n_others += is_set(r->others, at);
		set(r->others, at + OTHERS_AHEAD, false); /* what it held is long past */
	}
	r->highest_seq = seq;
}

/* The packet's place on the timeline is taken. */
static void take_place(struct reception *r, const struct reception_place *place, int64_t arrival_us)
{
	const struct timeline_arrival a = {
		.seq = place->seq,
		.timestamp = place->sent_timestamp,
		.n_samples = place->n_samples,
		.n_others = others_before(r, place->seq),
		.elapsed_samples = samples_from_us(arrival_us - r->highest_arrival_us),
	};

	if (place->is_new_stream) {
		const struct timeline_packet first = { a.seq, a.timestamp, place->timestamp,
			a.n_samples };
		timeline_begin(&r->timeline, &first);
		return;
	}
	if (place->is_leap)
		timeline_follow(
			&r->timeline, place->sent_timestamp == r->timeline.newest.timestamp);
	timeline_take(&r->timeline, &a, place->timestamp);
}

void reception_accept(struct reception *r, const struct rtp_packet *packet,
	const struct reception_place *place, bool is_duplicate, size_t datagram_bytes,
	int64_t arrival_us)
{
	r->counts.packets++;
	r->counts.bytes += (int64_t)datagram_bytes;
	if (place->is_new_stream)
		begin_stream(r, packet->ssrc, place, arrival_us);
	r->last_arrival_us = arrival_us;
	r->has_ended = false;
	r->candidate.n_in_sequence = 0; /* the stream heard is alive */
	r->n_trusted -= r->n_trusted > 0;
	if (is_duplicate) {
		r->counts.duplicates++;
		return;
	}
	take_place(r, place, arrival_us);
	update_jitter(r, place->timestamp, arrival_us);
	r->n_unique++;
	if (place->seq < r->first_seq)
		r->first_seq = place->seq;
	if (place->seq < r->highest_seq) {
		r->counts.reordered++;
		note_overtaken(r, r->highest_seq - place->seq);
	} else {
		advance(r, place->seq);
		r->highest_timestamp = place->sent_timestamp;
		r->highest_arrival_us = arrival_us;
	}
	set(r->seen, place->seq, true);
	r->n_others -= is_set(r->others, place->seq); /* one of its number had no sound */
	set(r->others, place->seq, false);
}

bool reception_note_other(
	struct reception *r, const struct rtp_packet *packet, bool is_broken, int64_t arrival_us)
{
	if (!r->is_active || packet->ssrc != r->ssrc)
		return false;
	const struct timeline_arrival a =
		arrival_of(r, packet, r->timeline.newest.n_samples, arrival_us);
	int64_t found;
	if (a.seq >= r->highest_seq + OTHERS_AHEAD || a.seq < r->first_seq ||
		a.seq <= r->highest_seq - (RECEPTION_WINDOW - OTHERS_AHEAD) ||
		(is_broken && !fits_stream(r, &a, arrival_us, &found)))
		return false;
	r->last_arrival_us = arrival_us;
	if (has_come(r, a.seq))
		return true;
	set(r->others, a.seq, true);
	r->n_others += a.seq <= r->highest_seq;
	return true;
}

void reception_read(const struct reception *r, struct reception_counts *counts)
{
	*counts = r->counts;
	counts->lost = r->lost_before + lost_now(r);
}

void reception_end(struct reception *r)
{
	r->has_ended = true;
}

bool reception_source(const struct reception *r, struct reception_source *source)
{
	const bool is_ordered = r->highest_seq - r->reordered_seq > REORDER_MEMORY;

	if (!r->is_active)
		return false;
	*source = (struct reception_source){
		.ssrc = r->ssrc,
		.n_streams = r->n_streams,
		.first_seq = r->first_seq,
		.highest_seq = r->highest_seq,
		/* One that is overtaken by so many comes just after the last of them. */
		.settled_seq = r->highest_seq +
			       (is_ordered || r->reorder_depth == 0 ? 1 : -r->reorder_depth),
		.n_received =
			r->n_unique + r->n_others + r->counts.duplicates - r->duplicates_before,
		.jitter_samples = r->jitter_samples,
	};
	return true;
}

/* The first of [from_seq, end_seq) that is remembered. */
static int64_t first_known(const struct reception *r, int64_t from_seq)
{
	const int64_t oldest = r->highest_seq - RECEPTION_WINDOW + 1;

	if (from_seq < r->first_seq)
		from_seq = r->first_seq;
	return from_seq < oldest ? oldest : from_seq;
}

void reception_loss_map(
	const struct reception *r, int64_t from_seq, int64_t end_seq, struct rtcp_loss_map *map)
{
	const int64_t first = first_known(r, from_seq);

	memset(map, 0, sizeof *map);
	map->ssrc = r->ssrc;
	map->begin_seq = (uint16_t)(uint64_t)first;
	for (int64_t seq = first; seq < end_seq; seq++) {
		const uint64_t i = (uint64_t)(seq - first);
		if (has_come(r, seq))
			map->received[i / 64] |= UINT64_C(1) << (i % 64);
		map->n_packets++;
	}
}

int64_t reception_n_lost_between(const struct reception *r, int64_t from_seq, int64_t end_seq)
{
	int64_t n_lost = 0;

	for (int64_t seq = first_known(r, from_seq); seq < end_seq; seq++)
		n_lost += !has_come(r, seq);
	return n_lost;
}

double reception_jitter_ms(const struct reception *r)
{
	return r->has_transit ? r->jitter_samples / SAMPLES_PER_MS : NAN;
}

int reception_clock_hz(const struct reception *r)
{
	return r->is_active ? SAMPLES_PER_SECOND / r->timeline.ratio : SAMPLES_PER_SECOND;
}
