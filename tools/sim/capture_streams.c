#include "tools/sim/capture_streams.h"

#include "common/base/serial.h"
#include "tools/sim/capture_timing.h"

#include <stdlib.h>
#include <string.h>

enum {
	/* RFC 3550, A.1: a number so far ahead or behind begins anew, if the next one follows it. */
	DROPOUT_MAX = 3000,
	DISORDER_MAX = 1000,
	NEAR_MAX = 16,	     /* numbers that follow one another, a burst lost between them */
	NUMBERS_MIN = 5,     /* fewer prove nothing */
	EVENT_BYTES = 4,     /* RFC 4733, 2.3 */
	NOISE_TYPE = 13,     /* RFC 3551, 6 */
	NOISE_TYPE_OLD = 19, /* reserved there, because it once was comfort noise */
	AUDIO_TYPE_LAST = 18,
	VIDEO_TYPE_FIRST = 25,
	VIDEO_TYPE_LAST = 34,
	VIDEO_CLOCK_RATE = 90000,
	TYPES = 128
};

static int compare_flows(const struct dissected *a, const struct dissected *b)
{
	const int64_t differences[] = {
		memcmp(a->from, b->from, sizeof a->from),
		memcmp(a->to, b->to, sizeof a->to),
		(int64_t)a->from_port - b->from_port,
		(int64_t)a->port - b->port,
		(int64_t)a->ssrc - b->ssrc,
	};

	for (size_t i = 0; i < sizeof differences / sizeof *differences; i++)
		if (differences[i] != 0)
			return differences[i] < 0 ? -1 : 1;
	return 0;
}

static int compare_nth(const struct capture_packet *a, const struct capture_packet *b)
{
	return (a->nth > b->nth) - (a->nth < b->nth);
}

static int by_flow(const void *a, const void *b)
{
	const struct capture_packet *const x = a, *const y = b;
	const int order = compare_flows(&x->rtp, &y->rtp);

	return order != 0 ? order : compare_nth(x, y);
}

/* Strays last; of one number's packets the first that came before the others. */
static int by_number(const void *a, const void *b)
{
	const struct capture_packet *const x = a, *const y = b;

	if ((x->seq < 0) != (y->seq < 0))
		return x->seq < 0 ? 1 : -1;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	return compare_nth(x, y);
}

static int by_first_packet(const void *a, const void *b)
{
	const struct capture_stream *const x = a, *const y = b;

	return (x->nth > y->nth) - (x->nth < y->nth);
}

/* Unwraps a flow's numbers in the order of the file. Numbers that begin anew go on from the highest,
 * without a loss between; one that stands alone is a stray. Returns how often the row was broken. */
static size_t unwrap(struct capture_packet *flow, size_t n)
{
	uint16_t highest_seq = flow[0].rtp.seq;
	int64_t highest = UINT16_MAX; /* what overtook the first one stays above 0 */
	size_t n_breaks = 0;

	for (size_t i = 0; i < n; i++) {
		int ahead = seq_diff(flow[i].rtp.seq, highest_seq);
		if (ahead > DROPOUT_MAX || ahead < -DISORDER_MAX) {
			const int next =
				i + 1 < n ? seq_diff(flow[i + 1].rtp.seq, flow[i].rtp.seq) : 0;
			n_breaks++;
			flow[i].seq = -1;
			if (next < 1 || next > NEAR_MAX)
				continue;
			highest_seq = (uint16_t)(flow[i].rtp.seq - 1);
			ahead = 1;
		}
		flow[i].seq = highest + ahead;
		if (ahead > 0) {
			highest += ahead;
			highest_seq = flow[i].rtp.seq;
		}
	}
	return n_breaks;
}

/* Whether numbers follow one another in what is sorted by them: at least five, nine in ten of them
 * near the one before; and no more than one in ten broke the row. */
static bool is_a_row(const struct capture_packet *flow, size_t n, size_t n_breaks)
{
	size_t n_numbers = 1, n_near = 0;

	for (size_t i = 1; i < n && flow[i].seq >= 0; i++) {
		const int64_t ahead = flow[i].seq - flow[i - 1].seq;
		n_numbers += ahead > 0;
		n_near += ahead > 0 && ahead <= NEAR_MAX;
	}
	return n_numbers >= NUMBERS_MIN && 10 * n_near >= 9 * (n_numbers - 1) &&
	       10 * n_breaks <= n && 4 * n_numbers >= n;
}

size_t capture_streams_beats(const struct capture_stream *stream, struct capture_beat *beats)
{
	int64_t last_seq = -1, n_lost = 0;
	size_t n = 0;

	for (size_t i = 0; i < stream->n_flow && stream->flow[i].seq >= 0; i++) {
		const struct capture_packet *const p = &stream->flow[i];
		if (p->seq == last_seq)
			continue; /* a duplicate */
		n_lost += n > 0 ? p->seq - last_seq - 1 : 0;
		last_seq = p->seq;
		if (p->rtp.type != stream->type)
			continue;
		const int64_t timestamp =
			n > 0 ? timestamp_unwrap(p->rtp.timestamp, beats[n - 1].timestamp)
			      : p->rtp.timestamp;
		beats[n++] = (struct capture_beat){ p->seq, timestamp, p->at_us, n_lost };
		n_lost = 0;
	}
	return n;
}

/* Of neighbours: how often the timestamp stood, and how often it went back. */
static void count_steps(
	const struct capture_beat *beats, size_t n, size_t *n_standing, size_t *n_back)
{
	*n_standing = *n_back = 0;
	for (size_t i = 1; i < n; i++) {
		*n_standing += beats[i].timestamp == beats[i - 1].timestamp;
		*n_back += beats[i].timestamp < beats[i - 1].timestamp;
	}
}

static bool are_events(const struct capture_stream *s, size_t n_beats, size_t n_standing)
{
	for (size_t i = 0; i < s->n_flow; i++) {
		const struct dissected *const rtp = &s->flow[i].rtp;
		if (rtp->type == s->type && rtp->payload_bytes % EVENT_BYTES != 0)
			return false;
		if (rtp->type == s->type && rtp->payload_bytes > 3 * EVENT_BYTES)
			return false;
	}
	return 2 * n_standing >= n_beats - 1;
}

/* What the packets of one type are; false: no media, its timestamps say. */
static bool judge(struct capture_stream *s, const struct capture_beat *beats, size_t n_beats,
	bool *has_memory)
{
	size_t n_standing, n_back;

	count_steps(beats, n_beats, &n_standing, &n_back);
	if (s->type == NOISE_TYPE || s->type == NOISE_TYPE_OLD) {
		s->kind = CAPTURE_NOISE;
		return true;
	}
	if (s->type > VIDEO_TYPE_LAST && are_events(s, n_beats, n_standing)) {
		s->kind = CAPTURE_EVENTS;
		return true;
	}
	s->clock_rate = capture_timing_clock_rate(beats, n_beats);
	*has_memory = s->clock_rate >= 0;
	s->kind = CAPTURE_VOICE;
	if (s->type > AUDIO_TYPE_LAST &&
		(5 * n_standing > n_beats || s->clock_rate == VIDEO_CLOCK_RATE ||
			(s->type >= VIDEO_TYPE_FIRST && s->type <= VIDEO_TYPE_LAST)))
		s->kind = CAPTURE_VIDEO;
	return n_beats >= NUMBERS_MIN && s->clock_rate > 0 && 4 * n_back <= n_beats;
}

/* Adds the streams of one flow; false: no memory. */
static bool add_flow(struct capture_packet *flow, size_t n_flow, struct capture_stream *streams,
	size_t n_streams, size_t *n_found)
{
	struct capture_stream types[TYPES] = { { 0 } };
	const size_t n_breaks = unwrap(flow, n_flow);
	bool has_memory = true;

	qsort(flow, n_flow, sizeof *flow, by_number);
	if (!is_a_row(flow, n_flow, n_breaks))
		return true;
	for (size_t i = 0; i < n_flow && flow[i].seq >= 0; i++) {
		struct capture_stream *const s = &types[flow[i].rtp.type];
		if (s->n_packets++ == 0 || flow[i].nth < s->nth)
			s->nth = flow[i].nth;
	}
	struct capture_beat *const beats = malloc(n_flow * sizeof *beats);
	if (!beats)
		return false;
	for (unsigned type = 0; type < TYPES && has_memory; type++) {
		struct capture_stream *const s = &types[type];
		if (s->n_packets == 0)
			continue;
		s->flow = flow;
		s->n_flow = n_flow;
		s->type = (uint8_t)type;
		const size_t n_beats = capture_streams_beats(s, beats);
		if (judge(s, beats, n_beats, &has_memory) && *n_found < n_streams)
			streams[(*n_found)++] = *s;
	}
	free(beats);
	return has_memory;
}

bool capture_streams_find(struct capture_packet *packets, size_t n_packets,
	struct capture_stream *streams, size_t n_streams, size_t *n_found)
{
	*n_found = 0;
	if (n_packets == 0)
		return true;
	qsort(packets, n_packets, sizeof *packets, by_flow);
	for (size_t first = 0, end; first < n_packets; first = end) {
		for (end = first + 1; end < n_packets; end++)
			if (compare_flows(&packets[first].rtp, &packets[end].rtp) != 0)
				break;
		if (!add_flow(packets + first, end - first, streams, n_streams, n_found))
			return false;
	}
	qsort(streams, *n_found, sizeof *streams, by_first_packet);
	return true;
}
