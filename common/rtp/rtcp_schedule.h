/* When RTCP may be sent: the members of a session and the interval between reports (RFC 3550, 6.2,
 * 6.3 and A.7, with the profile of RFC 4585, 3.4 and 3.5: no minimum interval, T_rr_interval 0, and
 * an early report when there is news).
 * All reports together take at most RTCP_BANDWIDTH_PERCENT of the session's bits, headers of IP and
 * UDP included, however many members there are; early ones do not add to that.
 *
 *     last_us            early_us             next_us
 *   ---- report --------- early report --------- . . . . ------------- report ---->
 *        |<---- an interval, drawn anew ---->|     (not sent: the early one took its place)
 *
 * Pure: no clock, no allocation; randomness from the seed. Owner: send_stream or recv_stream.
 * Thread: the owner's. */
#ifndef HINDSIGHT_COMMON_RTP_RTCP_SCHEDULE_H
#define HINDSIGHT_COMMON_RTP_RTCP_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RTCP_BANDWIDTH_PERCENT = 5, /* RFC 3550, 6.2 */
	RTCP_MEMBERS_MAX = 1024,    /* known members besides us; the count stays there with more */
	RTCP_MEMBER_SLOTS = 2048,   /* a power of two, and twice the members */
	RTCP_TIMEOUT_INTERVALS = 5, /* RFC 3550, 6.3.5: until a silent member is dropped */
	/* RFC 3550, 6.3.5: until a silent sender counts as a receiver */
	RTCP_SENDER_TIMEOUT_INTERVALS = 2,
	RTCP_BYE_MEMBERS_MAX = 49, /* RFC 3550, 6.3.7 */
};

/* RFC 3550, 6.2: time-outs are computed from intervals of at least this, however short those of the
 * reports are. */
#define RTCP_TIMEOUT_INTERVAL_US_MIN INT64_C(5000000)

struct rtcp_schedule_config {
	uint32_t own_ssrc;
	uint64_t seed;	 /* of the random intervals: differs from member to member */
	int session_bps; /* at first, lower layers included; > 0 */
	bool is_group;	 /* multicast: the first report waits about a second (RFC 4585, 3.5.1) */
};

struct rtcp_member { /* private to rtcp_schedule.c */
	uint32_t ssrc;
	bool is_there, is_sender;
	bool has_left;	 /* by BYE: packets still on the path do not bring it back */
	int64_t seen_us; /* last */
	int64_t sent_us; /* RTP, last */
};

struct rtcp_schedule { /* private to rtcp_schedule.c */
	struct rtcp_schedule_config config;
	struct rtcp_member members[RTCP_MEMBER_SLOTS]; /* open addressing by SSRC */
	int n_members;				       /* not counting us */
	int n_senders;				       /* not counting us */
	int n_members_before;			       /* RFC 3550's pmembers */
	uint64_t random;
	bool we_send; /* RTP was sent lately */
	int64_t we_sent_us;
	bool has_spoken;   /* we have sent something, so others may know us */
	bool is_first;	   /* no report has been sent yet */
	double mean_bytes; /* RFC 3550's avg_rtcp_size */
	int64_t last_us;   /* tp */
	int64_t next_us;   /* tn */
	bool regular_is_due;
	bool may_be_early; /* RFC 4585's allow_early */
	bool early_is_wanted;
	int64_t early_us; /* RFC 4585's te */
};

void rtcp_schedule_init(
	struct rtcp_schedule *s, const struct rtcp_schedule_config *config, int64_t now_us);

/* After a collision: the same session under another SSRC. */
void rtcp_schedule_set_ssrc(struct rtcp_schedule *s, uint32_t own_ssrc);

/* The session's bits a second, measured anew; > 0. Takes effect with the next interval drawn. */
void rtcp_schedule_set_session_bps(struct rtcp_schedule *s, int session_bps);

/* RTP (sends_rtp) or RTCP arrived from ssrc, or our own RTP was sent (ssrc is own_ssrc). A member
 * counts from the first call, so call it only for sources believed to exist (RFC 3550, 6.2.1: two
 * packets in sequence, or a CNAME). Bounded work, whatever SSRCs arrive: a member that finds no
 * free or timed-out slot is not recorded. */
void rtcp_schedule_on_member(
	struct rtcp_schedule *s, uint32_t ssrc, bool sends_rtp, int64_t now_us);

/* A member has sent BYE: the interval shrinks at once (RFC 3550, 6.3.4). For two seconds nothing
 * brings the member back. */
void rtcp_schedule_on_bye(struct rtcp_schedule *s, uint32_t ssrc, int64_t now_us);

/* An RTCP datagram of any member arrived; n_bytes without lower layers. */
void rtcp_schedule_on_datagram(struct rtcp_schedule *s, size_t n_bytes);

/* There is news: the next report is due at once unless the last one was early, too (RFC 4585,
 * 3.5.2); with more than two members, after a random wait of at most half an interval. Otherwise
 * the news waits for the next regular report, and nothing changes. */
void rtcp_schedule_want_early(struct rtcp_schedule *s, int64_t now_us);

/* Whether a datagram is due now. May be called at any rate: when an interval is over, members that
 * have been silent too long are forgotten, and the due time is reconsidered (RFC 3550, 6.3.6).
 * True, until one is sent and rtcp_schedule_sent() is called. A datagram sent without being due (a
 * BYE) counts as an early one. */
bool rtcp_schedule_is_due(struct rtcp_schedule *s, int64_t now_us);
void rtcp_schedule_sent(struct rtcp_schedule *s, size_t n_bytes, int64_t now_us);

/* Whether a BYE may be sent at once: others may know us, and the members are few enough that their
 * BYEs cannot become a flood. Otherwise leave without one; the others time us out (RFC 3550,
 * 6.3.7). */
bool rtcp_schedule_may_say_bye(const struct rtcp_schedule *s);

/* Members seen, including us; and those of them that send RTP. */
int rtcp_schedule_members(const struct rtcp_schedule *s);
int rtcp_schedule_senders(const struct rtcp_schedule *s);

/* The interval between a sender's reports at present, or between a receiver's, without its random
 * part. */
int64_t rtcp_schedule_interval_us(const struct rtcp_schedule *s, bool of_sender);

#endif
