/* How old the sound is when it is heard, as the receiver tells it by packets and reports alone,
 * against what the simulator knows exactly: within the uncertainty that is told, and its parts add
 * up. */
#include "common/base/units.h"
#include "tests/unit/speech_like.h"
#include "tests/unit/unit.h"
#include "tools/sim/journal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SECONDS = 16, LEARNED_S = 6 };

/* Sums of a second's snapshot, when all that is told has been told. */
struct watch {
	struct journal journal;
	struct speech_like voice;
	int64_t n_left;
	struct journal_sums exact_before;
	struct latency_sums told_before;
	int64_t uncertainty_us; /* the largest of those told since; < 0: one was unknown */
};

static size_t read_speech(void *context, float *samples, size_t n_samples)
{
	struct watch *const w = context;
	const size_t n = (int64_t)n_samples < w->n_left ? n_samples : (size_t)w->n_left;

	speech_like_fill(&w->voice, samples, (int)n, 1);
	w->n_left -= (int64_t)n;
	return n;
}

static void ignore_sound(void *context, const float *pcm, size_t n_samples, int64_t now_us)
{
	(void)context, (void)pcm, (void)n_samples, (void)now_us;
}

static void on_sent(void *context, const struct simulation_frame *frame)
{
	journal_on_sent(&((struct watch *)context)->journal, frame);
}

static void on_played(void *context, const struct playout_record *record)
{
	journal_on_played(&((struct watch *)context)->journal, record);
}

static void on_second(void *context, const struct simulation_result *now, int64_t now_us)
{
	struct watch *const w = context;
	const int64_t told_us = now->received.latency.uncertainty_us;

	if (now_us == LEARNED_S * US_PER_SECOND) {
		w->exact_before = w->journal.sums;
		w->told_before = now->received.latency;
		w->uncertainty_us = told_us;
	}
	if (now_us > LEARNED_S * US_PER_SECOND)
		w->uncertainty_us = told_us < 0 || w->uncertainty_us < 0 ? -1
				    : told_us > w->uncertainty_us	 ? told_us
									 : w->uncertainty_us;
}

struct row {
	const char *name;
	const char *channel, *back; /* back NULL: nobody reports */
	bool same_clock;
	uint64_t sender_epoch_us, receiver_epoch_us;
	int64_t pause_us;
	int64_t skew_ppm;
	bool dtx;
	bool skew_is_sure;
	enum latency_knowledge known;
	double uncertainty_ms_max;
};

static struct simulation_config config_of(const struct row *row)
{
	static struct simulation_pause pause;
	char message[CHANNEL_SPEC_MESSAGE_BYTES];
	int limit;
	struct simulation_config c = {
		.send = {
			.profile = PROFILE_VOICE,
			.n_channels = 1,
			.frame_samples = 960,
			.budget_bps = 48000,
			.dtx = row->dtx,
			.redundancy = { .n_copies = 2, .distances = { 1, 2 } },
			.rtp = { .ssrc = 1, .first_seq = 65500, .first_timestamp = UINT32_MAX - 9600 },
			.rtcp = rtcp_session_named(1, "sender", 11, row->sender_epoch_us),
		},
		.recv = {
			.delay = { .fixed_us = 80 * US_PER_MS, .max_us = 500 * US_PER_MS },
			.rtcp = rtcp_session_named(2, "receiver", 12, row->receiver_epoch_us),
			.same_clock = row->same_clock,
		},
		.has_rtcp = row->back != NULL,
		.seed = 7,
		.block_samples = 480,
		.first_pull_us = 3 * US_PER_MS,
		.skew_ppb = row->skew_ppm * 1000,
		.run_on_us = 1 * US_PER_SECOND,
	};

	assert_int_equal(redundancy_share(&c.send.redundancy, 960, 48000, 0, &limit), 0);
	assert_int_equal(
		channel_spec_parse(&c.channel, row->channel, message, sizeof message), STATUS_OK);
	assert_int_equal(channel_spec_parse(&c.return_channel, row->back ? row->back : "delay 1ms",
				 message, sizeof message),
		STATUS_OK);
	pause = (struct simulation_pause){ 9 * US_PER_SECOND, row->pause_us };
	c.pauses = &pause;
	c.n_pauses = row->pause_us > 0;
	return c;
}

static void check(const struct row *row)
{
	const struct simulation_config config = config_of(row);
	static struct watch w;
	const struct simulation_hooks hooks = { read_speech, ignore_sound, on_sent, on_played,
		on_second, &w };
	struct simulation_result result;
	struct io_error error;

	w = (struct watch){
		.voice = speech_like_begin(row->dtx ? 40000 : 0),
		.n_left = SECONDS * SAMPLES_PER_SECOND,
	};
	assert_true(journal_open(&w.journal, NULL, &config, &error));
	assert_int_equal(simulation_run(&config, &hooks, &result), STATUS_OK);
	const struct latency_sums *const told = &result.received.latency;
	const struct latency_means means = latency_means(told, &w.told_before);
	const double exact_ms = journal_mouth_to_ear_ms(&w.journal.sums, &w.exact_before);
	const double exact_one_way_ms = journal_one_way_ms(&w.journal.sums, &w.exact_before);
	int n_known = 0;

	for (int k = 0; k < LATENCY_KNOWLEDGES; k++)
		if (told->frames[k].n_frames > w.told_before.frames[k].n_frames) {
			assert_row_equal(row->name, k, row->known);
			n_known++;
		}
	assert_row_equal(row->name, n_known, 1);
	if (row->known < LATENCY_WHOLE_ALONE) {
		assert_true(isnan(means.whole_ms) && isnan(means.uncertainty_ms));
		assert_true(isnan(means.parts_ms[LATENCY_NETWORK]) && isnan(means.one_way_ms));
		assert_true(means.parts_ms[LATENCY_JITTER_BUFFER] > 40);
	} else {
		const double uncertainty_ms = (double)w.uncertainty_us / US_PER_MS;
		print_message("%s: %.3f ms, exactly %.3f, +-%.3f; way %.3f, exactly %.3f\n",
			row->name, means.whole_ms, exact_ms, uncertainty_ms, means.one_way_ms,
			exact_one_way_ms);
		assert_row_equal(row->name, w.uncertainty_us >= 0, true);
		assert_row_equal(row->name, uncertainty_ms <= row->uncertainty_ms_max, true);
		assert_row_equal(
			row->name, fabs(means.whole_ms - exact_ms) <= uncertainty_ms + 0.01, true);
		if (row->known == LATENCY_ALL) /* packets of no frame that was played, too */
			assert_row_equal(row->name,
				fabs(means.one_way_ms - exact_one_way_ms) <= uncertainty_ms + 0.4,
				true);
	}
	if (row->known == LATENCY_ALL) {
		int64_t sum_us = 0;
		for (int i = 0; i < LATENCY_PARTS; i++)
			sum_us += told->frames[LATENCY_ALL].parts_us[i];
		assert_row_equal(row->name, sum_us, told->frames[LATENCY_ALL].whole_us);
		assert_float_equal(means.parts_ms[LATENCY_FRAMING], 20, 1e-9);
		assert_float_equal(means.parts_ms[LATENCY_LOOKAHEAD], 6.5, 1e-9);
		assert_float_equal(means.parts_ms[LATENCY_PLAYOUT_DEVICE], 10, 0.01);
	}
	if (fabs(means.skew_ppm - (double)row->skew_ppm) >
		5) /* a skew not told compares as false */
		fail_msg("%s: skew %.1f ppm", row->name, means.skew_ppm);
	assert_row_equal(row->name, isnan(means.skew_ppm), !row->skew_is_sure);
	assert_true(journal_close(&w.journal, &error));
}

#define HOUR_US	  (INT64_C(3600) * 1000000)
#define IN_2026	  (UINT64_C(3976000000) * 1000000)
#define AFTER_ERA (UINT64_C(4294967295) * 1000000) /* a second before NTP's count begins anew */

static void what_is_told_is_true_within_its_uncertainty(void **state)
{
	static const struct row rows[] = {
		{ "one clock", "delay 40ms", "delay 40ms", true, IN_2026, IN_2026,
			.skew_is_sure = true, .known = LATENCY_ALL, .uncertainty_ms_max = 0 },
		{ "the same delay in both directions", "delay 40ms", "delay 40ms", false, IN_2026,
			IN_2026 + HOUR_US, .skew_is_sure = true, .known = LATENCY_ALL,
			.uncertainty_ms_max = 41 },
		{ "a slow path back", "delay 10ms", "delay 90ms", false, IN_2026 + HOUR_US, IN_2026,
			.skew_is_sure = true, .known = LATENCY_ALL, .uncertainty_ms_max = 51 },
		{ "a fast path back", "delay 90ms", "delay 10ms", false, 0, IN_2026,
			.skew_is_sure = true, .known = LATENCY_ALL, .uncertainty_ms_max = 51 },
		{ "reports that are lost", "delay 20ms", "delay 20ms loss 40%", false, IN_2026, 5,
			.skew_is_sure = true, .known = LATENCY_ALL, .uncertainty_ms_max = 23 },
		{ "jitter and loss", "delay 40ms 15ms loss 10%", "delay 40ms 15ms loss 10%", false,
			IN_2026, IN_2026 - HOUR_US, .known = LATENCY_ALL,
			.uncertainty_ms_max = 50 },
		{ "a device that stands still", "delay 20ms", "delay 20ms", true, IN_2026, IN_2026,
			.pause_us = 300 * US_PER_MS, .known = LATENCY_ALL,
			.uncertainty_ms_max = 0 },
		{ "a fast device", "delay 20ms", "delay 20ms", false, IN_2026, IN_2026,
			.skew_ppm = 200, .skew_is_sure = true, .known = LATENCY_ALL,
			.uncertainty_ms_max = 21 },
		{ "silence that is not sent", "delay 20ms", "delay 20ms", true, IN_2026, IN_2026,
			.dtx = true, .skew_is_sure = true, .known = LATENCY_ALL,
			.uncertainty_ms_max = 0 },
		{ "the end of the era", "delay 20ms", "delay 20ms", false, AFTER_ERA,
			AFTER_ERA - HOUR_US, .skew_is_sure = true, .known = LATENCY_ALL,
			.uncertainty_ms_max = 21 },
		{ "the era of one", "delay 20ms", "delay 20ms", true, AFTER_ERA, AFTER_ERA,
			.skew_is_sure = true, .known = LATENCY_ALL, .uncertainty_ms_max = 0 },
		{ "no reports", "delay 40ms", NULL, false, IN_2026, IN_2026, .skew_is_sure = true,
			.known = LATENCY_OURS_AND_DEVICE },
		{ "no reports, one clock", "delay 40ms", NULL, true, IN_2026, IN_2026,
			.skew_is_sure = true, .known = LATENCY_WHOLE_ALONE,
			.uncertainty_ms_max = 6.5 },
		{ "no path back", "delay 40ms", "loss 100%", false, IN_2026, IN_2026,
			.skew_is_sure = true, .known = LATENCY_OURS_AND_DEVICE },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++)
		check(&rows[i]);
}

/* The sum that nothing avoids: a frame, the look-ahead, the network, the time until the block is
 * asked for in which it fits, that block. Above it stays what is not worth a join: less than half a
 * block, and the tremble of a quarter, a millisecond at most. The last two seconds of SECONDS. */
struct least {
	const char *name;
	enum profile profile;
	int frame_samples;
	size_t block_samples;
	double lookahead_ms;
	const char *channel;
	double one_way_ms; /* the slowest packet's */
};

static void on_a_second(void *context, const struct simulation_result *now, int64_t now_us)
{
	struct watch *const w = context;

	(void)now;
	if (now_us == (SECONDS - 2) * US_PER_SECOND)
		w->exact_before = w->journal.sums;
}

static void a_learned_delay_comes_down_to_the_least(void **state)
{
	static const struct least rows[] = {
		{ "2.5 ms, blocks of 2.5", PROFILE_LOWDELAY, 120, 120, 2.5, "delay 1ms", 1 },
		{ "2.5 ms, blocks of 5", PROFILE_LOWDELAY, 120, 240, 2.5, "delay 1ms", 1 },
		{ "5 ms, blocks of 2.5", PROFILE_LOWDELAY, 240, 120, 2.5, "delay 1ms", 1 },
		{ "5 ms, blocks of 5", PROFILE_LOWDELAY, 240, 240, 2.5, "delay 1ms", 1 },
		{ "20 ms, blocks of 2.5", PROFILE_VOICE, 960, 120, 6.5, "delay 1ms", 1 },
		{ "20 ms, blocks of 10", PROFILE_VOICE, 960, 480, 6.5, "delay 1ms", 1 },
		{ "2.5 ms, a little jitter", PROFILE_LOWDELAY, 120, 120, 2.5, "delay 5ms 0.3ms",
			5.6 },
	};
	static const struct row one_clock = { .channel = "delay 1ms",
		.back = "delay 1ms",
		.same_clock = true,
		.sender_epoch_us = IN_2026,
		.receiver_epoch_us = IN_2026 };
	static struct watch w;
	const struct simulation_hooks hooks = { read_speech, ignore_sound, on_sent, on_played,
		on_a_second, &w };
	char message[CHANNEL_SPEC_MESSAGE_BYTES];
	struct simulation_result result;
	struct io_error error;
	int limit;

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct least *const r = &rows[i];
		struct simulation_config c = config_of(&one_clock);
		c.send.profile = r->profile;
		c.send.frame_samples = r->frame_samples;
		c.send.budget_bps = 96000;
		c.send.redundancy = (struct redundancy){ 0 };
		c.recv.delay.fixed_us = -1;
		c.block_samples = r->block_samples;
		assert_int_equal(redundancy_share(&c.send.redundancy, r->frame_samples,
					 c.send.budget_bps, 0, &limit),
			0);
		assert_int_equal(
			channel_spec_parse(&c.channel, r->channel, message, sizeof message),
			STATUS_OK);
		w = (struct watch){ .voice = speech_like_begin(0),
			.n_left = SECONDS * SAMPLES_PER_SECOND };
		assert_true(journal_open(&w.journal, NULL, &c, &error));
		assert_int_equal(simulation_run(&c, &hooks, &result), STATUS_OK);
		const double ms = journal_mouth_to_ear_ms(&w.journal.sums, &w.exact_before);
		const double frame_ms = (double)r->frame_samples / SAMPLES_PER_MS;
		const double block_ms = (double)r->block_samples / SAMPLES_PER_MS;
		const double pull_ms = (double)c.first_pull_us / US_PER_MS;
		const double wait_ms = fmod(pull_ms - r->one_way_ms + 10 * block_ms, block_ms);
		/* Frames that begin later in a block are handed out with its first one. */
		const double least_ms = frame_ms + r->lookahead_ms + r->one_way_ms + wait_ms +
					fmax(block_ms - frame_ms, 0) + block_ms;
		print_message("%s: %.2f ms, of which nothing avoids %.2f\n", r->name, ms, least_ms);
		assert_row_equal(r->name, ms >= least_ms - 0.01, true);
		assert_row_equal(r->name,
			ms <= least_ms + block_ms / 2 + fmin(block_ms / 4, 1) + 0.01, true);
		assert_row_equal(r->name, result.received.frames[PLAYOUT_CONCEALED], 0);
		assert_true(journal_close(&w.journal, &error));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_told_is_true_within_its_uncertainty),
		cmocka_unit_test(a_learned_delay_comes_down_to_the_least),
	};
	return cmocka_run_group_tests_name("mouth_to_ear", tests, NULL, NULL);
}
