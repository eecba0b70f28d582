/* device_slip: what a device lost is left out once; jitter and a skewed clock are not taken for
 * it. */
#include "common/base/device_slip.h"
#include "common/base/units.h"
#include "tests/unit/unit.h"

enum { PERIOD_US = 10000, PERIOD = 480 };

/* A device that asks every 10 ms, early or late by up to 8 ms, by a clock that is off by ppm,
 * and stands still once. Returns what is left out in a minute. */
static size_t left_out(double ppm, int64_t gap_us, bool has_flag)
{
	struct device_slip s;
	struct dice dice = { 7 };
	int64_t due_us = 0;
	size_t n = 0;

	device_slip_init(&s);
	for (int i = 0; i < 6000; i++) {
		const bool is_gap = i == 3000 && gap_us > 0;
		due_us += (int64_t)(PERIOD_US * (1 + ppm * 1e-6)) + (is_gap ? gap_us : 0);
		n += device_slip_put(
			&s, PERIOD, is_gap && has_flag, due_us + dice_u32(&dice) % 8000);
	}
	return n;
}

static void a_gap_is_left_out(void **state)
{
	static const struct {
		const char *name;
		double ppm;
		int64_t gap_us;
		bool has_flag;
	} rows[] = {
		{ "nothing", 0, 0, false },
		{ "a slow clock", 300, 0, false },
		{ "a fast clock", -300, 0, false },
		{ "an underrun of 60 ms", 0, 60000, true },
		{ "an underrun of 60 ms, slow clock", 300, 60000, true },
		{ "300 ms, not told", 0, 300000, false },
		{ "5 ms", 0, 5000, true },
		{ "2 s: the stream begins anew", 0, 2000000, true },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const bool counts = rows[i].gap_us >= 20000 && rows[i].gap_us < US_PER_SECOND;
		const int64_t expected = counts ? samples_from_us(rows[i].gap_us) : 0;
		assert_row_in_range(rows[i].name,
			left_out(rows[i].ppm, rows[i].gap_us, rows[i].has_flag),
			expected > 96 ? expected - 96 : 0, expected + 96);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_gap_is_left_out) };
	return cmocka_run_group_tests_name("device_slip", tests, NULL, NULL);
}
