/* Whole streams over lossy channels in virtual time: one row a scenario, seeds fixed. */
#include "tests/unit/unit.h"

#include "common/base/units.h"
#include "tests/sim/call.h"

#include <math.h>
#include <stdio.h>

enum { AUTO = -1 };

/* What must hold where no frame can come too late: the statistics agree to the frame with a count
 * made from the packets' fates alone. */
static void check_against_packets(const char *name, const struct call *call, const char *distances)
{
	const struct recv_stats *const stats = &call->result.received;
	const struct reckoning r = call_reckon(call, distances);

	assert_row_equal(name, stats->frames[PLAYOUT_PRIMARY], r.primary);
	assert_row_equal(name, stats->frames[PLAYOUT_REDUNDANT], r.redundant);
	assert_row_equal(name, stats->frames[PLAYOUT_CONCEALED], r.concealed);
	assert_row_equal(name, stats->packets_lost, r.lost);
	assert_row_equal(name, stats->packets_duplicate, *call->duplicates);
	assert_row_equal(name, stats->packets_late, 0);
	assert_row_equal(name, stats->packets_rejected, 0);
	assert_row_equal(name, stats->decode_failures, 0);
	assert_false(call->has_bad_sample);
}

struct loss_row {
	const char *name;
	const char *channel;
	const char *distances;
	int64_t delay_us;
	double seconds;
	double concealed_min, concealed_max; /* percent of the frames played */
};

/* 20 ms frames at 48 kbit/s. The bounds leave three standard deviations of the draw around what
 * independent losses give, 0.1^(n+1). */
static void test_loss_is_repaired_as_counted(void **state)
{
	static const struct loss_row rows[] = {
		{ "clean", "delay 20ms", "1 2", 60000, 10, 0, 0 },
		{ "10 %, no copies", "delay 20ms loss 10%", "", 60000, 60, 8.3, 11.7 },
		{ "10 %, one copy", "delay 20ms loss 10%", "1", 60000, 60, 0.4, 1.6 },
		{ "10 %, two copies", "delay 20ms loss 10%", "1 2", 60000, 60, 0, 0.3 },
		{ "20 %, three copies", "delay 20ms loss 20%", "1 2 3", 80000, 20, 0, 0.6 },
		{ "bursts, near", "delay 20ms loss gemodel 3% 30%", "1 2 3", 140000, 20, 1, 5 },
		{ "bursts, far", "delay 20ms loss gemodel 3% 30%", "2 4 6", 140000, 20, 0, 1.5 },
		{ "duplicates", "delay 20ms duplicate 20% loss 5%", "1", 60000, 20, 0, 0.8 },
		{ "reordered", "delay 30ms reorder 25% 50% loss 5%", "1 2", 100000, 20, 0, 0.3 },
		{ "jitter", "delay 40ms 10ms distribution normal loss 10%", "1 2", 140000, 20, 0,
			0.4 },
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct loss_row *const row = &rows[i];
		const struct call_config config = {
			.channel = row->channel,
			.n_channels = 1,
			.frame_ms = 20,
			.kbps = 48,
			.distances = row->distances,
			.delay_us = row->delay_us,
			.seconds = row->seconds,
			.seed = 7,
		};
		struct call call;
		assert_int_equal(call_run(&call, &config), REDUNDANCY_OK);
		check_against_packets(row->name, &call, row->distances);
		const double percent = call_concealed_percent(&call);
		if (percent < row->concealed_min || percent > row->concealed_max)
			fail_msg("\"%s\": %.2f %% concealed, not %.2f to %.2f", row->name, percent,
				row->concealed_min, row->concealed_max);
		call_end(&call);
	}
}

/* The lag, in samples, at which the heard sound is most like what was said, near `expected`. */
static int best_lag(const struct call *call, size_t from, size_t n, int expected)
{
	double best = -1;
	int best_at = 0;

	for (int lag = expected - 60; lag <= expected + 60; lag++) {
		double product = 0, said = 1e-9, heard = 1e-9;
		for (size_t i = from; i < from + n; i++) {
			const double a = (double)call->said[i];
			const double b = (double)call->heard[i + (size_t)lag];
			product += a * b;
			said += a * a;
			heard += b * b;
		}
		const double likeness = product / sqrt(said * heard);
		if (likeness > best) {
			best = likeness;
			best_at = lag;
		}
	}
	assert_true(best > 0.6); /* the coder keeps the waveform only in part */
	return best_at;
}

/* Without loss: as long as what was sent to one frame, nothing concealed, and sample k is heard at
 * sample k plus a constant. */
static void test_clean_is_whole_and_aligned(void **state)
{
	static const struct {
		enum profile profile;
		double frame_ms;
		int block_samples;
	} rows[] = {
		{ PROFILE_VOICE, 20, 480 },
		{ PROFILE_VOICE, 60, 441 },
		{ PROFILE_MUSIC, 10, 480 },
		{ PROFILE_LOWDELAY, 2.5, 120 },
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct call_config config = {
			.channel = "delay 20ms",
			.profile = rows[i].profile,
			.n_channels = 1,
			.frame_ms = rows[i].frame_ms,
			.kbps = 96,
			.distances = "1",
			.delay_us = 60000, /* a learned one moves */
			.seconds = 12.345,
			.block_samples = rows[i].block_samples,
		};
		const int64_t frame_samples = (int64_t)(rows[i].frame_ms * SAMPLES_PER_MS);
		struct call call;
		assert_int_equal(call_run(&call, &config), REDUNDANCY_OK);
		const struct recv_stats *const stats = &call.result.received;
		assert_int_equal(stats->frames[PLAYOUT_CONCEALED], 0);
		assert_int_equal(stats->frames[PLAYOUT_SILENT], 0);
		assert_int_equal(stats->frames[PLAYOUT_INSERTED], 0);
		const int64_t n_more = call.n_played_samples - (int64_t)call.n_said;
		assert_in_range(n_more, 0, frame_samples + 312); /* and the look-ahead */

		/* Decoding adds the encoder's look-ahead: 6.5 ms, or 2.5 without it. */
		const int lookahead = rows[i].profile == PROFILE_LOWDELAY ? 120 : 312;
		const int expected = (int)call.first_output_sample + lookahead;
		const int lag = best_lag(&call, 0, 48000, expected);
		assert_in_range(lag, expected - 24, expected + 24);
		for (size_t from = 48000; from + 48000 < call.n_said; from += 48000)
			assert_in_range(best_lag(&call, from, 48000, expected), lag - 8, lag + 8);
		assert_int_equal(call.n_shifted, 0);
		call_end(&call);
	}
}

/* Every frame length, one and two channels, every profile, 0 to 8 copies: it works, or
 * redundancy_share() has said why not. */
static void test_every_combination(void **state)
{
	static const double frames_ms[] = { 2.5, 5, 10, 20, 40, 60 };
	static const char *const distances[] = { "", "1", "1 2", "1 2 3", "1 2 3 4", "1 2 3 4 5",
		"1 2 3 4 5 6", "1 2 3 4 5 6 7", "1 2 3 4 5 6 7 8" };
	int n_run = 0;

	(void)state;
	for (int profile = PROFILE_VOICE; profile <= PROFILE_LOWDELAY; profile++)
		for (int n_channels = 1; n_channels <= 2; n_channels++)
			for (size_t f = 0; f < N_ROWS(frames_ms); f++)
				for (int n = 0; n <= REDUNDANCY_COPIES_MAX; n++) {
					const struct call_config config = {
						.channel = "delay 5ms loss 15%",
						.profile = (enum profile)profile,
						.n_channels = n_channels,
						.frame_ms = frames_ms[f],
						.kbps = 128,
						.distances = distances[n],
						.delay_us = 500000,
						.seconds = 0.3,
						.seed = (uint64_t)n_run,
					};
					struct call call;
					char name[80];
					snprintf(name, sizeof name, "profile %d, %d ch, %g ms, %d",
						profile, n_channels, frames_ms[f], n);
					const enum redundancy_fault fault =
						call_run(&call, &config);
					const bool too_far = n * frames_ms[f] > 341;
					if (fault == REDUNDANCY_OK) {
						check_against_packets(name, &call, distances[n]);
						n_run++;
					} else if (!too_far && frames_ms[f] >= 10) {
						fail_msg(
							"\"%s\" was refused: %d", name, (int)fault);
					}
					call_end(&call);
				}
	assert_in_range(n_run, 220, 324);
}

/* Silence that is not sent is silence, not loss; and loss beside it is counted as loss. */
static void test_dtx(void **state)
{
	const struct call_config config = {
		.channel = "delay 20ms loss 10%",
		.n_channels = 1,
		.frame_ms = 20,
		.kbps = 32,
		.distances = "1",
		.delay_us = 60000,
		.seconds = 30,
		.seed = 3,
		.dtx = true,
		.pause_samples = 2 * SAMPLES_PER_SECOND,
	};
	struct call call;

	(void)state;
	assert_int_equal(call_run(&call, &config), REDUNDANCY_OK);
	const struct recv_stats *const stats = &call.result.received;
	assert_in_range(stats->frames[PLAYOUT_SILENT], call.result.sent.frames_silent * 9 / 10,
		call.result.sent.frames_silent);
	assert_true(call.result.sent.frames_silent > 250);
	/* A packet is lost or played; a frame in silence that travels alone has no copy. */
	assert_int_equal(stats->frames[PLAYOUT_PRIMARY] + stats->packets_lost + stats->packets_late,
		stats->frames[PLAYOUT_PRIMARY] + stats->frames[PLAYOUT_REDUNDANT] +
			stats->frames[PLAYOUT_CONCEALED]);
	assert_false(call.has_bad_sample);
	call_end(&call);
}

/* The same input, configuration and seed give the same call; another seed gives another. */
static void test_seed_decides(void **state)
{
	struct call_config config = {
		.channel = "delay 40ms 10ms loss 10%",
		.n_channels = 1,
		.frame_ms = 20,
		.kbps = 48,
		.distances = "1 2",
		.delay_us = AUTO,
		.seconds = 5,
		.seed = 1,
	};
	struct call a, b, other;

	(void)state;
	call_run(&a, &config);
	call_run(&b, &config);
	config.seed = 2;
	call_run(&other, &config);
	assert_int_equal(a.n_heard, b.n_heard);
	assert_memory_equal(a.heard, b.heard, a.n_heard * sizeof *a.heard);
	assert_memory_not_equal(a.delivered, other.delivered, a.n_packets);
	call_end(&a);
	call_end(&b);
	call_end(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loss_is_repaired_as_counted),
		cmocka_unit_test(test_clean_is_whole_and_aligned),
		cmocka_unit_test(test_every_combination),
		cmocka_unit_test(test_dtx),
		cmocka_unit_test(test_seed_decides),
	};
	return cmocka_run_group_tests_name("sim.scenarios", tests, NULL, NULL);
}
