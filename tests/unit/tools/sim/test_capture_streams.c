/* Streams in a capture: which packets belong together, what they are, their clock, delays and
 * losses; calls as other programs make them, and what only looks like RTP. */
#include "tests/unit/unit.h"

#include "tools/sim/capture_streams.h"
#include "tools/sim/capture_timing.h"

#include <stdlib.h>
#include <string.h>

enum { PACKETS_MAX = 4000, STREAMS_MAX = 8, PERIOD_US = 20000 };

static struct capture_packet packets[PACKETS_MAX];
static size_t n_packets;
static struct capture_stream streams[STREAMS_MAX];
static size_t n_streams;

/* From one port to another, of one SSRC; what a test does not say. */
static const struct dissected voice = { .ip_version = 4,
	.type = 8,
	.from_port = 40000,
	.port = 5004,
	.payload_bytes = 160,
	.ssrc = 7 };

static struct dissected *add(int64_t at_us, const struct dissected *like, int64_t seq, int64_t ts)
{
	assert_true(n_packets < PACKETS_MAX);
	struct capture_packet *const p = &packets[n_packets];
	*p = (struct capture_packet){ .at_us = at_us, .nth = n_packets, .rtp = *like };
	p->rtp.seq = (uint16_t)seq;
	p->rtp.timestamp = (uint32_t)ts;
	n_packets++;
	return &p->rtp;
}

static int clear(void **state)
{
	(void)state;
	n_packets = 0;
	return 0;
}

static void find(size_t n_expected)
{
	assert_true(capture_streams_find(packets, n_packets, streams, STREAMS_MAX, &n_streams));
	assert_int_equal(n_streams, n_expected);
}

struct result {
	size_t n, n_lost, n_baselines;
	int64_t most_us;
};

static struct result measure(const struct capture_stream *s)
{
	static struct capture_beat beats[PACKETS_MAX];
	struct trace trace = { 0 };
	struct result r = { 0 };

	const size_t n = capture_streams_beats(s, beats);
	assert_true(capture_timing_trace(&trace, beats, n, s->clock_rate, &r.n_baselines, NULL));
	r.n = trace.n_packets;
	for (size_t i = 0; i < trace.n_packets; i++) {
		r.n_lost += trace.delays_us[i] == TRACE_LOST;
		if (trace.delays_us[i] > r.most_us)
			r.most_us = trace.delays_us[i];
	}
	trace_end(&trace);
	return r;
}

/* Every rate that is used, in frames of 20 ms, from a quarter of a minute down to nine packets, with
 * jitter. */
static void test_clock_rates(void **state)
{
	static const int64_t rates[] = { 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100,
		48000, 90000, 96000 };
	static const int lengths[] = { 750, 50, 9 };

	for (size_t i = 0; i < N_ROWS(rates); i++) {
		for (size_t k = 0; k < N_ROWS(lengths); k++) {
			clear(state);
			for (int n = 0; n < lengths[k]; n++)
				add(n * PERIOD_US + n % 3 * 500, &voice, 65530 + n,
					UINT32_MAX - 2000 + n * rates[i] / 50);
			find(1);
			assert_int_equal(streams[0].clock_rate, rates[i]);
			assert_int_equal(streams[0].kind, CAPTURE_VOICE);
			const struct result r = measure(&streams[0]);
			assert_int_equal(r.n, lengths[k]);
			assert_int_equal(r.n_lost, 0);
			assert_in_range(r.most_us, 1000, 1100); /* a tick is up to 125 us */
		}
	}
}

/* A key is pressed for a second, then the other side is silent: the numbers of both are no loss;
 * one packet of the voice is. */
static void test_keys_and_noise_are_no_voice(void **state)
{
	(void)state;
	for (int n = 0; n < 300; n++) {
		struct dissected *rtp = NULL;
		if (n != 20)
			rtp = add(n * PERIOD_US, &voice, n, n * 160);
		if (n >= 100 && n < 150) {
			rtp->type = 101;
			rtp->timestamp = 100 * 160;
			rtp->payload_bytes = 4;
		} else if (n >= 200 && n < 203) {
			rtp->type = 13;
			rtp->payload_bytes = 1;
		}
	}
	find(3);
	assert_int_equal(streams[0].kind, CAPTURE_VOICE);
	assert_int_equal(streams[1].kind, CAPTURE_EVENTS);
	assert_int_equal(streams[1].n_packets, 50);
	assert_int_equal(streams[2].kind, CAPTURE_NOISE);
	const struct result r = measure(&streams[0]);
	assert_int_equal(r.n, 300 - 50 - 3);
	assert_int_equal(r.n_lost, 1);
	assert_int_equal(r.most_us, 0);
}

/* What happens to the clock of a call in its middle. */
static void test_baselines(void **state)
{
	static const struct {
		const char *name;
		int64_t arrivals_leap_us, timestamps_leap, seq_leap;
		size_t n_baselines;
		int64_t most_us;
	} rows[] = {
		{ "none", 0, 0, 0, 1, 0 },
		{ "held for 10 s", 10000000, 0, 0, 2, 0 },
		{ "silent for 10 s, as the timestamps say", 10000000, 80000, 0, 1, 0 },
		{ "the timestamps begin anew", 0, 3000000000, 0, 2, 0 },
		{ "the other half of the circle", 0, 1000000000, 0, 2, 0 },
		{ "the numbers too", 0, 3000000000, 20000, 2, 0 },
		{ "the numbers go back", 0, 0, -20000, 1, 0 },
		{ "a longer route", 300000, 0, 0, 1, 300000 },
	};

	for (size_t i = 0; i < N_ROWS(rows); i++) {
		clear(state);
		for (int n = 0; n < 1000; n++)
			add(n * PERIOD_US + (n < 400 ? 0 : rows[i].arrivals_leap_us), &voice,
				n + (n < 400 ? 0 : rows[i].seq_leap),
				n * 160 + (n < 400 ? 0 : rows[i].timestamps_leap));
		find(1);
		const struct result r = measure(&streams[0]);
		assert_row_equal(rows[i].name, r.n, 1000);
		assert_row_equal(rows[i].name, r.n_lost, 0);
		assert_row_equal(rows[i].name, r.n_baselines, rows[i].n_baselines);
		assert_row_equal(rows[i].name, r.most_us, rows[i].most_us);
	}
}

/* The network stands still for three seconds, and then brings at once what it held: a delay of three
 * seconds, and no leap. */
static void test_a_stall_is_a_delay(void **state)
{
	(void)state;
	for (int n = 0; n < 1000; n++) {
		const int64_t sent_us = n * PERIOD_US;
		const bool is_held = sent_us >= 8000000 && sent_us < 11000000;
		add(is_held ? 11000000 + n : sent_us, &voice, n, n * 160);
	}
	find(1);
	const struct result r = measure(&streams[0]);
	assert_int_equal(r.n_baselines, 1);
	assert_in_range(r.most_us, 3000000, 3001000);
}

/* One SSRC on both legs of a call and again in the next one; a picture with more packets than the
 * voice; and a stranger's packet between. */
static void test_streams_are_told_apart(void **state)
{
	(void)state;
	for (int n = 0; n < 200; n++) {
		add(n * PERIOD_US, &voice, n, n * 160);
		struct dissected *const leg = add(n * PERIOD_US + 100, &voice, n, n * 160);
		leg->from[0] = 10;
		if (n % 5 == 0)
			n_packets--;
		add(60000000 + n * PERIOD_US, &voice, 30000 + n, 99 + n * 160)->from_port = 40002;
		for (int k = 0; k < 3; k++) {
			struct dissected *const picture =
				add(n * PERIOD_US + k, &voice, 500 + 3 * n + k, n * 1800);
			picture->type = 96;
			picture->port = 5006;
		}
	}
	add(5000, &voice, 20000, 0); /* a stray of the first */
	find(4);
	for (size_t i = 0; i < 4; i++) {
		const bool is_picture = streams[i].flow->rtp.port == 5006;
		const bool is_leg = streams[i].flow->rtp.from[0] == 10;
		assert_int_equal(streams[i].kind, is_picture ? CAPTURE_VIDEO : CAPTURE_VOICE);
		assert_int_equal(streams[i].n_packets, is_picture ? 600 : is_leg ? 160 : 200);
		if (!is_picture)
			assert_int_equal(measure(&streams[i]).n_lost, is_leg ? 39 : 0);
	}
	assert_true(streams[0].nth < streams[1].nth && streams[2].nth < streams[3].nth);
}

/* Packets that begin as RTP does, and have one thing that no media has. */
static void test_what_only_looks_like_rtp(void **state)
{
	struct dice dice = { 11 };

	for (int row = 0; row < 6; row++) {
		clear(state);
		for (int n = 0; n < 500; n++) {
			const uint32_t any = dice_u32(&dice);
			struct dissected *const rtp = add(n * PERIOD_US, &voice, n, n * 160);
			if (row == 0) /* all is random, but the SSRC */
				rtp->seq = (uint16_t)any, rtp->timestamp = dice_u32(&dice);
			else if (row == 1) /* a counter, and something else */
				rtp->timestamp = any;
			else if (row == 2) /* a counter, and a name */
				rtp->timestamp = 0x736f6d65;
			else if (row == 3) /* a clock, and something else */
				rtp->seq = (uint16_t)any;
			else if (row == 4) /* the same question again and again */
				rtp->seq = 0x1234, rtp->timestamp = 0x01000001;
			else /* a clock of a thousand a second is no media's */
				rtp->timestamp = (uint32_t)n * 20;
		}
		find(0);
	}
	clear(state);
	for (int n = 0; n < 4; n++) /* too few to prove anything */
		add(n * PERIOD_US, &voice, n, n * 160);
	find(0);
	n_packets = 0;
	find(0);
}

/* Any packets at all: every stream has a pace that can be computed with. */
static void test_random_packets(void **state)
{
	struct dice dice = { 12 };

	for (int round = 0; round < 300; round++) {
		const uint32_t wild = dice_below(&dice, 30) + 1;
		int64_t seq = 0, ts = 0, at_us = 0;
		clear(state);
		for (int n = 0; n < 200; n++) {
			const bool is_wild = dice_below(&dice, wild) == 0;
			seq += is_wild ? (int64_t)dice_u32(&dice) : 1;
			ts += is_wild ? (int64_t)dice_u32(&dice) : 160;
			at_us += is_wild ? (int64_t)dice_below(&dice, 3000000) - 1000 : PERIOD_US;
			add(at_us, &voice, seq, ts)->type =
				(uint8_t)(dice_below(&dice, 20) ? 8 : dice_below(&dice, 128));
		}
		assert_true(
			capture_streams_find(packets, n_packets, streams, STREAMS_MAX, &n_streams));
		for (size_t i = 0; i < n_streams; i++) {
			struct capture_beat beats[200];
			struct trace trace = { 0 };
			struct io_error error;
			size_t n_baselines;
			const size_t n = capture_streams_beats(&streams[i], beats);
			assert_in_range(n, 1, streams[i].n_packets);
			if (streams[i].clock_rate > 0 &&
				!capture_timing_trace(&trace, beats, n, streams[i].clock_rate,
					&n_baselines, &error))
				assert_non_null(strstr(error.text, "jump"));
			trace_end(&trace);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_clock_rates, clear),
		cmocka_unit_test_setup(test_keys_and_noise_are_no_voice, clear),
		cmocka_unit_test_setup(test_baselines, clear),
		cmocka_unit_test_setup(test_a_stall_is_a_delay, clear),
		cmocka_unit_test_setup(test_streams_are_told_apart, clear),
		cmocka_unit_test_setup(test_what_only_looks_like_rtp, clear),
		cmocka_unit_test_setup(test_random_packets, clear),
	};
	return cmocka_run_group_tests_name("capture_streams", tests, NULL, NULL);
}
