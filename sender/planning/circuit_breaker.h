/* The last resort against congestion: whether media may be sent at all (RFC 8083).
 *
 *              ten times TCP's rate for long enough (4.3),
 *              nothing of it arrives (4.2), or              ten times TCP's rate
 *              nobody reports any more (4.1)                once more (4.3)
 *     CLOSED --------------------------------> REDUCED -------------------------> OPEN
 *        ^                                      |    ^                              |
 *        +--------- reports are good -----------+    +-- after a pause, as a trial -+
 *
 * The RFC asks to cease, or to send a tenth and cease if that does not help (4.5). Congestion that is
 * measured is obeyed so: a call goes on with the least rate first; then it pauses, for longer each
 * time, and tries again with the least rate, when the congestion may be expected to be over.
 * Silence measures nothing: the way back alone may be cut, or the listener starts anew and must hear
 * us to report again. Who does not report is sent little, for as long as that lasts, and never
 * nothing. A stream of which nobody ever reported is not judged. Between the two stand planner and
 * congestion, so that it should never come to this.
 * Pure; no clock. Owner: send_stream. Thread: the owner's. */
#ifndef HINDSIGHT_SENDER_PLANNING_CIRCUIT_BREAKER_H
#define HINDSIGHT_SENDER_PLANNING_CIRCUIT_BREAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum circuit_state {
	CIRCUIT_CLOSED,	 /* all is well */
	CIRCUIT_REDUCED, /* send the least there is; where the cause is no congestion, what a bad
			    channel bears */
	CIRCUIT_OPEN	 /* send no media; reports go on */
};

enum circuit_cause {
	CIRCUIT_NO_CAUSE,
	CIRCUIT_RTCP_TIMEOUT,  /* 4.1: no receiver reports any more */
	CIRCUIT_MEDIA_TIMEOUT, /* 4.2: what we send does not arrive */
	CIRCUIT_CONGESTION     /* 4.3: we send ten times what TCP would */
};

/* What a report block says of our stream (RFC 3550, 6.4.1). */
struct circuit_report {
	uint32_t highest_seq;  /* extended */
	double fraction_lost;  /* since the previous report, 0..1 */
	int64_t round_trip_us; /* < 0: unknown */
};

struct circuit_breaker { /* private to circuit_breaker.c, except that state and cause may be read */
	enum circuit_state state;
	enum circuit_cause cause; /* why the state was entered */
	int64_t packet_us;
	bool has_report;
	bool is_trial; /* CIRCUIT_REDUCED after a pause */
	int64_t reported_us;
	int64_t changed_us; /* when the state last changed */
	int64_t pause_us;   /* duration of the next CIRCUIT_OPEN */
	double interval_us; /* between reports, mean */
	int64_t round_trip_us;
	uint32_t highest_seq;
	int n_stalled, n_over;	    /* reports in a row */
	int64_t n_packets, n_bytes; /* sent since the last report */
};

/* packet_us: duration of the sound in a packet. */
void circuit_breaker_init(struct circuit_breaker *b, int64_t packet_us);

/* A packet has been sent; n_bytes: of the datagram, headers of IP and UDP included. */
void circuit_breaker_on_sent(struct circuit_breaker *b, size_t n_bytes);

/* The packet last told of was not taken by the network. */
void circuit_breaker_on_unsent(struct circuit_breaker *b, size_t n_bytes);

/* True: the state or its cause has changed. */
bool circuit_breaker_on_report(
	struct circuit_breaker *b, const struct circuit_report *report, int64_t now_us);

/* Call it with every frame. True: the state has changed. */
bool circuit_breaker_advance(struct circuit_breaker *b, int64_t now_us);

/* "none", "rtcp_timeout", "media_timeout", "congestion". */
const char *circuit_cause_name(enum circuit_cause cause);

#endif
