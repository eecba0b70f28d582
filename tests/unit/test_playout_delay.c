/* The delay learned from arrivals, and the one that is given. */
#include "receiver/playout_delay.h"

#include "common/units.h"
#include "tests/unit/unit.h"

enum { MS = 1000, LEARNED_MS_MIN = 60 };

/* A frame whose packet took so long. */
static void arrive(struct playout_delay *d, int64_t transit_ms, int64_t at_ms)
{
	playout_delay_on_packet(d, transit_ms * MS, at_ms * MS);
	playout_delay_on_frame(d, transit_ms * MS, at_ms * MS);
}

static struct playout_delay begin(int64_t fixed_ms, int64_t min_ms, int64_t max_ms)
{
	struct playout_delay d;
	playout_delay_init(&d, &(struct playout_delay_config){ fixed_ms < 0 ? -1 : fixed_ms * MS,
				       min_ms * MS, max_ms * MS });
	return d;
}

static void a_given_delay_stays(void **state)
{
	static const int delays_ms[] = { 0, 1, 60, 400 };
	(void)state;
	for (size_t i = 0; i < N_ROWS(delays_ms); i++) {
		struct playout_delay d = begin(delays_ms[i], 100, 300);
		assert_int_equal(playout_delay_target_us(&d), delays_ms[i] * MS);
		arrive(&d, -500, 1000);
		arrive(&d, 900, 1020);
		assert_int_equal(playout_delay_target_us(&d), delays_ms[i] * MS);
		assert_int_equal(playout_delay_fastest_us(&d), -500 * MS);
	}
}

static void a_learned_delay_covers_the_slowest_frame(void **state)
{
	static const struct {
		const char *name;
		int min_ms, max_ms;
		int transits_ms[5];
		int fastest_ms, target_ms;
	} rows[] = {
		{ "no jitter", 0, 500, { 30, 30, 30, 30, 30 }, 30, LEARNED_MS_MIN },
		{ "little jitter", 0, 500, { 30, 50, 40, 30, 60 }, 30, LEARNED_MS_MIN },
		{ "much jitter", 0, 500, { 30, 50, 140, 30, 60 }, 30, 110 },
		{ "the origin is arbitrary", 0, 500, { -1000, -980, -880, -1000, -900 }, -1000,
			120 },
		{ "slow first", 0, 500, { 200, 50, 60, 50, 60 }, 50, 150 },
		{ "a lower bound", 250, 500, { 30, 50, 140, 30, 60 }, 30, 250 },
		{ "an upper bound", 0, 90, { 30, 50, 140, 30, 60 }, 30, 90 },
		{ "an upper bound below all", 0, 20, { 30, 30, 30, 30, 30 }, 30, 20 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct playout_delay d = begin(-1, rows[i].min_ms, rows[i].max_ms);
		for (int k = 0; k < 5; k++)
			arrive(&d, rows[i].transits_ms[k], 5000 + 20 * k);
		assert_row_equal(
			rows[i].name, playout_delay_fastest_us(&d), rows[i].fastest_ms * MS);
		assert_row_equal(rows[i].name, playout_delay_target_us(&d), rows[i].target_ms * MS);
	}
}

/* A packet that was lost is known only by its copy: the frame came late, no packet did. */
static void a_frame_that_came_as_a_copy_is_a_late_one(void **state)
{
	struct playout_delay d = begin(-1, 0, 500);
	(void)state;
	arrive(&d, 10, 0);
	playout_delay_on_packet(&d, 10 * MS, 120 * MS);
	playout_delay_on_frame(&d, 90 * MS, 120 * MS); /* of 80 ms before */
	assert_int_equal(playout_delay_target_us(&d), 80 * MS);
	assert_int_equal(playout_delay_fastest_us(&d), 10 * MS);
}

static void what_is_long_past_is_forgotten(void **state)
{
	struct playout_delay d = begin(-1, 0, 500);
	int64_t at_ms = 100000;
	(void)state;
	arrive(&d, 10, at_ms);
	arrive(&d, 310, at_ms);
	for (; at_ms < 107000; at_ms += 20)
		arrive(&d, 50, at_ms);
	assert_int_equal(playout_delay_target_us(&d), 300 * MS); /* 7 s later it is known still */
	assert_int_equal(playout_delay_fastest_us(&d), 10 * MS);
	for (; at_ms < 108500; at_ms += 20)
		arrive(&d, 50, at_ms);
	assert_int_equal(playout_delay_target_us(&d), LEARNED_MS_MIN * MS); /* after 8.5 s not */
	assert_int_equal(playout_delay_fastest_us(&d), 50 * MS);
	/* After a long silence the window is empty but for the newcomer. */
	arrive(&d, 300, 130000);
	assert_int_equal(playout_delay_fastest_us(&d), 300 * MS);
	assert_int_equal(playout_delay_target_us(&d), LEARNED_MS_MIN * MS);
}

static void a_restart_forgets_all(void **state)
{
	struct playout_delay d = begin(-1, 0, 500);
	(void)state;
	arrive(&d, 10, 0);
	arrive(&d, 310, 20);
	playout_delay_restart(&d);
	assert_int_equal(playout_delay_target_us(&d), LEARNED_MS_MIN * MS);
	assert_int_equal(playout_delay_fastest_us(&d), 0);
	arrive(&d, 700, 40);
	assert_int_equal(playout_delay_fastest_us(&d), 700 * MS);
	assert_int_equal(playout_delay_target_us(&d), LEARNED_MS_MIN * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_given_delay_stays),
		cmocka_unit_test(a_learned_delay_covers_the_slowest_frame),
		cmocka_unit_test(a_frame_that_came_as_a_copy_is_a_late_one),
		cmocka_unit_test(what_is_long_past_is_forgotten),
		cmocka_unit_test(a_restart_forgets_all),
	};
	return cmocka_run_group_tests_name("playout_delay", tests, NULL, NULL);
}
