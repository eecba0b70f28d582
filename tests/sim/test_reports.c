/* Calls with reports in both directions, and groups in which all hear all, in virtual time: how
 * soon the sender knows, how many bits that takes, and what collisions, restarts, goodbyes, echoes
 * and silence do to it. */
#include "common/rtp/rtp.h"
#include "common/base/units.h"
#include "receiver/recv_stream.h"
#include "sender/send_stream.h"
#include "tests/unit/speech_like.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECEIVERS_MAX = 30, POST_MAX = 4096, SENDER_SSRC = 0x5E4D5E4D };

#define TRIP_US (20 * US_PER_MS)
#define STEP_US 2500 /* of the loop: the shortest frame */

/* A datagram of RTCP in flight: to the receivers, or to the sender, or in a group to all. */
struct letter {
	int64_t due_us;
	int from; /* the receiver; -1: the sender */
	size_t n_bytes;
	uint8_t bytes[RTCP_DATAGRAM_BYTES_MAX];
};

struct session {
	struct send_stream_config send;
	int n_receivers;
	bool is_group, is_deaf; /* deaf: the receivers' reports do not reach the sender */
	int lost_percent[RECEIVERS_MAX];
	struct send_stream *sender;
	struct recv_stream *receivers[RECEIVERS_MAX];
	void *memory[RECEIVERS_MAX + 1];
	struct speech_like voice;
	struct dice dice;
	int64_t now_us, frame_us;
	int64_t rtp_bytes, rtcp_bytes; /* lower layers included */
	int64_t first_report_us;       /* since it was last set to -1: of a receiver's */
	uint8_t last[PACKETIZER_DATAGRAM_BYTES_MAX]; /* RTP */
	size_t last_bytes;
	size_t n_posted, n_delivered;
	struct letter post[POST_MAX]; /* a ring, in the order of their due times */
};

static struct rtcp_session_config name_of(uint32_t ssrc, int number, bool is_group)
{
	char cname[20];
	snprintf(cname, sizeof cname, "member %d", number);
	struct rtcp_session_config config = rtcp_session_named(
		ssrc, cname, (uint64_t)number + 100, UINT64_C(3900000000) * US_PER_SECOND);
	config.is_group = is_group;
	return config;
}

static void make_sender(struct session *s, uint32_t ssrc)
{
	s->send.rtp.ssrc = ssrc;
	s->send.rtcp = name_of(ssrc, (int)(ssrc & 0xFF), s->is_group);
	assert_int_equal(
		send_stream_init(&s->sender, s->memory[RECEIVERS_MAX], &s->send), STATUS_OK);
}

static struct session *begin(
	int n_receivers, uint32_t first_ssrc, double frame_ms, int kbps, bool is_group)
{
	struct session *const s = calloc(1, sizeof *s);
	int limit;

	assert_non_null(s);
	s->send = (struct send_stream_config){
		.profile = frame_ms < 10 ? PROFILE_LOWDELAY : PROFILE_VOICE,
		.n_channels = 1,
		.frame_samples = (int)(frame_ms * SAMPLES_PER_MS),
		.budget_bps = kbps * 1000,
		.adaptive = true,
		.rtp = { .first_seq = 65500, .first_timestamp = UINT32_MAX - 9600 },
	};
	assert_int_equal(redundancy_share(&s->send.redundancy, s->send.frame_samples,
				 s->send.budget_bps, 0, &limit),
		REDUNDANCY_OK);
	s->n_receivers = n_receivers;
	s->is_group = is_group;
	s->frame_us = us_from_samples(s->send.frame_samples);
	s->voice = speech_like_begin(0);
	s->dice = (struct dice){ 4711 };
	s->first_report_us = -1;
	s->memory[RECEIVERS_MAX] = malloc(send_stream_bytes(&s->send));
	assert_non_null(s->memory[RECEIVERS_MAX]);
	make_sender(s, SENDER_SSRC);
	for (int i = 0; i < n_receivers; i++) {
		const struct recv_stream_config config = {
			.delay = { .fixed_us = -1, .max_us = 500 * US_PER_MS },
			.rtcp = name_of(first_ssrc + (uint32_t)i, i, is_group),
		};
		s->memory[i] = malloc(recv_stream_bytes());
		assert_non_null(s->memory[i]);
		assert_int_equal(
			recv_stream_init(&s->receivers[i], s->memory[i], &config), STATUS_OK);
	}
	return s;
}

static void end(struct session *s)
{
	for (int i = 0; i <= RECEIVERS_MAX; i++)
		free(s->memory[i]);
	free(s);
}

static void post(struct session *s, int from, const uint8_t *bytes, size_t n_bytes)
{
	struct letter *const l = &s->post[s->n_posted++ % POST_MAX];

	if (n_bytes == 0) {
		s->n_posted--;
		return;
	}
	assert_true(s->n_posted - s->n_delivered < POST_MAX);
	*l = (struct letter){ .due_us = s->now_us + TRIP_US, .from = from, .n_bytes = n_bytes };
	memcpy(l->bytes, bytes, n_bytes);
	s->rtcp_bytes += (int64_t)n_bytes + IPV4_UDP_BYTES;
}

static void deliver_post(struct session *s)
{
	for (; s->n_delivered < s->n_posted; s->n_delivered++) {
		const struct letter *const l = &s->post[s->n_delivered % POST_MAX];
		if (l->due_us > s->now_us)
			return;
		if (l->from >= 0 && !s->is_deaf)
			send_stream_on_rtcp(s->sender, l->bytes, l->n_bytes, s->now_us);
		for (int i = 0; i < s->n_receivers; i++)
			if (i != l->from && (l->from < 0 || s->is_group))
				recv_stream_push(s->receivers[i], l->bytes, l->n_bytes, s->now_us);
	}
}

/* RTP arrives at once: a constant trip would change nothing. */
static void send_frame(struct session *s)
{
	float pcm[FRAME_SAMPLES_MAX];
	uint8_t report[RTCP_DATAGRAM_BYTES_MAX];

	speech_like_fill(&s->voice, pcm, s->send.frame_samples, 1);
	send_stream_push_pcm(
		s->sender, pcm, (size_t)s->send.frame_samples, s->now_us - s->frame_us);
	s->last_bytes = send_stream_next_datagram(s->sender, s->last, s->now_us);
	s->rtp_bytes += (int64_t)s->last_bytes + IPV4_UDP_BYTES;
	for (int i = 0; i < s->n_receivers && s->last_bytes > 0; i++)
		if ((int)dice_below(&s->dice, 100) >= s->lost_percent[i])
			recv_stream_push(s->receivers[i], s->last, s->last_bytes, s->now_us);
	post(s, -1, report, send_stream_next_rtcp(s->sender, report, s->now_us));
}

static void pull(struct session *s)
{
	static float pcm[480 * RECV_CHANNELS];
	uint8_t report[RTCP_DATAGRAM_BYTES_MAX];

	for (int i = 0; i < s->n_receivers; i++) {
		recv_stream_pull(s->receivers[i], pcm, 480, s->now_us);
		const size_t n_bytes = recv_stream_next_rtcp(s->receivers[i], report, s->now_us);
		post(s, i, report, n_bytes);
		if (n_bytes > 0 && s->first_report_us < 0)
			s->first_report_us = s->now_us;
	}
}

static void run(struct session *s, int64_t us, bool is_sending)
{
	for (const int64_t end_us = s->now_us + us; s->now_us < end_us;) {
		s->now_us += STEP_US;
		deliver_post(s);
		if (is_sending && s->now_us % s->frame_us == 0)
			send_frame(s);
		if (s->now_us % (10 * US_PER_MS) == 0)
			pull(s);
	}
}

static struct send_stats sent(const struct session *s)
{
	struct send_stats stats;

	send_stream_stats(s->sender, &stats);
	return stats;
}

static struct recv_stats received(const struct session *s, int i)
{
	struct recv_stats stats;

	recv_stream_stats(s->receivers[i], &stats);
	return stats;
}

/* ---- the bits, and how soon ---- */

static void reports_take_a_twentieth_of_the_bits(void **state)
{
	static const struct {
		const char *name;
		double frame_ms;
		int kbps, lost_percent;
	} rows[] = {
		{ "24 kbit/s", 20, 24, 0 },
		{ "24 kbit/s, 20 % lost", 20, 24, 20 },
		{ "48 kbit/s, 10 % lost", 20, 48, 10 },
		{ "64 kbit/s", 20, 64, 0 },
		{ "64 kbit/s, 30 % lost", 20, 64, 30 },
		{ "2.5 ms, 10 % lost", 2.5, 64, 10 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct session *const s = begin(1, 0x77, rows[i].frame_ms, rows[i].kbps, false);
		s->lost_percent[0] = rows[i].lost_percent;
		run(s, 60 * US_PER_SECOND, true);
		const struct send_stats stats = sent(s);
		const struct recv_stats heard = received(s, 0);
		const double share = (double)s->rtcp_bytes / (double)s->rtp_bytes;
		print_message(
			"%s: RTCP %.2f %%, %lld and %lld reports, of %lld bytes in the mean\n",
			rows[i].name, 100 * share, (long long)stats.rtcp_sent,
			(long long)heard.rtcp_sent,
			(long long)(heard.rtcp_sent_bytes / heard.rtcp_sent));
		if (share > 0.05)
			fail_msg("\"%s\": %.2f %% of the bits", rows[i].name, 100 * share);
		assert_true(share > 0.02); /* nor are they rarer than they may be */
		assert_row_in_range(rows[i].name, heard.rtcp_sent_bytes / heard.rtcp_sent, 40, 400);
		assert_row_equal(rows[i].name, stats.rtcp_rejected, 0);
		assert_row_equal(rows[i].name, stats.n_receivers, 1);
		assert_row_in_range(rows[i].name, stats.rtt_ms, 39, 51);
		assert_row_in_range(rows[i].name, heard.rtt_ms, 39, 61);
		assert_true(fabs(stats.reported_loss - rows[i].lost_percent / 100.0) < 0.08);
		end(s);
	}
}

/* A clean call; from some instant on 20 % are lost. By 250 ms after the first loss a report is
 * sent, and when that has arrived the sender follows. */
static void a_change_is_told_within_a_quarter_second(void **state)
{
	static const int rates[] = { 24, 48, 64 };
	(void)state;
	for (size_t i = 0; i < N_ROWS(rates) * 5; i++) {
		struct session *const s = begin(1, 0x77, 20, rates[i % 3], false);
		run(s, 6 * US_PER_SECOND + (int64_t)i * 70 * US_PER_MS, true);
		assert_int_equal(sent(s).reason, PLANNER_CLEAR);
		assert_int_equal(sent(s).n_copies, 0);
		s->lost_percent[0] = 100; /* the first loss */
		run(s, s->frame_us, true);
		const int64_t lost_us = s->now_us;
		s->lost_percent[0] = 20;
		/* What is told is the loss: not a report that was in flight or due anyhow. */
		while (sent(s).reason == PLANNER_CLEAR && s->now_us < lost_us + US_PER_SECOND)
			run(s, s->frame_us, true);
		assert_in_range(s->now_us - lost_us, 0, 250 * US_PER_MS + TRIP_US);
		end(s);
	}
}

/* ---- groups ---- */

/* 30 receivers; one in ten loses 20 %, the others 1 %. */
static void a_group_keeps_to_its_share_and_serves_the_worst_tenth(void **state)
{
	struct session *const s = begin(RECEIVERS_MAX, 0x7700, 20, 64, true);

	(void)state;
	for (int i = 0; i < s->n_receivers; i++)
		s->lost_percent[i] = i % 10 == 4 ? 20 : 1;
	run(s, 20 * US_PER_SECOND, true); /* until all are known */
	s->rtp_bytes = 0;
	s->rtcp_bytes = 0;
	run(s, 60 * US_PER_SECOND, true);
	const double share = (double)s->rtcp_bytes / (double)s->rtp_bytes;
	const struct send_stats stats = sent(s);
	print_message("30 receivers: RTCP %.2f %%, reported loss %.3f\n", 100 * share,
		stats.reported_loss);
	assert_true(share < 0.05 && share > 0.02);
	assert_int_equal(stats.n_receivers, RECEIVERS_MAX);
	assert_float_equal(stats.reported_loss, 0.2, 0.08);
	assert_int_equal(stats.reason, PLANNER_FOLLOWS);
	assert_int_equal(stats.circuit, CIRCUIT_CLOSED);
	assert_int_equal(stats.frames_withheld, 0);
	assert_true(stats.n_copies > 0);
	end(s);
}

/* ---- names ---- */

static void two_of_one_name_part(void **state)
{
	struct session *const s = begin(1, SENDER_SSRC, 20, 48, false);

	(void)state;
	run(s, 5 * US_PER_SECOND, true);
	assert_int_equal(received(s, 0).packets_rejected, 0);
	assert_int_equal(received(s, 0).packets_lost, 0);
	assert_int_equal(received(s, 0).packets_received, 250);
	assert_int_equal(sent(s).n_receivers, 1);
	assert_true(sent(s).rtcp_received > 3);
	end(s);
}

/* Somebody else says our name: the stream goes on under another one, and hardly a frame is lost. */
static void a_strangers_claim_changes_the_name(void **state)
{
	struct session *const s = begin(1, 0x77, 20, 48, false);
	uint8_t bytes[100];
	struct rtp_packet packet;
	struct rtcp_writer w = rtcp_writer_over(bytes, sizeof bytes);

	(void)state;
	run(s, 5 * US_PER_SECOND, true);
	rtcp_write_rr(&w, SENDER_SSRC, NULL, 0);
	rtcp_write_cname(&w, SENDER_SSRC, "a stranger");
	send_stream_on_rtcp(s->sender, bytes, w.n_bytes, s->now_us);
	run(s, 5 * US_PER_SECOND, true);
	assert_int_equal(rtp_parse(&packet, s->last, s->last_bytes), STATUS_OK);
	assert_int_not_equal(packet.ssrc, SENDER_SSRC);
	/* Those on probation are played once the goodbye has come. */
	assert_int_equal(received(s, 0).packets_rejected, 0);
	assert_int_equal(sent(s).n_receivers, 1);
	end(s);
}

/* All that either sends comes back to it, too. */
static void echoes_change_nothing(void **state)
{
	struct session *const s = begin(1, 0x77, 20, 48, false);
	struct session *const quiet = begin(1, 0x77, 20, 48, false);

	(void)state;
	for (int i = 0; i < 500; i++) {
		const size_t n_before = s->n_posted;
		run(s, s->frame_us, true);
		for (size_t k = n_before; k < s->n_posted; k++) {
			const struct letter *const l = &s->post[k % POST_MAX];
			if (l->from < 0)
				send_stream_on_rtcp(s->sender, l->bytes, l->n_bytes, s->now_us);
			else
				recv_stream_push(s->receivers[0], l->bytes, l->n_bytes, s->now_us);
		}
	}
	run(quiet, s->now_us, true);
	assert_true(sent(s).rtcp_received > sent(quiet).rtcp_received);
	assert_int_equal(sent(s).n_receivers, 1);
	assert_int_equal(sent(s).n_copies, sent(quiet).n_copies);
	assert_int_equal(sent(s).bytes_sent, sent(quiet).bytes_sent);
	assert_int_equal(received(s, 0).packets_received, received(quiet, 0).packets_received);
	assert_int_equal(received(s, 0).packets_rejected, 0);
	end(s);
	end(quiet);
}

/* ---- restarts and goodbyes ---- */

static void a_restart_is_heard_at_once_after_a_goodbye(void **state)
{
	static const struct {
		const char *name;
		bool says_bye;
		int rejected_least, rejected_most; /* packets of 20 ms */
	} rows[] = {
		{ "with a goodbye", true, 0, 0 }, /* those on probation are taken, too */
		{ "without", false, 18, 25 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct session *const s = begin(1, 0x77, 20, 48, false);
		uint8_t bye[RTCP_DATAGRAM_BYTES_MAX];
		run(s, 5 * US_PER_SECOND, true);
		if (rows[i].says_bye) {
			const size_t n_bytes = send_stream_bye(s->sender, bye);
			assert_true(n_bytes > 0);
			recv_stream_push(s->receivers[0], bye, n_bytes, s->now_us);
		}
		make_sender(s, SENDER_SSRC + 1);
		run(s, 5 * US_PER_SECOND, true);
		const struct recv_stats stats = received(s, 0);
		assert_row_in_range(rows[i].name, stats.packets_rejected, rows[i].rejected_least,
			rows[i].rejected_most);
		assert_row_equal(
			rows[i].name, stats.packets_received + stats.packets_rejected, 500);
		assert_row_equal(rows[i].name, sent(s).n_receivers, 1);
		end(s);
	}
}

static void a_false_goodbye_changes_nothing(void **state)
{
	struct session *const s = begin(1, 0x77, 20, 48, false);
	uint8_t bye[100];
	struct rtcp_writer w = rtcp_writer_over(bye, sizeof bye);

	(void)state;
	rtcp_write_rr(&w, 0x99, NULL, 0);
	rtcp_write_bye(&w, SENDER_SSRC);
	for (int i = 0; i < 50; i++) {
		run(s, 100 * US_PER_MS, true);
		recv_stream_push(s->receivers[0], bye, w.n_bytes, s->now_us);
	}
	assert_int_equal(received(s, 0).packets_received, 250);
	assert_int_equal(received(s, 0).packets_rejected, 0);
	assert_int_equal(received(s, 0).frames[PLAYOUT_CONCEALED], 0);
	assert_int_equal(sent(s).n_receivers, 1);
	end(s);
}

/* ---- silence ---- */

static void who_never_hears_stays_protected(void **state)
{
	struct session *const s = begin(1, 0x77, 20, 48, false);

	(void)state;
	s->is_deaf = true;
	run(s, 40 * US_PER_SECOND, true);
	assert_int_equal(sent(s).reason, PLANNER_UNHEARD);
	assert_int_equal(sent(s).circuit, CIRCUIT_CLOSED);
	assert_int_equal(sent(s).n_receivers, 0);
	assert_int_equal(sent(s).plan_changes, 0);
	assert_true(sent(s).n_copies > 0);
	assert_true(isnan(sent(s).reported_loss) && isnan(sent(s).rtt_ms));
	end(s);
}

static void when_all_have_left_it_is_as_at_first(void **state)
{
	struct session *const s = begin(1, 0x77, 20, 48, false);
	uint8_t bye[RTCP_DATAGRAM_BYTES_MAX];

	(void)state;
	const int n_copies = sent(s).n_copies;
	run(s, 10 * US_PER_SECOND, true);
	assert_int_equal(sent(s).reason, PLANNER_CLEAR);
	assert_int_equal(sent(s).n_copies, 0);
	send_stream_on_rtcp(s->sender, bye, recv_stream_bye(s->receivers[0], bye), s->now_us);
	s->is_deaf = true;
	run(s, 1 * US_PER_SECOND, true);
	assert_int_equal(sent(s).reason, PLANNER_UNHEARD);
	assert_int_equal(sent(s).n_receivers, 0);
	assert_int_equal(sent(s).n_copies, n_copies);
	end(s);
}

/* Reports that stop without a goodbye: the protection of whom nobody tells anything, then the rate and
 * the copies for a bad channel (RFC 8083, 4.1), and never nothing. When they come again, so does what
 * they allow. */
static void when_reports_stop_the_sound_goes_on(void **state)
{
	struct session *const s = begin(1, 0x77, 20, 48, false);

	(void)state;
	run(s, 10 * US_PER_SECOND, true);
	assert_int_equal(sent(s).n_copies, 0);
	s->is_deaf = true;
	run(s, 10 * US_PER_SECOND, true);
	assert_int_equal(sent(s).n_receivers, 0);
	assert_true(isnan(sent(s).reported_loss));
	assert_int_equal(sent(s).circuit, CIRCUIT_CLOSED);
	assert_int_equal(sent(s).reason, PLANNER_UNHEARD);
	assert_true(sent(s).n_copies > 0);
	const int64_t n_before = received(s, 0).packets_received;
	run(s, 60 * US_PER_SECOND, true);
	assert_int_equal(sent(s).circuit, CIRCUIT_REDUCED);
	assert_int_equal(sent(s).circuit_cause, CIRCUIT_RTCP_TIMEOUT);
	assert_true(sent(s).n_copies >= 2);
	assert_int_equal(sent(s).frames_withheld, 0);
	assert_int_equal(received(s, 0).packets_received - n_before, 3000);
	s->is_deaf = false;
	run(s, 5 * US_PER_SECOND, true);
	assert_int_equal(sent(s).circuit, CIRCUIT_CLOSED);
	assert_int_equal(sent(s).reason, PLANNER_CLEAR);
	end(s);
}

/* A laboratory may want what it asked for, whatever happens. */
static void without_a_circuit_breaker_nothing_changes(void **state)
{
	struct session *const s = begin(1, 0x77, 20, 48, false);

	(void)state;
	s->send.adaptive = false;
	s->send.no_breaker = true;
	make_sender(s, SENDER_SSRC);
	run(s, 10 * US_PER_SECOND, true);
	s->is_deaf = true;
	run(s, 30 * US_PER_SECOND, true);
	assert_int_equal(sent(s).circuit, CIRCUIT_CLOSED);
	assert_int_equal(sent(s).plan_changes, 0);
	end(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_take_a_twentieth_of_the_bits),
		cmocka_unit_test(a_change_is_told_within_a_quarter_second),
		cmocka_unit_test(a_group_keeps_to_its_share_and_serves_the_worst_tenth),
		cmocka_unit_test(two_of_one_name_part),
		cmocka_unit_test(a_strangers_claim_changes_the_name),
		cmocka_unit_test(echoes_change_nothing),
		cmocka_unit_test(a_restart_is_heard_at_once_after_a_goodbye),
		cmocka_unit_test(a_false_goodbye_changes_nothing),
		cmocka_unit_test(who_never_hears_stays_protected),
		cmocka_unit_test(when_all_have_left_it_is_as_at_first),
		cmocka_unit_test(when_reports_stop_the_sound_goes_on),
		cmocka_unit_test(without_a_circuit_breaker_nothing_changes),
	};
	return cmocka_run_group_tests_name("sim.reports", tests, NULL, NULL);
}
