/* Where packets stand whose timestamps are off the grid, or count in another unit. */
#include "receiver/arrival/timeline.h"

#include "common/base/units.h"
#include "tests/unit/unit.h"

#include <stdlib.h>

enum { FRAME = 960, PACKETS = 2000, FIRST = 100000 };

/* A timestamp is what stands at the sound's position by the sender's clock, and a wobble. */
struct clock_row {
	const char *name;
	int n_samples;
	double ticks_per_sample;
	int wobble;	 /* at most so many ticks early or late */
	int every_lost;	 /* 0: none */
	int off_by_most; /* of a place from where the sound is, the unit unknown at first */
};

static void play_clock(const struct clock_row *row)
{
	static struct timeline t;
	struct dice dice = { 7 };
	int64_t worst = 0;

	for (int64_t i = 0; i < PACKETS; i++) {
		const int64_t sound = i * row->n_samples;
		const int64_t early =
			row->wobble > 0 && i > 0
				? (int64_t)dice_below(&dice, 2 * (uint32_t)row->wobble + 1) -
					  row->wobble
				: 0;
		const int64_t timestamp =
			FIRST + (int64_t)((double)sound * row->ticks_per_sample + 0.5) + early;
		const struct timeline_packet first = { i, timestamp, timestamp, row->n_samples };
		const struct timeline_arrival a = { i, timestamp, row->n_samples, 0,
			row->n_samples };
		int64_t place = timestamp;
		if (row->every_lost > 0 && i % row->every_lost == row->every_lost - 1 && i > 20)
			continue;
		if (i == 0)
			timeline_begin(&t, &first);
		else if (!timeline_find(&t, &a, &place))
			fail_msg("\"%s\": packet %d has no place", row->name, (int)i);
		else
			timeline_take(&t, &a, place);
		if (llabs(place - FIRST - sound) > worst)
			worst = llabs(place - FIRST - sound);
	}
	assert_row_in_range(row->name, worst, 0, row->off_by_most);
}

static void places_are_the_sound_s(void **state)
{
	static const struct clock_row rows[] = {
		{ "on the grid", FRAME, 1, 0, 0, 0 },
		{ "on the grid, loss", FRAME, 1, 0, 3, 0 },
		{ "give or take one", FRAME, 1, 1, 0, 0 },
		{ "give or take 48", FRAME, 1, 48, 0, 0 },
		{ "give or take 48, loss", FRAME, 1, 48, 5, 0 },
		{ "give or take 5 ms, loss", FRAME, 1, 200, 5, 0 },
		{ "short frames", 120, 1, 20, 0, 0 },
		{ "100 ppm fast", FRAME, 1.0001, 0, 0, 0 },
		{ "100 ppm slow, loss", FRAME, 0.9999, 0, 4, 0 },
		{ "0.5 % fast, loss", FRAME, 1.005, 0, 4, 0 },
		{ "24000 Hz", FRAME, 0.5, 0, 0, 0 },
		{ "16000 Hz, loss", FRAME, 1.0 / 3, 0, 6, 0 },
		{ "8000 Hz, loss", FRAME, 1.0 / 6, 0, 6, 0 },
		{ "8000 Hz, wobble", FRAME, 1.0 / 6, 8, 0, 0 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++)
		play_clock(&rows[i]);
}

/* Packets by hand: those before stand at 0, 960, 1920 with the sequence numbers 0, 1, 2. */
static void each_packet_has_its_place_or_none(void **state)
{
	static const struct {
		const char *name;
		int64_t seq, timestamp, n_others, elapsed;
		int64_t place; /* -1: none */
	} rows[] = {
		{ "the next", 3, 2880, 0, 960, 2880 },
		{ "a hundred late", 3, 2980, 0, 960, 2880 },
		{ "DTX", 3, 2880 + 20 * 960, 0, 21 * 960, 2880 + 20 * 960 },
		{ "DTX, off the beat", 3, 2950 + 20 * 960, 0, 21 * 960, 2880 + 20 * 960 + 120 },
		{ "a leap, and no time has passed", 3, 2880 + 20 * 960, 0, 960, 2880 },
		{ "two lost", 5, 4800, 0, 2880, 4800 },
		{ "two lost, wobble", 5, 4860, 0, 2880, 4800 },
		{ "two lost, of 10 ms", 5, 3840, 0, 1920, 3840 },
		{ "two without sound", 5, 2880, 2, 960, 2880 },
		{ "the time of one before", 3, 1920, 0, 960, -1 },
		{ "the time of one before, two lost", 5, 1920, 0, 960, -1 },
		{ "too many lost for the time", 40, 2880, 0, 960, -1 },
	};
	static struct timeline t;
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct timeline_packet first = { 0, 0, 0, FRAME };
		const struct timeline_arrival a = { rows[i].seq, rows[i].timestamp, FRAME,
			rows[i].n_others, rows[i].elapsed };
		int64_t place;
		timeline_begin(&t, &first);
		for (int64_t k = 1; k < 3; k++)
			timeline_take(&t,
				&(struct timeline_arrival){ k, k * FRAME, FRAME, 0, FRAME },
				k * FRAME);
		const bool is_found = timeline_find(&t, &a, &place);
		assert_row_equal(rows[i].name, is_found ? place : -1, rows[i].place);
	}
}

/* Between the packets 0, 3 and 4 at 0, 2880 and 3840, all of 960 samples. */
static void one_that_was_overtaken_goes_between(void **state)
{
	static const struct {
		const char *name;
		int64_t seq, timestamp;
		int n_samples;
		int64_t place; /* -1: none */
	} rows[] = {
		{ "the second", 1, 960, FRAME, 960 },
		{ "the third", 2, 1920, FRAME, 1920 },
		{ "the third, wobble", 2, 1960, FRAME, 1920 },
		{ "the third, shorter", 2, 2400, 480, 2400 },
		{ "the time of the first", 1, 0, FRAME, -1 },
		{ "the time of the fourth", 2, 2880, FRAME, -1 },
		{ "before them all", -1, -960, FRAME, -960 },
		{ "before them all, overlapping", -1, -648, FRAME, -960 },
	};
	static struct timeline t;
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct timeline_packet first = { 0, 0, 0, FRAME };
		const struct timeline_arrival a = { rows[i].seq, rows[i].timestamp,
			rows[i].n_samples, 0, 0 };
		int64_t place;
		timeline_begin(&t, &first);
		for (int64_t k = 3; k < 5; k++)
			timeline_take(&t,
				&(struct timeline_arrival){ k, k * FRAME, FRAME, 0, FRAME },
				k * FRAME);
		const bool is_found = timeline_find(&t, &a, &place);
		assert_row_equal(rows[i].name, is_found ? place : -1, rows[i].place);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_the_sound_s),
		cmocka_unit_test(each_packet_has_its_place_or_none),
		cmocka_unit_test(one_that_was_overtaken_goes_between),
	};
	return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
