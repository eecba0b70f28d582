#include "receiver/arrival/reception.h"

#include "common/base/serial.h"
#include "common/base/units.h"

#include <assert.h>
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

/* From so many packets on a stream's timestamps keep a beat. */
#define BEAT_PACKETS 2

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

static bool is_seen(const struct reception *r, int64_t seq)
{
	const uint64_t slot = (uint64_t)seq % RECEPTION_WINDOW;
	return r->seen[slot / 64] >> (slot % 64) & 1;
}

static void set_seen(struct reception *r, int64_t seq, bool seen)
{
	const uint64_t slot = (uint64_t)seq % RECEPTION_WINDOW;
	const uint64_t bit = UINT64_C(1) << (slot % 64);
	r->seen[slot / 64] = seen ? r->seen[slot / 64] | bit : r->seen[slot / 64] & ~bit;
}

/* All Opus frames are multiples of 2.5 ms long, hence all steps of a stream's timestamp, too. But
 * for its beginning: GStreamer's second packet begins when the encoder's look-ahead is taken off. */
static bool is_off_beat(const struct reception *r, const struct reception_place *p)
{
	return r->n_unique >= BEAT_PACKETS &&
	       (p->timestamp - r->highest_timestamp) % FRAME_SAMPLES_MIN != 0;
}

/* Whether (seq, timestamp) can stand beside the newest packet that was accepted: both ahead or
 * both behind, at least the shortest frame a packet, not ahead of the clock and not long ago. */
static bool fits_stream(
	const struct reception *r, const struct reception_place *p, int64_t arrival_us)
{
	const int64_t n_packets = p->seq - r->highest_seq;
	const int64_t n_samples = p->timestamp - r->highest_timestamp;

	if (n_packets == 0)
		return n_samples == 0;
	if (n_packets < 0)
		return n_samples <= n_packets * FRAME_SAMPLES_MIN &&
		       n_samples >= -BEHIND_SAMPLES_MAX && !is_off_beat(r, p);
	const int64_t elapsed = samples_from_us(arrival_us - r->highest_arrival_us);
	return n_samples >= n_packets * FRAME_SAMPLES_MIN &&
	       n_samples <= elapsed + AHEAD_SAMPLES_MAX;
}

/* Whether the packet would carry the stream further ahead than time has passed, or to where no
 * frame should begin. A broken packet that did so would make all that follow it old. */
static bool is_leap(const struct reception *r, const struct reception_place *p, int64_t arrival_us)
{
	const int64_t elapsed = samples_from_us(arrival_us - r->highest_arrival_us);
	const int64_t n_samples = p->timestamp - r->highest_timestamp;
	return n_samples > elapsed + LEAP_SAMPLES_MAX || (n_samples > 0 && is_off_beat(r, p));
}

/* Another stream, or this one after a leap: true when it has shown enough packets in sequence. */
static bool probation_passed(struct reception *r, const struct rtp_packet *packet)
{
	struct reception_candidate *const c = &r->candidate;
	const bool follows = c->n_in_sequence > 0 && packet->ssrc == c->ssrc &&
			     packet->seq == c->next_seq &&
			     timestamp_diff(packet->timestamp, c->timestamp) > 0;

	c->n_in_sequence = follows ? c->n_in_sequence + 1 : 1;
	c->ssrc = packet->ssrc;
	c->next_seq = (uint16_t)(packet->seq + 1);
	c->timestamp = packet->timestamp;
	return c->n_in_sequence >= RECEPTION_PROBATION;
}

enum status reception_judge(struct reception *r, const struct rtp_packet *packet,
	int64_t arrival_us, struct reception_place *place)
{
	const struct reception_place first = {
		.seq = (int64_t)packet->seq + 0x10000,
		.timestamp = (int64_t)packet->timestamp + INT64_C(0x100000000),
		.is_new_stream = true,
	};
	struct reception_place p = {
		.seq = seq_unwrap(packet->seq, r->highest_seq),
		.timestamp = timestamp_unwrap(packet->timestamp, r->highest_timestamp),
	};

	if (!r->is_active) {
		*place = first;
		return STATUS_OK;
	}
	if (packet->ssrc != r->ssrc || !fits_stream(r, &p, arrival_us)) {
		const bool passed = probation_passed(r, packet);
		const bool is_silent = arrival_us - r->last_arrival_us >= STREAM_SILENT_US;
		if (!passed || !(is_silent || r->has_ended))
			return STATUS_FOREIGN; /* the stream heard so far must have ended, too */
		*place = first;
		return STATUS_OK;
	}
	if (is_leap(r, &p, arrival_us) && !probation_passed(r, packet))
		return STATUS_FOREIGN;
	if (p.seq < r->began_seq - BEFORE_FIRST_MAX)
		return STATUS_OUT_OF_WINDOW;
	/* BEHIND_SAMPLES_MAX are 1600 of the shortest frames: the window knows them all. */
	assert(p.seq > r->highest_seq - RECEPTION_WINDOW);
	*place = p;
	return p.seq <= r->highest_seq && is_seen(r, p.seq) ? STATUS_DUPLICATE : STATUS_OK;
}

static int64_t lost_now(const struct reception *r)
{
	return r->is_active ? r->highest_seq - r->first_seq + 1 - r->n_unique : 0;
}

static void begin_stream(struct reception *r, uint32_t ssrc, const struct reception_place *place)
{
	r->lost_before += lost_now(r);
	r->is_active = true;
	r->ssrc = ssrc;
	r->began_seq = place->seq;
	r->first_seq = place->seq;
	r->highest_seq = place->seq - 1; /* so that the first packet is ahead of it */
	r->n_unique = 0;
	r->duplicates_before = r->counts.duplicates;
	r->reorder_depth = 0;
	r->n_streams++;
	r->has_ended = false;
	r->has_transit = false;
	r->jitter_samples = 0;
	memset(r->seen, 0, sizeof r->seen);
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

void reception_accept(struct reception *r, const struct rtp_packet *packet,
	const struct reception_place *place, bool is_duplicate, size_t datagram_bytes,
	int64_t arrival_us)
{
	r->counts.packets++;
	r->counts.bytes += (int64_t)datagram_bytes;
	if (place->is_new_stream)
		begin_stream(r, packet->ssrc, place);
	r->last_arrival_us = arrival_us;
	r->has_ended = false;
	r->candidate.n_in_sequence = 0; /* the stream heard is alive */
	if (is_duplicate) {
		r->counts.duplicates++;
		return;
	}
	update_jitter(r, place->timestamp, arrival_us);
	r->n_unique++;
	if (place->seq < r->first_seq)
		r->first_seq = place->seq;
	if (place->seq < r->highest_seq) {
		r->counts.reordered++;
		note_overtaken(r, r->highest_seq - place->seq);
	} else {
		int64_t seq = r->highest_seq + 1;
		if (place->seq - seq > RECEPTION_WINDOW)
			seq = place->seq - RECEPTION_WINDOW;
		for (; seq < place->seq; seq++)
			set_seen(r, seq, false);
		r->highest_seq = place->seq;
		r->highest_timestamp = place->timestamp;
		r->highest_arrival_us = arrival_us;
	}
	set_seen(r, place->seq, true);
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
		.n_received = r->n_unique + r->counts.duplicates - r->duplicates_before,
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
		if (is_seen(r, seq))
			map->received[i / 64] |= UINT64_C(1) << (i % 64);
		map->n_packets++;
	}
}

int64_t reception_n_lost_between(const struct reception *r, int64_t from_seq, int64_t end_seq)
{
	int64_t n_lost = 0;

	for (int64_t seq = first_known(r, from_seq); seq < end_seq; seq++)
		n_lost += !is_seen(r, seq);
	return n_lost;
}

double reception_jitter_ms(const struct reception *r)
{
	return r->has_transit ? r->jitter_samples / SAMPLES_PER_MS : NAN;
}
