/* When a sample was captured, from the packets' capture times. */
#include "receiver/reports/capture_clock.h"

#include "common/base/units.h"
#include "tests/unit/unit.h"

#define NTP_OF_SECOND(s) ((uint64_t)(s) << 32)

static void nothing_is_known_before_it_is_told(void **state)
{
	struct capture_clock c;
	int64_t us = 42;
	(void)state;
	capture_clock_init(&c);
	assert_false(capture_clock_read(&c, 0, &us));
	assert_int_equal(us, 42);
}

/* Known: sample 48000 at second 100, 96000 at 101, and after a stall 144000 at 105. */
static void each_point_holds_from_its_own_sample_on(void **state)
{
	static const struct {
		const char *name;
		int64_t timestamp, us;
	} rows[] = {
		{ "before all", 24000, 99500000 },
		{ "the first", 48000, 100000000 },
		{ "between", 72000, 100500000 },
		{ "the last before the stall", 143999, 101999979 },
		{ "the first after it", 144000, 105000000 },
		{ "long after", 192000, 106000000 },
	};
	struct capture_clock c;
	int64_t us;
	(void)state;
	capture_clock_init(&c);
	capture_clock_add(&c, 48000, NTP_OF_SECOND(100));
	capture_clock_add(&c, 96000, NTP_OF_SECOND(101));
	capture_clock_add(&c, 144000, NTP_OF_SECOND(105));
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		assert_true(capture_clock_read(&c, rows[i].timestamp, &us));
		assert_row_equal(rows[i].name, us, rows[i].us);
	}
}

static void a_packet_that_was_overtaken_tells_nothing(void **state)
{
	struct capture_clock c;
	int64_t us;
	(void)state;
	capture_clock_init(&c);
	capture_clock_add(&c, 96000, NTP_OF_SECOND(101));
	capture_clock_add(&c, 48000, NTP_OF_SECOND(7));
	capture_clock_add(&c, 96000, NTP_OF_SECOND(7));
	assert_true(capture_clock_read(&c, 48000, &us));
	assert_int_equal(us, 100 * US_PER_SECOND);
}

/* Only the last few are kept; older samples are computed from the oldest of them. */
static void the_oldest_is_forgotten(void **state)
{
	struct capture_clock c;
	int64_t us;
	(void)state;
	capture_clock_init(&c);
	capture_clock_add(&c, 0, NTP_OF_SECOND(50));
	for (int i = 1; i <= CAPTURE_CLOCK_POINTS; i++)
		capture_clock_add(&c, i * (int64_t)SAMPLES_PER_SECOND, NTP_OF_SECOND(100 + i));
	assert_true(capture_clock_read(&c, 0, &us));
	assert_int_equal(us, 100 * US_PER_SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_before_it_is_told),
		cmocka_unit_test(each_point_holds_from_its_own_sample_on),
		cmocka_unit_test(a_packet_that_was_overtaken_tells_nothing),
		cmocka_unit_test(the_oldest_is_forgotten),
	};
	return cmocka_run_group_tests_name("capture clock", tests, NULL, NULL);
}
