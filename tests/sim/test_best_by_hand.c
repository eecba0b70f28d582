/* -r auto and -d auto against what could have been fixed by hand, by the score of recorded speech: whole
 * calls from the first packet on, when nothing is known yet, reports lost like the packets.
 * tools/bench/sender tries many more settings in every cell and longer calls. */
#include "tests/unit/unit.h"

#include "common/base/units.h"
#include "tests/sim/scored_call.h"

#include <string.h>

/* Below the best by hand, in MOS-LQO. In a long call less is aimed at; here the first seconds count for
 * much, and libopus differs from release to release. */
#define NEAR 0.15

static char *const *recordings; /* up to NULL; NULL: there are none */

struct setting {
	int kbps; /* in the rows of this budget */
	int n_copies, distances[3];
	int copy_bps[3];
};

/* The best that were found. */
static const struct setting settings[] = {
	{ 32, 0, { 0 }, { 0 } },
	{ 32, 1, { 1 }, { 10000 } },
	{ 32, 2, { 1, 2 }, { 10000, 6000 } },
	{ 64, 0, { 0 }, { 0 } },
	{ 64, 1, { 1 }, { 16000 } },
	{ 64, 2, { 1, 2 }, { 20000, 14000 } },
	{ 64, 3, { 1, 2, 3 }, { 16000, 12000, 8000 } },
	{ 64, 2, { 3, 6 }, { 16000, 12000 } },
};

/* MOS-LQO; setting: NULL is auto. delay_ms: < 0 is auto. */
static double hold(const char *channel, int kbps, const struct setting *setting, int delay_ms)
{
	struct simulation_config config = {
		.send = {
			.profile = PROFILE_VOICE,
			.n_channels = 1,
			.frame_samples = 20 * SAMPLES_PER_MS,
			.budget_bps = kbps * 1000,
			.adaptive = setting == NULL,
			.rtcp = rtcp_session_named(1, "sender", 1, 0),
		},
		.recv = {
			.delay = { .fixed_us = delay_ms < 0 ? -1 : delay_ms * US_PER_MS,
				.max_us = 500 * US_PER_MS },
			.rtcp = rtcp_session_named(2, "receiver", 2, 0),
		},
		.channel = scored_call_channel(channel),
		.has_rtcp = true,
		.return_channel = scored_call_channel(channel),
		.seed = 1,
		.block_samples = 480,
		.run_on_us = US_PER_SECOND,
	};
	struct redundancy *const r = &config.send.redundancy;
	int limit;

	if (setting) {
		r->n_copies = setting->n_copies;
		memcpy(r->distances, setting->distances, sizeof setting->distances);
	}
	assert_int_equal(
		redundancy_share_rates(r, config.send.frame_samples, config.send.budget_bps,
			setting ? setting->copy_bps : NULL, &limit),
		REDUNDANCY_OK);
	return scored_call(&config).mos_lqo;
}

static void the_plan_is_near_the_best(void **state)
{
	static const struct {
		const char *name, *channel;
		int kbps;
	} rows[] = {
		{ "clean", "delay 20ms", 32 },
		{ "random 5 %", "delay 20ms loss 5%", 64 },
		{ "random 10 %", "delay 20ms loss 10%", 32 },
		{ "random 20 %", "delay 20ms loss 20%", 64 },
		{ "bursts", "delay 20ms loss gemodel 3.297% 33.333%", 64 },
	};
	int n_far = 0;

	(void)state;
	if (!recordings) {
		print_message("no recorded speech: install pocketsphinx-testdata\n");
		skip();
	}
	scored_call_say_recordings(recordings);
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		double best = 0;
		for (size_t k = 0; k < N_ROWS(settings); k++) {
			if (settings[k].kbps != rows[i].kbps)
				continue;
			const double mos = hold(rows[i].channel, rows[i].kbps, &settings[k], -1);
			best = mos > best ? mos : best;
		}
		const double mos = hold(rows[i].channel, rows[i].kbps, NULL, -1);
		const bool is_near = mos >= best - NEAR;
		print_message("%-12s %d kbit/s: %.3f, by hand %.3f%s\n", rows[i].name, rows[i].kbps,
			mos, best, is_near ? "" : ": TOO FAR");
		n_far += !is_near;
	}
	assert_int_equal(n_far, 0);
}

/* With the copies fixed, so that only the delay differs. */
static void the_delay_is_near_the_best(void **state)
{
	static const struct setting two = { 64, 2, { 1, 2 }, { 16000, 16000 } };
	static const struct setting three = { 64, 3, { 1, 2, 3 }, { 16000, 12000, 8000 } };
	static const struct {
		const char *name, *channel;
		const struct setting *setting;
	} rows[] = {
		{ "random 20 %", "delay 20ms loss 20%", &three },
		{ "jitter", "delay 40ms 15ms distribution normal", &two },
		{ "jitter and loss", "delay 40ms 20ms distribution normal loss 10%", &two },
	};
	static const int delays_ms[] = { 20, 40, 60, 80, 100, 120 };
	int n_far = 0;

	(void)state;
	if (!recordings)
		skip();
	scored_call_say_recordings(recordings);
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		double best = 0;
		for (size_t k = 0; k < N_ROWS(delays_ms); k++) {
			const double mos = hold(rows[i].channel, 64, rows[i].setting, delays_ms[k]);
			best = mos > best ? mos : best;
		}
		const double mos = hold(rows[i].channel, 64, rows[i].setting, -1);
		const bool is_near = mos >= best - NEAR;
		print_message("%-16s -d auto %.3f, the best fixed delay %.3f%s\n", rows[i].name,
			mos, best, is_near ? "" : ": TOO FAR");
		n_far += !is_near;
	}
	assert_int_equal(n_far, 0);
}

/* Arguments: recordings of speech, or none. */
int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_plan_is_near_the_best),
		cmocka_unit_test(the_delay_is_near_the_best) };

	recordings = argc > 1 ? argv + 1 : NULL;
	return cmocka_run_group_tests_name("sim.best_by_hand", tests, NULL, NULL);
}
