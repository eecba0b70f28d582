/* The receiver's reports, read again as the sender would: of streams whose losses are known. */
#include "receiver/reports/reporter.h"

#include "common/rtp/rtp.h"
#include "common/base/units.h"
#include "common/rtp/ntp.h"
#include "tests/unit/unit.h"

#include <string.h>

enum { SENDER = 0x5E4D, RECEIVER = 0x4EC7, PACKET_BYTES = 172, FRAME_SAMPLES = 960 };

#define FRAME_US (20 * US_PER_MS)
#define EPOCH_US (UINT64_C(3900000000) * US_PER_SECOND)

struct scene {
	struct reception reception;
	struct rtcp_session session;
	struct reporter reporter;
	uint32_t ssrc;
	int64_t now_us;
	uint8_t datagram[RTCP_DATAGRAM_BYTES_MAX];
	size_t n_bytes;
};

static const struct reporter_playout playout = {
	.frame_us = FRAME_US,
	.delay_us = 60 * US_PER_MS,
	.delay_worst_us = 90 * US_PER_MS,
	.delay_bound_us = 500 * US_PER_MS,
	.discard_share = 0.125,
	.is_adaptive = true,
};

static struct scene *begin(void)
{
	static struct scene s;
	const struct rtcp_session_config config = { .ssrc = RECEIVER,
		.cname = "listener",
		.seed = 3,
		.epoch_us = EPOCH_US,
		.session_bps = 64000 };

	memset(&s, 0, sizeof s);
	s.ssrc = SENDER;
	reception_init(&s.reception);
	rtcp_session_init(&s.session, &config);
	rtcp_session_begin(&s.session, 0);
	reporter_init(&s.reporter, &s.session);
	return &s;
}

/* Packet n of the stream, whose sequence numbers begin at 65000, comes now. */
static enum status arrive(struct scene *s, int64_t n)
{
	const struct rtp_packet packet = { .payload_type = RTP_TYPE_OPUS,
		.seq = (uint16_t)(65000 + n),
		.timestamp = (uint32_t)(n * FRAME_SAMPLES),
		.ssrc = s->ssrc };
	struct reception_place place;
	const enum status status = reception_judge(&s->reception, &packet, 960, s->now_us, &place);

	if (status == STATUS_OK || status == STATUS_DUPLICATE) {
		reception_accept(&s->reception, &packet, &place, status == STATUS_DUPLICATE,
			PACKET_BYTES, s->now_us);
		reporter_on_packet(&s->reporter, &s->reception, PACKET_BYTES, s->now_us);
	}
	return status;
}

static bool report(struct scene *s, const struct reporter_playout *p)
{
	struct rtcp_compound report;

	s->n_bytes = 0;
	if (rtcp_session_begin_report(&s->session, &report, s->now_us)) {
		reporter_write(&s->reporter, &s->reception, p, &report, s->now_us);
		s->n_bytes = rtcp_session_write(&s->session, &report, s->datagram, s->now_us);
	}
	return s->n_bytes > 0;
}

static bool is_due(struct scene *s)
{
	return report(s, &playout);
}

/* The first item of that kind in what was sent last. */
static bool said(const struct scene *s, enum rtcp_item_kind kind, struct rtcp_item *item)
{
	struct rtcp_reader reader;

	assert_int_equal(rtcp_open(&reader, s->datagram, s->n_bytes), STATUS_OK);
	while (rtcp_next(&reader, item))
		if (item->kind == kind)
			return true;
	return false;
}

static bool came(const struct rtcp_loss_map *map, int64_t n)
{
	const uint16_t i = (uint16_t)(65000 + n - map->begin_seq);

	assert_true(i < map->n_packets);
	return map->received[i / 64] >> (i % 64) & 1;
}

static void nothing_is_said_before_the_first_packet(void **state)
{
	struct scene *const s = begin();

	(void)state;
	for (; s->now_us < 10 * US_PER_SECOND; s->now_us += FRAME_US)
		assert_false(is_due(s));
	assert_int_equal(rtcp_session_bye(&s->session, s->datagram), 0);
}

/* Every tenth lost, every seventh twice, and so across the wrap-around of the numbers. */
static void reports_tell_what_came(void **state)
{
	struct scene *const s = begin();
	int64_t n_lost = 0, n_twice = 0, lost_before = 0, twice_before = 0, first = 0;
	int n_reports = 0;

	(void)state;
	for (int64_t n = 0; n < 3000; n++) {
		struct rtcp_item item;
		s->now_us += FRAME_US;
		if (n % 10 == 5) {
			n_lost++;
		} else {
			assert_int_equal(arrive(s, n), STATUS_OK);
			if (n % 7 == 0) {
				assert_int_equal(arrive(s, n), STATUS_DUPLICATE);
				n_twice++;
			}
		}
		if (n % 10 == 5 || !is_due(s))
			continue;
		if (!said(s, RTCP_REPORT, &item)) /* a short one, between two full ones */
			continue;
		assert_int_equal(item.from, RECEIVER);
		assert_int_equal(item.report.ssrc, SENDER);
		assert_int_equal(item.report.highest_seq, 65000 + n);
		assert_int_equal(item.report.packets_lost, n_lost - n_twice);
		const int64_t more = n_lost - lost_before - (n_twice - twice_before);
		assert_int_equal(
			item.report.fraction_lost, more > 0 ? more * 256 / (n + 1 - first) : 0);
		first = n + 1;
		lost_before = n_lost;
		twice_before = n_twice;
		assert_int_equal(item.report.last_sr, 0);
		assert_true(said(s, RTCP_CNAME, &item));
		assert_memory_equal(item.cname.bytes, "listener", item.cname.n_bytes);
		assert_true(said(s, RTCP_REFERENCE_TIME, &item));
		assert_true(item.reference_ntp == ntp_from_us(EPOCH_US + (uint64_t)s->now_us));
		assert_true(said(s, RTCP_LOSS_MAP, &item));
		const uint16_t begin_n = (uint16_t)(item.loss_map.begin_seq - 65000);
		assert_int_equal(begin_n + item.loss_map.n_packets, n + 1);
		for (int64_t k = begin_n; k <= n; k++)
			assert_int_equal(came(&item.loss_map, k), k % 10 != 5);
		n_reports++;
	}
	assert_in_range(n_reports, 30, 60); /* one a second, of 60 */
}

/* Of three reports in a row any two may be lost: the third one's map begins where the one before
 * them ended. */
static void maps_overlap(void **state)
{
	struct scene *const s = begin();
	int64_t ends[1000] = { 0 };
	int n = 0;

	(void)state;
	for (int64_t k = 0; n < 30; k++) {
		struct rtcp_item item;
		s->now_us += FRAME_US;
		arrive(s, k);
		if (!is_due(s))
			continue;
		assert_true(said(s, RTCP_LOSS_MAP, &item));
		const int64_t from = (uint16_t)(item.loss_map.begin_seq - 65000);
		assert_int_equal(from, n < REPORTER_OVERLAP ? 0 : ends[n - REPORTER_OVERLAP]);
		ends[n++] = from + item.loss_map.n_packets;
	}
}

static void a_loss_after_a_clean_time_is_told_early(void **state)
{
	(void)state;
	for (int64_t lost = 200; lost < 260; lost++) { /* wherever in an interval it falls */
		struct scene *const s = begin();
		struct rtcp_item item;
		int64_t n = 0;
		bool is_told = false;
		for (; n < lost; n++) {
			s->now_us += FRAME_US;
			arrive(s, n);
			is_due(s);
		}
		s->now_us += FRAME_US; /* this one does not come */
		const int64_t lost_us = s->now_us;
		for (n++; !is_told && n < lost + 500; n++) {
			s->now_us += FRAME_US;
			arrive(s, n);
			is_told = is_due(s) && said(s, RTCP_LOSS_MAP, &item) &&
				  !came(&item.loss_map, lost);
		}
		assert_true(is_told);
		assert_row_in_range("early", s->now_us - lost_us, 0, FRAME_US);
	}
}

/* Every fifth packet is overtaken by two: none is lost, and none may be reported as lost. */
static void who_is_overtaken_is_not_lost(void **state)
{
	struct scene *const s = begin();
	int n_reports = 0;

	(void)state;
	for (int64_t n = 0; n < 2000; n++) {
		struct rtcp_item item;
		s->now_us += FRAME_US;
		if (n % 5 != 3)
			arrive(s, n);
		if (is_due(s) && n > 20 && said(s, RTCP_LOSS_MAP, &item)) {
			for (int i = 0; i < item.loss_map.n_packets; i++)
				assert_true(item.loss_map.received[i / 64] >> (i % 64) & 1 ||
					    (uint16_t)(item.loss_map.begin_seq + i - 65000) < 10);
			n_reports++;
		}
		if (n % 5 == 0 && n > 0) {
			assert_int_equal(arrive(s, n - 2), STATUS_OK);
			if (is_due(s))
				n_reports++;
		}
	}
	assert_in_range(n_reports, 25, 260);
}

static void metrics_tell_the_bound(void **state)
{
	static const struct {
		const char *name;
		int64_t bound_us;
		bool is_adaptive;
		int bound_ms, rx_config;
	} rows[] = {
		{ "auto, 500 ms", 500 * US_PER_MS, true, 500, 0xF0 },
		{ "fixed, 60 ms", 60 * US_PER_MS, false, 60, 0xE0 },
		{ "fixed, none", 0, false, 1, 0xE0 },
		{ "longer than can be told", 100 * US_PER_SECOND, true, 65535, 0xF0 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct scene *const s = begin();
		struct reporter_playout p = playout;
		struct rtcp_item item;
		p.delay_bound_us = rows[i].bound_us;
		p.is_adaptive = rows[i].is_adaptive;
		for (int k = 0; k < 100; k++)
			reporter_on_frame(&s->reporter, k % 50 < 2);
		for (int64_t n = 0; s->n_bytes == 0 && n < 500; n++) {
			s->now_us += FRAME_US;
			arrive(s, n);
			report(s, &p);
		}
		assert_true(said(s, RTCP_VOIP_METRICS, &item));
		const struct rtcp_voip_metrics *const m = &item.voip_metrics;
		assert_row_equal(rows[i].name, m->ssrc, SENDER);
		assert_row_equal(rows[i].name, m->jitter_buffer_abs_max_ms, rows[i].bound_ms);
		assert_row_equal(rows[i].name, m->rx_config, rows[i].rx_config);
		assert_row_equal(rows[i].name, m->jitter_buffer_ms, 60);
		assert_row_equal(rows[i].name, m->jitter_buffer_max_ms, 90);
		assert_row_equal(rows[i].name, m->end_system_ms, 80);
		assert_row_equal(rows[i].name, m->loss_rate, 10); /* 4 of 100, of 256 */
		assert_row_equal(rows[i].name, m->discard_rate, 32);
		assert_row_equal(rows[i].name, m->burst_density, 255);
		assert_row_equal(rows[i].name, m->burst_ms, 40);
		assert_row_equal(rows[i].name, m->gmin, 16);
		assert_row_equal(rows[i].name, m->mos_lq, 127);
	}
}

/* The fastest of each second; none where too few have come to be sure of it. */
static void the_fastest_transit_is_told(void **state)
{
	struct scene *const s = begin();
	struct reporter_playout p = playout;
	struct rtcp_item item;
	int64_t least_us = INT64_MAX;
	int n = 0, n_told = 0, n_untold = 0;

	(void)state;
	for (int64_t k = 0; k < 1500; k++) {
		s->now_us += FRAME_US;
		if (k >= 900 && k % 20 != 0) /* silence, but for some packets */
			continue;
		const int64_t transit_us = INT64_C(0x7FFFFF000) + (k * 7919) % 30000 - k;
		arrive(s, k);
		reporter_on_transit(&s->reporter, transit_us);
		least_us = transit_us < least_us ? transit_us : least_us;
		n++;
		p.concealment = k < 500 ? CONCEALMENT_NEURAL : CONCEALMENT_PLAIN;
		if (!report(s, &p) || !said(s, RTCP_REPORT, &item))
			continue;
		assert_true(said(s, RTCP_RECEIVER, &item));
		assert_int_equal(item.from, RECEIVER);
		assert_int_equal(item.receiver.concealment, p.concealment);
		assert_int_equal(item.receiver.has_transit, n >= REPORTER_TRANSIT_PACKETS);
		if (!item.receiver.has_transit) {
			n_untold++;
			continue;
		}
		assert_int_equal(item.receiver.transit_us, least_us & 0xFFFFFFFF);
		n_told++;
		n = 0;
		least_us = INT64_MAX;
	}
	assert_true(n_told > 15 && n_untold > 2);
}

static bool hear(struct scene *s, struct rtcp_writer *w)
{
	struct rtcp_reader reader;

	assert_false(w->failed);
	assert_int_equal(rtcp_session_take(&s->session, &reader, w->begin, w->n_bytes, s->now_us),
		STATUS_OK);
	return reporter_read(&s->reporter, &reader, s->now_us);
}

/* An SR 100 ms before the report, by a clock 7 s ahead of ours; it answers a reference time. */
static void times_are_quoted_and_learned(void **state)
{
	struct scene *const s = begin();
	uint8_t bytes[200];
	struct rtcp_item item;
	int64_t offset_us, uncertainty_us;

	(void)state;
	assert_true(s->reporter.news.round_trip_us < 0);
	arrive(s, 0);
	s->now_us = 1 * US_PER_SECOND;
	const uint64_t theirs_ntp = ntp_from_us(EPOCH_US + 8 * US_PER_SECOND - 20000);
	const struct rtcp_sender_info info = { .ntp = theirs_ntp };
	const struct rtcp_dlrr answer = { RECEIVER,
		ntp_middle(ntp_from_us(EPOCH_US + 600 * US_PER_MS)),
		ntp_delay_units(360 * US_PER_MS) };
	const struct rtcp_dlrr lie = { RECEIVER, 0x12345678, 0 };
	struct rtcp_writer w = rtcp_writer_over(bytes, sizeof bytes);
	rtcp_write_sr(&w, SENDER, &info, NULL, 0);
	rtcp_begin_xr(&w, SENDER);
	rtcp_write_dlrr(&w, &answer, 1);
	rtcp_end_xr(&w);
	assert_false(hear(s, &w));
	assert_in_range(s->reporter.news.round_trip_us, 39950, 40050);
	assert_true(clock_offset_read(&s->reporter.news.clock, &offset_us, &uncertainty_us));
	assert_in_range(offset_us, 7 * US_PER_SECOND - 50, 7 * US_PER_SECOND + 50);
	w = rtcp_writer_over(bytes, sizeof bytes);
	rtcp_begin_xr(&w, SENDER);
	rtcp_write_dlrr(&w, &lie, 1);
	rtcp_end_xr(&w);
	assert_false(hear(s, &w));
	assert_in_range(s->reporter.news.round_trip_us, 39950, 40050);
	s->now_us += 100 * US_PER_MS;
	for (int64_t n = 55; s->n_bytes == 0; n++, s->now_us += 0)
		if (arrive(s, n) == STATUS_OK && is_due(s))
			break;
	assert_true(said(s, RTCP_REPORT, &item));
	assert_int_equal(item.report.last_sr, ntp_middle(theirs_ntp));
	assert_int_equal(item.report.delay_since_sr, 6554); /* 0.1 s */
}

static void byes_count_from_the_source_alone(void **state)
{
	struct scene *const s = begin();
	uint8_t bytes[200];
	struct rtcp_writer w = rtcp_writer_over(bytes, sizeof bytes);

	(void)state;
	rtcp_write_bye(&w, SENDER);
	assert_false(hear(s, &w)); /* no stream yet */
	arrive(s, 0);
	assert_true(hear(s, &w));
	w = rtcp_writer_over(bytes, sizeof bytes);
	rtcp_write_bye(&w, SENDER + 1);
	assert_false(hear(s, &w));
}

/* The new stream is another member; the old one has left, and there are two of us again. */
static void a_restarted_sender_replaces_the_old_one(void **state)
{
	struct scene *const s = begin();
	struct rtcp_item item;
	int64_t n = 0;

	(void)state;
	for (; n < 100; n++, s->now_us += FRAME_US) {
		arrive(s, n);
		is_due(s);
	}
	s->now_us += US_PER_SECOND;
	s->ssrc = SENDER + 7;
	for (n = 500; n < 600; n++, s->now_us += FRAME_US) {
		arrive(s, n);
		if (is_due(s) && n >= 500 + RECEPTION_PROBATION && said(s, RTCP_REPORT, &item)) {
			assert_int_equal(item.report.ssrc, s->ssrc);
			assert_int_equal(item.report.packets_lost, 0);
			assert_true(said(s, RTCP_LOSS_MAP, &item));
			assert_int_equal(item.loss_map.ssrc, s->ssrc);
			assert_int_equal(rtcp_schedule_members(&s->session.schedule), 2);
		}
	}
	assert_true(s->session.counts.n_sent > 2);
	s->n_bytes = rtcp_session_bye(&s->session, s->datagram);
	assert_true(said(s, RTCP_BYE, &item));
	assert_int_equal(item.from, RECEIVER);
}

/* Hours of silence, and reports of others in it, do not slow ours afterwards. */
static void silence_does_not_slow_the_reports(void **state)
{
	static const int64_t pauses_us[] = { 400 * US_PER_MS, 3600 * US_PER_SECOND };
	uint8_t bytes[100];
	(void)state;
	for (size_t p = 0; p < N_ROWS(pauses_us); p++) {
		struct scene *const s = begin();
		struct rtcp_writer w = rtcp_writer_over(bytes, sizeof bytes);
		int64_t n = 0;
		rtcp_write_rr(&w, SENDER, NULL, 0);
		hear(s, &w);
		s->now_us += pauses_us[p];
		for (; n < 200; n++, s->now_us += FRAME_US) {
			arrive(s, n);
			is_due(s);
		}
		for (int i = 0; i < 100; i++) {
			const int64_t pause_us =
				pauses_us[p] < US_PER_SECOND ? pauses_us[p] : 600000;
			n += pause_us / FRAME_US;
			s->now_us += pause_us;
			s->ssrc += i % 50 == 49 && p == 1;
			arrive(s, n);
			is_due(s);
		}
		assert_true(
			rtcp_schedule_interval_us(&s->session.schedule, false) < 1200 * US_PER_MS);
		assert_true(s->session.schedule.next_us - s->now_us < 2 * US_PER_SECOND);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_said_before_the_first_packet),
		cmocka_unit_test(reports_tell_what_came),
		cmocka_unit_test(maps_overlap),
		cmocka_unit_test(a_loss_after_a_clean_time_is_told_early),
		cmocka_unit_test(who_is_overtaken_is_not_lost),
		cmocka_unit_test(metrics_tell_the_bound),
		cmocka_unit_test(the_fastest_transit_is_told),
		cmocka_unit_test(times_are_quoted_and_learned),
		cmocka_unit_test(byes_count_from_the_source_alone),
		cmocka_unit_test(a_restarted_sender_replaces_the_old_one),
		cmocka_unit_test(silence_does_not_slow_the_reports),
	};
	return cmocka_run_group_tests_name("reporter", tests, NULL, NULL);
}
