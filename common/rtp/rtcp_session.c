#include "common/rtp/rtcp_session.h"

#include "common/base/units.h"
#include "common/rtp/ntp.h"

#include <string.h>

/* Packets of a sender that speaks follow one another within this; in DTX, a pause or an outage they
 * do not. */
#define SPEAKING_GAP_US_MAX (150 * US_PER_MS)

/* More than one collision is a loop that echoes whatever name we take (RFC 3550, 8.2). */
enum { COLLISIONS_MAX = 4 };

/* A CNAME is a must (RFC 3550, 6.5.1), even a poor one. */
static const char any_cname[] = "hindsight";

struct rtcp_session_config rtcp_session_named(
	uint32_t ssrc, const char *cname, uint64_t seed, uint64_t epoch_us)
{
	struct rtcp_session_config config = { .ssrc = ssrc, .seed = seed, .epoch_us = epoch_us };
	const size_t n = strlen(cname);

	memcpy(config.cname, cname,
		n < RTCP_SESSION_CNAME_BYTES ? n : RTCP_SESSION_CNAME_BYTES - 1);
	return config;
}

/* Intervals are random, and the session's rate is known afterwards only: so much less is aimed at
 * that each minute of a call keeps to its share. */
static int aimed_bps(int session_bps)
{
	return session_bps - session_bps / 16;
}

void rtcp_session_set_bps(struct rtcp_session *s, int session_bps)
{
	rtcp_schedule_set_session_bps(&s->schedule, aimed_bps(session_bps));
}

void rtcp_session_init(
	struct rtcp_session *s, const struct rtcp_session_config *config, int64_t now_us)
{
	memset(s, 0, sizeof *s);
	s->config = *config;
	s->rtp_us = now_us;
	s->config.cname[RTCP_SESSION_CNAME_BYTES - 1] = '\0';
	if (s->config.cname[0] == '\0')
		memcpy(s->config.cname, any_cname, sizeof any_cname);
	rtcp_schedule_init(&s->schedule,
		&(struct rtcp_schedule_config){
			.own_ssrc = config->ssrc,
			.seed = config->seed,
			.session_bps = aimed_bps(config->session_bps),
			.is_group = config->is_group,
		},
		now_us);
}

uint64_t rtcp_session_ntp(const struct rtcp_session *s, int64_t now_us)
{
	return ntp_from_us(s->config.epoch_us + (uint64_t)now_us);
}

/* Silence counts for nothing: after it there would be no report for minutes. */
void rtcp_session_on_rtp(struct rtcp_session *s, size_t datagram_bytes, int64_t now_us)
{
	const int64_t gap_us = now_us - s->rtp_us;

	s->rtp_us = now_us;
	if (gap_us < 0 || gap_us > SPEAKING_GAP_US_MAX)
		return;
	s->rate_us += gap_us;
	s->rate_bytes += (int64_t)datagram_bytes + IPV4_UDP_BYTES;
	if (s->rate_us < US_PER_SECOND)
		return;
	const int64_t bps = s->rate_bytes * 8 * US_PER_SECOND / s->rate_us;
	rtcp_session_set_bps(s, bps < INT32_MAX ? (int)bps : INT32_MAX);
	s->rate_us = 0;
	s->rate_bytes = 0;
}

void rtcp_session_collide(struct rtcp_session *s, int64_t now_us)
{
	if (s->n_collisions >= COLLISIONS_MAX)
		return;
	s->n_collisions++;
	s->left_ssrc = s->config.ssrc;
	s->has_left = rtcp_schedule_may_say_bye(&s->schedule);
	/* An odd multiplier visits every number; the seed is random. */
	s->config.seed =
		s->config.seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	s->config.ssrc ^= (uint32_t)(s->config.seed >> 32) | 1;
	rtcp_schedule_set_ssrc(&s->schedule, s->config.ssrc);
	if (s->has_left) /* until they hear it, our packets under the new name are a stranger's */
		rtcp_schedule_want_early(&s->schedule, now_us);
}

enum status rtcp_session_open(
	struct rtcp_session *s, struct rtcp_reader *reader, const uint8_t *datagram, size_t n_bytes)
{
	const enum status status = rtcp_open(reader, datagram, n_bytes);

	if (status == STATUS_OK)
		rtcp_schedule_on_datagram(&s->schedule, n_bytes);
	return status;
}

/* False: it was said in our own name, and is not to be acted upon. */
static bool take(struct rtcp_session *s, const struct rtcp_item *item, int64_t now_us)
{
	if (item->from == s->config.ssrc) {
		const size_t n_own = strlen(s->config.cname);
		if (item->kind == RTCP_CNAME &&
			(item->cname.n_bytes != n_own ||
				memcmp(item->cname.bytes, s->config.cname, n_own) != 0))
			rtcp_session_collide(s, now_us);
		s->n_loops += item->kind == RTCP_MEMBER;
		return false;
	}
	if (item->kind == RTCP_BYE)
		rtcp_schedule_on_bye(&s->schedule, item->from, now_us);
	else if (item->kind == RTCP_CNAME) /* a name alone may be made up by the hundred */
		rtcp_schedule_on_member(&s->schedule, item->from, false, now_us);
	return true;
}

bool rtcp_session_next(
	struct rtcp_session *s, struct rtcp_reader *reader, struct rtcp_item *item, int64_t now_us)
{
	while (rtcp_next(reader, item))
		if (take(s, item, now_us))
			return true;
	return false;
}

void rtcp_session_finish(struct rtcp_session *s, struct rtcp_writer *w)
{
	rtcp_write_cname(w, s->config.ssrc, s->config.cname);
	if (s->has_left)
		rtcp_write_bye(w, s->left_ssrc);
	s->has_left = false;
}

size_t rtcp_session_bye(struct rtcp_session *s, uint8_t *datagram)
{
	struct rtcp_writer w = rtcp_writer_over(datagram, RTCP_DATAGRAM_BYTES_MAX);

	if (!rtcp_schedule_may_say_bye(&s->schedule))
		return 0;
	rtcp_write_rr(&w, s->config.ssrc, NULL, 0);
	rtcp_session_finish(s, &w);
	rtcp_write_bye(&w, s->config.ssrc);
	return w.n_bytes;
}
