/* What hindsight-send says by itself: which line, when, and how often. Time is made up. */
#include "sender/app/send_news.h"

#include "common/base/units.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct telling {
	struct destination to;
	struct send_news news;
	struct send_situation now;
	int64_t now_us;
	int n_lines; /* in all */
	char last[NEWS_BYTES];
};

static struct telling *telling_begin(const char *host)
{
	static struct telling t;

	memset(&t, 0, sizeof t);
	t.to.n_addresses = 2;
	assert_true(udp_resolve(&t.to.addresses[0], "192.0.2.2", 5004, NULL));
	assert_true(udp_resolve(&t.to.addresses[1], "2001:db8::2", 5004, NULL));
	send_news_init(&t.news, &t.to, host);
	t.now_us = 77 * US_PER_SECOND;
	return &t;
}

/* Sends for so long, with what happens meanwhile. Returns how many lines that gave. */
struct weather {
	bool is_taken, is_refused, is_answered, is_muted;
};

static int send_for(struct telling *t, const struct weather *w, double seconds)
{
	const int64_t end_us = t->now_us + (int64_t)(seconds * US_PER_SECOND);
	const int n_before = t->n_lines;
	struct news_line line;

	for (; t->now_us < end_us; t->now_us += 50 * US_PER_MS) {
		t->now.way.n_failed_in_row = w->is_taken ? 0 : t->now.way.n_failed_in_row + 2;
		t->now.way.failure = ENETUNREACH;
		t->now.way.n_taken += w->is_taken ? 2 : 0;
		t->now.way.n_refused += w->is_refused;
		t->now.way.n_answers += w->is_answered;
		t->now.n_squares += 2400;
		t->now.square_sum += w->is_muted ? 0 : 1;
		while (send_news_next(&t->news, &t->now, t->now_us, &line)) {
			snprintf(t->last, sizeof t->last, "%s", line.text);
			t->n_lines++;
		}
	}
	return t->n_lines - n_before;
}

static const struct weather fair = { .is_taken = true, .is_answered = true };
static const struct weather silent = { .is_taken = true };
static const struct weather away = { .is_taken = false };
static const struct weather refused = { .is_taken = true, .is_refused = true };

static void a_call_that_works_says_nothing(void **state)
{
	struct telling *const t = telling_begin("192.0.2.2");
	(void)state;
	t->now.is_microphone = true;
	assert_int_equal(send_for(t, &fair, 60), 0);
}

static void each_trouble_is_told_once(void **state)
{
	static const struct {
		const char *host;
		const struct weather *weather;
		double after_s, before_s; /* told between */
		const char *text, *relief;
	} rows[] = {
		{ "192.0.2.2", &refused, 0.9, 1.2,
			"192.0.2.2: nothing listens on port 5004 (refused)", "192.0.2.2 answers" },
		{ "studio", &refused, 0.9, 1.2,
			"studio (192.0.2.2): nothing listens on port 5004 (refused)",
			"studio (192.0.2.2) answers" },
		{ "192.0.2.2", &silent, 2.9, 3.2,
			"no answer for 3 s: is hindsight-recv running there, is UDP 5004 open?",
			"192.0.2.2 answers" },
		{ "192.0.2.2", &away, 0, 0.2, "the network takes nothing: unreachable",
			"the network takes packets again" },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct telling *const t = telling_begin(rows[i].host);
		assert_row_equal(rows[i].text, send_for(t, rows[i].weather, rows[i].after_s), 0);
		assert_row_equal(rows[i].text,
			send_for(t, rows[i].weather, rows[i].before_s - rows[i].after_s), 1);
		assert_string_equal(t->last, rows[i].text);
		assert_row_equal(rows[i].text, send_for(t, rows[i].weather, 60), 0);
		assert_row_equal(rows[i].text, send_for(t, &fair, 1), 1);
		assert_string_equal(t->last, rows[i].relief);
		assert_row_equal(rows[i].text, send_for(t, &fair, 60), 0);
	}
}

/* One who reports every five seconds is not missed between. */
static void who_answered_is_missed_later(void **state)
{
	struct telling *const t = telling_begin("192.0.2.2");
	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(send_for(t, &fair, 0.1), 0);
		assert_int_equal(send_for(t, &silent, 7.4), 0);
	}
	assert_int_equal(send_for(t, &silent, 4), 1);
	assert_string_equal(
		t->last, "no answer for 10 s: is hindsight-recv running there, is UDP 5004 open?");
}

static void another_address_is_named(void **state)
{
	struct telling *const t = telling_begin("studio");
	(void)state;
	assert_int_equal(send_for(t, &silent, 1.9), 0);
	t->now.way.at = 1;
	assert_int_equal(send_for(t, &silent, 0.5), 1);
	assert_string_equal(t->last, "tries studio (2001:db8::2)");
	assert_int_equal(send_for(t, &fair, 10), 0);
	t->now.way.n_moves++;
	assert_int_equal(send_for(t, &fair, 10), 1);
	assert_non_null(strstr(t->last, "the call goes on"));
}

static void a_group_need_not_answer(void **state)
{
	struct telling *const t = telling_begin("239.1.2.3");
	(void)state;
	t->to.is_group = true;
	assert_int_equal(send_for(t, &silent, 60), 0);
}

static void a_muted_microphone_is_told(void **state)
{
	const struct weather muted = { .is_taken = true, .is_answered = true, .is_muted = true };
	struct telling *t = telling_begin("192.0.2.2");
	(void)state;
	assert_int_equal(send_for(t, &muted, 10), 0); /* a file may be silent */
	t = telling_begin("192.0.2.2");
	t->now.is_microphone = true;
	assert_int_equal(send_for(t, &muted, 1.9), 0);
	assert_int_equal(send_for(t, &muted, 10), 1);
	assert_string_equal(t->last, "the microphone is silent (muted?)");
	assert_int_equal(send_for(t, &fair, 10), 1);
	assert_int_equal(send_for(t, &muted, 10), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_that_works_says_nothing),
		cmocka_unit_test(each_trouble_is_told_once),
		cmocka_unit_test(who_answered_is_missed_later),
		cmocka_unit_test(another_address_is_named),
		cmocka_unit_test(a_group_need_not_answer),
		cmocka_unit_test(a_muted_microphone_is_told),
	};
	return cmocka_run_group_tests_name("send_news", tests, NULL, NULL);
}
