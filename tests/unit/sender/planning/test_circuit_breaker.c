/* RFC 8083 for a call: what breaks the circuit, what does not, and how it comes back. */
#include "sender/planning/circuit_breaker.h"

#include "common/base/units.h"
#include "tests/unit/unit.h"

enum { FRAME_US = 20000, INTERVAL_US = 200000, DATAGRAM_BYTES = 170 };

/* A stream whose reports say what a row of a table wants. */
struct rehearsal {
	struct circuit_breaker breaker;
	int64_t now_us;
	uint32_t seq, reported_seq;
};

static struct rehearsal rehearsal_begin(void)
{
	struct rehearsal r = { .now_us = US_PER_SECOND };

	circuit_breaker_init(&r.breaker, FRAME_US);
	return r;
}

/* How the channel and the receiver behave for a while. */
struct weather {
	double lost;
	int round_trip_ms;
	bool arrives, reports, is_silent; /* is_silent: we send nothing (DTX) */
};

static void send_for(struct rehearsal *r, const struct weather *w, double seconds)
{
	const int64_t end_us = r->now_us + (int64_t)(seconds * US_PER_SECOND);

	while (r->now_us < end_us) {
		r->now_us += FRAME_US;
		(void)circuit_breaker_advance(&r->breaker, r->now_us);
		if (r->breaker.state != CIRCUIT_OPEN && !w->is_silent) {
			/* The lowest rate is a sixth of what it was. */
			const bool is_reduced = r->breaker.state == CIRCUIT_REDUCED;
			circuit_breaker_on_sent(
				&r->breaker, is_reduced ? DATAGRAM_BYTES / 3 : DATAGRAM_BYTES);
			r->seq++;
			if (w->arrives)
				r->reported_seq = r->seq;
		}
		if (!w->reports || r->now_us % INTERVAL_US != 0)
			continue;
		const struct circuit_report report = {
			.highest_seq = r->reported_seq,
			.fraction_lost = w->lost,
			.round_trip_us = w->round_trip_ms * US_PER_MS,
		};
		(void)circuit_breaker_on_report(&r->breaker, &report, r->now_us);
	}
}

static const struct weather fair = { .round_trip_ms = 40, .arrives = true, .reports = true };
static const struct weather jammed = {
	.lost = 0.7,
	.round_trip_ms = 900,
	.arrives = true,
	.reports = true,
};

/* What is no reason: 40 % loss on a short path is ten times below TCP's limit; in silence nothing
 * is sent that could arrive; and a receiver that never reported is not judged. */
static void a_call_is_not_broken_without_need(void **state)
{
	static const struct {
		const char *name;
		struct weather weather;
	} rows[] = {
		{ "fair", { 0, 40, true, true, false } },
		{ "20 % random", { 0.2, 60, true, true, false } },
		{ "40 % random", { 0.4, 60, true, true, false } },
		{ "a long way", { 0.02, 600, true, true, false } },
		{ "silence", { 0, 40, false, true, true } },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct rehearsal r = rehearsal_begin();
		send_for(&r, &fair, 10);
		send_for(&r, &rows[i].weather, 60);
		assert_row_equal(rows[i].name, r.breaker.state, CIRCUIT_CLOSED);
		assert_row_equal(rows[i].name, r.breaker.cause, CIRCUIT_NO_CAUSE);
	}
	const struct weather unheard = { .round_trip_ms = 40, .arrives = true };
	struct rehearsal r = rehearsal_begin();
	send_for(&r, &unheard, 120);
	assert_int_equal(r.breaker.state, CIRCUIT_CLOSED);
}

/* Three reports of a fair channel, then how long until the state is another one. */
static double seconds_until_change(struct rehearsal *r, const struct weather *w)
{
	const enum circuit_state before = r->breaker.state;
	const int64_t began_us = r->now_us;

	while (r->breaker.state == before && r->now_us - began_us < 200 * US_PER_SECOND)
		send_for(r, w, 0.02);
	return (double)(r->now_us - began_us) / US_PER_SECOND;
}

static void congestion_reduces_first_and_ceases_then(void **state)
{
	struct rehearsal r = rehearsal_begin();
	(void)state;
	send_for(&r, &fair, 10);
	/* Ten round trips of 0.9 s are long enough, and a report more. */
	const double reduced_s = seconds_until_change(&r, &jammed);
	assert_int_equal(r.breaker.state, CIRCUIT_REDUCED);
	assert_int_equal(r.breaker.cause, CIRCUIT_CONGESTION);
	assert_true(reduced_s > 8 && reduced_s < 11);

	/* It does not help: worse than a third of the rate can bear. */
	const struct weather worse = {
		.lost = 0.95, .round_trip_ms = 4000, .arrives = true, .reports = true
	};
	const double open_s = seconds_until_change(&r, &worse);
	assert_int_equal(r.breaker.state, CIRCUIT_OPEN);
	assert_int_equal(r.breaker.cause, CIRCUIT_CONGESTION);
	assert_true(open_s < 20);
}

/* A pause, a trial with the least, a longer pause; when it is over, all is as before. */
static void pauses_grow_until_the_congestion_is_over(void **state)
{
	const struct weather worse = {
		.lost = 0.95, .round_trip_ms = 4000, .arrives = true, .reports = true
	};
	struct rehearsal r = rehearsal_begin();
	double pauses_s[6];
	(void)state;
	send_for(&r, &fair, 10);
	(void)seconds_until_change(&r, &worse);
	for (size_t i = 0; i < N_ROWS(pauses_s); i++) {
		assert_int_equal(r.breaker.state, CIRCUIT_REDUCED);
		(void)seconds_until_change(&r, &worse);
		assert_int_equal(r.breaker.state, CIRCUIT_OPEN);
		pauses_s[i] = seconds_until_change(&r, &worse);
	}
	assert_true(pauses_s[0] > 4.9 && pauses_s[0] < 5.1);
	assert_true(pauses_s[1] > 1.9 * pauses_s[0]);
	assert_true(pauses_s[5] > 79 && pauses_s[5] < 81);
	assert_true(seconds_until_change(&r, &fair) < 10);
	assert_int_equal(r.breaker.state, CIRCUIT_CLOSED);
}

static void a_reduced_call_recovers(void **state)
{
	struct rehearsal r = rehearsal_begin();
	(void)state;
	send_for(&r, &fair, 10);
	(void)seconds_until_change(&r, &jammed);
	assert_int_equal(r.breaker.state, CIRCUIT_REDUCED);
	const double closed_s = seconds_until_change(&r, &fair);
	assert_int_equal(r.breaker.state, CIRCUIT_CLOSED);
	assert_int_equal(r.breaker.cause, CIRCUIT_NO_CAUSE);
	assert_true(closed_s >= 0.4 && closed_s < 3);
}

static void what_does_not_arrive_is_sent_with_less(void **state)
{
	const struct weather wall = { .round_trip_ms = 40, .arrives = false, .reports = true };
	struct rehearsal r = rehearsal_begin();
	(void)state;
	send_for(&r, &fair, 10);
	assert_true(seconds_until_change(&r, &wall) < 2);
	assert_int_equal(r.breaker.state, CIRCUIT_REDUCED);
	assert_int_equal(r.breaker.cause, CIRCUIT_MEDIA_TIMEOUT);
	assert_true(seconds_until_change(&r, &wall) > 199);
	assert_int_equal(r.breaker.state, CIRCUIT_REDUCED);
	assert_true(seconds_until_change(&r, &fair) < 1);
	assert_int_equal(r.breaker.state, CIRCUIT_CLOSED);
	assert_int_equal(r.breaker.cause, CIRCUIT_NO_CAUSE);
}

/* Nothing is measured where nobody reports: never is nothing sent, however long it lasts. */
static void who_reports_no_more_is_still_sent_to(void **state)
{
	const struct weather deaf = { .round_trip_ms = 40, .arrives = true };
	struct rehearsal r = rehearsal_begin();
	(void)state;
	send_for(&r, &fair, 10);
	const double gone_s = seconds_until_change(&r, &deaf);
	assert_int_equal(r.breaker.state, CIRCUIT_REDUCED);
	assert_int_equal(r.breaker.cause, CIRCUIT_RTCP_TIMEOUT);
	assert_true(gone_s > 14.5 && gone_s < 15.5);
	assert_true(seconds_until_change(&r, &deaf) > 199);
	/* The first report that is good ends it. */
	assert_true(seconds_until_change(&r, &fair) < 1);
	assert_int_equal(r.breaker.state, CIRCUIT_CLOSED);
	/* The silence is no interval between reports: congestion is seen as soon as before. */
	const double reduced_s = seconds_until_change(&r, &jammed);
	assert_int_equal(r.breaker.cause, CIRCUIT_CONGESTION);
	assert_true(reduced_s > 8 && reduced_s < 11);
}

/* A measured congestion that ends in silence leaves the call at the least rate, not at none. */
static void silence_does_not_open_a_reduced_circuit(void **state)
{
	const struct weather deaf = { .round_trip_ms = 40, .arrives = true };
	struct rehearsal r = rehearsal_begin();
	(void)state;
	send_for(&r, &fair, 10);
	(void)seconds_until_change(&r, &jammed);
	assert_int_equal(r.breaker.cause, CIRCUIT_CONGESTION);
	assert_true(seconds_until_change(&r, &deaf) > 199);
	assert_int_equal(r.breaker.state, CIRCUIT_REDUCED);
	assert_int_equal(r.breaker.cause, CIRCUIT_CONGESTION);
}

static void what_was_not_taken_was_not_sent(void **state)
{
	struct circuit_breaker b;
	const struct circuit_report same = { .highest_seq = 7, .round_trip_us = 40000 };
	(void)state;
	circuit_breaker_init(&b, FRAME_US);
	for (int i = 0; i < 1000; i++) { /* 100 s of reports that all tell of the same packet */
		circuit_breaker_on_sent(&b, DATAGRAM_BYTES);
		circuit_breaker_on_unsent(&b, DATAGRAM_BYTES);
		circuit_breaker_on_unsent(&b, DATAGRAM_BYTES);
		(void)circuit_breaker_on_report(&b, &same, (i + 1) * 100 * US_PER_MS);
	}
	assert_int_equal(b.state, CIRCUIT_CLOSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_is_not_broken_without_need),
		cmocka_unit_test(congestion_reduces_first_and_ceases_then),
		cmocka_unit_test(a_reduced_call_recovers),
		cmocka_unit_test(pauses_grow_until_the_congestion_is_over),
		cmocka_unit_test(what_does_not_arrive_is_sent_with_less),
		cmocka_unit_test(who_reports_no_more_is_still_sent_to),
		cmocka_unit_test(silence_does_not_open_a_reduced_circuit),
		cmocka_unit_test(what_was_not_taken_was_not_sent),
	};
	return cmocka_run_group_tests_name("circuit_breaker", tests, NULL, NULL);
}
