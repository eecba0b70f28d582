#include "sender/reports/audience.h"

#include "common/base/serial.h"
#include "common/base/units.h"
#include "common/rtp/ntp.h"

#include <string.h>

/* A receiver is forgotten after five of its intervals (RFC 3550, 6.3.5), but not sooner than
 * this. */
#define FORGET_US_MIN (5 * US_PER_SECOND)

/* The same for receivers that send no loss maps: they may keep RFC 3550's minimum interval of five
 * seconds. */
#define FORGET_PLAIN_US_MIN (RTCP_TIMEOUT_INTERVALS * RTCP_TIMEOUT_INTERVAL_US_MIN)

/* How many samples in a row must show a queue. A transit is that of the fastest of many packets; a
 * round trip comes from a single report, and includes the return path and the time the report
 * waited there. */
enum { TRANSITS_AGREE = 1, ROUND_TRIPS_AGREE = 4 };

void audience_init(struct audience *a, const struct rtcp_session *session, int packet_samples)
{
	memset(a, 0, sizeof *a);
	a->packet_samples = packet_samples;
	a->session = session;
}

void audience_on_packet(struct audience *a, uint16_t seq)
{
	if (!a->has_sent)
		a->first_seq = (int64_t)seq + 0x10000;
	a->next_seq = (a->has_sent ? seq_unwrap(seq, a->next_seq) : a->first_seq) + 1;
	a->has_sent = true;
}

/* ---- reports taken in ---- */

/* The member that has reported before, else NULL. */
static struct audience_member *find(struct audience *a, uint32_t ssrc, int64_t now_us)
{
	for (int i = 0; i < AUDIENCE_MAX; i++) {
		struct audience_member *const m = &a->members[i];
		if (m->is_there && m->ssrc == ssrc) {
			m->seen_us = now_us;
			return m;
		}
	}
	return NULL;
}

/* The member for this SSRC, added if new; NULL: no room for another one. */
static struct audience_member *member_of(struct audience *a, uint32_t ssrc, int64_t now_us)
{
	struct audience_member *m = find(a, ssrc, now_us);

	for (int i = 0; i < AUDIENCE_MAX && !m; i++) {
		if (a->members[i].is_there)
			continue;
		m = &a->members[i];
		*m = (struct audience_member){
			.ssrc = ssrc, .is_there = true, .seen_us = now_us, .round_trip_us = -1
		};
		loss_history_init(&m->history, a->packet_samples);
		queue_meter_init(&m->queue, ROUND_TRIPS_AGREE);
		a->was_left = false;
	}
	return m;
}

/* True where the map has news about packets that were sent. */
static bool take_map(struct audience *a, const struct rtcp_item *item, int64_t now_us)
{
	const struct rtcp_loss_map *const map = &item->loss_map;
	const int64_t begin = seq_unwrap(map->begin_seq, a->next_seq - 1);
	const int64_t end = begin + map->n_packets;

	if (map->ssrc != a->session->config.ssrc || begin < a->first_seq || end > a->next_seq)
		return false;
	struct audience_member *const m = member_of(a, item->from, now_us);
	if (!m)
		return false;
	int64_t seq = m->has_map && m->next_seq > begin ? m->next_seq : begin;
	int64_t n_new = 0, n_lost = 0;
	m->has_map = true;
	m->has_report = true;
	for (; seq < end; seq++, n_new++) {
		const uint64_t i = (uint64_t)(seq - begin);
		const bool is_lost = !(map->received[i / 64] >> (i % 64) & 1);
		loss_history_add(&m->history, is_lost);
		n_lost += is_lost;
	}
	if (n_new == 0)
		return false;
	m->next_seq = end;
	m->highest_seq = end - 1;
	m->fraction_lost = (double)n_lost / (double)n_new;
	return true;
}

/* How many packets the fraction of a receiver without maps covers: those since its last report. For
 * the first report we only know that both figures cover the same packets; without loss, nothing. */
static int64_t n_reported(const struct audience *a, const struct audience_member *m,
	const struct rtcp_report *r, int64_t end)
{
	if (m->has_report)
		return end - m->next_seq;
	if (r->fraction_lost == 0 || r->packets_lost <= 0)
		return 0;
	const int64_t n = (int64_t)r->packets_lost * 256 / r->fraction_lost;
	const int64_t n_sent = end - a->first_seq;
	const int64_t n_max = n_sent < LOSS_HISTORY_PACKETS_MAX ? n_sent : LOSS_HISTORY_PACKETS_MAX;
	return n < n_max ? n : n_max;
}

/* True where the report is about our packets. A receiver that sends no maps is known by fractions
 * alone. */
static bool take_report(struct audience *a, const struct rtcp_item *item, int64_t now_us)
{
	const struct rtcp_report *const r = &item->report;
	const int64_t end = seq_unwrap((uint16_t)r->highest_seq, a->next_seq - 1) + 1;

	if (r->ssrc != a->session->config.ssrc || end <= a->first_seq || end > a->next_seq)
		return false;
	struct audience_member *const m = member_of(a, item->from, now_us);
	if (!m)
		return false;
	const int64_t round_trip_us = ntp_round_trip_us(
		rtcp_session_ntp(a->session, now_us), r->last_sr, r->delay_since_sr);
	if (round_trip_us >= 0 && round_trip_us <= NTP_ROUND_TRIP_US_MAX) {
		m->round_trip_us = round_trip_us;
		if (!m->has_transit)
			queue_meter_add(&m->queue, round_trip_us, now_us);
	}
	m->jitter_us = us_from_samples((int64_t)r->jitter_samples);
	if (m->has_map) /* the map says the same, and more often */
		return false;
	m->highest_seq = end - 1;
	m->fraction_lost = r->fraction_lost / 256.0;
	const int64_t n = n_reported(a, m, r, end);
	if (n > 0) /* a stretch longer than the history fills it */
		loss_history_add_share(&m->history,
			(int)(n < LOSS_HISTORY_PACKETS_MAX ? n : LOSS_HISTORY_PACKETS_MAX),
			m->fraction_lost);
	if (end > m->next_seq) /* an overtaken report has no news */
		m->next_seq = end;
	m->has_report = true;
	return true;
}

/* Transits are reported modulo 2^32 microseconds, with an origin of the receiver's. */
static void take_receiver(
	struct audience_member *m, const struct rtcp_receiver *receiver, int64_t now_us)
{
	m->concealment = receiver->concealment;
	if (!receiver->has_transit)
		return;
	if (!m->has_transit)
		queue_meter_init(&m->queue, TRANSITS_AGREE);
	m->has_transit = true;
	m->transit_us += (int32_t)(receiver->transit_us - (uint32_t)m->transit_us);
	queue_meter_add(&m->queue, m->transit_us, now_us);
}

static bool take(struct audience *a, const struct rtcp_item *item, int64_t now_us)
{
	struct audience_member *m;

	switch (item->kind) {
	case RTCP_REPORT:
		return take_report(a, item, now_us);
	case RTCP_VOIP_METRICS:
		if (item->voip_metrics.ssrc != a->session->config.ssrc)
			return false;
		m = find(a, item->from, now_us);
		if (m)
			m->delay_bound_us = item->voip_metrics.jitter_buffer_abs_max_ms * US_PER_MS;
		return false;
	case RTCP_REFERENCE_TIME:
		m = find(a, item->from, now_us);
		if (m) {
			m->reference = ntp_middle(item->reference_ntp);
			m->reference_us = now_us;
		}
		return false;
	case RTCP_RECEIVER:
		m = find(a, item->from, now_us);
		if (m)
			take_receiver(m, &item->receiver, now_us);
		return false;
	case RTCP_BYE:
		for (int i = 0; i < AUDIENCE_MAX; i++)
			if (a->members[i].is_there && a->members[i].ssrc == item->from) {
				a->members[i].is_there = false;
				a->was_left = true;
			}
		return false;
	default:
		return false;
	}
}

/* Only members with news: computing a pattern takes some microseconds. */
static void weigh_news(struct audience *a)
{
	for (int i = 0; i < AUDIENCE_MAX; i++) {
		struct audience_member *const m = &a->members[i];
		struct loss_pattern pattern;
		if (!m->is_there || m->history.n_packets == m->n_weighed)
			continue;
		loss_history_pattern(&m->history, &pattern);
		m->loss = pattern.loss;
		m->n_weighed = m->history.n_packets;
	}
}

bool audience_read(struct audience *a, const struct rtcp_reader *reader, int64_t now_us)
{
	struct rtcp_reader items = *reader;
	struct rtcp_item item;
	bool has_news = false;

	/* Maps first: a fraction must not count packets that a map in the same datagram covers. */
	while (a->has_sent && rtcp_session_next(a->session, &items, &item))
		if (item.kind == RTCP_LOSS_MAP)
			has_news = take_map(a, &item, now_us) || has_news;
	items = *reader;
	while (a->has_sent && rtcp_session_next(a->session, &items, &item))
		has_news = take(a, &item, now_us) || has_news;
	if (has_news)
		weigh_news(a);
	return has_news;
}

/* ---- the representative receiver ---- */

static void forget(struct audience *a, int64_t now_us)
{
	/* The receivers' interval differs from ours: there are more of them. */
	const int64_t after_us =
		RTCP_TIMEOUT_INTERVALS * rtcp_schedule_interval_us(&a->session->schedule, false);

	for (int i = 0; i < AUDIENCE_MAX; i++) {
		struct audience_member *const m = &a->members[i];
		const int64_t min_us = m->has_map ? FORGET_US_MIN : FORGET_PLAIN_US_MIN;
		if (!m->is_there || now_us - m->seen_us <= (after_us > min_us ? after_us : min_us))
			continue;
		m->is_there = false;
		a->was_left = false;
	}
}

int audience_size(struct audience *a, int64_t now_us)
{
	int n = 0;

	forget(a, now_us);
	for (int i = 0; i < AUDIENCE_MAX; i++)
		n += a->members[i].is_there && a->members[i].has_report;
	return n;
}

bool audience_view(struct audience *a, int64_t now_us, struct audience_view *view)
{
	const struct audience_member *by_loss[AUDIENCE_MAX]; /* the worst first */
	enum concealment concealment = CONCEALMENT_NEURAL;
	int64_t highest_seq = 0;
	int n = 0;

	forget(a, now_us);
	for (int i = 0; i < AUDIENCE_MAX; i++) {
		const struct audience_member *const m = &a->members[i];
		if (!m->is_there || !m->has_report)
			continue;
		if (m->highest_seq > highest_seq)
			highest_seq = m->highest_seq;
		if (m->concealment == CONCEALMENT_PLAIN)
			concealment = CONCEALMENT_PLAIN;
		int at = n++;
		for (; at > 0 && by_loss[at - 1]->loss < m->loss; at--)
			by_loss[at] = by_loss[at - 1];
		by_loss[at] = m;
	}
	if (n == 0)
		return false;
	const struct audience_member *const m = by_loss[(n - 1) / 10];
	loss_history_pattern(&m->history, &view->pattern);
	view->highest_seq = (uint32_t)highest_seq;
	view->fraction_lost = m->fraction_lost;
	view->round_trip_us = m->round_trip_us;
	view->queue_us = queue_meter_us(&m->queue);
	view->jitter_us = m->jitter_us;
	view->delay_bound_us = m->delay_bound_us;
	view->concealment = concealment;
	return true;
}

/* ---- answers to reference times ---- */

void audience_write_dlrr(struct audience *a, struct rtcp_compound *report, int64_t now_us)
{
	for (int i = 0; i < AUDIENCE_MAX && report->n_answers < RTCP_ANSWERS_MAX; i++) {
		struct audience_member *const m = &a->members[i];
		if (!m->is_there || m->reference == 0)
			continue;
		report->answers[report->n_answers++] = (struct rtcp_dlrr){
			.ssrc = m->ssrc,
			.last_rr = m->reference,
			.delay_since_rr = ntp_delay_units(now_us - m->reference_us),
		};
		m->reference = 0;
	}
}
