/* Bursts and gaps of known patterns. */
#include "receiver/reports/burst_meter.h"

#include "tests/unit/unit.h"

/* Alternating runs of played and missing frames. */
static struct burst_metrics measure(const int *runs, size_t n_runs)
{
	struct burst_meter m = { 0 };

	for (size_t i = 0; i < n_runs; i++)
		for (int k = 0; k < runs[i]; k++)
			burst_meter_add(&m, i % 2 == 1);
	return burst_meter_read(&m);
}

static void bursts_and_gaps_are_told_apart(void **state)
{
	static const struct {
		const char *name;
		int runs[8]; /* played, missing, played, missing, ... */
		double missing_share, burst_density, gap_density, burst_frames, gap_frames;
	} rows[] = {
		{ "nothing", { 0 }, 0, 0, 0, 0, 0 },
		{ "all heard", { 100 }, 0, 0, 0, 0, 100 },
		{ "one alone is of the gap", { 50, 1, 49 }, 0.01, 0, 0.01, 0, 100 },
		{ "two in a row", { 49, 2, 49 }, 0.02, 1, 0, 2, 49 },
		{ "15 heard between: a burst", { 20, 1, 15, 1, 63 }, 0.02, 2.0 / 17, 0, 17, 41.5 },
		{ "16 heard between: none", { 20, 1, 16, 1, 62 }, 0.02, 0, 0.02, 0, 100 },
		{ "two bursts, and one alone", { 20, 3, 30, 1, 30, 2, 14 }, 0.06, 1, 1.0 / 95, 2.5,
			95.0 / 3 },
		{ "all missing", { 0, 10 }, 1, 1, 0, 10, 0 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct burst_metrics m = measure(rows[i].runs, N_ROWS(rows[i].runs));
		print_message("%s\n", rows[i].name);
		assert_float_equal(m.missing_share, rows[i].missing_share, 1e-9);
		assert_float_equal(m.burst_density, rows[i].burst_density, 1e-9);
		assert_float_equal(m.gap_density, rows[i].gap_density, 1e-9);
		assert_float_equal(m.burst_frames, rows[i].burst_frames, 1e-9);
		assert_float_equal(m.gap_frames, rows[i].gap_frames, 1e-9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(bursts_and_gaps_are_told_apart) };
	return cmocka_run_group_tests_name("burst_meter", tests, NULL, NULL);
}
