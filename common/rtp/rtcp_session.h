/* One participant's part in an RTCP session: its SSRC and clock, the other members, when it may
 * report, SSRC collisions and loops (RFC 3550, 6.3, 8.2; RFC 7022).
 *
 * There is one per participant: it is owned once, by a one-way stream or by the owner of both
 * streams of a two-way call, and lent to the sender's and the receiver's reports. So a call is one
 * source with one schedule, and reports everything in one datagram:
 *
 *   a report:    begin_report() -> the streams add their parts -> write()
 *   a datagram:  take() -> the streams read what is for them by next()
 *
 * Pure: no clock, no allocation. Thread: one at a time, for this and all streams it is lent to. */
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
	RTCP_TAKEN_BYTES_MAX = 2048    /* longer datagrams are not reports */
};

/* Least time between full reports. Those in between report losses alone (RFC 5506), so that the
 * same bits hold more reports. */
#define RTCP_FULL_EVERY_US INT64_C(1000000)

struct rtcp_session_config {
	uint32_t ssrc;			      /* random (RFC 3550, 8.1) */
	char cname[RTCP_SESSION_CNAME_BYTES]; /* unique, and the same for the whole call */
	uint64_t seed;			      /* for the intervals and for a new SSRC */
	uint64_t epoch_us;		      /* now_us 0 in microseconds since 1900 */
	int session_bps; /* at first, of all senders; lower layers included, > 0 */
	bool is_group;	 /* multicast: every member receives all reports */
};

/* All but session_bps and is_group. cname is cut to fit. */
struct rtcp_session_config rtcp_session_named(
	uint32_t ssrc, const char *cname, uint64_t seed, uint64_t epoch_us);

/* Numbers of datagrams since the start. */
struct rtcp_session_counts {
	int64_t n_sent, sent_bytes;
	int64_t n_received;
	int64_t n_rejected; /* not RTCP, or malformed */
};

struct rtcp_session { /* private to rtcp_session.c, except that counts and config may be read */
	struct rtcp_session_config config;
	struct rtcp_schedule schedule;
	struct rtcp_session_counts counts;
	bool has_begun;
	bool has_rtp;	     /* RTP was sent or received: there is a peer */
	uint32_t taken_ssrc; /* our SSRC when the newest datagram arrived */
	uint32_t left_ssrc;  /* an SSRC given up, whose BYE is due */
	bool has_left;
	bool has_full;
	int64_t full_us;	     /* when the last full report was made */
	int64_t n_collisions;	     /* SSRCs given up */
	int64_t n_loops;	     /* our own datagrams that came back */
	int64_t rtp_us;		     /* when RTP was last sent or received */
	int64_t rate_us, rate_bytes; /* of the present second of RTP, lower layers included */
};

void rtcp_session_init(struct rtcp_session *s, const struct rtcp_session_config *config);

/* Starts the session's time, before any call below that takes now_us. Later calls have no
 * effect. */
void rtcp_session_begin(struct rtcp_session *s, int64_t now_us);

/* now_us on the participant's clock, as used in reports. */
uint64_t rtcp_session_ntp(const struct rtcp_session *s, int64_t now_us);

/* An RTP packet of ssrc was sent (by us) or received. ssrc is a member that sends. All reports
 * together may take a share of its bits (RFC 3550, 6.2), measured over each second of active
 * speech. */
void rtcp_session_on_rtp(
	struct rtcp_session *s, uint32_t ssrc, size_t datagram_bytes, int64_t now_us);

/* Another participant uses our SSRC: a new one is drawn, and if the old one may be known, a report
 * with its BYE is wanted at once. */
void rtcp_session_collide(struct rtcp_session *s, int64_t now_us);

/* ---- a datagram of reports has arrived ---- */

/* Notes members (those with a CNAME: RFC 3550, 6.2.1), BYEs and collisions; config.ssrc may change.
 * STATUS_OK: *reader is at the first item; each consumer reads a copy of it with
 * rtcp_session_next(). Else as rtcp_open(), or STATUS_MALFORMED where the datagram is too long.
 * Everything is counted. */
enum status rtcp_session_take(struct rtcp_session *s, struct rtcp_reader *reader,
	const uint8_t *datagram, size_t n_bytes, int64_t now_us);

/* The next item of the datagram taken last that is not from our own SSRC; false: there is none. */
bool rtcp_session_next(
	const struct rtcp_session *s, struct rtcp_reader *reader, struct rtcp_item *item);

/* ---- our own report ---- */

/* Whether a report is due; then *report has SSRC and CNAME, and is_full says what it may
 * contain. */
bool rtcp_session_begin_report(
	struct rtcp_session *s, struct rtcp_compound *report, int64_t now_us);

/* Writes the datagram, at most RTCP_DATAGRAM_BYTES_MAX bytes; 0: it is empty, and stays due. */
size_t rtcp_session_write(struct rtcp_session *s, const struct rtcp_compound *report,
	uint8_t *datagram, int64_t now_us);

/* Writes the BYE at the end, at most RTCP_DATAGRAM_BYTES_MAX bytes; 0 where nothing was ever sent,
 * or there are too many members (RFC 3550, 6.3.7). */
size_t rtcp_session_bye(struct rtcp_session *s, uint8_t *datagram);

#endif
