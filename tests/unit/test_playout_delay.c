/* The delay learned from arrivals, and the one that is given. Frames are 20 ms long: 50 a second. */
#include "receiver/playout_delay.h"

#include "common/units.h"
#include "tests/unit/unit.h"

#include <stdlib.h>

enum { MS = 1000, FRAME = 960, SECOND = 50, FIRST_MS = 40 };

static void begin(struct playout_delay *d, int64_t fixed_ms, int64_t min_ms, int64_t max_ms)
{
	playout_delay_init(d, &(struct playout_delay_config){ fixed_ms < 0 ? -1 : fixed_ms * MS,
				      min_ms * MS, max_ms * MS, NULL });
}

/* A frame whose packet took so long. */
static void arrive(struct playout_delay *d, int64_t transit_us)
{
	playout_delay_on_packet(d, transit_us, FRAME);
	playout_delay_on_frame(d, transit_us);
}

/* So many frames, slower than the fastest by anything up to jitter_ms. */
static void arrive_for(struct playout_delay *d, int n_frames, int transit_ms, int jitter_ms)
{
	static struct dice dice = { 77 };
	for (int i = 0; i < n_frames; i++)
		arrive(d, transit_ms * MS +
				  (int64_t)dice_below(&dice, (uint32_t)(jitter_ms * MS) + 1));
}

static void a_given_delay_stays(void **state)
{
	static const int delays_ms[] = { 0, 1, 60, 400 };
	static struct playout_delay d;
	(void)state;
	for (size_t i = 0; i < N_ROWS(delays_ms); i++) {
		begin(&d, delays_ms[i], 100, 300);
		assert_int_equal(playout_delay_target_us(&d), delays_ms[i] * MS);
		arrive_for(&d, 3 * SECOND, -500, 0);
		arrive_for(&d, 3 * SECOND, 900, 0);
		assert_int_equal(playout_delay_target_us(&d), delays_ms[i] * MS);
		assert_int_equal(playout_delay_fastest_us(&d), -500 * MS);
	}
}

/* So long one channel, then so long another; and the target right then. */
static void the_target_follows_the_channel(void **state)
{
	static const struct {
		const char *name;
		int min_ms, max_ms;
		struct {
			int n_frames, transit_ms, jitter_ms;
		} phases[3];
		int target_ms_min, target_ms_max;
	} rows[] = {
		{ "the first frame", 0, 500, { { 1, 30, 0 } }, FIRST_MS, FIRST_MS },
		{ "clean, 0.9 s", 0, 500, { { 45, 30, 0 } }, FIRST_MS, FIRST_MS },
		{ "clean, 1.1 s", 0, 500, { { 55, 30, 0 } }, 0, 1 },
		{ "clean, the origin is arbitrary", 0, 500, { { 100, -70000, 0 } }, 0, 1 },
		{ "jitter of 20 ms", 0, 500, { { 10 * SECOND, 30, 20 } }, 18, 21 },
		{ "jitter of 100 ms", 0, 500, { { 10 * SECOND, 30, 100 } }, 85, 101 },
		{ "more than a second", 0, 2000, { { 10 * SECOND, 30, 3000 } }, 800, 1024 },
		{ "one spike", 0, 500, { { 500, 30, 0 }, { 1, 280, 0 }, { 10, 30, 0 } }, 0, 1 },
		{ "a spike after a second", 0, 500, { { 99, 30, 0 }, { 1, 530, 0 } }, 0, 1 },
		{ "60 ms slower, 1 s later", 0, 500, { { 500, 30, 0 }, { SECOND, 90, 0 } }, 60,
			61 },
		{ "60 ms slower, 10 s later", 0, 500, { { 500, 30, 0 }, { 500, 90, 0 } }, 0, 1 },
		{ "60 ms slower and back, 10 s later", 0, 500,
			{ { 500, 30, 0 }, { 500, 90, 0 }, { 500, 30, 0 } }, 0, 1 },
		{ "jitter sets in, 1 s later", 0, 500, { { 500, 30, 0 }, { SECOND, 30, 60 } }, 45,
			61 },
		{ "jitter is over, 5 s later", 0, 500, { { 500, 30, 60 }, { 5 * SECOND, 30, 0 } },
			40, 61 },
		{ "jitter is over, 10 s later", 0, 500, { { 500, 30, 60 }, { 500, 30, 0 } }, 0, 3 },
		/* A frame each 400 ms, for 9 s by the clock: too little sound to forget anything. */
		{ "jitter, then DTX", 0, 500, { { 500, 30, 60 }, { 22, 30, 0 } }, 50, 61 },
		{ "a lower bound", 25, 500, { { 500, 30, 10 } }, 25, 25 },
		{ "a lower bound below all", 5, 500, { { 500, 30, 10 } }, 9, 11 },
		{ "an upper bound", 0, 70, { { 500, 30, 110 } }, 70, 70 },
		{ "an upper bound below the first delay", 0, 20, { { 10, 30, 0 } }, 20, 20 },
	};
	static struct playout_delay d;
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		begin(&d, -1, rows[i].min_ms, rows[i].max_ms);
		for (int k = 0; k < 3; k++)
			arrive_for(&d, rows[i].phases[k].n_frames, rows[i].phases[k].transit_ms,
				rows[i].phases[k].jitter_ms);
		assert_row_in_range(rows[i].name, playout_delay_target_us(&d),
			rows[i].target_ms_min * MS, rows[i].target_ms_max * MS);
	}
}

/* A packet that was lost is known only by its copy: the frame came late, no packet did. So the
 * delay grows by what makes the copies useful, and by no more. */
static void copies_are_worth_their_delay(void **state)
{
	static const struct {
		const char *name;
		int loss_percent;
		int n_copies, distances[3];
		int frames; /* of delay */
	} rows[] = {
		{ "no loss", 0, 1, { 3 }, 0 },
		{ "one back", 10, 1, { 1 }, 1 },
		{ "two back", 10, 1, { 2 }, 2 },
		{ "three back", 10, 1, { 3 }, 3 },
		{ "within 40 ms the second one is worth it", 10, 2, { 1, 2 }, 2 },
		{ "a third one repairs too few", 10, 3, { 1, 2, 6 }, 2 },
		{ "more loss: the third one is waited for", 20, 3, { 1, 2, 3 }, 2 },
		{ "much loss", 30, 3, { 1, 2, 3 }, 3 },
		{ "one in a hundred is worth 20 ms of the first 40", 1, 1, { 1 }, 1 },
	};
	static struct playout_delay d;
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		struct dice dice = { 20 };
		bool lost[1000];
		begin(&d, -1, 0, 500);
		for (int i = 0; i < 1000; i++) {
			lost[i] = dice_below(&dice, 100) < (uint32_t)rows[r].loss_percent;
			if (lost[i])
				continue;
			arrive(&d, 10 * MS);
			for (int c = 0; c < rows[r].n_copies; c++) {
				const int which = i - rows[r].distances[c];
				if (which < 0 || !lost[which])
					continue;
				lost[which] = false; /* only its first form counts */
				playout_delay_on_frame(
					&d, 10 * MS + rows[r].distances[c] * 20 * MS);
			}
		}
		assert_row_in_range(rows[r].name, playout_delay_target_us(&d),
			rows[r].frames * 20 * MS, rows[r].frames * 20 * MS + MS);
		assert_row_equal(rows[r].name, playout_delay_fastest_us(&d), 10 * MS);
	}
}

/* An hour of two sound cards 300 ppm apart: the transit time drifts by 1.08 s. */
static void skew_is_no_jitter(void **state)
{
	static const int drifts_us[] = { 6, -6 }; /* a frame */
	static struct playout_delay d;
	(void)state;
	for (size_t r = 0; r < N_ROWS(drifts_us); r++) {
		begin(&d, -1, 0, 500);
		for (int i = 0; i < 3600 * SECOND; i++) {
			arrive(&d, (int64_t)i * drifts_us[r]);
			const int64_t late_us =
				(int64_t)i * drifts_us[r] - playout_delay_fastest_us(&d);
			assert_in_range(late_us, 0, 2400);
			if (i > SECOND)
				assert_in_range(playout_delay_target_us(&d), 0, 3500);
		}
	}
}

/* The shortest frames fill the memory soonest; the times of a day are large. */
static void short_frames_and_large_times(void **state)
{
	static struct playout_delay d;
	struct dice dice = { 5 };
	const int64_t origin_us = INT64_C(86400) * US_PER_SECOND * 30;
	(void)state;
	begin(&d, -1, 0, 500);
	for (int i = 0; i < 20 * 400; i++) {
		const int64_t transit_us = origin_us + dice_below(&dice, 15 * MS);
		playout_delay_on_packet(&d, transit_us, FRAME_SAMPLES_MIN);
		playout_delay_on_frame(&d, transit_us);
	}
	assert_in_range(playout_delay_target_us(&d), 14 * MS, 16 * MS);
	assert_in_range(playout_delay_fastest_us(&d), origin_us, origin_us + 100);
}

static void a_restart_forgets_all(void **state)
{
	static struct playout_delay d;
	(void)state;
	begin(&d, -1, 0, 500);
	arrive_for(&d, 500, 10, 200);
	playout_delay_restart(&d);
	assert_int_equal(playout_delay_target_us(&d), FIRST_MS * MS);
	assert_int_equal(playout_delay_fastest_us(&d), 0);
	arrive(&d, 700 * MS);
	assert_int_equal(playout_delay_fastest_us(&d), 700 * MS);
	assert_int_equal(playout_delay_target_us(&d), FIRST_MS * MS);
	arrive_for(&d, 60, 700, 0);
	assert_in_range(playout_delay_target_us(&d), 0, MS);
}

static void waiting_pays_where_what_is_missing_comes_late(void **state)
{
	static const struct {
		const char *name, *missing; /* l: came late, x: never came */
		bool pays;
	} rows[] = {
		{ "nothing known", "", true },
		{ "lost", "x", false },
		{ "late", "l", true },
		{ "lost, then late", "xxxxxl", false },
		{ "lost, then late for long", "xxxxxxxxxxxxxxxllllllll", true },
		{ "late, then lost for long", "lllllllllllllllxxxxxxxx", false },
		{ "as often this as that", "xlxlxlxl", true },
		{ "lost mostly", "xxlxxlxxlxxl", false },
	};
	static struct playout_delay learned, fixed;
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		begin(&learned, -1, 0, 500);
		begin(&fixed, 60, 0, 500);
		for (const char *m = rows[i].missing; *m; m++) {
			playout_delay_on_missing(&learned, *m == 'l' ? 10 * MS : -1);
			playout_delay_on_missing(&fixed, *m == 'l' ? 10 * MS : -1);
		}
		assert_row_equal(rows[i].name, playout_delay_wait_us(&learned) > 0, rows[i].pays);
		assert_row_equal(rows[i].name, playout_delay_wait_us(&fixed), 0);
	}
}

/* As long as late frames have been late, and a little more; by one that was very late not. */
static void the_wait_is_as_long_as_late_ones_were_late(void **state)
{
	static const struct {
		const char *name;
		int late_ms[12]; /* -1: never came */
		int least_ms, most_ms;
	} rows[] = {
		{ "by little", { 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2 }, 7, 15 },
		{ "by much", { 30, 20, 30, 20, 30, 20, 30, 20, 30, 20, 30, 20 }, 35, 45 },
		{ "never longer than this", { 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60 }, 60,
			60 },
		{ "so late is as good as lost", { 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61, 61 },
			0, 0 },
	};
	static struct playout_delay d;
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		begin(&d, -1, 0, 500);
		for (int k = 0; k < 60; k++)
			playout_delay_on_missing(&d, rows[i].late_ms[k % 12] * MS);
		assert_row_in_range(rows[i].name, playout_delay_wait_us(&d), rows[i].least_ms * MS,
			rows[i].most_ms * MS);
	}
}

/* A frame waits for the next packet that may carry its copy, as long as one may. */
static void copies_still_to_come_are_hoped_for(void **state)
{
	static const struct {
		const char *name;
		int fixed_ms, max_ms;
		int distances[3];  /* in frames; 0: none */
		int silent_frames; /* without copies, since */
		int now_ms;	   /* since the frame could have come */
		int hope_ms;	   /* 2 ms more than when the copy would come at the earliest */
	} rows[] = {
		{ "no copies", -1, 500, { 0 }, 0, 10, 0 },
		{ "the next packet", -1, 500, { 1 }, 0, 10, 12 },
		{ "is as good as lost", -1, 500, { 1 }, 0, 22, 0 },
		{ "the one after it", -1, 500, { 1, 2, 5 }, 0, 22, 20 },
		{ "the farthest", -1, 500, { 2, 1, 5 }, 0, 60, 42 },
		{ "too far", -1, 500, { 1, 7 }, 0, 60, 0 },
		{ "not beyond the upper bound", -1, 60, { 1, 4 }, 0, 30, 0 },
		{ "up to the upper bound", -1, 80, { 1, 4 }, 0, 30, 52 },
		{ "a given delay", 40, 500, { 1, 4 }, 0, 10, 0 },
		{ "not used any more", -1, 500, { 1 }, 51, 10, 0 },
	};
	static struct playout_delay d;
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		begin(&d, rows[i].fixed_ms, 0, rows[i].max_ms);
		for (int n = 0; n < 100; n++) {
			arrive(&d, 30 * MS);
			for (int k = 0; k < 3 && rows[i].distances[k]; k++)
				playout_delay_on_copy(&d, rows[i].distances[k] * FRAME);
		}
		arrive_for(&d, rows[i].silent_frames, 30, 0);
		assert_row_equal(rows[i].name,
			playout_delay_hope_us(
				&d, 1000 * FRAME, (1000 * 20 + 30 + rows[i].now_ms) * MS),
			rows[i].hope_ms * MS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_given_delay_stays),
		cmocka_unit_test(the_target_follows_the_channel),
		cmocka_unit_test(copies_are_worth_their_delay),
		cmocka_unit_test(copies_still_to_come_are_hoped_for),
		cmocka_unit_test(skew_is_no_jitter),
		cmocka_unit_test(short_frames_and_large_times),
		cmocka_unit_test(a_restart_forgets_all),
		cmocka_unit_test(waiting_pays_where_what_is_missing_comes_late),
		cmocka_unit_test(the_wait_is_as_long_as_late_ones_were_late),
	};
	return cmocka_run_group_tests_name("playout_delay", tests, NULL, NULL);
}
