/* The learned playout delay on every kind of channel: one row a scenario, seeds fixed, bounds by
 * measurement. Against the best fixed delay: tools/bench/receiver. */
#include "tests/unit/unit.h"

#include "common/base/playout_price.h"
#include "common/base/units.h"
#include "tests/unit/speech_like.h"
#include "tools/sim/rehearsed_stream.h"

#include <stdio.h>

enum { ROUND_FRAMES = 192, PERIOD_SAMPLES = 480 }; /* two phrases and their pauses */

/* On any channel, those that step included. Measured: 8 and 50. */
enum { JOINS_PER_MIN_MAX = 10, INSERTED_MS_PER_MIN_MAX = 60 };

#define LEARNING_MS_MAX 8.0

static void read_speech(void *context, float *samples, size_t n_samples)
{
	speech_like_fill(context, samples, (int)n_samples, 1);
}

static struct rehearsed_stream make_stream(enum profile profile, int n_copies, bool dtx)
{
	struct speech_like speech = speech_like_begin(dtx ? SAMPLES_PER_SECOND * 18 / 25 : 0);
	struct send_stream_config config = {
		.profile = profile,
		.n_channels = 1,
		.frame_samples = 960,
		.budget_bps = profile == PROFILE_LOWDELAY ? 32000 : 64000,
		.redundancy = { .n_copies = n_copies, .distances = { 1, 2, 3, 4 } },
		.dtx = dtx,
	};
	struct rehearsed_stream stream;
	int limit;

	assert_int_equal(redundancy_share(&config.redundancy, 960, config.budget_bps, 0, &limit),
		REDUNDANCY_OK);
	assert_int_equal(
		rehearsed_stream_make(&stream, &config, read_speech, &speech, ROUND_FRAMES),
		STATUS_OK);
	return stream;
}

struct scenario {
	struct rehearsed_channel channel;
	double missing_percent_max;
	double delay_mean_ms_max, delay_p95_ms_max;
	bool is_whole; /* no frame is concealed after the first second */
};

static void check(const struct scenario *s, const struct rehearsed_outcome *o)
{
	const char *const name = s->channel.name;
	const double percent = rehearsed_percent_missing(o);

	if (percent > s->missing_percent_max)
		fail_msg("\"%s\": %.2f %% missing, not %.2f at most", name, percent,
			s->missing_percent_max);
	if (o->delay_mean_ms > s->delay_mean_ms_max || o->delay_p95_ms > s->delay_p95_ms_max)
		fail_msg("\"%s\": delay %.1f ms, p95 %.1f, not %.1f and %.1f at most", name,
			o->delay_mean_ms, o->delay_p95_ms, s->delay_mean_ms_max,
			s->delay_p95_ms_max);
	if (s->is_whole) {
		assert_row_equal(name, o->n_missing_later, 0);
		/* One frame, one device period, and the network's own. */
		assert_true(o->delay_mean_ms <= 20 + 10 + o->jitter_p99_ms);
	}
	/* The delay holds still, and nothing is waited for. */
	if (o->actions_per_min > JOINS_PER_MIN_MAX ||
		o->inserted_ms_per_min > INSERTED_MS_PER_MIN_MAX)
		fail_msg("\"%s\": %.0f joins, %.0f ms inserted a minute", name, o->actions_per_min,
			o->inserted_ms_per_min);
	if (s->channel.later_spec) /* a step is half a second of trouble at most */
		assert_true((double)o->n_missing * 20 + o->inserted_ms_per_min <= 500);
	assert_row_equal(name, o->stats.decode_failures, 0);
	assert_row_equal(name, o->stats.packets_rejected, 0);
	assert_row_in_range(name, o->n_played, s->channel.dtx ? 1000 : 2900, 3001);
}

/* 60 s each; the bounds are a tenth above what was measured. */
static void the_delay_fits_the_channel(void **state)
{
	static const struct scenario rows[] = {
		{ { "clean", "delay 20ms", 1, NULL, 0, 0, false }, 0, 5, 5, true },
		{ { "loss 5 %", "delay 20ms loss 5%", 2, NULL, 0, 0, false }, 0.2, 48, 49, false },
		{ { "loss 10 %", "delay 20ms loss 10%", 2, NULL, 0, 0, false }, 0.3, 48, 49,
			false },
		{ { "loss 20 %", "delay 20ms loss 20%", 3, NULL, 0, 0, false }, 0.3, 70, 71,
			false },
		{ { "loss 30 %", "delay 20ms loss 30%", 4, NULL, 0, 0, false }, 0.4, 91, 92,
			false },
		{ { "bursts", "delay 20ms loss gemodel 3% 30%", 3, NULL, 0, 0, false }, 4, 69, 71,
			false },
		{ { "jitter", "delay 40ms 15ms distribution normal", 1, NULL, 0, 0, false }, 0.2,
			93, 103, false },
		{ { "jitter, loss 10 %", "delay 40ms 15ms distribution normal loss 10%", 2, NULL, 0,
			  0, false },
			0.4, 117, 125, false },
		{ { "pareto", "delay 40ms 10ms distribution pareto", 1, NULL, 0, 0, false }, 0.1,
			50, 55, false },
		{ { "reordering", "delay 40ms reorder 10% 50%", 1, NULL, 0, 0, false }, 0, 31, 49,
			true },
		{ { "stalls of 80 ms", "delay 20ms", 1, NULL, 0, 2, false }, 0.3, 92, 92, false },
		/* At the step a quarter of a second is missing. */
		{ { "a step of 60 ms", "delay 20ms 2ms", 1, "delay 80ms 2ms", 0, 0, false }, 0.42,
			56, 73, false },
		{ { "skew +300 ppm", "delay 20ms 2ms", 1, NULL, 300, 0, false }, 0, 12, 16, true },
		{ { "skew -300 ppm", "delay 20ms 2ms", 1, NULL, -300, 0, false }, 0, 14, 20, true },
		{ { "DTX", "delay 20ms 5ms", 1, NULL, 0, 0, true }, 0, 21, 43, true },
		{ { "DTX, loss 5 %", "delay 20ms 5ms loss 5%", 1, NULL, 0, 0, true }, 1.0, 42, 43,
			false },
	};
	const struct rehearsed_listening listening = {
		.seconds = 60,
		.fixed_us = -1,
		.seed = 5,
		.block_samples = PERIOD_SAMPLES,
		.first_seq = 65000,
		.first_timestamp = UINT32_MAX - 480000,
	};
	struct rehearsed_stream streams[2][5] = { 0 };
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct rehearsed_channel *const c = &rows[i].channel;
		struct rehearsed_stream *const stream = &streams[c->dtx][c->n_copies];
		struct rehearsed_outcome o;
		if (!stream->packets)
			*stream = make_stream(PROFILE_VOICE, c->n_copies, c->dtx);
		assert_int_equal(rehearsed_stream_listen(stream, c, &listening, &o), STATUS_OK);
		check(&rows[i], &o);
	}
	for (int dtx = 0; dtx < 2; dtx++)
		for (int n = 0; n < 5; n++)
			rehearsed_stream_end(&streams[dtx][n]);
}

/* What a call costs by the receiver's own prices, in ms of delay. */
static double cost_ms(const struct rehearsed_outcome *o)
{
	return (double)playout_price_of_delay_us((int64_t)(o->delay_mean_ms * US_PER_MS)) /
		       US_PER_MS +
	       rehearsed_percent_missing(o) / 100 * PLAYOUT_PRICE_MISSING_US / US_PER_MS;
}

/* A minute from cold, though it has to learn first what the fixed one is told. */
static void learning_costs_little_more_than_the_best_fixed_delay(void **state)
{
	static const struct rehearsed_channel rows[] = {
		{ "loss 10 %", "delay 20ms loss 10%", 2, NULL, 0, 0, false },
		{ "loss 20 %", "delay 20ms loss 20%", 3, NULL, 0, 0, false },
		{ "jitter", "delay 40ms 15ms distribution normal", 1, NULL, 0, 0, false },
		{ "jitter, loss 10 %", "delay 40ms 20ms distribution normal loss 10%", 2, NULL, 0,
			0, false },
	};
	struct rehearsed_listening listening = {
		.seconds = 60,
		.seed = 6,
		.block_samples = PERIOD_SAMPLES,
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct rehearsed_stream stream =
			make_stream(PROFILE_VOICE, rows[i].n_copies, false);
		struct rehearsed_outcome o;
		double best_ms = 1e9;
		for (int fixed_ms = 22; fixed_ms <= 122; fixed_ms += 20) {
			listening.fixed_us = fixed_ms * US_PER_MS;
			assert_int_equal(rehearsed_stream_listen(&stream, &rows[i], &listening, &o),
				STATUS_OK);
			best_ms = cost_ms(&o) < best_ms ? cost_ms(&o) : best_ms;
		}
		listening.fixed_us = -1;
		assert_int_equal(
			rehearsed_stream_listen(&stream, &rows[i], &listening, &o), STATUS_OK);
		if (cost_ms(&o) > best_ms + LEARNING_MS_MAX)
			fail_msg("\"%s\": %.1f ms, the best fixed delay %.1f", rows[i].name,
				cost_ms(&o), best_ms);
		rehearsed_stream_end(&stream);
	}
}

/* Half an hour across the wrap-around of sequence numbers (twice) and timestamps, by clocks that
 * have run for years: nothing accumulates, nothing is stuck. 24 hours: bench-receiver --day. */
static void half_an_hour_wraps_around(void **state)
{
	static const double skews_ppm[] = { 100, -100 };
	struct rehearsed_stream stream = make_stream(PROFILE_LOWDELAY, 1, false);
	(void)state;
	for (size_t i = 0; i < N_ROWS(skews_ppm); i++) {
		const struct rehearsed_channel channel = {
			.name = "half an hour",
			.spec = "delay 20ms 5ms loss 1%",
			.n_copies = 1,
			.skew_ppm = skews_ppm[i],
		};
		const struct rehearsed_listening listening = {
			.seconds = 1800,
			.fixed_us = -1,
			.seed = 24,
			.block_samples = PERIOD_SAMPLES,
			.first_seq = 50000,
			.first_timestamp = UINT32_MAX - 900 * SAMPLES_PER_SECOND,
			.origin_us = INT64_C(1000000000) * US_PER_SECOND,
		};
		struct rehearsed_outcome o;
		assert_int_equal(
			rehearsed_stream_listen(&stream, &channel, &listening, &o), STATUS_OK);
		assert_in_range(o.n_played, 1800 * 50 - 10, 1800 * 50);
		assert_true(rehearsed_percent_missing(&o) < 0.1);
		assert_true(o.delay_mean_ms < 40 && o.last_delay_ms < 40 && o.delay_max_ms < 60);
		assert_true(o.longest_quiet_ms < 150);
		assert_int_equal(o.stats.packets_rejected + o.stats.packets_duplicate, 0);
		assert_in_range(o.stats.packets_lost, 700, 1100);
		assert_true(o.actions_per_min < 5 && o.inserted_ms_per_min < 20);
	}
	rehearsed_stream_end(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_delay_fits_the_channel),
		cmocka_unit_test(learning_costs_little_more_than_the_best_fixed_delay),
		cmocka_unit_test(half_an_hour_wraps_around),
	};
	return cmocka_run_group_tests_name("sim.adaptation", tests, NULL, NULL);
}
