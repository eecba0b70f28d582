/* When RTCP may be sent, and who is there: the members of a session and the interval between
 * reports (RFC 3550, 6.2, 6.3 and A.7, with the profile of RFC 4585, 3.4 and 3.5: no minimum
 * interval, and an early report when there is something to tell).
 * All reports together take at most RTCP_BANDWIDTH_PERCENT of the session's bits, headers of IP and
 * UDP included, however many members there are. Pure: no clock, no allocation; randomness by the
 * seed. Owner: send_stream or recv_stream. Thread: the owner's. */
#ifndef HINDSIGHT_COMMON_RTCP_SCHEDULE_H
#define HINDSIGHT_COMMON_RTCP_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RTCP_BANDWIDTH_PERCENT = 5, /* RFC 3550, 6.2 */
	RTCP_MEMBERS_MAX = 1024,    /* told apart; more are counted as heard, not by name */
	RTCP_TIMEOUT_INTERVALS = 5, /* RFC 3550, 6.3.5 */
	RTCP_LOWER_BYTES = 28	    /* of IPv4 and UDP, which RFC 3550, 6.2 counts */
};

struct rtcp_schedule_config {
	uint32_t own_ssrc;
	uint64_t seed;	 /* of the random intervals: differs from member to member */
	int session_bps; /* at first, lower layers included; > 0 */
};

struct rtcp_member { /* private to rtcp_schedule.c */
	uint32_t ssrc;
	bool is_there, is_sender;
	int64_t heard_us; /* last */
	int64_t sent_us;  /* RTP, last */
};

struct rtcp_schedule { /* private to rtcp_schedule.c */
	struct rtcp_schedule_config config;
	struct rtcp_member members[RTCP_MEMBERS_MAX]; /* open addressing by SSRC */
	int n_members;				      /* without ourselves */
	int n_senders;				      /* without ourselves */
	int n_members_before;			      /* RFC 3550's pmembers */
	uint64_t random;
	bool we_send; /* RTP was sent within the last two intervals */
	int64_t we_sent_us;
	bool is_first;	   /* nothing has been sent yet */
	double mean_bytes; /* RFC 3550's avg_rtcp_size */
	int64_t last_us;   /* tp */
	int64_t next_us;   /* tn */
	bool may_be_early; /* RFC 4585's allow_early */
	bool early_is_wanted;
};

void rtcp_schedule_init(
	struct rtcp_schedule *s, const struct rtcp_schedule_config *config, int64_t now_us);

/* After a collision: the same session under another name. */
void rtcp_schedule_set_ssrc(struct rtcp_schedule *s, uint32_t own_ssrc);

/* The session's bits a second, measured anew. */
void rtcp_schedule_set_session_bps(struct rtcp_schedule *s, int session_bps);

/* Someone's RTP (sends_rtp) or RTCP came, or our own RTP went out (ssrc is own_ssrc). */
void rtcp_schedule_on_member(
	struct rtcp_schedule *s, uint32_t ssrc, bool sends_rtp, int64_t now_us);

/* A member says goodbye: others' intervals shrink at once (RFC 3550, 6.3.4). */
void rtcp_schedule_on_bye(struct rtcp_schedule *s, uint32_t ssrc, int64_t now_us);

/* An RTCP datagram of any member came; n_bytes without lower layers. */
void rtcp_schedule_on_datagram(struct rtcp_schedule *s, size_t n_bytes);

/* There is something to tell: the next report is due at once, where the last one was not early, too
 * (RFC 4585, 3.5.2), and after a random wait where we are more than two. */
void rtcp_schedule_want_early(struct rtcp_schedule *s, int64_t now_us);

/* Whether a datagram is due now. Call it as often as you like; members who have been silent too
 * long are forgotten, and a due time is reconsidered (RFC 3550, 6.3.6). True: send one and call
 * rtcp_schedule_sent(). */
bool rtcp_schedule_is_due(struct rtcp_schedule *s, int64_t now_us);
void rtcp_schedule_sent(struct rtcp_schedule *s, size_t n_bytes, int64_t now_us);

/* Members heard, ourselves included; and of them those who send RTP. */
int rtcp_schedule_members(const struct rtcp_schedule *s);
int rtcp_schedule_senders(const struct rtcp_schedule *s);

/* The interval between our reports at present, without its random part. */
int64_t rtcp_schedule_interval_us(const struct rtcp_schedule *s);

#endif
