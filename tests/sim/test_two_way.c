/* A two-way call in virtual time: each end has one RTCP session, lent to its sender and its receiver, so
 * it is one source with one schedule that says all in one datagram. */
#include "common/base/units.h"
#include "common/rtp/rtp.h"
#include "receiver/recv_stream.h"
#include "sender/send_stream.h"
#include "tests/unit/speech_like.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME_SAMPLES = 960, BLOCK_SAMPLES = 480, KBPS = 64, POST_MAX = 64 };

#define STEP_US	 (10 * US_PER_MS) /* a block; every second one ends a frame */
#define TRIP_US	 (20 * US_PER_MS)
#define EPOCH_US (UINT64_C(3900000000) * US_PER_SECOND)

struct participant {
	struct rtcp_session session;
	struct send_stream *sender;
	struct recv_stream *receiver;
	void *memory[2];
	struct speech_like voice;
	bool is_mute;
	int lost_percent;		    /* of what it sends */
	int64_t rtp_bytes, rtcp_bytes;	    /* lower layers included */
	int64_t n_items[RTCP_RECEIVER + 1]; /* of what it says */
	int64_t n_full;
	uint32_t rtp_ssrc, bye_ssrc; /* of the newest packet; whom it said goodbye to last */
};

/* A datagram under way. */
struct letter {
	int64_t due_us;
	int to;
	size_t n_bytes;
	uint8_t bytes[PACKETIZER_DATAGRAM_BYTES_MAX];
};

struct call {
	struct participant ends[2];
	struct dice dice;
	int64_t now_us;
	size_t n_posted, n_delivered;
	struct letter post[POST_MAX]; /* a ring, in the order of their due times */
};

/* ---- one end ---- */

static void begin_end(struct participant *p, uint32_t ssrc, const char *cname, uint64_t seed)
{
	struct rtcp_session_config session = rtcp_session_named(ssrc, cname, seed, EPOCH_US);
	struct send_stream_config send = {
		.profile = PROFILE_VOICE,
		.n_channels = 1,
		.frame_samples = FRAME_SAMPLES,
		.budget_bps = KBPS * 1000,
		.adaptive = true,
		.rtp = { .first_seq = 65500, .first_timestamp = UINT32_MAX - 9600 },
		.session = &p->session,
	};
	const struct recv_stream_config recv = {
		.delay = { .fixed_us = -1, .max_us = 500 * US_PER_MS },
		.session = &p->session,
	};
	int limit;

	session.session_bps = 2 * KBPS * 1000;
	rtcp_session_init(&p->session, &session);
	rtcp_session_begin(&p->session, 0);
	assert_int_equal(
		redundancy_share(&send.redundancy, FRAME_SAMPLES, send.budget_bps, 0, &limit),
		REDUNDANCY_OK);
	p->memory[0] = malloc(send_stream_bytes(&send));
	p->memory[1] = malloc(recv_stream_bytes());
	assert_true(p->memory[0] && p->memory[1]);
	assert_int_equal(send_stream_init(&p->sender, p->memory[0], &send), STATUS_OK);
	assert_int_equal(recv_stream_init(&p->receiver, p->memory[1], &recv), STATUS_OK);
	p->voice = speech_like_begin(0);
}

/* The report that is due; 0: none is. */
static size_t report(struct participant *p, uint8_t *datagram, int64_t now_us)
{
	struct rtcp_compound report;

	if (!rtcp_session_begin_report(&p->session, &report, now_us))
		return 0;
	send_stream_write_report(p->sender, &report, now_us);
	recv_stream_write_report(p->receiver, &report, now_us);
	return rtcp_session_write(&p->session, &report, datagram, now_us);
}

static void hear(struct participant *p, const uint8_t *datagram, size_t n_bytes, int64_t now_us)
{
	struct rtcp_reader reader;

	if (!rtp_is_rtcp(datagram, n_bytes)) {
		recv_stream_push(p->receiver, datagram, n_bytes, now_us);
	} else if (rtcp_session_take(&p->session, &reader, datagram, n_bytes, now_us) ==
		   STATUS_OK) {
		send_stream_read_reports(p->sender, &reader, now_us);
		recv_stream_read_reports(p->receiver, &reader, now_us);
	}
}

/* ---- the call ---- */

static struct call *begin(uint32_t ssrc_of_first, uint32_t ssrc_of_second)
{
	struct call *const c = calloc(1, sizeof *c);

	assert_non_null(c);
	c->dice = (struct dice){ 4711 };
	begin_end(&c->ends[0], ssrc_of_first, "first", 1);
	begin_end(&c->ends[1], ssrc_of_second, "second", 2);
	return c;
}

static void end(struct call *c)
{
	for (int i = 0; i < 2; i++) {
		free(c->ends[i].memory[0]);
		free(c->ends[i].memory[1]);
	}
	free(c);
}

/* What an end says is noted; every name in it is its own, or one that it says goodbye to. */
static void note(struct participant *p, const uint8_t *datagram, size_t n_bytes)
{
	struct rtcp_reader reader;
	struct rtcp_item item;
	bool is_full = false;

	p->rtcp_bytes += (int64_t)n_bytes + IPV4_UDP_BYTES;
	assert_int_equal(rtcp_open(&reader, datagram, n_bytes), STATUS_OK);
	while (rtcp_next(&reader, &item)) {
		p->n_items[item.kind]++;
		is_full = is_full || item.kind == RTCP_MEMBER;
		if (item.kind == RTCP_BYE)
			p->bye_ssrc = item.from;
		else
			assert_int_equal(item.from, p->session.config.ssrc);
	}
	p->n_full += is_full;
}

static void post(struct call *c, int from, const uint8_t *bytes, size_t n_bytes)
{
	if (n_bytes == 0 || (int)dice_below(&c->dice, 100) < c->ends[from].lost_percent)
		return;
	struct letter *const l = &c->post[c->n_posted++ % POST_MAX];
	assert_true(c->n_posted - c->n_delivered <= POST_MAX);
	*l = (struct letter){ .due_us = c->now_us + TRIP_US, .to = 1 - from, .n_bytes = n_bytes };
	memcpy(l->bytes, bytes, n_bytes);
}

static void say_frame(struct call *c, int i)
{
	struct participant *const p = &c->ends[i];
	uint8_t datagram[PACKETIZER_DATAGRAM_BYTES_MAX];
	float pcm[FRAME_SAMPLES];
	struct rtp_packet packet;

	speech_like_fill(&p->voice, pcm, FRAME_SAMPLES, 1);
	send_stream_push_pcm(p->sender, pcm, FRAME_SAMPLES, c->now_us - 2 * STEP_US);
	const size_t n_bytes = send_stream_next_datagram(p->sender, datagram, c->now_us);
	if (n_bytes == 0)
		return;
	send_stream_on_left(p->sender, c->now_us);
	assert_int_equal(rtp_parse(&packet, datagram, n_bytes), STATUS_OK);
	assert_int_equal(packet.ssrc, p->session.config.ssrc);
	p->rtp_ssrc = packet.ssrc;
	p->rtp_bytes += (int64_t)n_bytes + IPV4_UDP_BYTES;
	post(c, i, datagram, n_bytes);
}

static void run(struct call *c, int64_t us)
{
	static float pcm[BLOCK_SAMPLES * RECV_CHANNELS];
	uint8_t datagram[RTCP_DATAGRAM_BYTES_MAX];

	for (const int64_t end_us = c->now_us + us; c->now_us < end_us;) {
		c->now_us += STEP_US;
		for (; c->n_delivered < c->n_posted; c->n_delivered++) {
			const struct letter *const l = &c->post[c->n_delivered % POST_MAX];
			if (l->due_us > c->now_us)
				break;
			hear(&c->ends[l->to], l->bytes, l->n_bytes, c->now_us);
		}
		for (int i = 0; i < 2; i++) {
			struct participant *const p = &c->ends[i];
			if (c->now_us % (2 * STEP_US) == 0 && !p->is_mute)
				say_frame(c, i);
			recv_stream_pull(p->receiver, pcm, BLOCK_SAMPLES, c->now_us);
			const size_t n_bytes = report(p, datagram, c->now_us);
			if (n_bytes > 0)
				note(p, datagram, n_bytes);
			post(c, i, datagram, n_bytes);
		}
	}
}

static struct send_stats sent(const struct participant *p)
{
	struct send_stats stats;

	send_stream_stats(p->sender, &stats);
	return stats;
}

static struct recv_stats received(const struct participant *p)
{
	struct recv_stats stats;

	recv_stream_stats(p->receiver, &stats);
	return stats;
}

/* ---- what it must show ---- */

/* What the first one sends is lost by a fifth, reports included; of the second's nothing. */
static void each_end_is_one_source_that_says_all_at_once(void **state)
{
	struct call *const c = begin(0x11111111, 0x22222222);
	int64_t rtp_bytes = 0, rtcp_bytes = 0;

	(void)state;
	c->ends[0].lost_percent = 20;
	run(c, 60 * US_PER_SECOND);
	for (int i = 0; i < 2; i++) {
		const struct participant *const p = &c->ends[i];
		const struct send_stats s = sent(p);
		const struct recv_stats r = received(p);
		print_message("end %d: %lld full reports, %lld bytes of RTCP, %lld of RTP; "
			      "reported loss %.3f, round trip %.1f and %.1f ms\n",
			i, (long long)p->n_full, (long long)p->rtcp_bytes, (long long)p->rtp_bytes,
			s.reported_loss, s.rtt_ms, r.rtt_ms);
		rtp_bytes += p->rtp_bytes;
		rtcp_bytes += p->rtcp_bytes;
		assert_int_equal(rtcp_schedule_members(&p->session.schedule), 2);
		assert_int_equal(rtcp_schedule_senders(&p->session.schedule), 2);
		/* One schedule: a full report a second at most, and each is an SR with its report. */
		assert_in_range(p->n_full, 30, 60);
		assert_int_equal(p->n_items[RTCP_MEMBER], p->n_full);
		assert_in_range(p->n_items[RTCP_SENDER_INFO], p->n_full - 1, p->n_full);
		assert_in_range(p->n_items[RTCP_REPORT], p->n_full - 2, p->n_full);
		assert_int_equal(p->n_items[RTCP_CNAME], p->n_full);
		assert_true(p->n_items[RTCP_SENDER_DELAY] > 25 && p->n_items[RTCP_RECEIVER] > 25);
		assert_true(p->n_items[RTCP_LOSS_MAP] > 30 && p->n_items[RTCP_VOIP_METRICS] > 7);
		assert_true(p->n_items[RTCP_REFERENCE_TIME] > 30 && p->n_items[RTCP_DLRR] > 20);
		assert_int_equal(p->n_items[RTCP_BYE], 0);
		assert_int_equal(s.n_receivers, 1);
		assert_true(fabs(s.reported_loss - c->ends[i].lost_percent / 100.0) < 0.06);
		assert_int_equal(s.reason, i == 0 ? PLANNER_FOLLOWS : PLANNER_CLEAR);
		assert_true(s.rtt_ms >= 39 && s.rtt_ms <= 61);
		assert_true(r.rtt_ms >= 39 && r.rtt_ms <= 61);
		assert_int_equal(r.packets_rejected, 0);
		assert_int_equal(s.rtcp_rejected, 0);
		assert_int_equal(p->session.n_collisions, 0);
	}
	/* RFC 3550, 6.2: a twentieth of all who send, and a half of that for each of two senders. */
	assert_true((double)rtcp_bytes < 0.05 * (double)rtp_bytes);
	for (int i = 0; i < 2; i++) {
		const double share = (double)c->ends[i].rtcp_bytes / (double)rtp_bytes;
		print_message("end %d: %.2f %% of the session's bits\n", i, 100 * share);
		assert_true(share > 0.01 && share < 0.0275);
	}
	end(c);
}

/* It reports by RR as long as it says nothing, and is a sender from its first packet on. */
static void who_only_listens_at_first_reports_without_sending(void **state)
{
	struct call *const c = begin(0x11111111, 0x22222222);
	const struct participant *const p = &c->ends[1];

	(void)state;
	c->ends[1].is_mute = true;
	run(c, 10 * US_PER_SECOND);
	assert_true(p->n_full > 5);
	assert_int_equal(p->n_items[RTCP_SENDER_INFO], 0);
	assert_int_equal(p->n_items[RTCP_REPORT], p->n_full);
	assert_int_equal(rtcp_schedule_senders(&p->session.schedule), 1);
	assert_int_equal(sent(&c->ends[0]).n_receivers, 1);
	c->ends[1].is_mute = false;
	run(c, 10 * US_PER_SECOND);
	assert_true(p->n_items[RTCP_SENDER_INFO] > 5);
	assert_int_equal(rtcp_schedule_senders(&p->session.schedule), 2);
	assert_int_equal(sent(&c->ends[1]).n_receivers, 1);
	end(c);
}

/* A stranger claims the first one's name: noted once, though both streams read it. */
static void a_collision_is_one(void **state)
{
	enum { CLAIMED = 0x11111111 };
	struct call *const c = begin(CLAIMED, 0x22222222);
	struct participant *const p = &c->ends[0];
	uint8_t bytes[100];
	struct rtcp_writer w = rtcp_writer_over(bytes, sizeof bytes);

	(void)state;
	run(c, 10 * US_PER_SECOND);
	rtcp_write_rr(&w, CLAIMED, NULL, 0);
	rtcp_write_cname(&w, CLAIMED, "a stranger");
	hear(p, bytes, w.n_bytes, c->now_us);
	run(c, 10 * US_PER_SECOND);
	assert_int_equal(p->session.n_collisions, 1);
	assert_int_not_equal(p->session.config.ssrc, CLAIMED);
	assert_int_equal(p->rtp_ssrc, p->session.config.ssrc);
	assert_int_equal(p->n_items[RTCP_BYE], 1);
	assert_int_equal(p->bye_ssrc, CLAIMED);
	assert_int_equal(sent(p).n_receivers, 1);
	/* The new name's packets on probation are played once they are borne out. */
	assert_int_equal(received(&c->ends[1]).packets_rejected, 0);
	assert_int_equal(received(p).packets_rejected, 0);
	end(c);
}

/* Both drew the same one: whoever sees it first parts, and the call goes on. */
static void two_of_one_name_part(void **state)
{
	struct call *const c = begin(0x11111111, 0x11111111);

	(void)state;
	run(c, 10 * US_PER_SECOND);
	assert_int_not_equal(c->ends[0].session.config.ssrc, c->ends[1].session.config.ssrc);
	for (int i = 0; i < 2; i++) {
		const struct participant *const p = &c->ends[i];
		assert_in_range(p->session.n_collisions, 0, 1);
		assert_int_equal(p->rtp_ssrc, p->session.config.ssrc);
		assert_int_equal(sent(p).n_receivers, 1);
		assert_int_equal(rtcp_schedule_members(&p->session.schedule), 2);
		assert_int_equal(received(p).frames[PLAYOUT_CONCEALED], 0);
	}
	end(c);
}

static void a_goodbye_is_one(void **state)
{
	struct call *const c = begin(0x11111111, 0x22222222);
	struct participant *const left = &c->ends[0], *const stays = &c->ends[1];
	uint8_t bye[RTCP_DATAGRAM_BYTES_MAX];

	(void)state;
	assert_int_equal(rtcp_session_bye(&left->session, bye), 0); /* nothing was said yet */
	run(c, 10 * US_PER_SECOND);
	assert_int_equal(sent(stays).reason, PLANNER_CLEAR);
	const int64_t n_before = stays->n_items[RTCP_SENDER_INFO];
	const size_t n_bytes = rtcp_session_bye(&left->session, bye);
	note(left, bye, n_bytes);
	assert_int_equal(left->n_items[RTCP_BYE], 1);
	assert_int_equal(left->bye_ssrc, 0x11111111);
	left->is_mute = true;
	c->n_delivered = c->n_posted; /* nothing of it is under way */
	hear(stays, bye, n_bytes, c->now_us);
	left->lost_percent = 100;
	run(c, 5 * US_PER_SECOND);
	assert_int_equal(rtcp_schedule_members(&stays->session.schedule), 1);
	assert_int_equal(sent(stays).n_receivers, 0);
	assert_int_equal(sent(stays).reason, PLANNER_UNHEARD);
	assert_true(isnan(sent(stays).reported_loss));
	assert_true(stays->n_items[RTCP_SENDER_INFO] > n_before); /* it still sends */
	end(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_end_is_one_source_that_says_all_at_once),
		cmocka_unit_test(who_only_listens_at_first_reports_without_sending),
		cmocka_unit_test(a_collision_is_one),
		cmocka_unit_test(two_of_one_name_part),
		cmocka_unit_test(a_goodbye_is_one),
	};
	return cmocka_run_group_tests_name("sim.two_way", tests, NULL, NULL);
}
