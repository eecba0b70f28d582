/* One participant's part in an RTCP session: its name, its clock, who else is there and when it may
 * speak, collisions of names and loops (RFC 3550, 6.3, 8.2; RFC 7022).
 *
 * There is one for each participant, whatever it does: it is owned once, by a one-way stream or by who
 * holds both streams of a two-way call, and lent to what the sender and the receiver report. So a call
 * is one source with one schedule, and says all in one datagram:
 *
 *   a report:    begin_report() -> the streams tell their parts -> write()
 *   a datagram:  take() -> the streams read what is for them by next()
 *
 * Pure: no clock, no allocation. Thread: one at a time, and so for all streams it is lent to. */
#ifndef HINDSIGHT_COMMON_RTP_RTCP_SESSION_H
#define HINDSIGHT_COMMON_RTP_RTCP_SESSION_H

#include "common/base/status.h"
#include "common/rtp/rtcp_compound.h"
#include "common/rtp/rtcp_reader.h"
#include "common/rtp/rtcp_schedule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RTCP_SESSION_CNAME_BYTES = 64, /* the zero at the end included */
	RTCP_TAKEN_BYTES_MAX = 2048    /* longer datagrams are no reports */
};

/* A full report is so far from the one before, at least; those between tell of losses alone
 * (RFC 5506), so that there can be more of them in the same bits. */
#define RTCP_FULL_EVERY_US INT64_C(1000000)

struct rtcp_session_config {
	uint32_t ssrc;			      /* random (RFC 3550, 8.1) */
	char cname[RTCP_SESSION_CNAME_BYTES]; /* unique, and the same for the whole call */
	uint64_t seed;			      /* of the intervals, and of another SSRC */
	uint64_t epoch_us;		      /* now_us 0 in microseconds since 1900 */
	int session_bps; /* at first, of all who send; lower layers included, > 0 */
	bool is_group;	 /* multicast: all hear all */
};

/* All but session_bps and is_group. cname is cut to fit. */
struct rtcp_session_config rtcp_session_named(
	uint32_t ssrc, const char *cname, uint64_t seed, uint64_t epoch_us);

/* Datagrams, since the start. */
struct rtcp_session_counts {
	int64_t n_sent, sent_bytes;
	int64_t n_received;
	int64_t n_rejected; /* not RTCP, or malformed */
};

struct rtcp_session { /* private to rtcp_session.c, but for the counts and the config, to be read */
	struct rtcp_session_config config;
	struct rtcp_schedule schedule;
	struct rtcp_session_counts counts;
	bool has_begun;
	bool has_rtp;	     /* RTP went or came: there is somebody to speak to */
	uint32_t taken_ssrc; /* our name when the newest datagram came */
	uint32_t left_ssrc;  /* a name given up, to be said goodbye */
	bool has_left;
	bool has_full;
	int64_t full_us;	     /* when the last full report was made */
	int64_t n_collisions;	     /* names given up */
	int64_t n_loops;	     /* our own words that came back */
	int64_t rtp_us;		     /* when RTP went or came last */
	int64_t rate_us, rate_bytes; /* of the present second of it, lower layers included */
};

void rtcp_session_init(struct rtcp_session *s, const struct rtcp_session_config *config);

/* Time begins, before anything below that is given the time. Again: no effect. */
void rtcp_session_begin(struct rtcp_session *s, int64_t now_us);

/* now_us on the participant's clock, as reports tell it. */
uint64_t rtcp_session_ntp(const struct rtcp_session *s, int64_t now_us);

/* A packet of ssrc's RTP went (it is ours) or came: a member that sends, and what all reports together
 * may take is a share of its bits (RFC 3550, 6.2), as they are, a second of speaking at a time. */
void rtcp_session_on_rtp(
	struct rtcp_session *s, uint32_t ssrc, size_t datagram_bytes, int64_t now_us);

/* Somebody else uses our name: another one is drawn, and where the old one was heard, a report is
 * wanted at once that says goodbye to it. */
void rtcp_session_collide(struct rtcp_session *s, int64_t now_us);

/* ---- a datagram of reports has come ---- */

/* Notes who is there (whoever tells a CNAME: RFC 3550, 6.2.1), goodbyes and collisions; afterwards
 * config.ssrc may be another one. STATUS_OK: *reader stands before the first item, for
 * rtcp_session_next() of each who wants to read it, on a copy. Else as rtcp_open(), or
 * STATUS_MALFORMED where it is too long. All is counted. */
enum status rtcp_session_take(struct rtcp_session *s, struct rtcp_reader *reader,
	const uint8_t *datagram, size_t n_bytes, int64_t now_us);

/* The next item that is not said in our name; false: there is none. Of the datagram taken last. */
bool rtcp_session_next(
	const struct rtcp_session *s, struct rtcp_reader *reader, struct rtcp_item *item);

/* ---- a report of ours ---- */

/* Whether one is due; *report then has the names, and is_full says what it may tell. */
bool rtcp_session_begin_report(
	struct rtcp_session *s, struct rtcp_compound *report, int64_t now_us);

/* The datagram, RTCP_DATAGRAM_BYTES_MAX bytes at most; 0: it says nothing, and stays due. */
size_t rtcp_session_write(struct rtcp_session *s, const struct rtcp_compound *report,
	uint8_t *datagram, int64_t now_us);

/* The goodbye at the end of all, RTCP_DATAGRAM_BYTES_MAX bytes at most; 0 where nothing was ever said,
 * or we are too many (RFC 3550, 6.3.7). */
size_t rtcp_session_bye(struct rtcp_session *s, uint8_t *datagram);

#endif
