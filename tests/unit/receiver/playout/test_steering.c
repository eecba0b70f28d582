/* When and where the delay moves towards its target. Frames of 20 ms, blocks of 10. */
#include "receiver/playout/steering.h"

#include "common/base/units.h"
#include "tests/unit/unit.h"

enum { FRAME = 960, BLOCK = 480, MS = 1000 };

/* A delay is off by an amount for a time; if it is not corrected, what is advised, when, and
 * where. */
static void what_is_off_is_moved_in_time(void **state)
{
	static const struct {
		const char *name;
		int late_ms;
		bool is_fixed;
		enum steering_course course;
		int most_ms;			      /* to insert or remove */
		int first_ms_min, first_ms_max;	      /* sound before the first advice */
		int anywhere_ms_min, anywhere_ms_max; /* and in speech, too */
	} rows[] = {
		{ "as it should be", 0, false, STEERING_KEEP, 0, 0, 0, 0, 0 },
		{ "late by less than a block", 9, false, STEERING_KEEP, 0, 0, 0, 0, 0 },
		{ "early by what trembles", -1, false, STEERING_KEEP, 0, 0, 0, 0, 0 },
		{ "late by a block", 12, false, STEERING_SHORTEN, 10, 100, 140, 10000, 10100 },
		{ "late by much", 47, false, STEERING_SHORTEN, 40, 40, 60, 10000, 10100 },
		{ "early", -5, false, STEERING_LENGTHEN, 10, 100, 100, 3000, 3100 },
		{ "early by much", -25, false, STEERING_LENGTHEN, 30, 40, 40, 3000, 3100 },
		{ "fixed, late by a block", 12, true, STEERING_SHORTEN, 10, 1000, 1040, 10000,
			10100 },
		{ "fixed, early", -5, true, STEERING_LENGTHEN, 10, 100, 100, 3000, 3100 },
	};
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		struct steering s;
		int first_ms = 0, anywhere_ms = 0;
		steering_init(&s);
		for (int at_ms = 20; at_ms <= 12000; at_ms += 20) {
			const struct steering_view view = { .late_us = rows[r].late_ms * MS,
				.block_samples = BLOCK,
				.frame_samples = FRAME,
				.n_samples = FRAME,
				.is_fixed = rows[r].is_fixed };
			const struct steering_advice a = steering_observe(&s, &view);
			if (a.course == STEERING_KEEP)
				continue;
			assert_row_equal(rows[r].name, a.course, rows[r].course);
			assert_row_equal(
				rows[r].name, a.most_samples, rows[r].most_ms * SAMPLES_PER_MS);
			if (first_ms == 0)
				first_ms = at_ms;
			if (a.anywhere && anywhere_ms == 0)
				anywhere_ms = at_ms;
			steering_found_no_place(&s);
		}
		assert_row_in_range(
			rows[r].name, first_ms, rows[r].first_ms_min, rows[r].first_ms_max);
		assert_row_in_range(rows[r].name, anywhere_ms, rows[r].anywhere_ms_min,
			rows[r].anywhere_ms_max);
	}
}

/* The number of moves in two seconds where each one finds a place and removes 8 ms. */
static void moves_have_rest_between_them(void **state)
{
	static const struct {
		const char *name;
		int late_ms, moves;
	} rows[] = { { "near", 12, 1 }, { "two blocks", 20, 2 }, { "far", 100, 12 } };
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		struct steering s;
		int64_t late_us = rows[r].late_ms * MS;
		int n_moves = 0, last_ms = -1000;
		steering_init(&s);
		for (int at_ms = 20; at_ms <= 2000; at_ms += 20) {
			const struct steering_advice a = steering_observe(&s,
				&(struct steering_view){ late_us, 0, BLOCK, FRAME, FRAME, false });
			if (a.course != STEERING_SHORTEN)
				continue;
			assert_true(at_ms - last_ms >= 40);
			last_ms = at_ms;
			n_moves++;
			late_us -= 8 * MS;
			steering_moved(&s);
		}
		assert_row_equal(rows[r].name, n_moves, rows[r].moves);
	}
}

/* One frame that is not late means that there is nothing to spare. */
static void the_least_of_what_is_observed_counts(void **state)
{
	struct steering s;
	(void)state;
	steering_init(&s);
	for (int i = 0; i < 200; i++) {
		const struct steering_view view = { i % 3 == 0 ? 0 : 15 * MS, 0, BLOCK, FRAME,
			FRAME, false };
		assert_int_equal(steering_observe(&s, &view).course, STEERING_KEEP);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_off_is_moved_in_time),
		cmocka_unit_test(moves_have_rest_between_them),
		cmocka_unit_test(the_least_of_what_is_observed_counts),
	};
	return cmocka_run_group_tests_name("steering", tests, NULL, NULL);
}
