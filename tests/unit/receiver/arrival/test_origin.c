/* The fastest packet, though two clocks run apart. A packet holds 20 ms: 50 a second. */
#include "receiver/arrival/origin.h"

#include "common/base/units.h"
#include "tests/unit/unit.h"

enum { MS = 1000, PACKET_US = 20 * MS, SECOND = 50 };

/* A drift in ppm, packets slower than the fastest by up to jitter_us, and from step_at on by
 * step_us more. After the first 20 s, which a line needs, the origin must be right within
 * error_us. */
static void the_fastest_packet_is_followed(void **state)
{
	static const struct {
		const char *name;
		double ppm;
		int jitter_us, step_at, step_us;
		int64_t error_us_max;
	} rows[] = {
		{ "equal clocks", 0, 0, 0, 0, 0 },
		{ "equal clocks, jitter", 0, 20 * MS, 0, 0, 800 },
		{ "+300 ppm", 300, 0, 0, 0, 200 },
		{ "-300 ppm", -300, 0, 0, 0, 200 },
		{ "+50 ppm, jitter", 50, 4 * MS, 0, 0, 400 },
		{ "+300 ppm, jitter", 300, 4 * MS, 0, 0, 400 },
		{ "-300 ppm, jitter", -300, 4 * MS, 0, 0, 400 },
		{ "much jitter hides the drift: 32 s of it remain", 300, 40 * MS, 0, 0, 11000 },
		{ "the way becomes faster", 100, 2 * MS, 60 * SECOND, -40 * MS, 2000 },
		{ "steeper than any clock", 2000, 0, 0, 0, 64 * MS },
	};
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		struct dice dice = { 9 };
		struct origin o;
		origin_init(&o);
		assert_row_equal(rows[r].name, origin_fastest_us(&o), 0);
		for (int i = 0; i < 200 * SECOND; i++) {
			const int64_t step_us =
				rows[r].step_us != 0 && i >= rows[r].step_at ? rows[r].step_us : 0;
			const int64_t fastest_us =
				700 * MS + step_us + (int64_t)(rows[r].ppm * 1e-6 * i * PACKET_US);
			origin_on_packet(&o,
				fastest_us + dice_below(&dice, (uint32_t)rows[r].jitter_us + 1),
				PACKET_US);
			const int64_t error_us = origin_fastest_us(&o) - fastest_us;
			/* The first packet of a faster way must be borne out. */
			if (i > 20 * SECOND && (i != rows[r].step_at || rows[r].step_us == 0))
				assert_row_in_range(rows[r].name,
					error_us < 0 ? -error_us : error_us, 0,
					rows[r].error_us_max);
		}
	}
}

/* A step up is believed when nothing faster has come for the whole window, and is no drift. */
static void a_step_up_is_no_drift(void **state)
{
	static const int steps_us[] = { 2 * MS, 60 * MS, 400 * MS };
	(void)state;
	for (size_t r = 0; r < N_ROWS(steps_us); r++) {
		struct dice dice = { 10 };
		struct origin o;
		origin_init(&o);
		for (int i = 0; i < 120 * SECOND; i++) {
			const int64_t fastest_us = i < 40 * SECOND ? 0 : steps_us[r];
			origin_on_packet(&o, fastest_us + dice_below(&dice, MS), PACKET_US);
			if (i < 70 * SECOND)
				assert_in_range(origin_fastest_us(&o), 0, 200);
			if (i > 73 * SECOND)
				assert_in_range(
					origin_fastest_us(&o), steps_us[r], steps_us[r] + 200);
		}
	}
}

/* A clock that is set, or a forged timestamp: one packet seems to have come early. */
static void an_early_packet_moves_nothing(void **state)
{
	static const int64_t early_us[] = { 25 * MS, 200 * MS, 8000 * MS };
	(void)state;
	for (size_t r = 0; r < N_ROWS(early_us); r++) {
		struct dice dice = { 11 };
		struct origin o;
		origin_init(&o);
		for (int i = 0; i < 80 * SECOND; i++) {
			const int64_t jitter_us = dice_below(&dice, 4 * MS);
			const bool is_early = i == 0 || i == 40 * SECOND;
			origin_on_packet(
				&o, 300 * MS + jitter_us - (is_early ? early_us[r] : 0), PACKET_US);
			if (i > SECOND)
				assert_in_range(origin_fastest_us(&o), 299 * MS, 302 * MS);
		}
		/* Two that agree are believed. */
		origin_on_packet(&o, 300 * MS - early_us[r], PACKET_US);
		assert_in_range(origin_fastest_us(&o), 299 * MS, 302 * MS);
		origin_on_packet(&o, 300 * MS - early_us[r] + MS, PACKET_US);
		assert_true(origin_fastest_us(&o) < 300 * MS - early_us[r] + 2 * MS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fastest_packet_is_followed),
		cmocka_unit_test(a_step_up_is_no_drift),
		cmocka_unit_test(an_early_packet_moves_nothing),
	};
	return cmocka_run_group_tests_name("origin", tests, NULL, NULL);
}
