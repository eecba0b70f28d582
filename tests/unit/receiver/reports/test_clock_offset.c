/* Two clocks, seen through round trips over unequal paths. */
#include "receiver/reports/clock_offset.h"

#include "common/base/units.h"
#include "tests/unit/unit.h"

#include <stdlib.h>

static void nothing_is_known_at_first(void **state)
{
	struct clock_offset c;
	int64_t offset_us, uncertainty_us;

	(void)state;
	clock_offset_init(&c);
	assert_false(clock_offset_read(&c, &offset_us, &uncertainty_us));
}

/* The estimate from half the round trip where the two paths are not equally long. */
static void measure(
	struct clock_offset *c, int64_t truth_us, int64_t there_us, int64_t back_us, int64_t now_us)
{
	clock_offset_add(c, truth_us + (there_us - back_us) / 2, there_us + back_us, now_us);
}

static void the_truth_is_within_the_uncertainty(void **state)
{
	static const struct {
		const char *name;
		int64_t there_us, back_us; /* the least */
		uint32_t jitter_us;	   /* in addition, on either path */
		int64_t drift_ppm;
		int64_t uncertainty_us_max;
	} rows[] = {
		{ "a local network", 200, 200, 300, 0, 700 },
		{ "one way only takes time", 0, 40000, 0, 0, 20031 },
		{ "the other one", 40000, 0, 0, 0, 20031 },
		{ "jitter", 20000, 20000, 30000, 0, 32000 },
		{ "clocks drift", 20000, 20000, 30000, 50, 32000 },
		{ "and the other way", 5000, 30000, 30000, -50, 29000 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct dice dice = { 77 + i };
		struct clock_offset c;

		clock_offset_init(&c);
		for (int64_t k = 0; k < 500; k++) {
			const int64_t now_us = k * 700 * US_PER_MS;
			const int64_t truth_us =
				-INT64_C(123456789) + now_us / 1000000 * rows[i].drift_ppm;
			int64_t offset_us, uncertainty_us;
			measure(&c, truth_us,
				rows[i].there_us + dice_below(&dice, rows[i].jitter_us + 1),
				rows[i].back_us + dice_below(&dice, rows[i].jitter_us + 1), now_us);
			assert_true(clock_offset_read(&c, &offset_us, &uncertainty_us));
			if (llabs(offset_us - truth_us) > uncertainty_us)
				fail_msg("\"%s\": %lld is not within %lld", rows[i].name,
					(long long)(offset_us - truth_us),
					(long long)uncertainty_us);
			if (k > CLOCK_OFFSET_SAMPLES)
				assert_row_in_range(rows[i].name, uncertainty_us, 0,
					rows[i].uncertainty_us_max);
		}
	}
}

/* A fast one of long ago does not count for ever, nor beyond the window. */
static void the_fastest_counts_until_it_is_old(void **state)
{
	struct clock_offset c;
	int64_t offset_us, uncertainty_us;

	(void)state;
	clock_offset_init(&c);
	clock_offset_add(&c, 1000, 2000, 0);
	clock_offset_add(&c, 1700, 3000, 1 * US_PER_SECOND);
	assert_true(clock_offset_read(&c, &offset_us, &uncertainty_us));
	assert_int_equal(offset_us, 1000);
	assert_int_equal(uncertainty_us, 1000 + 31 + 100);
	clock_offset_add(&c, 1800, 3000, 8 * US_PER_SECOND); /* 800 us of drift are possible */
	assert_true(clock_offset_read(&c, &offset_us, &uncertainty_us));
	assert_int_equal(offset_us, 1800);
	assert_int_equal(uncertainty_us, 1500 + 31);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_at_first),
		cmocka_unit_test(the_truth_is_within_the_uncertainty),
		cmocka_unit_test(the_fastest_counts_until_it_is_old),
	};
	return cmocka_run_group_tests_name("clock_offset", tests, NULL, NULL);
}
