/* The sender's part of the delay, and when packets carry the capture time. */
#include "sender/coding/send_delay.h"

#include "common/base/units.h"
#include "tests/unit/unit.h"

static struct send_delay delay;

/* A frame of two blocks of 10 ms, captured from at_us on: device 7 ms, encoding 2 ms. */
static void send_frame(int64_t at_us)
{
	send_delay_on_samples(&delay, true, at_us, 480);
	send_delay_on_samples(&delay, false, at_us + 10000, 480);
	send_delay_on_frame(&delay, at_us + 27000);
	send_delay_on_left(&delay, at_us + 29000);
}

static void the_parts_add_up_to_the_departure(void **state)
{
	struct rtcp_sender_delay told;
	(void)state;
	send_delay_init(&delay);
	assert_false(send_delay_report(&delay, 312, 1 * US_PER_SECOND, &told));
	for (int i = 0; i < 10; i++)
		send_frame(i * 20000);
	assert_true(send_delay_report(&delay, 312, 2 * US_PER_SECOND, &told));
	assert_int_equal(told.framing_us, 20000);
	assert_int_equal(told.capture_us, 7000);
	assert_int_equal(told.queue_us, 2000);
	assert_int_equal(told.lookahead_us, 6500);
	assert_false(send_delay_report(
		&delay, 312, 3 * US_PER_SECOND, &told)); /* nothing has left since */
}

/* Each report is about the time since the one before. */
static void a_report_tells_the_means_since_the_last(void **state)
{
	struct rtcp_sender_delay told;
	(void)state;
	send_delay_init(&delay);
	send_frame(0);
	assert_true(send_delay_report(&delay, 0, 4 * US_PER_SECOND, &told));
	for (int i = 1; i <= 2; i++) { /* 1 and 3 ms */
		send_delay_on_samples(&delay, true, i * 20000, 960);
		send_delay_on_frame(&delay, i * 20000 + 20000);
		send_delay_on_left(&delay, i * 20000 + 20000 + 2000 * i - 1000);
		send_delay_on_left(&delay, i * 20000 + 99000); /* told twice: counts once */
	}
	assert_true(send_delay_report(&delay, 0, 5 * US_PER_SECOND, &told));
	assert_int_equal(told.capture_us, 0);
	assert_int_equal(told.queue_us, 2000);
	send_frame(80000); /* within a second of the last report */
	assert_false(send_delay_report(&delay, 0, 6 * US_PER_SECOND - 1, &told));
}

/* A device that reports a future capture time is not believed. */
static void what_was_captured_later_than_now_is_nought(void **state)
{
	struct rtcp_sender_delay told;
	(void)state;
	send_delay_init(&delay);
	send_delay_on_samples(&delay, true, 50000, 960);
	send_delay_on_frame(&delay, 60000);
	send_delay_on_left(&delay, 60000);
	assert_true(send_delay_report(&delay, 0, 6 * US_PER_SECOND, &told));
	assert_int_equal(told.capture_us, 0);
	assert_int_equal(told.queue_us, 0);
}

static void the_capture_time_is_told_now_and_then(void **state)
{
	static const struct {
		const char *name;
		int64_t captured_us; /* since the one sent */
		uint32_t samples;
		bool should;
	} rows[] = {
		{ "the next frame", 20000, 960, false },
		{ "a callback that trembles", 24900, 960, false },
		{ "the device stood still", 26000, 960, true },
		{ "sound was lost", 20000, 1920, true },
		{ "almost a second", 980000, 49 * 960, false },
		{ "a second", 1000000, 50 * 960, true },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		send_delay_init(&delay);
		send_delay_on_samples(&delay, true, 70000, 960);
		assert_true(send_delay_is_capture_due(&delay, 0xFFFFFF00));
		send_delay_on_capture_sent(&delay, 0xFFFFFF00); /* wraps before the next one */
		send_delay_on_samples(&delay, true, 70000 + rows[i].captured_us, 960);
		assert_row_equal(rows[i].name,
			send_delay_is_capture_due(&delay, 0xFFFFFF00 + rows[i].samples),
			rows[i].should);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_parts_add_up_to_the_departure),
		cmocka_unit_test(a_report_tells_the_means_since_the_last),
		cmocka_unit_test(what_was_captured_later_than_now_is_nought),
		cmocka_unit_test(the_capture_time_is_told_now_and_then),
	};
	return cmocka_run_group_tests_name("send_delay", tests, NULL, NULL);
}
