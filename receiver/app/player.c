#include "receiver/app/player.h"

#include "common/rtp/rtp.h"
#include "common/base/units.h"

#include <stdlib.h>
#include <string.h>

enum {
	DATAGRAM_SLOTS = 512, /* more than a second of 2.5 ms frames */
	SNAPSHOT_SLOTS = 16,
	REPORT_SLOTS = 8,
	RECORD_SLOTS = 4096 /* the main thread may sleep for 10 s of 2.5 ms frames */
};

static bool make_ring(struct spsc_ring *ring, void **memory, size_t n_slots, size_t slot_bytes)
{
	*memory = malloc(spsc_ring_bytes(n_slots, slot_bytes));
	if (*memory)
		spsc_ring_init(ring, *memory, n_slots, slot_bytes);
	return *memory != NULL;
}

enum status player_init(
	struct player *p, const struct recv_stream_config *config, bool keeps_records)
{
	memset(p, 0, sizeof *p);
	p->keeps_records = keeps_records;
	effort_init(&p->effort);
	p->memory[0] = malloc(recv_stream_bytes());
	if (!p->memory[0] ||
		!make_ring(&p->datagrams, &p->memory[1], DATAGRAM_SLOTS,
			sizeof(struct player_datagram)) ||
		!make_ring(&p->snapshots, &p->memory[2], SNAPSHOT_SLOTS,
			sizeof(struct player_snapshot)) ||
		!make_ring(
			&p->records, &p->memory[3], RECORD_SLOTS, sizeof(struct playout_record)) ||
		!make_ring(&p->reports, &p->memory[4], REPORT_SLOTS, sizeof(struct player_report)))
		return STATUS_NO_ROOM;
	return recv_stream_init(&p->stream, p->memory[0], config);
}

void player_end(struct player *p)
{
	for (size_t i = 0; i < sizeof p->memory / sizeof *p->memory; i++)
		free(p->memory[i]);
}

struct player_datagram *player_begin_datagram(struct player *p)
{
	return spsc_ring_begin_push(&p->datagrams);
}

void player_commit_datagram(struct player *p)
{
	spsc_ring_commit_push(&p->datagrams);
}

static void take_snapshot(struct player *p, int64_t now_us, struct player_snapshot *snapshot)
{
	snapshot->at_us = now_us;
	recv_stream_stats(p->stream, &snapshot->stats);
	snapshot->stats.underruns = p->n_underruns;
	snapshot->peers = p->peers;
	snapshot->peers.has_ended = recv_stream_has_ended(p->stream);
	memcpy(snapshot->peers.name, recv_stream_sender_name(p->stream), PLAYER_NAME_BYTES);
}

static void hand_over(struct player *p, size_t n_samples, int64_t now_us)
{
	struct playout_record record;

	while (recv_stream_next_record(p->stream, &record))
		if (p->keeps_records && !spsc_ring_push(&p->records, &record))
			atomic_fetch_add_explicit(&p->n_dropped_records, 1, memory_order_relaxed);
	p->n_since_snapshot += (int64_t)n_samples;
	if (p->n_since_snapshot < SAMPLES_PER_SECOND)
		return;
	p->n_since_snapshot -= SAMPLES_PER_SECOND;
	struct player_snapshot *const snapshot = spsc_ring_begin_push(&p->snapshots);
	if (!snapshot) /* the main thread sleeps; the next snapshot includes this one */
		return;
	take_snapshot(p, now_us, snapshot);
	spsc_ring_commit_push(&p->snapshots);
}

/* Where the ring is full, the receive thread sleeps, and a later report says the same. */
static void report(struct player *p, int64_t now_us)
{
	struct player_report *const r = spsc_ring_begin_push(&p->reports);

	if (!r)
		return;
	r->n_bytes = recv_stream_next_rtcp(p->stream, r->data, now_us);
	r->to = p->peers.source;
	r->from = p->called;
	if (r->n_bytes > 0)
		spsc_ring_commit_push(&p->reports);
}

static void note_peer(struct player *p, const struct player_datagram *d, enum status status)
{
	struct player_peers *const peers = &p->peers;

	if (status == STATUS_OK) {
		if (!udp_address_host_equal(&peers->source, &d->peer))
			peers->began_us = d->arrival_us;
		peers->source = d->peer;
		peers->heard_us = d->arrival_us;
		p->called = d->local;
	} else if (status == STATUS_FOREIGN && !udp_address_host_equal(&peers->source, &d->peer)) {
		const bool is_same = udp_address_host_equal(&peers->other, &d->peer);
		peers->n_other = is_same ? peers->n_other + 1 : 1;
		peers->other = d->peer;
	}
}

void player_pull(struct player *p, const struct player_block *block)
{
	p->n_underruns += block->had_xrun;
	for (int i = 0; i < DATAGRAM_SLOTS; i++) {
		const struct player_datagram *const d = spsc_ring_begin_pop(&p->datagrams);
		/* A paced pull may run late: datagrams that arrived after it was due belong to the
		 * next one. */
		if (!d || (block->is_paced && d->arrival_us > block->now_us))
			break;
		const enum status status =
			recv_stream_push(p->stream, d->data, d->n_bytes, d->arrival_us);
		if (!rtp_is_rtcp(d->data, d->n_bytes))
			note_peer(p, d, status);
		spsc_ring_commit_pop(&p->datagrams);
	}
	recv_stream_set_device_latency(p->stream, block->device_us);
	recv_stream_pull(p->stream, block->samples, block->n_samples, block->now_us);
	/* A report dated back would make the path look longer than it is. */
	report(p, block->now_us + block->late_us);
	hand_over(p, block->n_samples, block->now_us);
}

void player_took(struct player *p, int64_t took_us, size_t block_samples)
{
	const struct recv_work work = recv_stream_work(p->stream);
	const int64_t period_us = us_from_samples((int64_t)block_samples);
	const int complexity = recv_stream_complexity(p->stream);
	enum effort_work kind = EFFORT_NONE;

	if (work.n_decoded > p->work.n_decoded)
		kind = EFFORT_DECODED;
	if (work.n_concealed > p->work.n_concealed)
		kind = EFFORT_CONCEALED;
	p->work = work;
	if (complexity <= 0) /* cannot step down further */
		return;
	int lower = complexity;
	if (!p->has_taken)
		lower = effort_first_complexity(complexity, period_us);
	else if (effort_is_too_much(&p->effort, kind, took_us, period_us))
		lower = effort_lower_complexity(complexity);
	p->has_taken = true;
	if (lower != complexity)
		recv_stream_set_complexity(p->stream, lower);
}

bool player_next_report(struct player *p, struct player_report *r)
{
	return spsc_ring_pop(&p->reports, r);
}

bool player_bye(struct player *p, struct player_report *r)
{
	r->to = p->peers.source;
	r->from = p->called;
	r->n_bytes = recv_stream_bye(p->stream, r->data);
	return r->n_bytes > 0;
}

int player_channels(const struct player *p)
{
	return recv_stream_channels(p->stream);
}

bool player_next_snapshot(struct player *p, struct player_snapshot *snapshot)
{
	return spsc_ring_pop(&p->snapshots, snapshot);
}

bool player_next_record(struct player *p, struct playout_record *record)
{
	return spsc_ring_pop(&p->records, record);
}

void player_snapshot(struct player *p, int64_t now_us, struct player_snapshot *snapshot)
{
	take_snapshot(p, now_us, snapshot);
}

int64_t player_dropped_records(const struct player *p)
{
	return atomic_load_explicit(&p->n_dropped_records, memory_order_relaxed);
}
