/* The marks that the project has set itself for the receiver's learned delay under loss: how many
 * frames are concealed and how long it is from mouth to ear, on a channel of 20 ms and a device of
 * 10 ms, 64 kbit/s. The copies are fixed here: the best ones (docs/RECEIVER.md). */
#include "tests/unit/unit.h"

#include "common/base/units.h"
#include "tests/sim/call.h"

#include <stdio.h>

enum { SECONDS = 60 };

struct totals {
	int64_t concealed, played, inserted_samples;
	double mouth_to_ear_ms;
	int64_t delay_us_max;
};

static void add_call(struct totals *t, const struct call_config *config)
{
	struct call call;

	assert_int_equal(call_run(&call, config), REDUNDANCY_OK);
	const struct recv_stats *const stats = &call.result.received;
	t->concealed += stats->frames[PLAYOUT_CONCEALED];
	t->played += recv_stats_frames_played(stats);
	t->inserted_samples += stats->inserted_samples + stats->lengthened_samples;
	t->mouth_to_ear_ms += call_mouth_to_ear_ms(&call);
	if (call.delay_us_max > t->delay_us_max)
		t->delay_us_max = call.delay_us_max;
	assert_false(call.has_bad_sample);
	call_end(&call);
}

/* Means over this many seeds. What was inserted is bounded as well: it is audible. */
static void the_marks_are_reached(void **state)
{
	static const struct {
		const char *name, *channel, *distances;
		uint64_t n_seeds;
		int64_t max_delay_us;
		double concealed_percent_max, mouth_to_ear_ms_max, inserted_percent_max;
		int64_t delay_us_max; /* of any frame */
	} rows[] = {
		{ "random 20 %", "delay 20ms loss 20%", "1 2 3", 2, 0, 0.3, 122, 0.2, 80000 },
		{ "random 30 %", "delay 20ms loss 30%", "1 2 3", 2, 0, 1, 122, 0.2, 80000 },
		{ "bursts", "delay 20ms loss gemodel 3% 30%", "2 4 7", 2, 0, 1, 200, 0.4, 160000 },
		/* The target, and one device period that no frame can be played in the middle
		 * of. */
		{ "bursts, 60 ms", "delay 20ms loss gemodel 3% 30%", "1 2 3", 2, 60000, 3.2, 122,
			0.2, 76000 },
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct totals t = { 0 };
		for (uint64_t seed = 1; seed <= rows[i].n_seeds; seed++)
			add_call(&t, &(struct call_config){
					     .channel = rows[i].channel,
					     .n_channels = 1,
					     .frame_ms = 20,
					     .kbps = 64,
					     .distances = rows[i].distances,
					     .delay_us = -1,
					     .max_delay_us = rows[i].max_delay_us,
					     .seconds = SECONDS,
					     .seed = seed,
				     });
		const double concealed = 100.0 * (double)t.concealed / (double)t.played;
		const double mouth_to_ear_ms = t.mouth_to_ear_ms / (double)rows[i].n_seeds;
		const double inserted = 100.0 * (double)t.inserted_samples /
					(double)(rows[i].n_seeds * SECONDS * SAMPLES_PER_SECOND);
		if (concealed > rows[i].concealed_percent_max ||
			mouth_to_ear_ms > rows[i].mouth_to_ear_ms_max ||
			inserted > rows[i].inserted_percent_max ||
			t.delay_us_max > rows[i].delay_us_max)
			fail_msg("\"%s\": %.2f %% concealed, %.1f ms from mouth to ear, %.2f %% "
				 "inserted, at most %.1f ms of delay",
				rows[i].name, concealed, mouth_to_ear_ms, inserted,
				(double)t.delay_us_max / US_PER_MS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_marks_are_reached),
	};
	return cmocka_run_group_tests_name("sim.marks", tests, NULL, NULL);
}
