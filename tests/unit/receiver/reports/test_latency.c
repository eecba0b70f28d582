/* The delay frame by frame: its parts, what is unknown, and what is not believed. */
#include "receiver/reports/latency.h"

#include "common/base/units.h"
#include "common/rtp/ntp.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

/* They are large; each test begins them anew. */
static struct latency latency;
static struct rtcp_session session;
static struct sender_news news;
static struct playout_history history;

#define EPOCH_US  (UINT64_C(3976000000) * 1000000) /* of our clock, in microseconds since 1900 */
#define SECOND_US INT64_C(1000000)

/* Captured at 1 s of our clock: device 3 ms, framing 20, queue 2, network 30; the sender's clock is
 * the same as ours. */
#define CAPTURED_US SECOND_US
#define ARRIVAL_US  (CAPTURED_US + 55000)

static void begin(void)
{
	const struct rtcp_session_config config = rtcp_session_named(2, "us", 1, EPOCH_US);

	latency_init(&latency, true);
	latency_set_device(&latency, 12000);
	rtcp_session_init(&session, &config);
	sender_news_init(&news, &session);
	news.has_delay = true;
	news.delay = (struct rtcp_sender_delay){ 3000, 20000, 6500, 2000 };
	playout_history_init(&history);
}

/* The packet of timestamp 9600, which says that it was captured then. */
static void hear(int64_t captured_us)
{
	const struct rtp_packet packet = {
		.has_capture_time = true,
		.capture_ntp = ntp_from_us(EPOCH_US + (uint64_t)captured_us),
	};
	latency_on_packet(&latency, &news, &packet, 9600, ARRIVAL_US);
}

/* A frame that arrived in that packet, played 40 ms later, 5 ms into the block. */
static void play(int64_t timestamp, enum playout_means means)
{
	const struct playout_record record = {
		.timestamp = timestamp,
		.carrier_timestamp = 9600,
		.seq = means == PLAYOUT_PRIMARY ? 1 : -1,
		.available_us = means <= PLAYOUT_DRED ? ARRIVAL_US : -1,
		.handed_us = ARRIVAL_US + 40000,
		.output_sample = latency.n_pulled + 240,
		.n_samples = 960,
		.means = means,
	};
	playout_history_add(&history, &record);
	latency_on_pull(&latency, &news, &history, 480, ARRIVAL_US + 40000);
}

static struct latency_means means_now(void)
{
	static const struct latency_sums none;
	return latency_means(&latency.sums, &none);
}

static void assert_parts(const double expected_ms[LATENCY_PARTS])
{
	const struct latency_means m = means_now();

	for (int i = 0; i < LATENCY_PARTS; i++)
		assert_float_equal(m.parts_ms[i], expected_ms[i], 1e-9);
}

static void the_parts_are_those_of_the_way_and_add_up(void **state)
{
	(void)state;
	begin();
	hear(CAPTURED_US);
	play(9600, PLAYOUT_PRIMARY);
	assert_parts((const double[]){ 3, 20, 6.5, 2, 30, 40, 5, 12 });
	assert_float_equal(means_now().whole_ms, 118.5, 1e-9);
	assert_float_equal(means_now().one_way_ms, 30, 1e-9);
	assert_float_equal(means_now().uncertainty_ms, 0, 1e-9);
}

/* RFC 3550, 4: NTP's seconds have 32 bits. The era ends before the packet is captured, or between
 * that and its arrival on a machine that has just been started. */
static void an_era_may_end_on_the_way(void **state)
{
	static const struct {
		const char *name;
		int64_t epoch_us, captured_us;
	} rows[] = {
		{ "before it was captured", (SECOND_US << 32) - 990000, SECOND_US },
		{ "on the way", (SECOND_US << 32) + 20000, -25000 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const uint64_t told_us = (uint64_t)(rows[i].epoch_us + rows[i].captured_us);
		const struct rtp_packet packet = {
			.has_capture_time = true,
			.capture_ntp = ntp_from_us(told_us),
		};
		begin();
		session.config.epoch_us = (uint64_t)rows[i].epoch_us % ((uint64_t)SECOND_US << 32);
		latency_on_packet(&latency, &news, &packet, 9600, rows[i].captured_us + 55000);
		assert_row_equal(rows[i].name, lround(1000 * means_now().one_way_ms), 30000);
	}
}

/* A copy waited at the sender for the packet that carried it. */
static void a_copys_wait_is_time_in_the_senders_queue(void **state)
{
	(void)state;
	begin();
	hear(CAPTURED_US);
	play(9600 - 2 * 960, PLAYOUT_REDUNDANT);
	assert_parts((const double[]){ 3, 20, 6.5, 42, 30, 40, 5, 12 });
	assert_float_equal(means_now().whole_ms, 158.5, 1e-9);
}

static void what_is_missing_is_not_counted(void **state)
{
	(void)state;
	begin();
	hear(CAPTURED_US);
	play(9600, PLAYOUT_CONCEALED);
	play(9600, PLAYOUT_INSERTED);
	assert_true(isnan(means_now().whole_ms));
	assert_true(isnan(means_now().parts_ms[LATENCY_JITTER_BUFFER]));
}

/* Unknown values stay unknown, and impossible ones are not believed. */
static void what_is_not_known_is_not_told(void **state)
{
	static const struct {
		const char *name;
		int64_t captured_us; /* as reported */
		bool has_delay;
		struct rtcp_sender_delay delay;
		int64_t device_us;
		enum latency_knowledge known;
	} rows[] = {
		{ "all", CAPTURED_US, true, { 3000, 20000, 6500, 2000 }, 12000, LATENCY_ALL },
		{ "no device", CAPTURED_US, true, { 3000, 20000, 6500, 2000 }, -1, LATENCY_OURS },
		{ "no delay", CAPTURED_US, false, { 0 }, 12000, LATENCY_WHOLE_ALONE },
		{ "captured after it came", ARRIVAL_US + 60000, true, { 0, 20000, 6500, 0 }, 12000,
			LATENCY_OURS_AND_DEVICE },
		{ "captured long ago", -9 * SECOND_US, true, { 0, 20000, 6500, 0 }, 12000,
			LATENCY_OURS_AND_DEVICE },
		{ "captured in 1900", -(int64_t)EPOCH_US, true, { 0, 20000, 6500, 0 }, 12000,
			LATENCY_OURS_AND_DEVICE },
		{ "a delay without end", CAPTURED_US, true,
			{ UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX }, 12000,
			LATENCY_WHOLE_ALONE },
		{ "an endless look-ahead", CAPTURED_US, true, { 0, 20000, UINT32_MAX, 0 }, 12000,
			LATENCY_WHOLE_ALONE },
		{ "more delay than time has passed", CAPTURED_US, true, { 90000, 20000, 6500, 0 },
			12000, LATENCY_WHOLE_ALONE },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		begin();
		news.has_delay = rows[i].has_delay;
		news.delay = rows[i].delay;
		latency_set_device(&latency, rows[i].device_us);
		hear(rows[i].captured_us);
		play(9600, PLAYOUT_PRIMARY);
		assert_row_equal(rows[i].name, latency.sums.frames[rows[i].known].n_frames, 1);
		const struct latency_means m = means_now();
		assert_float_equal(m.parts_ms[LATENCY_JITTER_BUFFER], 40, 1e-9);
		assert_row_equal(
			rows[i].name, isnan(m.whole_ms), rows[i].known < LATENCY_WHOLE_ALONE);
		assert_row_equal(rows[i].name, isnan(m.parts_ms[LATENCY_NETWORK]),
			rows[i].known < LATENCY_ALL);
		assert_row_equal(rows[i].name, isnan(m.parts_ms[LATENCY_PLAYOUT_DEVICE]),
			rows[i].known < LATENCY_OURS_AND_DEVICE);
	}
}

/* The sender's first report of its parts also covers the frames before it. */
static void what_is_told_first_is_about_what_was_before(void **state)
{
	(void)state;
	begin();
	news.has_delay = false;
	hear(CAPTURED_US);
	play(9600, PLAYOUT_PRIMARY);
	play(9600 - 960, PLAYOUT_REDUNDANT);
	assert_float_equal(means_now().whole_ms, 112 + 10, 1e-9);
	assert_true(isnan(means_now().parts_ms[LATENCY_NETWORK]));
	news.has_delay = true;
	play(9600, PLAYOUT_CONCEALED);
	assert_parts((const double[]){ 3, 20, 6.5, 12, 30, 40, 5, 12 });
	assert_float_equal(means_now().whole_ms, 128.5, 1e-9);
	assert_int_equal(latency.sums.frames[LATENCY_WHOLE_ALONE].n_frames, 0);
	play(9600, PLAYOUT_PRIMARY);
	assert_int_equal(latency.sums.frames[LATENCY_ALL].n_frames, 3);
}

/* Another clock, known only from round trips. */
static void the_clocks_uncertainty_is_told(void **state)
{
	(void)state;
	begin();
	latency.same_clock = false;
	hear(CAPTURED_US + 7 * SECOND_US);
	play(9600, PLAYOUT_PRIMARY);
	assert_true(isnan(means_now().whole_ms) && isnan(means_now().uncertainty_ms));
	clock_offset_add(&news.clock, 7 * SECOND_US + 1000, 4000, ARRIVAL_US);
	play(9600, PLAYOUT_PRIMARY);
	assert_float_equal(means_now().whole_ms, 119.5, 1e-9); /* the offset is wrong by 1 ms */
	assert_float_equal(means_now().uncertainty_ms, 2.031, 1e-9);
}

/* Where packets carry no capture time, a sender report gives it; its timestamp has 32 bits. */
static void a_sender_report_stands_in(void **state)
{
	const struct rtp_packet plain = { .has_capture_time = false };
	(void)state;
	begin();
	news.has_delay = false;
	latency_on_packet(&latency, &news, &plain, 9600, ARRIVAL_US);
	play(9600, PLAYOUT_PRIMARY);
	assert_true(isnan(means_now().whole_ms));
	news.sr_us = ARRIVAL_US;
	news.sr_timestamp = (uint32_t)9600 - 48000; /* before the wrap-around */
	news.sr_ntp = ntp_from_us(EPOCH_US + CAPTURED_US - SECOND_US);
	play(9600, PLAYOUT_PRIMARY);
	assert_float_equal(
		means_now().whole_ms, 112, 1e-9); /* of the look-ahead nothing is known */
	assert_float_equal(means_now().uncertainty_ms, 6.5, 1e-9);
}

static void each_capture_time_holds_from_its_own_timestamp_on(void **state)
{
	struct capture_clock clock;
	int64_t us;
	(void)state;
	capture_clock_init(&clock);
	assert_false(capture_clock_read(&clock, 0, &us));
	capture_clock_add(&clock, 48000, ntp_from_us(10000000));
	capture_clock_add(&clock, 96000, ntp_from_us(12000000)); /* it stood still for 1 s */
	capture_clock_add(&clock, 72000, ntp_from_us(99000000)); /* overtaken */
	static const struct {
		int64_t timestamp, us;
	} rows[] = { { 0, 9000000 }, { 48000, 10000000 }, { 95999, 10999979 }, { 96000, 12000000 },
		{ 144000, 13000000 } };
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		assert_true(capture_clock_read(&clock, rows[i].timestamp, &us));
		assert_int_equal(us, rows[i].us);
	}
	for (int i = 3; i < 100; i++) /* more than are kept */
		capture_clock_add(&clock, i * 48000, ntp_from_us((uint64_t)i * 1000000));
	assert_true(capture_clock_read(&clock, 99 * 48000, &us));
	assert_int_equal(us, 99000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_parts_are_those_of_the_way_and_add_up),
		cmocka_unit_test(an_era_may_end_on_the_way),
		cmocka_unit_test(a_copys_wait_is_time_in_the_senders_queue),
		cmocka_unit_test(what_is_missing_is_not_counted),
		cmocka_unit_test(what_is_not_known_is_not_told),
		cmocka_unit_test(what_is_told_first_is_about_what_was_before),
		cmocka_unit_test(the_clocks_uncertainty_is_told),
		cmocka_unit_test(a_sender_report_stands_in),
		cmocka_unit_test(each_capture_time_holds_from_its_own_timestamp_on),
	};
	return cmocka_run_group_tests_name("latency", tests, NULL, NULL);
}
