/* xrun_lesson: pairs of underruns, quiet minutes, and a latency that fell too early. */
#include "common/base/units.h"
#include "common/base/xrun_lesson.h"
#include "tests/unit/unit.h"

static int64_t n_xruns;

static int at(struct xrun_lesson *l, int second, int n_new)
{
	n_xruns += n_new;
	return xrun_lesson_put(l, n_xruns, second * US_PER_SECOND);
}

static void a_pair_doubles_and_quiet_halves(void **state)
{
	struct xrun_lesson l;
	(void)state;

	n_xruns = 0;
	xrun_lesson_init(&l, 0);
	assert_int_equal(at(&l, 1, 1), 1);
	assert_int_equal(at(&l, 12, 1), 1); /* too far apart */
	assert_int_equal(at(&l, 20, 1), 2);
	assert_int_equal(at(&l, 21, 1), 2); /* the first of the next pair */
	assert_int_equal(at(&l, 22, 7), 4);
	assert_int_equal(at(&l, 81, 0), 4);
	assert_int_equal(at(&l, 82, 0), 2);
	assert_int_equal(at(&l, 141, 0), 2);
	assert_int_equal(at(&l, 142, 0), 1);
	assert_int_equal(at(&l, 1000, 0), 1);
}

static void too_early_a_fall_is_remembered(void **state)
{
	struct xrun_lesson l;
	(void)state;

	n_xruns = 0;
	xrun_lesson_init(&l, 0);
	at(&l, 1, 1);
	assert_int_equal(at(&l, 2, 1), 2);
	assert_int_equal(at(&l, 62, 0), 1);
	at(&l, 63, 1);
	assert_int_equal(at(&l, 64, 1), 2);
	assert_int_equal(at(&l, 183, 0), 2);
	assert_int_equal(at(&l, 184, 0), 1);
}

static void it_has_a_bound(void **state)
{
	struct xrun_lesson l;
	int factor = 0;
	(void)state;

	n_xruns = 0;
	xrun_lesson_init(&l, 0);
	for (int second = 0; second < 100; second++)
		factor = at(&l, second, 1);
	assert_int_equal(factor, XRUN_LESSON_FACTOR_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pair_doubles_and_quiet_halves),
		cmocka_unit_test(too_early_a_fall_is_remembered),
		cmocka_unit_test(it_has_a_bound),
	};
	return cmocka_run_group_tests_name("xrun_lesson", tests, NULL, NULL);
}
