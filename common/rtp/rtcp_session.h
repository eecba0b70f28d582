/* One participant's part in an RTCP session that both sides have in common: its name, its clock, who
 * else is there and when it may speak, collisions of names and loops (RFC 3550, 6.3, 8.2; RFC 7022).
 * Pure: no clock, no allocation. Owner: audience or reporter. Thread: the owner's. */
#ifndef HINDSIGHT_COMMON_RTP_RTCP_SESSION_H
#define HINDSIGHT_COMMON_RTP_RTCP_SESSION_H

#include "common/rtp/rtcp_reader.h"
#include "common/rtp/rtcp_schedule.h"
#include "common/rtp/rtcp_writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RTCP_SESSION_CNAME_BYTES = 64 }; /* the zero at the end included */

struct rtcp_session_config {
	uint32_t ssrc;			      /* random (RFC 3550, 8.1) */
	char cname[RTCP_SESSION_CNAME_BYTES]; /* unique, and the same for the whole call */
	uint64_t seed;			      /* of the intervals, and of another SSRC */
	uint64_t epoch_us;		      /* now_us 0 in microseconds since 1900 */
	int session_bps;		      /* at first; lower layers included */
	bool is_group;			      /* multicast: all hear all */
};

/* All but session_bps and is_group. cname is cut to fit. */
struct rtcp_session_config rtcp_session_named(
	uint32_t ssrc, const char *cname, uint64_t seed, uint64_t epoch_us);

struct rtcp_session { /* private to rtcp_session.c, but for the counts and the config, to be read */
	struct rtcp_session_config config;
	struct rtcp_schedule schedule;
	uint32_t left_ssrc; /* a name given up, to be said goodbye */
	bool has_left;
	int64_t n_collisions;	     /* names given up */
	int64_t n_loops;	     /* our own words that came back */
	int64_t rtp_us;		     /* when RTP went or came last */
	int64_t rate_us, rate_bytes; /* of the present second of it, lower layers included */
};

void rtcp_session_init(
	struct rtcp_session *s, const struct rtcp_session_config *config, int64_t now_us);

/* The session's bits a second, measured anew; lower layers included, > 0. */
void rtcp_session_set_bps(struct rtcp_session *s, int session_bps);

/* now_us on the participant's clock, as reports tell it. */
uint64_t rtcp_session_ntp(const struct rtcp_session *s, int64_t now_us);

/* A datagram of reports has come: as rtcp_open(), and its bytes are counted. */
enum status rtcp_session_open(struct rtcp_session *s, struct rtcp_reader *reader,
	const uint8_t *datagram, size_t n_bytes);

/* The next item that somebody else says; false: there is none. Members (whoever tells a CNAME: RFC
 * 3550, 6.2.1), goodbyes and collisions are noted. Afterwards config.ssrc may be another one. */
bool rtcp_session_next(
	struct rtcp_session *s, struct rtcp_reader *reader, struct rtcp_item *item, int64_t now_us);

/* A packet of the session's RTP went or came: what all reports together may take is a share of its
 * bits (RFC 3550, 6.2), as they are, a second of speaking at a time. */
void rtcp_session_on_rtp(struct rtcp_session *s, size_t datagram_bytes, int64_t now_us);

/* Somebody else uses our name: another one is drawn, and where the old one was heard, a report is
 * wanted at once that says goodbye to it. */
void rtcp_session_collide(struct rtcp_session *s, int64_t now_us);

/* What every report ends with: CNAME, and the goodbye of a name given up. */
void rtcp_session_finish(struct rtcp_session *s, struct rtcp_writer *w);

/* The goodbye at the end of all, RTCP_DATAGRAM_BYTES_MAX bytes at most; 0 where nothing was ever said
 * (RFC 3550, 6.3.7). */
size_t rtcp_session_bye(struct rtcp_session *s, uint8_t *datagram);

#endif
