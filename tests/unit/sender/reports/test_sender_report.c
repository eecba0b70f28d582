/* The sender's own report: the time, and the stream's time at that instant. */
#include "sender/reports/sender_report.h"

#include "common/base/units.h"
#include "common/rtp/ntp.h"
#include "tests/unit/unit.h"

#define EPOCH_US (UINT64_C(3900000000) * US_PER_SECOND)

static struct rtcp_session session;

static void begin(void)
{
	const struct rtcp_session_config config = rtcp_session_named(0x5E4D, "us", 1, EPOCH_US);

	rtcp_session_init(&session, &config);
}

static void nothing_is_told_before_the_first_packet(void **state)
{
	struct sender_report r = { 0 };
	struct rtcp_compound report = { .is_full = true };

	(void)state;
	begin();
	sender_report_write(&r, &session, 0, 0, &report, US_PER_SECOND);
	assert_false(report.has_sender_info);
}

/* The newest packet's first sample was captured 30 ms ago; also where the timestamps wrap
 * around. */
static void the_streams_time_is_that_of_the_report(void **state)
{
	static const uint32_t timestamps[] = { 0, 9600, UINT32_MAX - 100 };
	(void)state;
	begin();
	for (size_t i = 0; i < N_ROWS(timestamps); i++) {
		const int64_t now_us = 5 * US_PER_SECOND + (int64_t)i;
		struct sender_report r = { 0 };
		struct rtcp_compound report = { .is_full = true };
		sender_report_on_packet(&r, timestamps[i] - 960, now_us - 50 * US_PER_MS);
		sender_report_on_packet(&r, timestamps[i], now_us - 30 * US_PER_MS);
		sender_report_write(&r, &session, 7, 700, &report, now_us);
		assert_true(report.has_sender_info);
		assert_true(report.sender_info.ntp == ntp_from_us(EPOCH_US + (uint64_t)now_us));
		assert_int_equal(
			report.sender_info.rtp_timestamp, timestamps[i] + 30 * SAMPLES_PER_MS);
		assert_int_equal(report.sender_info.n_packets, 7);
		assert_int_equal(report.sender_info.n_payload_bytes, 700);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_told_before_the_first_packet),
		cmocka_unit_test(the_streams_time_is_that_of_the_report),
	};
	return cmocka_run_group_tests_name("sender_report", tests, NULL, NULL);
}
