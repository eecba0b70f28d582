/* What hindsight-recv says by itself: which line, when, and how often. Time is made up. */
#include "receiver/app/recv_news.h"

#include "common/base/units.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

struct telling {
	struct recv_news news;
	struct player_peers peers;
	int n_joined;
	int64_t now_us;
	char last[NEWS_BYTES];
};

static struct telling *telling_begin(void)
{
	static struct telling t;

	memset(&t, 0, sizeof t);
	t.now_us = 77 * US_PER_SECOND;
	recv_news_init(&t.news, 5004, t.now_us);
	return &t;
}

/* Time goes by; host: whose packets come meanwhile, NULL for nobody's. Returns how many lines that gave. */
static int hear_for(struct telling *t, const char *host, double seconds)
{
	const int64_t end_us = t->now_us + (int64_t)(seconds * US_PER_SECOND);
	struct news_line line;
	int n_lines = 0;

	for (; t->now_us < end_us; t->now_us += 100 * US_PER_MS) {
		struct udp_address from;
		if (host) {
			assert_true(udp_resolve(&from, host, 40000, NULL));
			if (!udp_address_host_equal(&from, &t->peers.source))
				t->peers.began_us = t->now_us;
			t->peers.source = from;
			t->peers.heard_us = t->now_us;
			t->peers.has_ended = false;
		}
		while (recv_news_next(&t->news, &t->peers, t->n_joined, t->now_us, &line)) {
			snprintf(t->last, sizeof t->last, "%s", line.text);
			assert_int_equal(line.level, CLI_NOTICE);
			n_lines++;
		}
	}
	return n_lines;
}

static void a_stream_comes_and_goes(void **state)
{
	struct telling *const t = telling_begin();
	(void)state;
	assert_int_equal(hear_for(t, NULL, 0.9), 0);
	assert_int_equal(hear_for(t, NULL, 60), 1);
	assert_string_equal(t->last, "waiting for sound on port 5004");
	assert_int_equal(hear_for(t, "192.0.2.1", 60), 1);
	assert_string_equal(t->last, "192.0.2.1 is playing");
	assert_int_equal(hear_for(t, NULL, 4), 0); /* another network, or started anew */
	assert_int_equal(hear_for(t, "192.0.2.1", 10), 0);
	assert_int_equal(hear_for(t, NULL, 60), 1);
	assert_string_equal(t->last, "nothing comes from 192.0.2.1 any more");
	assert_int_equal(hear_for(t, "192.0.2.1", 10), 1);
	assert_string_equal(t->last, "192.0.2.1 is playing");
	t->peers.has_ended = true;
	assert_int_equal(hear_for(t, NULL, 60), 1);
	assert_string_equal(t->last, "192.0.2.1 has ended");
	assert_int_equal(hear_for(t, "2001:db8::1", 10), 1);
	assert_string_equal(t->last, "2001:db8::1 is playing");
}

static void who_is_heard_at_once_is_not_waited_for(void **state)
{
	struct telling *const t = telling_begin();
	(void)state;
	snprintf(t->peers.name, sizeof t->peers.name, "user@studio");
	assert_int_equal(hear_for(t, "192.0.2.1", 60), 1);
	assert_string_equal(t->last, "192.0.2.1 (user@studio) is playing");
}

static void each_other_is_told_once_and_a_few_at_most(void **state)
{
	struct telling *const t = telling_begin();
	int n_told = 0;
	(void)state;
	assert_int_equal(hear_for(t, "192.0.2.1", 5), 1);
	t->peers.n_other = 3; /* the probation of one that takes its place */
	assert_true(udp_resolve(&t->peers.other, "192.0.2.7", 5004, NULL));
	assert_int_equal(hear_for(t, "192.0.2.1", 5), 0);
	t->peers.n_other = 1000;
	assert_int_equal(hear_for(t, "192.0.2.1", 60), 1);
	assert_string_equal(t->last, "192.0.2.7 also sends; not played");
	for (int i = 0; i < 60; i++) {
		char host[32];
		snprintf(host, sizeof host, "198.51.100.%d", i % 30 + 1);
		assert_true(udp_resolve(&t->peers.other, host, 5004, NULL));
		n_told += hear_for(t, "192.0.2.1", 1);
	}
	assert_int_equal(n_told, RECV_NEWS_OTHERS - 1);
}

static void a_group_joined_anew_is_told(void **state)
{
	struct telling *const t = telling_begin();
	(void)state;
	assert_int_equal(hear_for(t, "192.0.2.1", 5), 1);
	t->n_joined = 1;
	assert_int_equal(hear_for(t, "192.0.2.1", 5), 1);
	assert_string_equal(t->last, "the group is joined anew");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_comes_and_goes),
		cmocka_unit_test(who_is_heard_at_once_is_not_waited_for),
		cmocka_unit_test(each_other_is_told_once_and_a_few_at_most),
		cmocka_unit_test(a_group_joined_anew_is_told),
	};
	return cmocka_run_group_tests_name("recv_news", tests, NULL, NULL);
}
