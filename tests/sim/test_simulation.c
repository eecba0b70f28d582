/* The simulator itself: its clocks, its changes, its pauses, its traces, and that it does the same
 * again. What the streams do in it is for test_scenarios. */
#include "tests/unit/unit.h"

#include "common/base/units.h"
#include "tests/unit/speech_like.h"
#include "tools/sim/simulation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES_MAX = 3000, FRAME_SAMPLES = 20 * SAMPLES_PER_MS, BLOCK_SAMPLES = 480 };

/* What the hooks saw. */
struct seen {
	struct speech_like voice;
	size_t n_left; /* samples to be said */
	int n_frames, n_pulls, n_reports, n_played;
	int64_t capture_us[FRAMES_MAX], sent_us[FRAMES_MAX], departure_us[FRAMES_MAX];
	bool is_lost[FRAMES_MAX];
	int64_t first_pull_us, last_pull_us, last_report_us;
	uint64_t hash; /* of all that was heard and told */
	struct simulation_result result;
};

static void add_to_hash(struct seen *seen, const void *bytes, size_t n_bytes)
{
	const uint8_t *const b = bytes;
	for (size_t i = 0; i < n_bytes; i++) /* FNV-1a */
		seen->hash = (seen->hash ^ b[i]) * UINT64_C(0x100000001b3);
}

static size_t read_speech(void *context, float *samples, size_t n_samples)
{
	struct seen *const seen = context;
	const size_t n = n_samples < seen->n_left ? n_samples : seen->n_left;

	speech_like_fill(&seen->voice, samples, (int)n, 1);
	seen->n_left -= n;
	return n;
}

static void note_write(void *context, const float *pcm, size_t n_samples, int64_t now_us)
{
	struct seen *const seen = context;

	if (seen->n_pulls++ == 0)
		seen->first_pull_us = now_us;
	seen->last_pull_us = now_us;
	add_to_hash(seen, pcm, n_samples * RECV_CHANNELS * sizeof *pcm);
}

static void note_sent(void *context, const struct simulation_frame *frame)
{
	struct seen *const seen = context;
	const int n = seen->n_frames++;

	assert_true(n < FRAMES_MAX && frame->fate);
	assert_int_equal(frame->position, (int64_t)n * FRAME_SAMPLES);
	seen->capture_us[n] = frame->capture_us;
	seen->sent_us[n] = frame->sent_us;
	seen->is_lost[n] = frame->fate->n_copies == 0;
	seen->departure_us[n] = frame->fate->departure_us[0];
}

static void note_played(void *context, const struct playout_record *record)
{
	struct seen *const seen = context;

	seen->n_played += record->means <= PLAYOUT_DRED;
	add_to_hash(seen, &record->handed_us, sizeof record->handed_us);
	add_to_hash(seen, &record->means, sizeof record->means);
}

static void note_report(void *context, const struct simulation_result *until_now, int64_t now_us)
{
	struct seen *const seen = context;

	seen->n_reports++;
	seen->last_report_us = now_us;
	assert_true(until_now->sent.packets_sent >= until_now->received.packets_received);
}

/* A config of 20 ms frames without copies over a perfect channel. */
static struct simulation_config plain_config(void)
{
	struct simulation_config config = {
		.send = {
			.n_channels = 1,
			.frame_samples = FRAME_SAMPLES,
			.budget_bps = 32000,
			.rtp = { .ssrc = 1, .first_seq = 65500, .first_timestamp = UINT32_MAX - 9600 },
		},
		.recv = { .delay = { .fixed_us = 60000, .max_us = 500 * US_PER_MS } },
		.channel = { .limit_packets = CHANNEL_LIMIT_DEFAULT },
		.seed = 1,
		.block_samples = BLOCK_SAMPLES,
		.first_pull_us = 3 * US_PER_MS,
		.run_on_us = 200 * US_PER_MS,
	};
	int limit;

	assert_int_equal(redundancy_share(&config.send.redundancy, config.send.frame_samples,
				 config.send.budget_bps, 0, &limit),
		REDUNDANCY_OK);
	return config;
}

static void run(const struct simulation_config *config, double seconds, struct seen *seen)
{
	const struct simulation_hooks hooks = {
		.read = read_speech,
		.write = note_write,
		.sent = note_sent,
		.played = note_played,
		.report = note_report,
		.context = seen,
	};

	*seen = (struct seen){
		.voice = speech_like_begin(0),
		.n_left = (size_t)(seconds * SAMPLES_PER_SECOND),
		.hash = UINT64_C(0xcbf29ce484222325),
	};
	assert_int_equal(simulation_run(config, &hooks, &seen->result), STATUS_OK);
}

static void assert_same_fields(
	const struct stats_field *a, const struct stats_field *b, size_t n_fields)
{
	for (size_t i = 0; i < n_fields; i++)
		if ((!(isnan(a[i].value) && isnan(b[i].value)) && a[i].value != b[i].value) ||
			a[i].word != b[i].word)
			fail_msg("%s: %g and %g", a[i].name, a[i].value, b[i].value);
}

/* By their figures: what lies between the members of a structure is nobody's. */
static void assert_same_results(
	const struct simulation_result *a, const struct simulation_result *b)
{
	static const struct simulation_result none;
	struct stats_field sent[2][STATS_FIELDS_MAX], received[2][STATS_FIELDS_MAX];

	const size_t n_sent = send_stats_fields(&a->sent, &none.sent, 3, 3, sent[0]);
	send_stats_fields(&b->sent, &none.sent, 3, 3, sent[1]);
	assert_same_fields(sent[0], sent[1], n_sent);
	const size_t n_received = recv_stats_fields(&a->received, &none.received, 3, received[0]);
	recv_stats_fields(&b->received, &none.received, 3, received[1]);
	assert_same_fields(received[0], received[1], n_received);
}

static void test_the_same_again(void **state)
{
	static struct seen a, b, other;
	struct simulation_config config = plain_config();
	char message[CHANNEL_SPEC_MESSAGE_BYTES];

	(void)state;
	assert_int_equal(channel_spec_parse(&config.channel, "delay 40ms 10ms loss 10%", message,
				 sizeof message),
		STATUS_OK);
	run(&config, 3, &a);
	run(&config, 3, &b);
	config.seed = 2;
	run(&config, 3, &other);
	assert_true(a.hash == b.hash && a.hash != other.hash);
	assert_same_results(&a.result, &b.result);
}

/* In-band FEC as the nearest form, copies behind it: while the delay has room for the next packet only, a
 * lost frame is heard from that one's FEC; where a copy has come, from the copy; and a delay that is
 * learned counts FEC as a form of its frame. */
static void test_fec_and_copies(void **state)
{
	static const struct {
		int64_t delay_us; /* -1: learned */
		int n_copies;
		bool fec;
		int fec_min, fec_max, copies_min, copies_max, concealed_max;
	} rows[] = {
		/* of 1000 frames, of which 200 are lost */
		{ 30000, 2, true, 100, 200, 0, 10, 80 },
		{ 100000, 2, true, 2, 40, 140, 220, 15 },
		{ 100000, 2, false, 0, 0, 140, 220, 30 },
		{ -1, 0, true, 100, 200, 0, 0, 80 },
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		static struct seen seen;
		struct simulation_config config = plain_config();
		char message[CHANNEL_SPEC_MESSAGE_BYTES];
		int limit;
		assert_int_equal(channel_spec_parse(&config.channel, "delay 20ms loss 20%", message,
					 sizeof message),
			STATUS_OK);
		config.recv.delay.fixed_us = rows[i].delay_us;
		config.send.budget_bps = 64000;
		config.send.fec = rows[i].fec;
		config.send.redundancy = (struct redundancy){
			.n_copies = rows[i].n_copies,
			.distances = { 3, 4 },
		};
		assert_int_equal(redundancy_share(&config.send.redundancy, FRAME_SAMPLES, 64000,
					 10000, &limit),
			REDUNDANCY_OK);
		run(&config, 20, &seen);
		const int64_t *const frames = seen.result.received.frames;
		const int fec = (int)frames[PLAYOUT_FEC], copies = (int)frames[PLAYOUT_REDUNDANT];
		const int concealed = (int)frames[PLAYOUT_CONCEALED];
		print_message(
			"row %zu: FEC %d, copies %d, concealed %d\n", i, fec, copies, concealed);
		assert_in_range(fec, rows[i].fec_min, rows[i].fec_max);
		assert_in_range(copies, rows[i].copies_min, rows[i].copies_max);
		assert_true(concealed <= rows[i].concealed_max);
	}
}

/* In the same true time a faster device pulls more; a sample is heard one block after its pull. */
static void test_skew(void **state)
{
	static const int64_t skews_ppb[] = { 0, 300000, -300000, 10000000, -10000000 };
	const int64_t day = INT64_C(86400) * SAMPLES_PER_SECOND;

	(void)state;
	for (size_t i = 0; i < N_ROWS(skews_ppb); i++) {
		static struct seen seen;
		struct simulation_config config = plain_config();
		config.skew_ppb = skews_ppb[i];
		run(&config, 10, &seen);
		assert_int_equal(seen.first_pull_us, 3000);
		const double elapsed_us = (double)(seen.last_pull_us - seen.first_pull_us);
		const double rate = 1 + (double)skews_ppb[i] * 1e-9;
		const double n_expected = elapsed_us / 10000 * rate;
		assert_true(n_expected - 0.01 < seen.n_pulls - 1 &&
			    seen.n_pulls - 1 < n_expected + 0.01);
		assert_int_equal(simulation_heard_us(&config, -BLOCK_SAMPLES), 3000);
		/* 1000 days: no product leaves its range. */
		const double heard_us =
			(double)simulation_heard_us(&config, 1000 * day - BLOCK_SAMPLES);
		const double true_us = 1000 * 86400e6 / rate + 3000;
		assert_true(heard_us > true_us - 2 && heard_us < true_us + 2);
	}
}

static void test_changes(void **state)
{
	static struct seen seen;
	static const struct simulation_change changes[] = {
		{ 1000000, { .delay_us = 90000, .limit_packets = 1000 } },
		{ 2000000, { .delay_us = 90000, .limit_packets = 0 } },
		{ 3000000, { .delay_us = 5000, .limit_packets = 2000 } },
	};
	struct simulation_config config = plain_config();

	(void)state;
	config.changes = changes;
	config.n_changes = N_ROWS(changes);
	run(&config, 4, &seen);
	for (int n = 0; n < seen.n_frames; n++) {
		const int64_t at_us = seen.sent_us[n];
		const bool is_limited = at_us >= 2000000 && at_us < 3000000;
		const int64_t delay_us = at_us < 1000000 ? 0 : at_us < 2000000 ? 90000 : 5000;
		assert_int_equal(seen.is_lost[n], is_limited);
		if (!is_limited)
			assert_int_equal(seen.departure_us[n] - at_us, delay_us);
	}
}

/* A frame is sent when its last sample is captured; what a pause interrupts is sent after it. */
static void test_pauses(void **state)
{
	static struct seen seen;
	static const struct simulation_pause pauses[] = {
		{ 1010000, 500000 }, /* within a frame */
		{ 2520000, 300000 }, /* between two */
	};
	struct simulation_config config = plain_config();

	(void)state;
	config.pauses = pauses;
	config.n_pauses = N_ROWS(pauses);
	run(&config, 4, &seen);
	assert_int_equal(seen.n_frames, 201);
	for (int n = 0; n < seen.n_frames; n++) {
		const int64_t begin_us = n * INT64_C(20000), end_us = begin_us + 20000;
		const int64_t before_us =
			(begin_us >= 1010000 ? 500000 : 0) + (begin_us >= 2020000 ? 300000 : 0);
		const int64_t until_us =
			(end_us > 1010000 ? 500000 : 0) + (end_us > 2020000 ? 300000 : 0);
		assert_int_equal(seen.capture_us[n], begin_us + before_us);
		assert_int_equal(seen.sent_us[n], end_us + until_us);
	}
	assert_true(seen.n_played > 180); /* the stream is heard again after each */
}

/* Line by line, again from the start, and all delays are waited for. */
static void test_traces(void **state)
{
	static struct seen seen;
	struct trace trace = { 0 };
	struct simulation_config config = plain_config();

	(void)state;
	assert_true(trace_add(&trace, 30000) && trace_add(&trace, TRACE_LOST) &&
		    trace_add(&trace, 1500000));
	config.trace = &trace;
	run(&config, 1, &seen);
	assert_int_equal(seen.n_frames, 51);
	for (int n = 0; n < seen.n_frames; n++) {
		assert_int_equal(seen.is_lost[n], n % 3 == 1);
		if (n % 3 != 1)
			assert_int_equal(
				seen.departure_us[n] - seen.sent_us[n], n % 3 ? 1500000 : 30000);
	}
	assert_int_equal(seen.result.received.packets_received, 34);
	trace_end(&trace);
}

/* A report a second, none for time that was not; the end is after the last packet's arrival. */
static void test_reports_and_end(void **state)
{
	static struct seen seen;
	struct simulation_config config = plain_config();

	(void)state;
	config.channel.delay_us = 2500 * US_PER_MS;
	run(&config, 2, &seen);
	const int64_t last_arrival_us = seen.departure_us[seen.n_frames - 1];
	assert_int_equal(seen.result.received.packets_received, seen.n_frames);
	assert_int_equal(seen.n_played, seen.n_frames);
	assert_in_range(seen.last_pull_us, last_arrival_us + 190000, last_arrival_us + 200000);
	assert_int_equal(seen.n_reports, 4);
	assert_int_equal(seen.last_report_us, 4000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_same_again),
		cmocka_unit_test(test_fec_and_copies),
		cmocka_unit_test(test_skew),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_pauses),
		cmocka_unit_test(test_traces),
		cmocka_unit_test(test_reports_and_end),
	};
	return cmocka_run_group_tests_name("sim.simulation", tests, NULL, NULL);
}
