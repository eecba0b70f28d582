/* The delay learned from arrivals, and the fixed one. Frames are 20 ms long: 50 a second. */
#include "receiver/arrival/playout_delay.h"

#include "common/base/units.h"
#include "tests/unit/unit.h"

#include <stdlib.h>

enum { MS = 1000, FRAME = 960, SECOND = 50, FIRST_MS = 42 };

static void begin(struct playout_delay *d, int64_t fixed_ms, int64_t min_ms, int64_t max_ms)
{
	playout_delay_init(d, &(struct playout_delay_config){ fixed_ms < 0 ? -1 : fixed_ms * MS,
				      min_ms * MS, max_ms * MS, NULL });
}

/* A frame whose packet had this transit. */
static void arrive(struct playout_delay *d, int64_t transit_us)
{
	playout_delay_on_packet(d, transit_us, FRAME);
	playout_delay_on_frame(d, transit_us);
}

/* n frames, slower than the fastest by up to jitter_ms. */
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

/* One channel for a time, then another; returns the target right then. */
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
		{ "clean, 1.1 s", 0, 500, { { 55, 30, 0 } }, 0, 2 },
		{ "clean, the origin is arbitrary", 0, 500, { { 100, -70000, 0 } }, 0, 2 },
		{ "jitter of 20 ms", 0, 500, { { 15 * SECOND, 30, 20 } }, 18, 27 },
		{ "jitter of 100 ms", 0, 500, { { 15 * SECOND, 30, 100 } }, 85, 103 },
		{ "jitter of 100 ms, the slowest are foreseen", 0, 500,
			{ { 10, 30, 0 }, { 20, 30, 100 } }, 100, 160 },
		{ "more than a second", 0, 2000, { { 15 * SECOND, 30, 3000 } }, 800, 1026 },
		{ "one spike", 0, 500, { { 500, 30, 0 }, { 1, 280, 0 }, { 10, 30, 0 } }, 0, 2 },
		{ "a spike after a second", 0, 500, { { 99, 30, 0 }, { 1, 530, 0 } }, 0, 25 },
		{ "60 ms slower, 1 s later", 0, 500, { { 500, 30, 0 }, { SECOND, 90, 0 } }, 60,
			62 },
		{ "60 ms slower, 10 s later", 0, 500, { { 500, 30, 0 }, { 500, 90, 0 } }, 60, 62 },
		{ "60 ms slower, 35 s later", 0, 500, { { 500, 30, 0 }, { 35 * SECOND, 90, 0 } }, 0,
			2 },
		{ "60 ms slower and back, 10 s later", 0, 500,
			{ { 500, 30, 0 }, { 500, 90, 0 }, { 500, 30, 0 } }, 60, 62 },
		{ "60 ms slower and back, 35 s later", 0, 500,
			{ { 500, 30, 0 }, { 500, 90, 0 }, { 35 * SECOND, 30, 0 } }, 0, 2 },
		{ "jitter sets in, 1 s later", 0, 500, { { 500, 30, 0 }, { SECOND, 30, 60 } }, 45,
			61 },
		{ "jitter is over, 5 s later", 0, 500, { { 500, 30, 60 }, { 5 * SECOND, 30, 0 } },
			40, 61 },
		{ "jitter is over, 10 s later", 0, 500, { { 500, 30, 60 }, { 500, 30, 0 } }, 40,
			61 },
		{ "jitter is over, 35 s later", 0, 500, { { 500, 30, 60 }, { 35 * SECOND, 30, 0 } },
			0, 4 },
		/* A frame each 400 ms, for 9 s by the clock: too little sound to forget
		 * anything. */
		{ "jitter, then DTX", 0, 500, { { 500, 30, 60 }, { 22, 30, 0 } }, 50, 61 },
		{ "a lower bound", 25, 500, { { 500, 30, 10 } }, 25, 25 },
		{ "a lower bound below all", 5, 500, { { 500, 30, 10 } }, 9, 15 },
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

/* A lost packet is known only by its copy: the frame was late, but no packet was. So the delay
 * grows by what makes the copies useful, and no more. */
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
		{ "more loss: the third one is worth it", 20, 3, { 1, 2, 3 }, 3 },
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
			rows[r].frames * 20 * MS, rows[r].frames * 20 * MS + 2 * MS);
		assert_row_equal(rows[r].name, playout_delay_fastest_us(&d), 10 * MS);
	}
}

/* An hour of two sound cards 300 ppm apart: the transit time drifts by 1.08 s. */
/* The scatter of a few packets predicts the slowest, but none slower than 120 ms. */
static void foresight_has_an_end(void **state)
{
	static const struct {
		const char *name;
		int scatter_ms, target_ms_min, target_ms_max;
	} rows[] = {
		{ "20 ms", 20, 45, 48 }, /* 10 in the mean, and 3.75 times nearly 10 beyond it */
		{ "60 ms", 60, 120, 120 },
		{ "100 ms", 100, 120, 120 },
	};
	static struct playout_delay d;
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		begin(&d, -1, 0, 500);
		for (int i = 0; i < 60; i++)
			arrive(&d, i % 2 * rows[r].scatter_ms * MS);
		assert_row_in_range(rows[r].name, playout_delay_target_us(&d),
			rows[r].target_ms_min * MS, rows[r].target_ms_max * MS);
	}
}

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
			assert_in_range(late_us, 0, i > 20 * SECOND ? 200 : 9600);
			if (i > 60 * SECOND)
				assert_in_range(playout_delay_target_us(&d), 0, 6000);
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
	assert_in_range(playout_delay_target_us(&d), 14 * MS, 17 * MS);
	assert_in_range(playout_delay_fastest_us(&d), origin_us, origin_us + 100);
}

static void arrive_with_copies(struct playout_delay *d, int n_frames, int reach_ms)
{
	for (int i = 0; i < n_frames; i++) {
		playout_delay_on_packet(d, 30 * MS, FRAME);
		playout_delay_on_copies(d, reach_ms * MS);
		playout_delay_on_frame(d, 30 * MS);
	}
}

/* Copies in all packets for 20 s, then other copies; the target after n frames of those. */
static void copies_that_reach_farther_are_foreseen(void **state)
{
	static const struct {
		const char *name;
		int before_ms, then_ms, n_frames;
		int target_ms_min, target_ms_max;
	} rows[] = {
		{ "farther: at once", 40, 120, 1, 120, 122 },
		{ "farther: for ten seconds", 40, 120, 10 * SECOND - 1, 120, 122 },
		{ "farther: not for longer where nothing comes late", 40, 120, 11 * SECOND, 0, 2 },
		{ "at most so much", 40, 340, 1, 120, 122 },
		{ "nearer", 120, 60, SECOND, 0, 2 },
		{ "none any more", 40, 0, SECOND, 0, 2 },
	};
	static struct playout_delay d;
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		begin(&d, -1, 0, 500);
		arrive_with_copies(&d, 20 * SECOND, rows[i].before_ms);
		arrive_with_copies(&d, rows[i].n_frames, rows[i].then_ms);
		assert_row_in_range(rows[i].name, playout_delay_target_us(&d),
			rows[i].target_ms_min * MS, rows[i].target_ms_max * MS);
	}
	/* Nor again where copies come and go: only a reach farther than ever is a reaction to
	 * loss. */
	arrive_with_copies(&d, SECOND, 40);
	assert_in_range(playout_delay_target_us(&d), 0, 2 * MS);
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
	assert_in_range(playout_delay_target_us(&d), 0, 2 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_given_delay_stays),
		cmocka_unit_test(the_target_follows_the_channel),
		cmocka_unit_test(copies_are_worth_their_delay),
		cmocka_unit_test(copies_that_reach_farther_are_foreseen),
		cmocka_unit_test(foresight_has_an_end),
		cmocka_unit_test(skew_is_no_jitter),
		cmocka_unit_test(short_frames_and_large_times),
		cmocka_unit_test(a_restart_forgets_all),
	};
	return cmocka_run_group_tests_name("playout_delay", tests, NULL, NULL);
}
