/* What really runs in the two audio callbacks, over a lossy stream: no allocation, no lock, no
 * print. test_callback.c proves that the guard would notice. */
#include "common/base/units.h"
#include "common/io/audio_rate.h"
#include "receiver/app/player.h"
#include "sender/app/capture.h"
#include "sender/send_stream.h"
#include "tests/rt/rt_guard.h"
#include "tests/unit/speech_like.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_SKIPPED = 77, N_FRAMES = 400, BLOCK = 480 };

static struct send_stream *make_sender(void **memory)
{
	struct send_stream_config config = {
		.rtp = { .ssrc = 9 },
		.rtcp = { .cname = "speaker", .seed = 2 },
		.n_channels = 1,
		.frame_samples = 960,
		.budget_bps = 48000,
		.redundancy = { .n_copies = 2, .distances = { 1, 2 } },
	};
	struct send_stream *stream;
	int limit;

	assert_int_equal(
		redundancy_share(&config.redundancy, 960, 48000, 0, &limit), REDUNDANCY_OK);
	*memory = malloc(send_stream_bytes(&config));
	assert_int_equal(send_stream_init(&stream, *memory, &config), STATUS_OK);
	return stream;
}

/* The receive thread's part: what a bad network brings; dice NULL: a good one, for what is rare. */
static void deliver(struct player *player, struct dice *dice, const uint8_t *datagram,
	size_t n_bytes, int64_t arrival_us)
{
	if (dice && dice_below(dice, 100) < 20)
		return;
	for (uint32_t i = 0; i <= (dice && dice_below(dice, 10) == 0); i++) {
		struct player_datagram *const d = player_begin_datagram(player);
		assert_non_null(d);
		d->arrival_us = arrival_us;
		d->n_bytes = n_bytes;
		memcpy(d->data, datagram, n_bytes);
		if (dice && dice_below(dice, 50) == 0) /* noise */
			for (size_t k = 0; k < n_bytes; k++)
				d->data[k] = (uint8_t)dice_u32(dice);
		player_commit_datagram(player);
	}
}

static void test_playout_callback(void **state)
{
	static struct player player;
	static float block[BLOCK * RECV_CHANNELS];
	const struct recv_stream_config config = {
		.delay = { .fixed_us = -1, .max_us = 500 * US_PER_MS },
		.decoder_complexity = 5,
		.rtcp = { .ssrc = 9, .cname = "listener", .seed = 1 }, /* a collision, too */
	};
	struct speech_like voice = speech_like_begin(SAMPLES_PER_SECOND / 2);
	struct dice dice = { 11 };
	void *memory;
	struct send_stream *const sender = make_sender(&memory);
	float samples[960];
	uint8_t datagram[PACKETIZER_DATAGRAM_BYTES_MAX];
	int64_t now_us = 0;
	struct player_report report;
	int n_reports = 0;

	(void)state;
	assert_int_equal(player_init(&player, &config, true), STATUS_OK);
	rt_guard_reset();
	for (int i = 0; i < N_FRAMES; i++) {
		speech_like_fill(&voice, samples, 960, 1);
		send_stream_push_pcm(sender, samples, 960, now_us);
		now_us += 20 * US_PER_MS;
		const size_t n_bytes = send_stream_next_datagram(sender, datagram, now_us);
		/* An outage of two seconds in the middle, longer than any concealment. */
		if (n_bytes > 0 && (i < 150 || i > 250))
			deliver(&player, &dice, datagram, n_bytes, now_us);
		const size_t report_bytes = send_stream_next_rtcp(sender, datagram, now_us);
		if (report_bytes > 0)
			deliver(&player, NULL, datagram, report_bytes, now_us);
		if (i == 200) /* the sender says goodbye, and that was not the end */
			deliver(&player, &dice, datagram, send_stream_bye(sender, datagram),
				now_us);
		for (int k = 0; k < 2; k++) {
			const struct player_block b = {
				.samples = block,
				.n_samples = BLOCK,
				.now_us = now_us + k * 10 * US_PER_MS,
				.had_xrun = i == 100 && k == 0,
			};
			rt_guard_enter();
			player_pull(&player, &b);
			rt_guard_leave();
		}
		for (; i < 300 && player_next_report(&player, &report); n_reports++)
			send_stream_on_rtcp(sender, report.data, report.n_bytes, now_us);
	}
	assert_null(rt_guard_first());
	assert_int_equal(rt_guard_violations(), 0);
	struct player_snapshot snapshot;
	player_snapshot(&player, now_us, &snapshot);
	for (int means = PLAYOUT_PRIMARY; means <= PLAYOUT_CONCEALED; means++)
		if (means != PLAYOUT_FEC && means != PLAYOUT_DRED) /* all of it was exercised */
			assert_true(snapshot.stats.frames[means] > 0);
	assert_true(snapshot.stats.packets_rejected > 0);
	assert_int_equal(snapshot.stats.underruns, 1);
	/* Reports came and went; at the end nobody took them, and their ring was full. */
	assert_in_range(n_reports, 5, 60);
	assert_true(snapshot.stats.rtcp_sent > n_reports);
	assert_true(snapshot.stats.rtcp_received > 3);
	assert_true(snapshot.stats.rtt_ms >= 0);
	assert_true(player_bye(&player, &report));
	player_end(&player);
	free(memory);
}

static void test_capture_callback(void **state)
{
	static struct capture capture;
	static float input[1000 * 2];
	float samples[CAPTURE_SAMPLES_MAX];
	size_t n_samples, n_read = 0;
	int64_t capture_us;

	(void)state;
	assert_true(capture_init(&capture, 1, (struct capture_choice){ 0 }));
	rt_guard_reset();
	for (int i = 0; i < 100; i++) { /* fuller than the ring: overruns as well */
		const struct audio_block b = {
			.input = input,
			.n_samples = 1000,
			.n_channels = 2,
			.now_us = i,
			.device_latency_us = AUDIO_LATENCY_UNKNOWN,
		};
		rt_guard_enter();
		capture_take(&capture, &b);
		rt_guard_leave();
	}
	assert_null(rt_guard_first());
	assert_int_equal(rt_guard_violations(), 0);
	while (capture_read(&capture, samples, &n_samples, &capture_us))
		n_read += n_samples;
	assert_in_range(n_read, 20000, 64 * CAPTURE_SAMPLES_MAX);
	for (int i = 0; i < 100; i++) /* each has woken the send thread: none of these waits */
		capture_wait(&capture, INT64_MAX / 2);
	assert_true(capture_overruns(&capture) > 0);
	capture_end(&capture);
}

#ifdef HAVE_AUDIO
static void count_block(void *context, const struct audio_block *block)
{
	*(size_t *)context += block->n_samples;
}

/* A device of another rate: soxr's buffers have grown before the first block. */
static void test_resampled_callback(void **state)
{
	static float samples[1024 * 2];
	static const double rates_hz[] = { 44100, 96000 };

	(void)state;
	for (int i = 0; i < 4; i++) {
		size_t n_at_48k = 0;
		const struct audio_config config = {
			.direction = i < 2 ? AUDIO_PLAYOUT : AUDIO_CAPTURE,
			.process = count_block,
			.context = &n_at_48k,
		};
		const struct audio_block block = { .input = samples,
			.output = samples,
			.n_samples = 1024,
			.device_latency_us = AUDIO_LATENCY_UNKNOWN };
		struct audio_rate *const rate = audio_rate_open(&config, 2, rates_hz[i % 2]);
		assert_non_null(rate);
		rt_guard_reset();
		rt_guard_enter();
		for (int k = 0; k < 200; k++)
			audio_rate_process(rate, &block);
		rt_guard_leave();
		assert_null(rt_guard_first());
		const double expected = 200 * 1024 * 48000.0 / rates_hz[i % 2];
		assert_in_range(n_at_48k, (size_t)expected - 4800, (size_t)expected + 4800);
		audio_rate_close(rate);
	}
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_playout_callback),
		cmocka_unit_test(test_capture_callback),
#ifdef HAVE_AUDIO
		cmocka_unit_test(test_resampled_callback),
#endif
	};
	if (!rt_guard_works()) {
		fprintf(stderr, "skipped: a sanitizer stands in the guard's place\n");
		return EXIT_SKIPPED;
	}
	return cmocka_run_group_tests_name("rt.stream_callbacks", tests, NULL, NULL);
}
