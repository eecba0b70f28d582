/* What the sender reports by RTCP: its clock, its own part of the delay, and the round trip
 * computed from its answers to our reference times.
 * Pure: no clock, no allocation. Owner: reporter. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_REPORTS_SENDER_NEWS_H
#define HINDSIGHT_RECEIVER_REPORTS_SENDER_NEWS_H

#include "common/rtp/rtcp_session.h"
#include "receiver/reports/clock_offset.h"

#include <stdbool.h>
#include <stdint.h>

enum { SENDER_NAME_BYTES = 64 };

struct sender_news {			    /* to be read; written by sender_news.c alone */
	const struct rtcp_session *session; /* ours: our name and our clock */
	struct clock_offset clock;	    /* how far the sender's is ahead of ours */
	uint64_t sr_ntp;		    /* of the last SR, by its clock */
	uint32_t sr_timestamp;		    /* of the same instant */
	int64_t sr_us;			    /* when that SR arrived; < 0: none yet */
	bool has_delay;
	struct rtcp_sender_delay delay; /* as last reported */
	int64_t round_trip_us;		/* < 0: unknown */
	/* Its CNAME where that is "user@host" (RFC 3550, 6.5.1), cut to fit; else "". */
	char name[SENDER_NAME_BYTES];
};

/* session: must live as long. */
void sender_news_init(struct sender_news *n, const struct rtcp_session *session);

/* Another sender is received: nothing is known about it. */
void sender_news_begin_source(struct sender_news *n);

/* One item from the sender, in a datagram that arrived at arrival_us. */
void sender_news_take(struct sender_news *n, const struct rtcp_item *item, int64_t arrival_us);

#endif
