/* The estimate of how a call is judged: known values, and its course. */
#include "receiver/reports/mos.h"

#include "tests/unit/unit.h"

static void known_calls_have_known_scores(void **state)
{
	static const struct {
		double delay_ms, missing, mos;
	} rows[] = {
		{ 0, 0, 4.41 },	  /* G.107: R 93.2 */
		{ 150, 0, 4.34 }, /* R 89.6 */
		{ 400, 0, 3.03 }, /* R 59.1: poor */
		{ 0, 0.1, 2.37 }, /* R 45.7 */
		{ 0, 0.2, 1.57 }, /* R 29.9 */
		{ 10000, 0, 1 },
		{ 0, 1, 1.0 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++)
		assert_float_equal(
			mos_estimate(rows[i].delay_ms, rows[i].missing), rows[i].mos, 0.06);
}

/* More delay or more missing sound is never better, and the score stays in its scale. */
static void worse_is_worse(void **state)
{
	double before = 5;
	(void)state;
	for (int ms = 0; ms < 2000; ms += 5) {
		const double mos = mos_estimate(ms, 0.02);
		assert_true(mos <= before + 1e-9 && mos >= 0.9 && mos <= 4.5);
		before = mos;
	}
	before = 5;
	for (int percent = 0; percent <= 100; percent++) {
		const double mos = mos_estimate(100, percent / 100.0);
		assert_true(mos <= before + 1e-9 && mos >= 0.9 && mos <= 4.5);
		before = mos;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_calls_have_known_scores),
		cmocka_unit_test(worse_is_worse),
	};
	return cmocka_run_group_tests_name("mos", tests, NULL, NULL);
}
