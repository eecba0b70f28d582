#include "common/rtp/rtcp_session.h"

#include "common/base/units.h"
#include "common/rtp/ntp.h"

#include <string.h>

/* The longest gap between packets of active speech; in DTX, a pause or an outage gaps are
 * longer. */
#define SPEAKING_GAP_US_MAX (150 * US_PER_MS)

/* Repeated collisions mean a loop that echoes whatever SSRC we take (RFC 3550, 8.2). */
enum { COLLISIONS_MAX = 4 };

/* A CNAME is mandatory (RFC 3550, 6.5.1), even a poor one. */
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

/* Intervals are random, and the session's rate is known only afterwards, so the target is lowered
 * until each minute of a call keeps to its share. */
static int aimed_bps(int session_bps)
{
	return session_bps - session_bps / 16;
}

void rtcp_session_init(struct rtcp_session *s, const struct rtcp_session_config *config)
{
	memset(s, 0, sizeof *s);
	s->config = *config;
	s->config.cname[RTCP_SESSION_CNAME_BYTES - 1] = '\0';
	if (s->config.cname[0] == '\0')
		memcpy(s->config.cname, any_cname, sizeof any_cname);
}

void rtcp_session_begin(struct rtcp_session *s, int64_t now_us)
{
	if (s->has_begun)
		return;
	s->has_begun = true;
	s->rtp_us = now_us;
	rtcp_schedule_init(&s->schedule,
		&(struct rtcp_schedule_config){
			.own_ssrc = s->config.ssrc,
			.seed = s->config.seed,
			.session_bps = aimed_bps(s->config.session_bps),
			.is_group = s->config.is_group,
		},
		now_us);
}

uint64_t rtcp_session_ntp(const struct rtcp_session *s, int64_t now_us)
{
	return ntp_from_us(s->config.epoch_us + (uint64_t)now_us);
}

/* Silence does not count: otherwise there would be no report for minutes after it. */
static void measure(struct rtcp_session *s, size_t datagram_bytes, int64_t now_us)
{
	/* A packet received may be noted after one that was sent later. */
	const int64_t gap_us = now_us > s->rtp_us ? now_us - s->rtp_us : 0;

	s->rtp_us += gap_us;
	if (gap_us > SPEAKING_GAP_US_MAX)
		return;
	s->rate_us += gap_us;
	s->rate_bytes += (int64_t)datagram_bytes + IPV4_UDP_BYTES;
	if (s->rate_us < US_PER_SECOND)
		return;
	const int64_t bps = s->rate_bytes * 8 * US_PER_SECOND / s->rate_us;
	rtcp_schedule_set_session_bps(
		&s->schedule, aimed_bps(bps < INT32_MAX ? (int)bps : INT32_MAX));
	s->rate_us = 0;
	s->rate_bytes = 0;
}

void rtcp_session_on_rtp(
	struct rtcp_session *s, uint32_t ssrc, size_t datagram_bytes, int64_t now_us)
{
	s->has_rtp = true;
	rtcp_schedule_on_member(&s->schedule, ssrc, true, now_us);
	measure(s, datagram_bytes, now_us);
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
	/* Until they get the BYE, our packets under the new SSRC look like a stranger's. */
	if (s->has_left)
		rtcp_schedule_want_early(&s->schedule, now_us);
}

/* Items under our own SSRC are not acted upon. */
static void note(struct rtcp_session *s, const struct rtcp_item *item, int64_t now_us)
{
	const size_t n_own = strlen(s->config.cname);

	if (item->from != s->taken_ssrc) {
		if (item->kind == RTCP_BYE)
			rtcp_schedule_on_bye(&s->schedule, item->from, now_us);
		else if (item->kind == RTCP_CNAME) /* an SSRC alone can be made up by the hundred */
			rtcp_schedule_on_member(&s->schedule, item->from, false, now_us);
		return;
	}
	s->n_loops += item->kind == RTCP_MEMBER;
	if (item->kind == RTCP_CNAME && s->config.ssrc == s->taken_ssrc &&
		(item->cname.n_bytes != n_own ||
			memcmp(item->cname.bytes, s->config.cname, n_own) != 0))
		rtcp_session_collide(s, now_us);
}

enum status rtcp_session_take(struct rtcp_session *s, struct rtcp_reader *reader,
	const uint8_t *datagram, size_t n_bytes, int64_t now_us)
{
	const enum status status = n_bytes > RTCP_TAKEN_BYTES_MAX
					   ? STATUS_MALFORMED
					   : rtcp_open(reader, datagram, n_bytes);
	struct rtcp_item item;

	s->counts.n_received += status == STATUS_OK;
	s->counts.n_rejected += status != STATUS_OK;
	if (status != STATUS_OK)
		return status;
	rtcp_schedule_on_datagram(&s->schedule, n_bytes);
	s->taken_ssrc = s->config.ssrc;
	for (struct rtcp_reader all = *reader; rtcp_next(&all, &item);)
		note(s, &item, now_us);
	return STATUS_OK;
}

bool rtcp_session_next(
	const struct rtcp_session *s, struct rtcp_reader *reader, struct rtcp_item *item)
{
	while (rtcp_next(reader, item))
		if (item->from != s->taken_ssrc)
			return true;
	return false;
}

static struct rtcp_compound begin_compound(const struct rtcp_session *s)
{
	return (struct rtcp_compound){
		.ssrc = s->config.ssrc,
		.cname = s->config.cname,
		.has_left = s->has_left,
		.left_ssrc = s->left_ssrc,
	};
}

bool rtcp_session_begin_report(struct rtcp_session *s, struct rtcp_compound *report, int64_t now_us)
{
	if (!s->has_rtp || !rtcp_schedule_is_due(&s->schedule, now_us))
		return false;
	*report = begin_compound(s);
	report->is_full = !s->has_full || s->has_left || now_us - s->full_us >= RTCP_FULL_EVERY_US;
	return true;
}

size_t rtcp_session_write(struct rtcp_session *s, const struct rtcp_compound *report,
	uint8_t *datagram, int64_t now_us)
{
	struct rtcp_writer w = rtcp_writer_over(datagram, RTCP_DATAGRAM_BYTES_MAX);

	rtcp_compound_write(report, &w);
	if (w.n_bytes == 0)
		return 0;
	if (report->is_full) {
		s->has_left = false;
		s->has_full = true;
		s->full_us = now_us;
	}
	s->counts.n_sent++;
	s->counts.sent_bytes += (int64_t)w.n_bytes;
	rtcp_schedule_sent(&s->schedule, w.n_bytes, now_us);
	return w.n_bytes;
}

size_t rtcp_session_bye(struct rtcp_session *s, uint8_t *datagram)
{
	struct rtcp_writer w = rtcp_writer_over(datagram, RTCP_DATAGRAM_BYTES_MAX);
	struct rtcp_compound bye = begin_compound(s);

	if (!rtcp_schedule_may_say_bye(&s->schedule))
		return 0;
	bye.is_full = true;
	bye.says_bye = true;
	rtcp_compound_write(&bye, &w);
	s->has_left = false;
	s->counts.n_sent++;
	s->counts.sent_bytes += (int64_t)w.n_bytes;
	return w.n_bytes;
}
