/* standing: the least of the last second, and nothing of before a pause. */
#include "common/base/standing.h"
#include "common/base/units.h"
#include "tests/unit/unit.h"

static void the_least_of_a_second(void **state)
{
	struct standing s;
	int64_t now_us = 5 * US_PER_SECOND, answer = 0;

	(void)state;
	standing_init(&s);
	for (int i = 0; i < 74; i++, now_us += 10 * US_PER_MS) /* not a second yet */
		assert_int_equal(standing_put(&s, 40 + i % 7, now_us), 0);
	for (int i = 0; i < 100; i++, now_us += 10 * US_PER_MS)
		answer = standing_put(&s, 40 + i % 7, now_us);
	assert_int_equal(answer, 40);
	assert_int_equal(standing_put(&s, 3, now_us), 3);
	for (int i = 0; i < 130; i++, now_us += 10 * US_PER_MS)
		answer = standing_put(&s, 50, now_us);
	assert_int_equal(answer, 50);
}

static void a_pause_begins_anew(void **state)
{
	struct standing s;
	int64_t now_us = 0;

	(void)state;
	standing_init(&s);
	for (int i = 0; i < 200; i++, now_us += 10 * US_PER_MS)
		standing_put(&s, 7, now_us);
	now_us += 3 * US_PER_SECOND;
	for (int i = 0; i < 70; i++, now_us += 10 * US_PER_MS)
		assert_int_equal(standing_put(&s, 90, now_us), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_least_of_a_second),
		cmocka_unit_test(a_pause_begins_anew),
	};
	return cmocka_run_group_tests_name("standing", tests, NULL, NULL);
}
