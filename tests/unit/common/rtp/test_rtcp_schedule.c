/* Sessions in virtual time: every member has a schedule, and all receive everything that is
 * sent. */
#include "common/rtp/rtcp_schedule.h"
#include "common/base/units.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { REPORT_BYTES = 110, MEMBERS_TO_TEST_MAX = 1000 };

#define STEP_US (10 * US_PER_MS)

struct session {
	int n_members; /* the first one sends RTP */
	int session_bps;
	int64_t now_us;
	struct rtcp_schedule *schedules; /* of each */
	bool has_left[MEMBERS_TO_TEST_MAX];
	int64_t n_sent[MEMBERS_TO_TEST_MAX];
	int64_t sent_us[MEMBERS_TO_TEST_MAX]; /* last */
	int64_t n_bytes;		      /* of all RTCP, lower layers included */
};

static uint32_t ssrc_of(int member)
{
	return 0x9E3779B9U * (uint32_t)(member + 1);
}

static void join(struct session *session, int from, int to, bool is_group)
{
	for (int i = from; i < to; i++)
		rtcp_schedule_init(&session->schedules[i],
			&(struct rtcp_schedule_config){ .own_ssrc = ssrc_of(i),
				.seed = (uint64_t)i + 1,
				.session_bps = session->session_bps,
				.is_group = is_group },
			session->now_us);
	session->n_members = to;
}

static struct session session_of(int n_members, int session_bps, bool is_group)
{
	struct session session = { .session_bps = session_bps,
		.schedules = calloc(MEMBERS_TO_TEST_MAX, sizeof *session.schedules) };

	assert_non_null(session.schedules);
	join(&session, 0, n_members, is_group);
	return session;
}

static void session_end(struct session *session)
{
	free(session->schedules);
}

static void send_report(struct session *session, int from)
{
	for (int to = 0; to < session->n_members; to++) {
		if (to == from || session->has_left[to])
			continue;
		rtcp_schedule_on_member(
			&session->schedules[to], ssrc_of(from), false, session->now_us);
		rtcp_schedule_on_datagram(&session->schedules[to], REPORT_BYTES);
	}
	rtcp_schedule_sent(&session->schedules[from], REPORT_BYTES, session->now_us);
	session->n_sent[from]++;
	session->sent_us[from] = session->now_us;
	session->n_bytes += REPORT_BYTES + IPV4_UDP_BYTES;
}

/* A step of time: all members receive the sender's RTP, thinned to one packet per second where that
 * makes no difference, and members whose report is due send it. */
static void step(struct session *session, int64_t step_us)
{
	session->now_us += step_us;
	const bool rtp_comes =
		session->now_us / US_PER_SECOND != (session->now_us - step_us) / US_PER_SECOND;
	for (int i = 0; i < session->n_members; i++) {
		struct rtcp_schedule *const s = &session->schedules[i];
		if (session->has_left[i])
			continue;
		if (rtp_comes || session->now_us == step_us)
			rtcp_schedule_on_member(s, ssrc_of(0), true, session->now_us);
		if (rtcp_schedule_is_due(s, session->now_us))
			send_report(session, i);
	}
}

static void run(struct session *session, int64_t us, int64_t step_us)
{
	for (const int64_t end_us = session->now_us + us; session->now_us < end_us;)
		step(session, step_us);
}

static double share_of_bits(const struct session *session, int64_t n_bytes, int64_t us)
{
	return (double)n_bytes * 8 / ((double)session->session_bps * (double)us / US_PER_SECOND);
}

/* ---- the bits ---- */

static void all_reports_together_keep_to_their_share(void **state)
{
	static const struct {
		const char *name;
		int n_members, session_bps;
		int64_t settle_seconds, seconds, step_us;
	} rows[] = {
		{ "a call, 64 kbit/s", 2, 64000, 0, 600, 1 * US_PER_MS },
		{ "a call, 40 kbit/s", 2, 40000, 0, 600, 1 * US_PER_MS },
		{ "ten", 10, 64000, 10, 600, 5 * US_PER_MS },
		{ "300", 300, 64000, 600, 1200, 20 * US_PER_MS },
		{ "1000", 1000, 64000, 2400, 2400, 100 * US_PER_MS },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct session session =
			session_of(rows[i].n_members, rows[i].session_bps, rows[i].n_members > 2);
		run(&session, rows[i].settle_seconds * US_PER_SECOND, rows[i].step_us);
		const int64_t before = session.n_bytes;
		run(&session, rows[i].seconds * US_PER_SECOND, rows[i].step_us);
		const double share = share_of_bits(
			&session, session.n_bytes - before, rows[i].seconds * US_PER_SECOND);
		printf("%s: %.2f %%\n", rows[i].name, share * 100);
		assert_row_in_range(rows[i].name, lround(share * 1e4), 480, 510);
		for (int m = 0; m < rows[i].n_members; m++) {
			assert_row_equal(rows[i].name, rtcp_schedule_members(&session.schedules[m]),
				rows[i].n_members);
			assert_row_equal(
				rows[i].name, rtcp_schedule_senders(&session.schedules[m]), 1);
		}
		session_end(&session);
	}
}

static void the_interval_is_the_one_of_the_rfc(void **state)
{
	struct session session = session_of(10, 64000, true);

	(void)state;
	run(&session, 60 * US_PER_SECOND, STEP_US);
	/* 138 bytes each, 400 bytes/s in all: a quarter for the sender, the rest for nine. */
	assert_in_range(rtcp_schedule_interval_us(&session.schedules[0], true), 1379000, 1381000);
	assert_in_range(rtcp_schedule_interval_us(&session.schedules[1], false), 4139000, 4141000);
	rtcp_schedule_set_session_bps(&session.schedules[1], 128000);
	assert_in_range(rtcp_schedule_interval_us(&session.schedules[1], false), 2069000, 2071000);
	session_end(&session);

	struct session call =
		session_of(2, 64000, false); /* a quarter for the one, the rest for the other */
	run(&call, 60 * US_PER_SECOND, STEP_US);
	assert_in_range(rtcp_schedule_interval_us(&call.schedules[0], true), 1379000, 1381000);
	assert_in_range(rtcp_schedule_interval_us(&call.schedules[1], false), 459000, 461000);
	session_end(&call);
}

static void larger_reports_are_sent_less_often(void **state)
{
	struct session session = session_of(2, 64000, false);
	struct rtcp_schedule *const s = &session.schedules[1];

	(void)state;
	run(&session, 10 * US_PER_SECOND, STEP_US);
	rtcp_schedule_on_datagram(s, REPORT_BYTES + 160); /* a sixteenth of it: 10 more */
	assert_in_range(rtcp_schedule_interval_us(s, false), 492000, 494000);
	session_end(&session);
}

/* ---- early reports ---- */

/* Reports of 10 minutes of changes, by the seconds between them. */
static void a_change_is_told_at_once_and_costs_no_bits(void **state)
{
	static const struct {
		const char *name;
		int session_bps;
		int64_t change_us;
	} rows[] = {
		{ "64 kbit/s, a change each 10 s", 64000, 10 * US_PER_SECOND },
		{ "40 kbit/s, a change each 10 s", 40000, 10 * US_PER_SECOND },
		{ "40 kbit/s, a change each 1.3 s", 40000, 1300 * US_PER_MS },
		{ "40 kbit/s, always something to tell", 40000, STEP_US },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct session session = session_of(2, rows[i].session_bps, false);
		struct rtcp_schedule *const s = &session.schedules[1];
		int64_t n_changes = 0, n_told = 0;
		const int64_t us = 600 * US_PER_SECOND;
		while (session.now_us < us) {
			if (session.now_us % rows[i].change_us == 0) {
				const bool may_be_early = s->may_be_early;
				const int64_t n_before = session.n_sent[1];
				rtcp_schedule_want_early(s, session.now_us);
				step(&session, STEP_US);
				n_changes++;
				n_told += session.n_sent[1] > n_before;
				if (may_be_early)
					assert_row_equal(
						rows[i].name, session.n_sent[1], n_before + 1);
			} else {
				step(&session, STEP_US);
			}
		}
		const double share = share_of_bits(&session, session.n_bytes, us);
		printf("%s: %.2f %%, %d of %d at once\n", rows[i].name, share * 100, (int)n_told,
			(int)n_changes);
		/* 5 % and the margin of a packet: 0.05 % */
		assert_row_in_range(rows[i].name, lround(share * 1e4), 450, 505);
		if (rows[i].change_us >= 10 * US_PER_SECOND)
			assert_row_equal(rows[i].name, n_told, n_changes);
		session_end(&session);
	}
}

static void between_two_regular_reports_is_one_early_one(void **state)
{
	enum { STEPS_MAX = 60 * US_PER_SECOND / STEP_US };
	struct session session = session_of(2, 40000, false);
	struct rtcp_schedule *const s = &session.schedules[1];
	const int64_t *const n_sent = &session.n_sent[1];

	(void)state;
	run(&session, 20 * US_PER_SECOND, STEP_US);
	for (int round = 0; round < 100; round++) {
		const int64_t n_before = *n_sent;
		for (int i = 0; i < STEPS_MAX && *n_sent == n_before; i++) /* up to a regular one */
			step(&session, STEP_US);
		assert_int_equal(*n_sent, n_before + 1);
		const int64_t interval_us = rtcp_schedule_interval_us(s, false);
		const int64_t regular_us = session.sent_us[1];
		const int64_t n = *n_sent;
		run(&session, 100 * US_PER_MS, STEP_US);
		assert_int_equal(*n_sent, n);
		rtcp_schedule_want_early(s, session.now_us);
		step(&session, STEP_US);
		assert_int_equal(*n_sent, n + 1);
		for (int i = 0; i < STEPS_MAX && *n_sent == n + 1; i++) {
			rtcp_schedule_want_early(s, session.now_us);
			step(&session, STEP_US);
		}
		/* The next is the one after next: two intervals, random from half to half as much
		 * again, less what reconsideration is compensated for. */
		const int64_t both_us = session.sent_us[1] - regular_us;
		assert_in_range(both_us, interval_us * 80 / 100, interval_us * 255 / 100);
	}
	session_end(&session);
}

static void among_many_early_ones_are_spread(void **state)
{
	struct session session = session_of(100, 64000, true);
	int64_t n_sent[10] = { 0 };

	(void)state;
	run(&session, 300 * US_PER_SECOND, STEP_US);
	for (int i = 0; i < 100; i++)
		rtcp_schedule_want_early(&session.schedules[i], session.now_us);
	for (int second = 0; second < 10; second++) {
		const int64_t before = session.n_bytes;
		run(&session, US_PER_SECOND, STEP_US);
		n_sent[second] = (session.n_bytes - before) / (REPORT_BYTES + IPV4_UDP_BYTES);
	}
	/* By the interval of 45 s, 2.9 reports a second; the early ones come within 23 s at
	 * most. */
	for (int second = 0; second < 10; second++)
		assert_in_range(n_sent[second], 1, 20);
	session_end(&session);
}

/* ---- members come and go ---- */

static void three_hundred_at_once_do_not_flood(void **state)
{
	struct session session = session_of(2, 64000, true);

	(void)state;
	run(&session, 60 * US_PER_SECOND, STEP_US);
	join(&session, 2, 300, true);
	const int64_t before = session.n_bytes;
	run(&session, 5 * US_PER_SECOND, STEP_US);
	const int64_t n_at_first = (session.n_bytes - before) / (REPORT_BYTES + IPV4_UDP_BYTES);
	printf("300 join: %d reports in 5 s\n", (int)n_at_first);
	/* Without reconsideration all 300 would report within 1.3 s; 5 % are 15 in 5 s. */
	assert_in_range(n_at_first, 5, 60);
	if (*unit_takes_all()) {
		run(&session, 600 * US_PER_SECOND, 5 * STEP_US);
		for (int i = 0; i < 300; i++)
			assert_true(session.n_sent[i] > 0);
	}
	session_end(&session);
}

static void after_goodbyes_the_rest_report_sooner(void **state)
{
	struct session session = session_of(300, 64000, true);

	(void)state;
	run(&session, 600 * US_PER_SECOND, 5 * STEP_US);
	assert_true(rtcp_schedule_interval_us(&session.schedules[1], false) > 100 * US_PER_SECOND);
	for (int left = 2; left < 300; left++) {
		session.has_left[left] = true;
		for (int i = 0; i < 2; i++)
			rtcp_schedule_on_bye(&session.schedules[i], ssrc_of(left), session.now_us);
	}
	const int64_t before = session.n_sent[1];
	assert_int_equal(rtcp_schedule_members(&session.schedules[1]), 2);
	run(&session, 2 * US_PER_SECOND, STEP_US); /* of the 138 s that it was, and 0.7 now */
	assert_true(session.n_sent[1] > before);
	session_end(&session);
}

static const struct rtcp_schedule_config alone = { .own_ssrc = 1, .seed = 1, .session_bps = 64000 };

static struct rtcp_schedule one; /* too large for a stack */

static void a_goodbye_outlives_stragglers(void **state)
{
	(void)state;
	rtcp_schedule_init(&one, &alone, 0);
	rtcp_schedule_on_member(&one, 7, true, 0);
	rtcp_schedule_on_member(&one, 8, false, 0);
	assert_int_equal(rtcp_schedule_members(&one), 3);
	assert_int_equal(rtcp_schedule_senders(&one), 1);
	rtcp_schedule_on_bye(&one, 7, 100);
	rtcp_schedule_on_bye(&one, 7, 101);  /* says it twice */
	rtcp_schedule_on_bye(&one, 99, 102); /* was never here */
	rtcp_schedule_on_bye(&one, 1, 103);  /* claims to be us */
	rtcp_schedule_on_member(&one, 7, true, 50 * US_PER_MS);
	assert_int_equal(rtcp_schedule_members(&one), 2);
	assert_int_equal(rtcp_schedule_senders(&one), 0);
	rtcp_schedule_on_member(&one, 7, true, 3 * US_PER_SECOND);
	assert_int_equal(rtcp_schedule_members(&one), 3);
	assert_int_equal(rtcp_schedule_senders(&one), 1);
}

static void the_silent_are_forgotten(void **state)
{
	int64_t now_us = 0;
	int64_t sender_gone_us = 0, gone_us = 0;

	(void)state;
	rtcp_schedule_init(&one, &alone, 0);
	rtcp_schedule_on_member(&one, 7, true, 0);
	rtcp_schedule_on_member(&one, 1, true, 0); /* our own RTP */
	assert_int_equal(rtcp_schedule_senders(&one), 2);
	for (; gone_us == 0 && now_us < 100 * US_PER_SECOND; now_us += STEP_US) {
		if (rtcp_schedule_is_due(&one, now_us))
			rtcp_schedule_sent(&one, REPORT_BYTES, now_us);
		if (rtcp_schedule_senders(&one) == 0 && sender_gone_us == 0)
			sender_gone_us = now_us;
		if (rtcp_schedule_members(&one) == 1)
			gone_us = now_us;
	}
	/* Two and five intervals of five seconds, and one of 0.7 s until it is seen. */
	assert_in_range(sender_gone_us, 10 * US_PER_SECOND, 12 * US_PER_SECOND);
	assert_in_range(gone_us, 25 * US_PER_SECOND, 27 * US_PER_SECOND);
}

static void another_name_is_not_another_member(void **state)
{
	(void)state;
	rtcp_schedule_init(&one, &alone, 0);
	rtcp_schedule_on_member(&one, 7, true, 0);
	rtcp_schedule_set_ssrc(&one, 7); /* which we took for another member */
	assert_int_equal(rtcp_schedule_members(&one), 1);
	assert_int_equal(rtcp_schedule_senders(&one), 0);
	rtcp_schedule_on_member(&one, 7, true, 0);
	assert_int_equal(rtcp_schedule_members(&one), 1);
	assert_int_equal(rtcp_schedule_senders(&one), 1);
	rtcp_schedule_on_member(&one, 1, false, 0); /* who had the same name */
	assert_int_equal(rtcp_schedule_members(&one), 2);
}

static void a_flood_of_names_is_counted_up_to_the_maximum_and_passes(void **state)
{
	struct dice dice = { 4585 };
	int64_t now_us = 0;

	(void)state;
	rtcp_schedule_init(&one, &alone, 0);
	for (uint32_t i = 0; i < RTCP_MEMBERS_MAX; i++) /* all are told apart */
		rtcp_schedule_on_member(&one, ssrc_of((int)i), false, 0);
	assert_int_equal(rtcp_schedule_members(&one), RTCP_MEMBERS_MAX + 1);
	for (int i = 0; i < (*unit_takes_all() ? 1000000 : 50000); i++)
		rtcp_schedule_on_member(&one, dice_u32(&dice), true, 0);
	assert_int_equal(rtcp_schedule_members(&one), RTCP_MEMBERS_MAX + 1);
	assert_int_equal(rtcp_schedule_senders(&one), 0);
	assert_true(rtcp_schedule_interval_us(&one, false) < 360 * US_PER_SECOND);

	now_us = 3600 * US_PER_SECOND; /* five intervals of 353 s are over */
	for (int i = 0; i < 200; i++)  /* new ones take slots of those who are silent */
		rtcp_schedule_on_member(&one, dice_u32(&dice), true, now_us);
	assert_in_range(rtcp_schedule_senders(&one), 190, 200);
	rtcp_schedule_is_due(&one, now_us);
	assert_int_equal(rtcp_schedule_members(&one), rtcp_schedule_senders(&one) + 1);
}

static void few_may_say_goodbye_at_once(void **state)
{
	(void)state;
	rtcp_schedule_init(&one, &alone, 0);
	assert_false(rtcp_schedule_may_say_bye(&one)); /* unknown to the others */
	rtcp_schedule_on_member(&one, 1, true, 0);
	assert_true(rtcp_schedule_may_say_bye(&one));
	for (uint32_t ssrc = 2; ssrc < 50; ssrc++)
		rtcp_schedule_on_member(&one, ssrc, false, 0);
	assert_true(rtcp_schedule_may_say_bye(&one)); /* 49 */
	rtcp_schedule_on_member(&one, 50, false, 0);
	assert_false(rtcp_schedule_may_say_bye(&one));
}

static void the_first_report_waits_in_a_group_only(void **state)
{
	struct rtcp_schedule_config config = alone;
	int64_t sum_us[2] = { 0, 0 };

	(void)state;
	for (int seed = 1; seed <= 100; seed++) {
		for (int is_group = 0; is_group < 2; is_group++) {
			int64_t now_us = 0;
			config.seed = (uint64_t)seed;
			config.is_group = is_group;
			rtcp_schedule_init(&one, &config, 0);
			while (now_us < 60 * US_PER_SECOND && !rtcp_schedule_is_due(&one, now_us))
				now_us += US_PER_MS;
			assert_true(rtcp_schedule_is_due(&one, now_us)); /* asked again */
			sum_us[is_group] += now_us;
		}
	}
	/* 138 bytes at 400 bytes/s; a second */
	assert_in_range(sum_us[0] / 100, 300 * US_PER_MS, 390 * US_PER_MS);
	assert_in_range(sum_us[1] / 100, 900 * US_PER_MS, 1100 * US_PER_MS);
}

int main(int argc, char *argv[])
{
	(void)argv;
	*unit_takes_all() = argc > 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_reports_together_keep_to_their_share),
		cmocka_unit_test(the_interval_is_the_one_of_the_rfc),
		cmocka_unit_test(larger_reports_are_sent_less_often),
		cmocka_unit_test(a_change_is_told_at_once_and_costs_no_bits),
		cmocka_unit_test(between_two_regular_reports_is_one_early_one),
		cmocka_unit_test(among_many_early_ones_are_spread),
		cmocka_unit_test(three_hundred_at_once_do_not_flood),
		cmocka_unit_test(after_goodbyes_the_rest_report_sooner),
		cmocka_unit_test(a_goodbye_outlives_stragglers),
		cmocka_unit_test(the_silent_are_forgotten),
		cmocka_unit_test(another_name_is_not_another_member),
		cmocka_unit_test(a_flood_of_names_is_counted_up_to_the_maximum_and_passes),
		cmocka_unit_test(few_may_say_goodbye_at_once),
		cmocka_unit_test(the_first_report_waits_in_a_group_only),
	};
	return cmocka_run_group_tests_name("rtcp_schedule", tests, NULL, NULL);
}
