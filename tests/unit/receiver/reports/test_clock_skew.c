/* Two devices' clocks against one another: known only where certain, and then true. */
#include "receiver/reports/clock_skew.h"

#include "common/base/units.h"
#include "tests/unit/unit.h"

#include <math.h>

/* 50 packets and 100 pulls per second for a time. The sender's and the device's clocks run faster
 * than true time by their ppm; jitter is uniform up to its bound; at step_s the path becomes 20 ms
 * longer. */
static bool run(struct clock_skew *c, int seconds, double sender_ppm, double device_ppm,
	uint32_t jitter_us, int step_s, double *ppm)
{
	struct dice dice = { 48000 };

	clock_skew_init(c);
	for (int i = 0; i < seconds * 100; i++) {
		const double true_us = i * 10000.0;
		const int64_t pull_us = (int64_t)(true_us * (1 - device_ppm / 1e6));
		const int64_t sent_us = (int64_t)(true_us * (1 - sender_ppm / 1e6));
		const int64_t step_us = step_s > 0 && i >= step_s * 100 ? 20000 : 0;
		if (i % 2 == 0)
			clock_skew_on_packet(c, sent_us - i * 10000 + step_us + 70000000 +
							(int64_t)dice_below(&dice, jitter_us + 1));
		clock_skew_on_pull(c, 480, pull_us + (int64_t)dice_below(&dice, 500));
	}
	return clock_skew_read(c, ppm);
}

static void the_skew_is_told_where_it_is_sure(void **state)
{
	static const struct {
		const char *name;
		int seconds;
		double sender_ppm, device_ppm;
		uint32_t jitter_us;
		int step_s;
		bool is_sure;
		double error_ppm;
	} rows[] = {
		{ "the same clock", 30, 0, 0, 100, 0, true, 3 },
		{ "a fast device", 30, 0, 200, 100, 0, true, 3 },
		{ "a fast sender", 30, 150, 0, 100, 0, true, 3 },
		{ "both", 30, -30, 70, 100, 0, true, 3 },
		{ "jitter, and two minutes", 130, 0, 100, 20000, 0, true, 5 },
		{ "long after the window is full", 1000, 20, -80, 5000, 0, true, 3 },
		{ "too soon", 9, 0, 200, 100, 0, false, 0 },
		{ "jitter, and not long", 20, 0, 100, 50000, 0, false, 0 },
		{ "the way became longer", 30, 0, 100, 100, 15, false, 0 },
		{ "long ago", 160, 0, 100, 100, 15, true, 3 },
	};
	static struct clock_skew skew;
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		double ppm;
		const bool is_sure = run(&skew, rows[i].seconds, rows[i].sender_ppm,
			rows[i].device_ppm, rows[i].jitter_us, rows[i].step_s, &ppm);
		assert_row_equal(rows[i].name, is_sure, rows[i].is_sure);
		if (is_sure)
			assert_row_equal(rows[i].name,
				fabs(ppm - (rows[i].device_ppm - rows[i].sender_ppm)) <=
					rows[i].error_ppm,
				true);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_skew_is_told_where_it_is_sure),
	};
	return cmocka_run_group_tests_name("clock_skew", tests, NULL, NULL);
}
