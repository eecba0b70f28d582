/* One participant of an RTCP session: SSRCs, collisions, loops, BYEs. */
#include "common/rtp/rtcp_session.h"

#include "common/base/units.h"
#include "tests/unit/unit.h"

#include <string.h>

enum { OWN = 0x11111111, OTHER = 0x22222222 };

static struct rtcp_session make(const char *cname)
{
	static struct rtcp_session s;
	struct rtcp_session_config config =
		rtcp_session_named(OWN, cname, 5, UINT64_C(3000000000) * US_PER_SECOND);

	config.session_bps = 64000;
	rtcp_session_init(&s, &config);
	rtcp_session_begin(&s, 0);
	return s;
}

/* False: not everything is passed on, as it has the session's own SSRC. */
static bool take_all(struct rtcp_session *s, struct rtcp_writer *w, int64_t now_us)
{
	struct rtcp_reader reader;
	struct rtcp_item item;
	int n_said = 0, n_taken = 0;

	assert_false(w->failed);
	assert_int_equal(rtcp_open(&reader, w->begin, w->n_bytes), STATUS_OK);
	while (rtcp_next(&reader, &item))
		n_said++;
	assert_int_equal(rtcp_session_take(s, &reader, w->begin, w->n_bytes, now_us), STATUS_OK);
	while (rtcp_session_next(s, &reader, &item))
		n_taken++;
	return n_taken == n_said;
}

/* An RR with this SSRC, and a CNAME unless that is NULL. */
static bool hear(struct rtcp_session *s, uint32_t ssrc, const char *cname, int64_t now_us)
{
	uint8_t bytes[200];
	struct rtcp_writer w = rtcp_writer_over(bytes, sizeof bytes);

	rtcp_write_rr(&w, ssrc, NULL, 0);
	if (cname)
		rtcp_write_cname(&w, ssrc, cname);
	return take_all(s, &w, now_us);
}

static bool hear_bye(struct rtcp_session *s, uint32_t ssrc, int64_t now_us)
{
	uint8_t bytes[200];
	struct rtcp_writer w = rtcp_writer_over(bytes, sizeof bytes);

	rtcp_write_bye(&w, ssrc);
	return take_all(s, &w, now_us);
}

/* What the end of our report says. */
static struct said {
	uint32_t cname_of, bye_of;
	char cname[RTCP_SESSION_CNAME_BYTES];
} finish(struct rtcp_session *s)
{
	uint8_t bytes[RTCP_DATAGRAM_BYTES_MAX];
	struct rtcp_compound report;
	struct said said = { 0 };
	struct rtcp_reader reader;
	struct rtcp_item item;

	s->has_rtp = true;
	for (int64_t us = s->schedule.last_us;
		!rtcp_session_begin_report(s, &report, us) || !report.is_full; us += US_PER_MS)
		assert_true(us < s->schedule.last_us + 10 * US_PER_SECOND);
	report.has_report = true;
	const size_t n_bytes = rtcp_session_write(s, &report, bytes, s->schedule.next_us);
	assert_int_equal(rtcp_open(&reader, bytes, n_bytes), STATUS_OK);
	while (rtcp_next(&reader, &item)) {
		if (item.kind == RTCP_CNAME) {
			said.cname_of = item.from;
			memcpy(said.cname, item.cname.bytes, item.cname.n_bytes);
		}
		if (item.kind == RTCP_BYE)
			said.bye_of = item.from;
	}
	return said;
}

static void every_report_tells_the_name(void **state)
{
	char long_name[200];
	struct rtcp_session s = make("abcdefgh12345678");

	(void)state;
	assert_string_equal(finish(&s).cname, "abcdefgh12345678");
	assert_int_equal(finish(&s).cname_of, OWN);
	assert_int_equal(finish(&s).bye_of, 0);
	memset(long_name, 'x', sizeof long_name);
	long_name[sizeof long_name - 1] = '\0';
	s = make(long_name);
	assert_int_equal(strlen(finish(&s).cname), RTCP_SESSION_CNAME_BYTES - 1);
	s = make("");
	assert_true(strlen(finish(&s).cname) > 0); /* none is not allowed */
}

static void the_clock_begins_at_its_epoch(void **state)
{
	const struct rtcp_session s = make("us");

	(void)state;
	assert_true(rtcp_session_ntp(&s, 0) == UINT64_C(3000000000) << 32);
	assert_true(rtcp_session_ntp(&s, 1500000) ==
		    (UINT64_C(3000000001) << 32 | UINT32_C(0x80000000)));
}

static void who_tells_a_cname_is_a_member(void **state)
{
	struct rtcp_session s = make("us");

	(void)state;
	for (uint32_t i = 0; i < 200; i++)
		assert_true(hear(&s, OTHER + i, NULL, 1000));
	assert_int_equal(rtcp_schedule_members(&s.schedule), 1);
	assert_true(hear(&s, OTHER, "them", 2000));
	assert_int_equal(rtcp_schedule_members(&s.schedule), 2);
	assert_true(hear(&s, OTHER, "them", 3000));
	assert_int_equal(rtcp_schedule_members(&s.schedule), 2);
	assert_true(hear_bye(&s, OTHER, 4000));
	assert_int_equal(rtcp_schedule_members(&s.schedule), 1);
}

static void our_own_words_are_a_loop(void **state)
{
	struct rtcp_session s = make("us");

	(void)state;
	for (int i = 1; i <= 100; i++) {
		assert_false(hear(&s, OWN, "us", i));
		assert_int_equal(s.n_loops, i);
	}
	assert_false(hear_bye(&s, OWN, 200)); /* nor does another's BYE make us leave */
	assert_int_equal(s.config.ssrc, OWN);
	assert_int_equal(s.n_collisions, 0);
	assert_int_equal(rtcp_schedule_members(&s.schedule), 1);
}

static void a_collision_draws_another_name(void **state)
{
	struct rtcp_session s = make("us");

	(void)state;
	rtcp_schedule_sent(&s.schedule, 100, 0); /* the others know us */
	/* RFC 3550, 6.3.6: it may be reconsidered, and then is due a little later. */
	for (int i = 0; i < 100 && !rtcp_schedule_is_due(&s.schedule, s.schedule.next_us); i++)
		assert_true(i < 99);
	const int64_t now_us = s.schedule.next_us;
	rtcp_schedule_sent(&s.schedule, 100, now_us);
	assert_false(rtcp_schedule_is_due(&s.schedule, now_us + 1));
	assert_false(hear(&s, OWN, "them", now_us + 1));
	assert_int_equal(s.n_collisions, 1);
	assert_int_not_equal(s.config.ssrc, OWN);
	assert_true(rtcp_schedule_is_due(&s.schedule, now_us + 1)); /* the BYE does not wait */
	const struct said said = finish(&s);
	assert_int_equal(said.bye_of, OWN);
	assert_int_equal(said.cname_of, s.config.ssrc);
	assert_string_equal(said.cname, "us");
	assert_int_equal(finish(&s).bye_of, 0);	  /* once */
	assert_true(hear(&s, OWN, "them", 2000)); /* that is somebody else now */
	assert_int_equal(rtcp_schedule_members(&s.schedule), 2);
}

static void who_was_never_heard_says_no_goodbye(void **state)
{
	struct rtcp_session s = make("us");

	(void)state;
	assert_false(hear(&s, OWN, "them", 1000));
	assert_int_not_equal(s.config.ssrc, OWN);
	assert_int_equal(finish(&s).bye_of, 0); /* it would be theirs */
}

static void an_echo_of_all_names_is_given_up_on(void **state)
{
	struct rtcp_session s = make("us");
	uint32_t names[5] = { OWN };

	(void)state;
	for (int i = 1; i < 5; i++) {
		assert_false(hear(&s, s.config.ssrc, "echo", i));
		names[i] = s.config.ssrc;
		for (int k = 0; k < i; k++)
			assert_int_not_equal(names[k], names[i]);
	}
	for (int i = 0; i < 1000; i++)
		assert_false(hear(&s, names[4], "echo", 100 + i));
	assert_int_equal(s.config.ssrc, names[4]);
	assert_int_equal(s.n_collisions, 4);
	assert_int_equal(s.n_loops, 4 + 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_report_tells_the_name),
		cmocka_unit_test(the_clock_begins_at_its_epoch),
		cmocka_unit_test(who_tells_a_cname_is_a_member),
		cmocka_unit_test(our_own_words_are_a_loop),
		cmocka_unit_test(a_collision_draws_another_name),
		cmocka_unit_test(who_was_never_heard_says_no_goodbye),
		cmocka_unit_test(an_echo_of_all_names_is_given_up_on),
	};
	return cmocka_run_group_tests_name("rtcp_session", tests, NULL, NULL);
}
