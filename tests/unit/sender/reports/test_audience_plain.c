/* Receivers that send plain RFC 3550 reports, as GStreamer's do: no loss maps, and seconds
 * apart. */
#include "common/base/units.h"
#include "sender/reports/audience.h"
#include "tests/unit/unit.h"

enum {
	SSRC = 0x51,
	LISTENER = 0x52,
	FIRST_SEQ = 65500,
	PACKET_SAMPLES = 960,
	PACKET_US = 20000,
	PACKET_BYTES = 140
};

struct call {
	struct rtcp_session session;
	struct audience audience;
	int64_t n_sent, now_us;
};

static void begin(struct call *call)
{
	struct rtcp_session_config config = rtcp_session_named(SSRC, "sender", 1, 0);

	config.session_bps = 64000;
	*call = (struct call){ 0 };
	rtcp_session_init(&call->session, &config);
	rtcp_session_begin(&call->session, 0);
	audience_init(&call->audience, &call->session, PACKET_SAMPLES);
}

static void send_packets(struct call *call, int n)
{
	for (int i = 0; i < n; i++, call->n_sent++) {
		rtcp_session_on_rtp(&call->session, SSRC, PACKET_BYTES, call->now_us);
		audience_on_packet(&call->audience, (uint16_t)(FIRST_SEQ + call->n_sent));
		call->now_us += PACKET_US;
	}
}

/* On all that was sent. with_map: the last packet was lost, and a map says so. */
static void report(struct call *call, int fraction_lost, int packets_lost, bool with_map)
{
	uint8_t datagram[RTCP_DATAGRAM_BYTES_MAX];
	struct rtcp_writer w = rtcp_writer_over(datagram, sizeof datagram);
	const struct rtcp_report block = {
		.ssrc = SSRC,
		.fraction_lost = (uint8_t)fraction_lost,
		.packets_lost = packets_lost,
		.highest_seq = (uint32_t)(FIRST_SEQ + call->n_sent - 1),
	};
	const struct rtcp_loss_map map = {
		.ssrc = SSRC, .begin_seq = (uint16_t)(FIRST_SEQ + call->n_sent - 1), .n_packets = 1
	};
	struct rtcp_reader reader;

	rtcp_write_rr(&w, LISTENER, &block, 1);
	rtcp_write_cname(&w, LISTENER, "listener");
	rtcp_begin_xr(&w, LISTENER);
	if (with_map)
		rtcp_write_loss_map(&w, &map);
	rtcp_end_xr(&w);
	assert_int_equal(
		rtcp_session_take(&call->session, &reader, datagram, w.n_bytes, call->now_us),
		STATUS_OK);
	assert_true(audience_read(&call->audience, &reader, call->now_us));
}

/* Its fraction and its count cover the same packets, so their ratio gives their number. */
static void the_first_fraction_counts(void **state)
{
	static const struct {
		const char *name;
		int fraction_lost, packets_lost;
		int n_packets, n_lost; /* learned */
	} rows[] = {
		{ "a tenth of sixty", 26, 6, 59, 6 },
		{ "joined late", 64, 5, 20, 5 },
		{ "no loss tells nothing of how many", 0, 0, 0, 0 },
		{ "duplicates hid the loss", 26, -2, 0, 0 },
		{ "more than were sent", 128, 0x7fffff, 100, 50 },
	};

	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct call call;
		struct audience_view view;
		begin(&call);
		send_packets(&call, 100);
		report(&call, rows[i].fraction_lost, rows[i].packets_lost, false);
		assert_true(audience_view(&call.audience, call.now_us, &view));
		assert_row_equal(rows[i].name, view.pattern.n_packets, rows[i].n_packets);
		assert_row_equal(rows[i].name, view.pattern.n_lost, rows[i].n_lost);
	}
	(void)state;
}

/* RFC 3550, 6.2: reports may be five seconds apart, and half as much again. */
static void who_reports_rarely_is_not_forgotten(void **state)
{
	struct call call;
	struct audience_view view;

	begin(&call);
	send_packets(&call, 25);
	report(&call, 0, 0, false);
	for (int i = 1; i <= 4; i++) {
		for (int seconds = 0; seconds < 8; seconds++) {
			send_packets(&call, 50);
			assert_true(audience_view(&call.audience, call.now_us, &view));
		}
		report(&call, 26, 40 * i, false);
		assert_true(audience_view(&call.audience, call.now_us, &view));
		assert_in_range(view.pattern.loss * 1000, 95, 107);
	}
	send_packets(&call, 26 * 50);
	assert_false(audience_view(&call.audience, call.now_us, &view));
	(void)state;
}

/* A receiver with maps reports about once a second: after five seconds without a report it is
 * gone. */
static void who_reports_often_is_missed_soon(void **state)
{
	struct call call;
	struct audience_view view;

	begin(&call);
	for (int seconds = 0; seconds < 4; seconds++) {
		send_packets(&call, 50);
		report(&call, 5, seconds + 1, true);
	}
	const int64_t gone_us =
		RTCP_TIMEOUT_INTERVALS * rtcp_schedule_interval_us(&call.session.schedule, false);
	const int64_t after_us = gone_us > 5 * US_PER_SECOND ? gone_us : 5 * US_PER_SECOND;
	assert_true(after_us < 15 * US_PER_SECOND);
	assert_true(audience_view(&call.audience, call.now_us + after_us, &view));
	assert_false(audience_view(&call.audience, call.now_us + after_us + 1, &view));
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_fraction_counts),
		cmocka_unit_test(who_reports_rarely_is_not_forgotten),
		cmocka_unit_test(who_reports_often_is_missed_soon),
	};
	return cmocka_run_group_tests_name("audience", tests, NULL, NULL);
}
