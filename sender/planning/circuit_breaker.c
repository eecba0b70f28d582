#include "sender/planning/circuit_breaker.h"

#include "common/base/units.h"

#include <math.h>
#include <string.h>

/* RFC 3550, 6.2 and 6.3.5: a silent receiver times out by the unreduced 5 s interval, however often
 * it used to report; RFC 8083, 4.1 takes three of these. */
#define RTCP_TIMEOUT_US (15 * US_PER_SECOND)

/* 4.3: "within an order of magnitude" of TCP. */
#define TCP_FACTOR 10.0

/* 4.3's CB_INTERVAL: ten packet times, round trips or reports, but no longer than 15 s. */
#define LONG_ENOUGH	10
#define REPORTS_ENOUGH	3
#define LONGEST_US	(15 * US_PER_SECOND)
#define INTERVAL_SMOOTH 0.125

/* Our choice; 4.5 only requires that the congestion can be expected to be over. */
#define PAUSE_US     (5 * US_PER_SECOND)
#define PAUSE_MAX_US (80 * US_PER_SECOND)

void circuit_breaker_init(struct circuit_breaker *b, int64_t packet_us)
{
	memset(b, 0, sizeof *b);
	b->packet_us = packet_us;
	b->pause_us = PAUSE_US;
	b->round_trip_us = -1;
}

void circuit_breaker_on_sent(struct circuit_breaker *b, size_t n_bytes)
{
	b->n_packets++;
	b->n_bytes += (int64_t)n_bytes;
}

void circuit_breaker_on_unsent(struct circuit_breaker *b, size_t n_bytes)
{
	if (b->n_packets == 0) /* a report has come in between */
		return;
	b->n_packets--;
	b->n_bytes -= (int64_t)n_bytes;
}

static void change(struct circuit_breaker *b, enum circuit_state state, enum circuit_cause cause,
	int64_t now_us)
{
	b->is_trial = b->state == CIRCUIT_OPEN && state == CIRCUIT_REDUCED;
	b->state = state;
	b->cause = cause;
	b->changed_us = now_us;
	b->n_stalled = 0;
	b->n_over = 0;
	if (state == CIRCUIT_CLOSED)
		b->pause_us = PAUSE_US;
}

static void open_circuit(struct circuit_breaker *b, int64_t now_us)
{
	if (b->is_trial)
		b->pause_us = b->pause_us * 2 < PAUSE_MAX_US ? b->pause_us * 2 : PAUSE_MAX_US;
	change(b, CIRCUIT_OPEN, CIRCUIT_CONGESTION, now_us);
}

/* How far apart reports are; a silence that the listener has come back from is none of them. */
static void learn_interval(struct circuit_breaker *b, int64_t since_us)
{
	if (b->interval_us <= 0)
		b->interval_us = (double)since_us;
	else if (since_us < RTCP_TIMEOUT_US)
		b->interval_us += INTERVAL_SMOOTH * ((double)since_us - b->interval_us);
}

/* How many reports in a row trip the breaker. */
static int reports_enough(const struct circuit_breaker *b)
{
	const double three_us = REPORTS_ENOUGH * b->interval_us;
	double long_us = LONG_ENOUGH * (double)b->packet_us;

	if (LONG_ENOUGH * (double)b->round_trip_us > long_us)
		long_us = LONG_ENOUGH * (double)b->round_trip_us;
	if (long_us > (double)LONGEST_US)
		long_us = (double)LONGEST_US;
	if (b->interval_us <= 0 || long_us <= three_us)
		return REPORTS_ENOUGH;
	return (int)ceil(REPORTS_ENOUGH * long_us / three_us);
}

/* What TCP would send on the same path, in bytes per second (RFC 8083, 4.3: the simplified
 * equation); infinite without loss. */
static double tcp_bytes_per_second(const struct circuit_breaker *b, double loss)
{
	const double packet_bytes = (double)b->n_bytes / (double)b->n_packets;
	const double round_trip_s = (double)b->round_trip_us / (double)US_PER_SECOND;
	return packet_bytes / (round_trip_s * sqrt(2 * loss / 3));
}

static bool is_over(const struct circuit_breaker *b, double loss, int64_t since_us)
{
	if (b->round_trip_us <= 0 || loss <= 0 || b->n_packets == 0 || since_us <= 0)
		return false;
	const double sent = (double)b->n_bytes * (double)US_PER_SECOND / (double)since_us;
	return sent > TCP_FACTOR * tcp_bytes_per_second(b, loss);
}

bool circuit_breaker_on_report(
	struct circuit_breaker *b, const struct circuit_report *report, int64_t now_us)
{
	const enum circuit_state state_before = b->state;
	const enum circuit_cause cause_before = b->cause;
	const int64_t since_us = now_us - b->reported_us;
	const bool is_stalled =
		b->has_report && b->n_packets > 0 && report->highest_seq == b->highest_seq;

	if (report->round_trip_us >= 0)
		b->round_trip_us = report->round_trip_us;
	if (b->has_report) {
		learn_interval(b, since_us);
		b->n_over = is_over(b, report->fraction_lost, since_us) ? b->n_over + 1 : 0;
	}
	b->n_stalled = is_stalled ? b->n_stalled + 1 : 0;
	const bool was_sending = b->n_packets > 0;
	b->has_report = true;
	b->reported_us = now_us;
	b->highest_seq = report->highest_seq;
	b->n_packets = 0;
	b->n_bytes = 0;
	const int enough = reports_enough(b);
	const double long_us = enough * b->interval_us;
	if (b->state == CIRCUIT_OPEN) /* nothing is sent that could be measured */
		return false;
	if (b->n_over >= enough && b->cause == CIRCUIT_CONGESTION) {
		open_circuit(b, now_us);
	} else if (b->n_over >= enough) {
		change(b, CIRCUIT_REDUCED, CIRCUIT_CONGESTION, now_us);
	} else if (b->n_stalled >= enough && b->state == CIRCUIT_CLOSED) {
		change(b, CIRCUIT_REDUCED, CIRCUIT_MEDIA_TIMEOUT, now_us);
	} else if (b->state == CIRCUIT_REDUCED && was_sending && b->n_stalled == 0 &&
		   b->n_over == 0 && (double)(now_us - b->changed_us) >= long_us) {
		change(b, CIRCUIT_CLOSED, CIRCUIT_NO_CAUSE, now_us);
	}
	return b->state != state_before || b->cause != cause_before;
}

bool circuit_breaker_advance(struct circuit_breaker *b, int64_t now_us)
{
	const int64_t since_us = now_us - b->changed_us;

	if (!b->has_report)
		return false;
	if (b->state == CIRCUIT_OPEN) {
		if (since_us < b->pause_us)
			return false;
		change(b, CIRCUIT_REDUCED, b->cause, now_us);
		return true;
	}
	if (b->state == CIRCUIT_REDUCED || now_us - b->reported_us < RTCP_TIMEOUT_US)
		return false;
	change(b, CIRCUIT_REDUCED, CIRCUIT_RTCP_TIMEOUT, now_us);
	return true;
}

const char *circuit_cause_name(enum circuit_cause cause)
{
	static const char *const names[] = {
		[CIRCUIT_NO_CAUSE] = "none",
		[CIRCUIT_RTCP_TIMEOUT] = "rtcp_timeout",
		[CIRCUIT_MEDIA_TIMEOUT] = "media_timeout",
		[CIRCUIT_CONGESTION] = "congestion",
	};
	return names[cause];
}
