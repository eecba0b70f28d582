/* The whole loop in virtual time: what is lost, what the receiver reports over a path that loses as
 * much, what the sender makes of it. Bounds are those the project promises (docs/SENDER.md); the
 * figures behind them are printed. */
#include "tests/unit/unit.h"

#include "common/base/units.h"
#include "receiver/arrival/packet_info.h"
#include "receiver/sound/decoder.h"
#include "tests/unit/speech_like.h"
#include "tools/sim/journal.h"
#include "tools/sim/simulation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES_MAX = 6100, FRAME_SAMPLES = 20 * SAMPLES_PER_MS, FRAMES_PER_SECOND = 50 };

struct loop_row {
	const char *name;
	const char *channel; /* in both directions */
	int kbps;
	int max_delay_ms; /* 0: the usual */
	double seconds;
	double concealed_percent_max;
	double mouth_to_ear_ms_max;
	int plan_changes_max;
};

/* What the hooks saw. */
struct loop {
	struct speech_like voice;
	size_t n_left; /* samples to be said */
	struct journal journal;
	int n_frames;
	size_t payload_bytes[FRAMES_MAX];
	int64_t sent_us[FRAMES_MAX];
	bool is_lost[FRAMES_MAX];
	bool has_copies[FRAMES_MAX], has_fec[FRAMES_MAX]; /* of frames before */
	struct simulation_result at_second[200];
	int n_seconds;
	struct simulation_result result;
};

static size_t read_speech(void *context, float *samples, size_t n_samples)
{
	struct loop *const loop = context;
	const size_t n = n_samples < loop->n_left ? n_samples : loop->n_left;

	speech_like_fill(&loop->voice, samples, (int)n, 1);
	loop->n_left -= n;
	return n;
}

static void write_nothing(void *context, const float *pcm, size_t n_samples, int64_t now_us)
{
	(void)context;
	(void)pcm;
	(void)n_samples;
	(void)now_us;
}

static void note_sent(void *context, const struct simulation_frame *frame)
{
	struct loop *const loop = context;
	const int n = loop->n_frames++;
	struct rtp_packet packet;

	journal_on_sent(&loop->journal, frame);
	assert_true(n < FRAMES_MAX);
	loop->sent_us[n] = frame->sent_us;
	if (!frame->datagram)
		return;
	assert_int_equal(rtp_parse(&packet, frame->datagram, frame->n_bytes), STATUS_OK);
	loop->payload_bytes[n] = packet.payload_bytes;
	loop->has_copies[n] = packet.payload_type == RTP_TYPE_RED;
	loop->has_fec[n] = packet.payload_type == RTP_TYPE_OPUS &&
			   packet_info_has_fec(packet.payload, packet.payload_bytes);
	loop->is_lost[n] = frame->fate->outcome != CHANNEL_DELIVERED;
}

static void note_played(void *context, const struct playout_record *record)
{
	journal_on_played(&((struct loop *)context)->journal, record);
}

static void note_second(void *context, const struct simulation_result *result, int64_t now_us)
{
	struct loop *const loop = context;

	(void)now_us;
	if (loop->n_seconds < 200)
		loop->at_second[loop->n_seconds++] = *result;
}

static struct channel_spec spec_of(const char *text)
{
	char message[CHANNEL_SPEC_MESSAGE_BYTES];
	struct channel_spec spec;

	if (channel_spec_parse(&spec, text, message, sizeof message) != STATUS_OK)
		fail_msg("%s: %s", text, message);
	return spec;
}

static struct simulation_config config_of(const struct loop_row *row)
{
	struct simulation_config config = {
		.send = {
			.n_channels = 1,
			.frame_samples = FRAME_SAMPLES,
			.budget_bps = row->kbps * 1000,
			.adaptive = true,
			.rtp = { .ssrc = 1, .first_seq = 65500, .first_timestamp = UINT32_MAX - 9600 },
			.rtcp = rtcp_session_named(1, "sender", 1, 0),
		},
		.recv = {
			.delay = { .fixed_us = -1,
				.max_us = (row->max_delay_ms ? row->max_delay_ms : 500) * US_PER_MS },
			.rtcp = rtcp_session_named(2, "receiver", 2, 0),
		},
		.channel = spec_of(row->channel),
		.has_rtcp = true,
		.return_channel = spec_of(row->channel),
		.seed = 7,
		.block_samples = 480,
		.first_pull_us = 3 * US_PER_MS,
		.run_on_us = 1 * US_PER_SECOND,
	};
	int limit;

	assert_int_equal(redundancy_share(&config.send.redundancy, config.send.frame_samples,
				 config.send.budget_bps, 0, &limit),
		REDUNDANCY_OK);
	return config;
}

static struct loop *run(const struct simulation_config *config, double seconds)
{
	struct loop *const loop = calloc(1, sizeof *loop);
	const struct simulation_hooks hooks = {
		.read = read_speech,
		.write = write_nothing,
		.sent = note_sent,
		.played = note_played,
		.report = note_second,
		.context = loop,
	};

	assert_non_null(loop);
	loop->voice = speech_like_begin(SAMPLES_PER_SECOND * 3 / 10);
	loop->n_left = (size_t)(seconds * SAMPLES_PER_SECOND);
	assert_true(journal_open(&loop->journal, NULL, config, NULL));
	assert_int_equal(simulation_run(config, &hooks, &loop->result), STATUS_OK);
	return loop;
}

static void end(struct loop *loop)
{
	assert_true(journal_close(&loop->journal, NULL));
	free(loop);
}

/* The most that any second takes of the budget, in percent; the first two, in which the encoder's
 * rate control settles, apart. */
static double fullest_second_percent(const struct loop *loop, int kbps)
{
	double most = 0;

	for (int n = 2 * FRAMES_PER_SECOND; n + FRAMES_PER_SECOND <= loop->n_frames; n++) {
		size_t bytes = 0;
		for (int i = n; i < n + FRAMES_PER_SECOND; i++)
			bytes += loop->payload_bytes[i];
		const double percent = 100.0 * (double)bytes * 8 / (kbps * 1000.0);
		most = percent > most ? percent : most;
	}
	return most;
}

static void test_each_channel_is_followed(void **state)
{
	/* delay: frame 20, look-ahead 6.5, network 20, device 10, and what the copies take */
	static const struct loop_row rows[] = {
		{ "clean", "delay 20ms", 64, 0, 60, 0, 65, 2 },
		{ "random 2 %", "delay 20ms loss 2%", 64, 0, 60, 0.3, 105, 12 },
		{ "random 20 %", "delay 20ms loss 20%", 64, 0, 60, 0.35, 125, 12 },
		{ "random 30 %", "delay 20ms loss 30%", 64, 0, 60, 1, 130, 12 },
		{ "bursts", "delay 20ms loss gemodel 3% 30%", 64, 0, 120, 1.8, 186, 30 },
		{ "bursts, bounded", "delay 20ms loss gemodel 3% 30%", 64, 60, 60, 4, 125, 12 },
	};
	int n_broken = 0;

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct simulation_config config = config_of(&rows[i]);
		struct loop *const loop = run(&config, rows[i].seconds);
		const struct recv_stats *const r = &loop->result.received;
		const struct send_stats *const s = &loop->result.sent;
		const double concealed = 100.0 * (double)r->frames[PLAYOUT_CONCEALED] /
					 (double)recv_stats_frames_played(r);
		const double mouth_to_ear_ms =
			journal_mouth_to_ear_ms(&loop->journal.sums, &(struct journal_sums){ 0 });
		const double fullest = fullest_second_percent(loop, rows[i].kbps);
		const double rtcp_percent =
			100.0 *
			(double)(s->rtcp_sent_bytes + r->rtcp_sent_bytes +
				 IPV4_UDP_BYTES * (s->rtcp_sent + r->rtcp_sent)) /
			(double)(s->bytes_sent + IPV4_UDP_BYTES * s->packets_sent);
		const bool ok = concealed <= rows[i].concealed_percent_max &&
				mouth_to_ear_ms <= rows[i].mouth_to_ear_ms_max && fullest <= 105 &&
				rtcp_percent <= 5.5 && s->plan_changes <= rows[i].plan_changes_max;

		print_message(
			"%-20s concealed %.2f %%, mouth to ear %.1f ms, fullest second %.1f %%,"
			" reports %.1f %%, %d plans%s\n",
			rows[i].name, concealed, mouth_to_ear_ms, fullest, rtcp_percent,
			(int)s->plan_changes, ok ? "" : ": BROKEN");
		n_broken += !ok;
		end(loop);
	}
	assert_int_equal(n_broken, 0);
}

/* Loss 0, 20 %, 0 in turns of 20 s: protection within a second of the first loss, none ten seconds
 * after the last; and not one bit for copies while there is none. */
static void test_protection_comes_and_goes(void **state)
{
	const struct loop_row row = { .channel = "delay 20ms", .kbps = 48 };
	const struct channel_spec lossy = spec_of("delay 20ms loss 20%");
	const struct channel_spec clean = spec_of("delay 20ms");
	const struct simulation_change changes[] = {
		{ 20 * US_PER_SECOND, lossy },
		{ 40 * US_PER_SECOND, clean },
		{ 60 * US_PER_SECOND, lossy },
		{ 80 * US_PER_SECOND, clean },
	};
	struct simulation_config config = config_of(&row);
	int64_t first_lost_us = -1, last_lost_us = -1;
	int n_turns = 0, n_clear = 0;

	(void)state;
	config.changes = changes;
	config.n_changes = N_ROWS(changes);
	struct loop *const loop = run(&config, 100);
	for (int n = 0; n < loop->n_frames; n++) {
		const int64_t now_us = loop->sent_us[n];
		if (loop->is_lost[n] &&
			(last_lost_us < 0 || now_us - last_lost_us > 10 * US_PER_SECOND)) {
			first_lost_us = now_us;
			n_turns++;
		}
		if (loop->is_lost[n])
			last_lost_us = now_us;
		const bool is_due = first_lost_us >= 0 && now_us > first_lost_us + US_PER_SECOND &&
				    now_us <= last_lost_us;
		if (is_due && !loop->has_copies[n] && !loop->has_fec[n])
			fail_msg("no protection at %.2f s", (double)now_us / US_PER_SECOND);
		/* The first seconds have the protection of whom nobody has told anything yet. */
		const int64_t since_us = last_lost_us < 0 ? now_us : now_us - last_lost_us;
		if (since_us > 10 * US_PER_SECOND) {
			if (loop->has_copies[n])
				fail_msg("copies at %.2f s", (double)now_us / US_PER_SECOND);
			n_clear++;
		}
	}
	assert_int_equal(n_turns, 2);
	assert_true(n_clear > 20 * FRAMES_PER_SECOND);
	end(loop);
}

/* Nobody reports: a fixed protection, and the sender knows. */
static void test_without_reports(void **state)
{
	const struct loop_row row = { .channel = "delay 20ms loss 10%", .kbps = 48 };
	struct simulation_config config = config_of(&row);

	(void)state;
	config.has_rtcp = false;
	struct loop *const loop = run(&config, 20);
	assert_int_equal(loop->result.sent.reason, PLANNER_UNHEARD);
	assert_int_equal(loop->result.sent.plan_changes, 0);
	assert_int_equal(loop->result.sent.n_receivers, 0);
	assert_true(loop->result.sent.n_copies >= 1);
	end(loop);
}

/* A bottleneck of our own making: less is sent, and the queue goes. */
static void test_our_own_queue(void **state)
{
	static const struct {
		const char *channel;
		double kbps_max; /* of payload: what the bottleneck lets through, without headers */
		double rtt_ms_max, lost_percent_max;
	} rows[] = {
		{ "delay 20ms rate 60kbit limit 50", 45, 700, 1 },
		{ "delay 20ms rate 60kbit limit 20", 45, 500, 2 },
		{ "delay 20ms rate 60kbit limit 50 loss 20%", 47, 700, 22 },
		{ "delay 20ms rate 40kbit limit 50", 25, 1000, 1 },
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct loop_row row = { .channel = rows[i].channel, .kbps = 64 };
		struct simulation_config config = config_of(&row);
		config.return_channel = spec_of("delay 20ms");
		struct loop *const loop = run(&config, 90);
		const struct simulation_result *const middle = &loop->at_second[44];
		const struct simulation_result *const last = &loop->at_second[loop->n_seconds - 2];
		const double kbps =
			(double)(last->sent.payload_bytes - middle->sent.payload_bytes) * 8 / 1000 /
			(loop->n_seconds - 46);
		const double lost_percent =
			100.0 *
			(double)(last->received.packets_lost - middle->received.packets_lost) /
			(double)(last->sent.packets_sent - middle->sent.packets_sent);

		print_message("%s: of 64 kbit/s are sent %.1f, round trip %.0f ms, lost %.1f %%\n",
			rows[i].channel, kbps, last->sent.rtt_ms, lost_percent);
		if (kbps > rows[i].kbps_max || last->sent.rtt_ms > rows[i].rtt_ms_max ||
			lost_percent > rows[i].lost_percent_max)
			fail_msg("%s: the queue is fed", rows[i].channel);
		end(loop);
	}
}

/* What happens to the reports on their path back says nothing of the path there: as many bits, and
 * as many copies. */
static void test_the_way_back_is_no_queue(void **state)
{
	static const char *const backs[] = { "delay 40ms",
		"delay 40ms 40ms distribution pareto loss 20%",
		"delay 100ms 50ms distribution normal" };
	static const int losses_percent[] = { 5, 30 };

	(void)state;
	for (size_t k = 0; k < N_ROWS(losses_percent); k++) {
		int64_t bytes = 0;
		for (size_t i = 0; i < N_ROWS(backs); i++) {
			char there[40];
			snprintf(there, sizeof there, "delay 20ms loss %d%%", losses_percent[k]);
			const struct loop_row row = { .channel = there, .kbps = 64 };
			struct simulation_config config = config_of(&row);
			config.return_channel = spec_of(backs[i]);
			struct loop *const loop = run(&config, 40);
			const struct send_stats *const sent = &loop->result.sent;
			int n_bare = 0;
			for (int n = 2 * FRAMES_PER_SECOND; n < loop->n_frames; n++)
				n_bare += !loop->has_copies[n] && !loop->has_fec[n];
			print_message("%s, back %s: %.1f kbit/s, %d frames without protection\n",
				there, backs[i], (double)sent->payload_bytes * 8 / 1000 / 40,
				n_bare);
			if (i == 0)
				bytes = sent->payload_bytes;
			assert_true(sent->payload_bytes * 100 > bytes * 97);
			assert_true(n_bare <= 10); /* those that begin a phrase */
			end(loop);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_channel_is_followed),
		cmocka_unit_test(test_protection_comes_and_goes),
		cmocka_unit_test(test_without_reports),
		cmocka_unit_test(test_our_own_queue),
		cmocka_unit_test(test_the_way_back_is_no_queue),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
