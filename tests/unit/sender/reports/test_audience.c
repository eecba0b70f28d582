/* Receivers and their reports, true and false, and which of many is representative. */
#include "sender/reports/audience.h"

#include "common/base/units.h"
#include "common/rtp/ntp.h"
#include "tests/unit/unit.h"

#include <string.h>

enum { SENDER = 0x5E4D, FIRST_SSRC = 0x1000, FIRST_SEQ = 65000, PACKET_SAMPLES = 960 };

#define FRAME_US (20 * US_PER_MS)
#define EPOCH_US (UINT64_C(3900000000) * US_PER_SECOND)

static struct rtcp_session session;
static struct audience audience;
static int64_t n_sent, now_us;

static void begin(void)
{
	const struct rtcp_session_config config = { .ssrc = SENDER,
		.cname = "speaker",
		.seed = 9,
		.epoch_us = EPOCH_US,
		.session_bps = 80000 };

	n_sent = 0;
	now_us = 0;
	rtcp_session_init(&session, &config);
	rtcp_session_begin(&session, now_us);
	audience_init(&audience, &session, PACKET_SAMPLES);
}

static void send(int64_t n)
{
	for (; n > 0; n--, n_sent++, now_us += FRAME_US) {
		rtcp_session_on_rtp(&session, SENDER, 172, now_us);
		audience_on_packet(&audience, (uint16_t)(FIRST_SEQ + n_sent));
	}
}

/* Whether the datagram had news. */
static bool take(const uint8_t *bytes, size_t n_bytes)
{
	struct rtcp_reader reader;

	assert_int_equal(rtcp_session_take(&session, &reader, bytes, n_bytes, now_us), STATUS_OK);
	return audience_read(&audience, &reader, now_us);
}

/* Receiver i's report on packets [from, end): every lost_every-th was lost. */
struct statement {
	int64_t from, end;
	int lost_every; /* 0: none was lost */
	bool has_map, has_rr, has_bye;
	uint32_t about;
	uint8_t fraction_lost;
	uint32_t last_sr, delay_since_sr;
	int bound_ms;
	const struct rtcp_receiver *receiver; /* NULL: it says nothing about itself */
};

static bool hear(uint32_t i, const struct statement *st)
{
	uint8_t bytes[RTCP_DATAGRAM_BYTES_MAX];
	struct rtcp_writer w = rtcp_writer_over(bytes, sizeof bytes);
	const uint32_t about = st->about ? st->about : SENDER;
	const struct rtcp_report report = { .ssrc = about,
		.fraction_lost = st->fraction_lost,
		.highest_seq = (uint32_t)(FIRST_SEQ + st->end - 1),
		.jitter_samples = 480,
		.last_sr = st->last_sr,
		.delay_since_sr = st->delay_since_sr };
	struct rtcp_loss_map map = { .ssrc = about,
		.begin_seq = (uint16_t)(FIRST_SEQ + st->from),
		.n_packets = (uint16_t)(st->end - st->from) };
	const struct rtcp_voip_metrics metrics = { .ssrc = about,
		.jitter_buffer_abs_max_ms = (uint16_t)st->bound_ms };

	for (int64_t n = st->from; n < st->end && st->has_map; n++)
		if (st->lost_every == 0 || n % st->lost_every != 1)
			map.received[(n - st->from) / 64] |= UINT64_C(1) << ((n - st->from) % 64);
	rtcp_write_rr(&w, FIRST_SSRC + i, &report, st->has_rr);
	rtcp_write_cname(&w, FIRST_SSRC + i, "x");
	if (st->receiver)
		rtcp_write_receiver(&w, FIRST_SSRC + i, st->receiver);
	rtcp_begin_xr(&w, FIRST_SSRC + i);
	if (st->bound_ms > 0)
		rtcp_write_voip_metrics(&w, &metrics);
	if (st->has_map)
		rtcp_write_loss_map(&w, &map);
	rtcp_end_xr(&w);
	if (st->has_bye)
		rtcp_write_bye(&w, FIRST_SSRC + i);
	assert_false(w.failed);
	return take(bytes, w.n_bytes);
}

static double viewed_loss(void)
{
	struct audience_view view;

	return audience_view(&audience, now_us, &view) ? view.pattern.loss : -1;
}

/* A report every 25 packets, each covering the last 75, over two wrap-arounds. */
static void maps_are_counted_once(void **state)
{
	struct audience_view view;

	(void)state;
	begin();
	for (int k = 0; k < 5300; k++) {
		send(25);
		assert_true(hear(0, &(struct statement){ .from = n_sent > 75 ? n_sent - 75 : 0,
					    .end = n_sent,
					    .lost_every = 10,
					    .has_map = true,
					    .has_rr = true }));
	}
	assert_true(n_sent > 2 * 65536);
	assert_true(audience_view(&audience, now_us, &view));
	assert_float_equal(view.pattern.loss, 0.1, 0.005);
	assert_int_equal(view.pattern.n_packets, 1600); /* 32 s, each once */
	assert_int_equal(view.pattern.n_lost, 160);
	assert_int_equal(view.jitter_us, 10000);
	assert_int_equal(audience_size(&audience, now_us), 1);
}

static void lies_are_not_believed(void **state)
{
	static const struct {
		const char *name;
		struct statement statement;
		bool has_news;
	} rows[] = {
		{ "before the first packet", { .from = -1, .end = 10, .has_map = true }, false },
		{ "beyond the last", { .from = 0, .end = 101, .has_map = true }, false },
		{ "half the circle away", { .from = 32700, .end = 32750, .has_map = true }, false },
		{ "another stream's", { .end = 100, .has_map = true, .about = 77 }, false },
		{ "a report beyond the last", { .end = 101, .has_rr = true }, false },
		{ "a report on none", { .end = 0, .has_rr = true }, false },
		{ "another stream's report", { .end = 100, .has_rr = true, .about = 77 }, false },
		{ "metrics alone", { .end = 100, .bound_ms = 40 }, false },
		{ "the truth", { .end = 100, .has_map = true }, true },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		begin();
		assert_false(hear(0, &(struct statement){ .end = 1, .has_map = true }));
		send(100);
		assert_row_equal(rows[i].name, hear(0, &rows[i].statement), rows[i].has_news);
		assert_row_equal(rows[i].name, audience_size(&audience, now_us), rows[i].has_news);
		assert_row_equal(rows[i].name, viewed_loss() >= 0, rows[i].has_news);
	}
}

/* Without maps the fractions must do; a report that was overtaken changes nothing. */
static void fractions_do_where_there_are_no_maps(void **state)
{
	struct audience_view view;

	(void)state;
	begin();
	for (int k = 0; k < 40; k++) {
		send(50);
		assert_true(hear(0,
			&(struct statement){ .end = n_sent, .has_rr = true, .fraction_lost = 51 }));
		hear(0, &(struct statement){ .end = 3, .has_rr = true, .fraction_lost = 255 });
	}
	assert_true(audience_view(&audience, now_us, &view));
	assert_float_equal(view.pattern.loss, 0.2, 0.03);
	assert_int_equal(audience.members[0].history.n_packets, 39 * 50);
}

static void who_sends_maps_is_not_counted_by_fractions(void **state)
{
	(void)state;
	begin();
	send(100);
	hear(0, &(struct statement){ .end = 100, .has_map = true });
	send(100);
	hear(0, &(struct statement){ .end = 200, .has_rr = true, .fraction_lost = 255 });
	assert_float_equal(viewed_loss(), 0, 0);
}

static void the_round_trip_is_what_a_report_quotes(void **state)
{
	struct audience_view view;

	(void)state;
	begin();
	send(100);
	const uint32_t sent_at = ntp_middle(ntp_from_us(EPOCH_US + (uint64_t)now_us));
	struct statement st = { .end = 100, .has_rr = true, .bound_ms = 300 };
	hear(0, &st); /* it has received no report of ours yet */
	assert_true(audience_view(&audience, now_us, &view));
	assert_true(view.round_trip_us < 0);
	assert_int_equal(view.delay_bound_us, 300 * US_PER_MS);
	now_us += 250 * US_PER_MS;
	st.last_sr = sent_at;
	st.delay_since_sr = ntp_delay_units(170 * US_PER_MS);
	hear(0, &st);
	assert_true(audience_view(&audience, now_us, &view));
	assert_in_range(view.round_trip_us, 79900, 80100);
	st.last_sr = sent_at - 65536 * 60; /* a minute, if it were true */
	hear(0, &st);
	assert_true(audience_view(&audience, now_us, &view));
	assert_in_range(view.round_trip_us, 79900, 80100);
}

/* A second later a report comes whose round trip is so long. */
static int64_t queue_us_after(int64_t round_trip_us, const struct rtcp_receiver *receiver)
{
	struct audience_view view;
	struct statement st = { .has_rr = true, .receiver = receiver };

	send(50);
	st.end = n_sent;
	st.last_sr = ntp_middle(ntp_from_us(EPOCH_US + (uint64_t)(now_us - 10000 - round_trip_us)));
	st.delay_since_sr = ntp_delay_units(10000);
	hear(0, &st);
	assert_true(audience_view(&audience, now_us, &view));
	assert_in_range(view.round_trip_us, round_trip_us - 100, round_trip_us + 100);
	return view.queue_us;
}

/* A single report may be held up for long, at the receiver or on the return path. */
static void a_late_report_is_no_queue(void **state)
{
	(void)state;
	begin();
	for (int k = 0; k < 30; k++) {
		const int64_t round_trip_us = (k == 10 ? 724 : 40 + k % 3) * US_PER_MS;
		assert_in_range(queue_us_after(round_trip_us, NULL), 0, 3 * US_PER_MS);
	}
	for (int k = 0; k < 4; k++) {
		const int64_t queue_us = queue_us_after(140 * US_PER_MS, NULL);
		assert_int_equal(queue_us > 95 * US_PER_MS, k == 3);
	}
}

/* A receiver that reports transits is judged by these alone. */
static void transits_tell_of_a_queue(void **state)
{
	struct rtcp_receiver receiver = { .has_transit = true, .transit_us = 0xFFFFF000 };
	(void)state;
	begin();
	assert_int_equal(queue_us_after(40 * US_PER_MS, &receiver), 0);
	for (int k = 0; k < 10; k++)
		assert_int_equal(queue_us_after(300 * US_PER_MS, &receiver), 0);
	receiver.transit_us += 100 * US_PER_MS; /* beyond what 32 bits hold */
	assert_int_equal(queue_us_after(40 * US_PER_MS, &receiver), 100 * US_PER_MS);
	receiver.has_transit = false; /* nothing new is known */
	assert_int_equal(queue_us_after(40 * US_PER_MS, &receiver), 100 * US_PER_MS);
	receiver.has_transit = true;
	receiver.transit_us -= 99 * US_PER_MS;
	assert_int_equal(queue_us_after(40 * US_PER_MS, &receiver), 1 * US_PER_MS);
}

/* The worst of them counts, and one that says nothing counts as plain. */
static void one_plain_receiver_makes_all_plain(void **state)
{
	static const struct rtcp_receiver neural = { .concealment = CONCEALMENT_NEURAL };
	static const struct rtcp_receiver plain = { .concealment = CONCEALMENT_PLAIN };
	static const struct {
		const char *name;
		const struct rtcp_receiver *told[3];
		int n;
		enum concealment concealment;
	} rows[] = {
		{ "one, neural", { &neural }, 1, CONCEALMENT_NEURAL },
		{ "one, plain", { &plain }, 1, CONCEALMENT_PLAIN },
		{ "one who tells nothing", { NULL }, 1, CONCEALMENT_PLAIN },
		{ "all neural", { &neural, &neural, &neural }, 3, CONCEALMENT_NEURAL },
		{ "the second is plain", { &neural, &plain, &neural }, 3, CONCEALMENT_PLAIN },
		{ "the last tells nothing", { &neural, &neural, NULL }, 3, CONCEALMENT_PLAIN },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct audience_view view;
		begin();
		send(100);
		for (int k = 0; k < rows[i].n; k++)
			hear((uint32_t)k, &(struct statement){ .end = 100,
						  .has_map = true,
						  .has_rr = true,
						  .receiver = rows[i].told[k] });
		assert_true(audience_view(&audience, now_us, &view));
		assert_row_equal(rows[i].name, view.concealment, rows[i].concealment);
		/* It tries less hard from now on. */
		hear(0, &(struct statement){ .end = 100, .has_rr = true, .receiver = &plain });
		assert_true(audience_view(&audience, now_us, &view));
		assert_row_equal(rows[i].name, view.concealment, CONCEALMENT_PLAIN);
	}
}

/* Receivers lose one in 8, 10, 12, ...: each another share. */
static void of_many_the_worst_tenth_counts(void **state)
{
	static const struct {
		uint32_t n;
		int counted; /* the counted-th worst */
	} rows[] = { { 1, 1 }, { 2, 1 }, { 10, 1 }, { 11, 2 }, { 30, 3 }, { 64, 7 }, { 100, 7 } };
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		const uint32_t n_heard = rows[r].n < AUDIENCE_MAX ? rows[r].n : AUDIENCE_MAX;
		begin();
		send(800);
		for (uint32_t k = 0; k < rows[r].n; k++) { /* not in the order of their losses */
			hear(k, &(struct statement){ .end = 800,
					.lost_every =
						k < n_heard ? 8 + 2 * (int)(k * 7 % n_heard) : 2,
					.has_map = true });
		}
		assert_int_equal(audience_size(&audience, now_us), n_heard);
		/* The distinct losses, the worst first. */
		double losses[AUDIENCE_MAX];
		for (uint32_t k = 0; k < n_heard; k++)
			losses[k] = audience.members[k].loss;
		for (uint32_t a = 0; a < n_heard; a++)
			for (uint32_t b = a + 1; b < n_heard; b++)
				if (losses[b] > losses[a]) {
					const double swap = losses[a];
					losses[a] = losses[b];
					losses[b] = swap;
				}
		assert_float_equal(viewed_loss(), losses[rows[r].counted - 1], 1e-12);
		assert_true(viewed_loss() > 0 && viewed_loss() < 0.2);
	}
}

static void who_is_silent_or_leaves_is_forgotten(void **state)
{
	(void)state;
	begin();
	send(100);
	hear(0, &(struct statement){ .end = 100, .has_map = true });
	hear(1, &(struct statement){ .end = 100, .lost_every = 4, .has_map = true });
	assert_int_equal(audience_size(&audience, now_us), 2);
	assert_float_equal(viewed_loss(), 0.25, 0.04); /* of few packets, drawn towards 0.05 */
	hear(1, &(struct statement){ .has_bye = true });
	assert_int_equal(audience_size(&audience, now_us), 1);
	assert_true(audience.was_left);
	assert_float_equal(viewed_loss(), 0, 0);
	send(230);
	assert_int_equal(audience_size(&audience, now_us), 1);
	send(1200); /* 24 s more: five intervals, each shorter than five seconds */
	assert_int_equal(audience_size(&audience, now_us), 0);
	assert_false(audience.was_left);
	assert_true(viewed_loss() < 0);
}

/* The more there are the rarer each one's reports, by the receivers' share of the bits. */
static void many_may_be_silent_for_longer(void **state)
{
	(void)state;
	begin();
	send(100);
	for (uint32_t i = 0; i < 300; i++)
		hear(i, &(struct statement){ .end = 100, .has_map = true });
	const int64_t interval_us = rtcp_schedule_interval_us(&session.schedule, false);
	assert_true(interval_us > 30 * US_PER_SECOND);
	now_us += 2 * interval_us;
	assert_int_equal(audience_size(&audience, now_us), AUDIENCE_MAX);
}

/* Numbers that jump back and forth, from hundreds of names in each datagram. */
static void a_flood_costs_little(void **state)
{
	uint8_t bytes[RTCP_DATAGRAM_BYTES_MAX];
	int64_t n_before, n_added = 0;

	(void)state;
	begin();
	send(60000);
	for (int k = 0; k < 1000; k++) {
		struct rtcp_writer w = rtcp_writer_over(bytes, sizeof bytes);
		for (uint32_t i = 0; i < 17; i++) {
			const struct rtcp_report reports[2] = {
				{ .ssrc = SENDER, .highest_seq = (uint32_t)(FIRST_SEQ + 30000) },
				{ .ssrc = SENDER, .highest_seq = (uint32_t)(FIRST_SEQ + 59000) }
			};
			rtcp_write_rr(&w, FIRST_SSRC, reports, 2);
			if (k % 2)
				rtcp_write_bye(&w, FIRST_SSRC);
		}
		n_before = audience.members[0].history.n_packets;
		take(bytes, w.n_bytes);
		n_added += audience.members[0].history.n_packets > n_before
				   ? audience.members[0].history.n_packets - n_before
				   : 0;
		assert_true(audience.members[0].history.n_packets <= LOSS_HISTORY_PACKETS_MAX);
	}
	assert_true(n_added <= 1000 * LOSS_HISTORY_PACKETS_MAX);
}

/* Once each, eight in a report. */
static void reference_times_are_answered(void **state)
{
	enum { RECEIVERS = RTCP_ANSWERS_MAX + 3 };
	struct rtcp_compound reports[3] = { { 0 } };

	(void)state;
	begin();
	send(1);
	for (uint32_t i = 0; i < RECEIVERS; i++) {
		uint8_t bytes[RTCP_DATAGRAM_BYTES_MAX];
		struct rtcp_writer w = rtcp_writer_over(bytes, sizeof bytes);
		rtcp_write_rr(&w, FIRST_SSRC + i,
			&(struct rtcp_report){ SENDER, .highest_seq = FIRST_SEQ }, 1);
		rtcp_begin_xr(&w, FIRST_SSRC + i);
		rtcp_write_reference_time(&w, ntp_from_us(EPOCH_US + i));
		rtcp_end_xr(&w);
		take(bytes, w.n_bytes);
	}
	for (size_t k = 0; k < N_ROWS(reports); k++)
		audience_write_dlrr(&audience, &reports[k], now_us + 30 * US_PER_MS);
	assert_int_equal(reports[0].n_answers, RTCP_ANSWERS_MAX);
	assert_int_equal(reports[1].n_answers, RECEIVERS - RTCP_ANSWERS_MAX);
	assert_int_equal(reports[2].n_answers, 0);
	for (uint32_t i = 0; i < RECEIVERS; i++) {
		const struct rtcp_dlrr *const answer =
			&reports[i / RTCP_ANSWERS_MAX].answers[i % RTCP_ANSWERS_MAX];
		assert_int_equal(answer->ssrc, FIRST_SSRC + i);
		assert_int_equal(answer->last_rr, ntp_middle(ntp_from_us(EPOCH_US + i)));
		assert_int_equal(answer->delay_since_rr, ntp_delay_units(30 * US_PER_MS));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_are_counted_once),
		cmocka_unit_test(lies_are_not_believed),
		cmocka_unit_test(fractions_do_where_there_are_no_maps),
		cmocka_unit_test(who_sends_maps_is_not_counted_by_fractions),
		cmocka_unit_test(the_round_trip_is_what_a_report_quotes),
		cmocka_unit_test(a_late_report_is_no_queue),
		cmocka_unit_test(transits_tell_of_a_queue),
		cmocka_unit_test(one_plain_receiver_makes_all_plain),
		cmocka_unit_test(of_many_the_worst_tenth_counts),
		cmocka_unit_test(who_is_silent_or_leaves_is_forgotten),
		cmocka_unit_test(many_may_be_silent_for_longer),
		cmocka_unit_test(a_flood_costs_little),
		cmocka_unit_test(reference_times_are_answered),
	};
	return cmocka_run_group_tests_name("audience", tests, NULL, NULL);
}
