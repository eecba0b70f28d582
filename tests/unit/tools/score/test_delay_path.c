/* The likeliest course of a delay, on gains a row a frame. */
#include "tools/score/delay_path.h"

#include "tests/unit/unit.h"

#include <string.h>

enum { LAGS = 8, FRAMES_MAX = 40 };

/* Which lag explains each frame, as digits: the lag gains 1, '.' gains nothing anywhere. */
static void trace(const char *explained, int shift_at, int shift, float neighbour_cost,
	float jump_cost, int *lags)
{
	struct delay_path path;

	assert_true(delay_path_begin(&path, LAGS, FRAMES_MAX, neighbour_cost, jump_cost));
	for (size_t k = 0; explained[k]; k++) {
		float gains[LAGS] = { 0 };
		if (explained[k] != '.')
			gains[explained[k] - '0'] = 1;
		delay_path_add(&path, gains, (int)k == shift_at ? shift : 0);
	}
	delay_path_trace(&path, lags);
	delay_path_end(&path);
}

static void frames_that_fit_nowhere_follow_their_neighbours(void **state)
{
	static const struct {
		const char *name, *explained, *lags;
	} rows[] = {
		{ "steady", "33333333", "33333333" },
		{ "a gap", "333....333", "3333333333" },
		{ "a gap at the beginning", "....3333", "33333333" },
		{ "a gap at the end", "3333....", "33333333" },
		{ "one frame that fits elsewhere", "333363333", "333333333" },
		{ "a step that lasts", "3333366666", "3333366666" },
		{ "one step up", "3333344444", "3333344444" },
		{ "one step down", "4444433333", "4444433333" },
		{ "an excursion of two pays for two neighbours", "33333445555", "33333445555" },
		{ "an excursion too short for a jump", "33333773333333", "33333333333333" },
		{ "an excursion that pays", "333337777733333", "333337777733333" },
	};
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		char text[FRAMES_MAX + 1] = "";
		int lags[FRAMES_MAX];
		trace(rows[r].explained, -1, 0, 0.25F, 1.5F, lags);
		for (size_t k = 0; rows[r].explained[k]; k++)
			text[k] = (char)('0' + lags[k]);
		if (strcmp(text, rows[r].lags) != 0)
			fail_msg("\"%s\": %s, not %s", rows[r].name, text, rows[r].lags);
	}
}

/* From frame 4 on lag i is what lag i + 2 was: the course stays where it is. */
static void lags_are_counted_from_their_frames_first(void **state)
{
	static const char expected[] = "55553333";
	int lags[FRAMES_MAX];
	(void)state;
	trace("5555....", 4, 2, 0.25F, 1.5F, lags);
	for (int k = 0; k < 8; k++)
		assert_int_equal(lags[k], expected[k] - '0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_that_fit_nowhere_follow_their_neighbours),
		cmocka_unit_test(lags_are_counted_from_their_frames_first),
	};
	return cmocka_run_group_tests_name("delay path", tests, NULL, NULL);
}
