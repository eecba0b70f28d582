#include "common/rtp/rtcp_schedule.h"

#include "common/base/splitmix.h"
#include "common/base/units.h"

#include <assert.h>
#include <string.h>

enum {
	PROBES_MAX = 32,       /* slots searched for an SSRC: enough where half of them are free */
	FIRST_MEAN_BYTES = 138 /* a typical first report: 110 bytes and the lower layers */
};

/* A packet may arrive this late after its sender's BYE. */
#define STRAGGLER_US	 (2 * US_PER_SECOND)
#define FIRST_GROUP_US	 US_PER_SECOND /* RFC 4585, 3.5.1: Tmin of the first report in a group */
#define SENDER_SHARE	 0.25	       /* RFC 3550, 6.2: the senders' share of RTCP's bits */
#define DITHER_SHARE	 0.5	       /* RFC 4585, 3.5.2: l */
#define COMPENSATION	 1.21828       /* RFC 3550, 6.3.1: e - 1.5, for the reconsideration */
#define MEAN_BYTES_SHARE (1.0 / 16)    /* RFC 3550, 6.3.3 */

/* ---- intervals ---- */

/* 0 <= result < 1 */
static double next_random(struct rtcp_schedule *s)
{
	s->random += SPLITMIX_STEP;
	return (double)(splitmix_hash(s->random) >> 11) * 0x1p-53;
}

int rtcp_schedule_members(const struct rtcp_schedule *s)
{
	return s->n_members + 1;
}

int rtcp_schedule_senders(const struct rtcp_schedule *s)
{
	return s->n_senders + (s->we_send ? 1 : 0);
}

/* RFC 3550, 6.3.1 and A.7: the number of members that share these bits times the size of a report.
 * The senders' share stays a quarter even where they are more than a quarter of the members, as RFC
 * 3556 allows, because it is the receivers' reports that are acted upon. */
static double interval_us(const struct rtcp_schedule *s, bool as_sender)
{
	const int members = rtcp_schedule_members(s);
	const int senders = rtcp_schedule_senders(s);
	double bytes_per_us = s->config.session_bps * (RTCP_BANDWIDTH_PERCENT / 100.0) / 8 / 1e6;
	int n_sharing = members;

	if (senders > 0 && senders < members) {
		bytes_per_us *= as_sender ? SENDER_SHARE : 1 - SENDER_SHARE;
		n_sharing = as_sender ? senders : members - senders;
	}
	return s->mean_bytes * n_sharing / bytes_per_us;
}

int64_t rtcp_schedule_interval_us(const struct rtcp_schedule *s, bool of_sender)
{
	return (int64_t)interval_us(s, of_sender);
}

static int64_t draw_interval_us(struct rtcp_schedule *s)
{
	double us = interval_us(s, s->we_send);
	const bool are_many = s->config.is_group || rtcp_schedule_members(s) > 2;

	if (s->is_first && are_many && us < (double)FIRST_GROUP_US)
		us = (double)FIRST_GROUP_US;
	return (int64_t)(us * (0.5 + next_random(s)) / COMPENSATION);
}

/* RFC 3550, 6.3.5: a receiver's interval, with a minimum even where reports are frequent. */
static int64_t timeout_interval_us(const struct rtcp_schedule *s)
{
	const int64_t us = (int64_t)interval_us(s, false);

	return us > RTCP_TIMEOUT_INTERVAL_US_MIN ? us : RTCP_TIMEOUT_INTERVAL_US_MIN;
}

/* ---- members ---- */

static void forget(struct rtcp_schedule *s, struct rtcp_member *m)
{
	s->n_members--;
	s->n_senders -= m->is_sender ? 1 : 0;
	m->is_there = false;
	m->is_sender = false;
}

static bool is_timed_out(const struct rtcp_schedule *s, const struct rtcp_member *m, int64_t now_us)
{
	return now_us - m->seen_us > RTCP_TIMEOUT_INTERVALS * timeout_interval_us(s);
}

/* The slots where the SSRC may be, scattered by a hash that cannot be predicted without the seed.
 * Were they neighbours, a few of a thousand members would find all PROBES_MAX slots taken. */
static struct rtcp_member *slot_of(struct rtcp_schedule *s, uint32_t ssrc, size_t probe)
{
	const uint64_t hash = splitmix_hash(s->config.seed ^ ssrc);

	return &s->members[(hash + probe * (hash >> 32 | 1)) % RTCP_MEMBER_SLOTS];
}

/* A member that is present or has just left, else NULL. */
static struct rtcp_member *find(struct rtcp_schedule *s, uint32_t ssrc, int64_t now_us)
{
	for (size_t probe = 0; probe < PROBES_MAX; probe++) {
		struct rtcp_member *const m = slot_of(s, ssrc, probe);
		const bool may_straggle = m->has_left && now_us - m->seen_us <= STRAGGLER_US;
		if (m->ssrc == ssrc && (m->is_there || may_straggle))
			return m;
	}
	return NULL;
}

/* NULL: no room. */
static struct rtcp_member *add(struct rtcp_schedule *s, uint32_t ssrc, int64_t now_us)
{
	for (size_t probe = 0; probe < PROBES_MAX; probe++) {
		struct rtcp_member *const m = slot_of(s, ssrc, probe);
		if (m->is_there && is_timed_out(s, m, now_us))
			forget(s, m);
		if (m->is_there || s->n_members == RTCP_MEMBERS_MAX)
			continue;
		*m = (struct rtcp_member){ .ssrc = ssrc, .is_there = true };
		s->n_members++;
		return m;
	}
	return NULL;
}

void rtcp_schedule_on_member(struct rtcp_schedule *s, uint32_t ssrc, bool sends_rtp, int64_t now_us)
{
	if (ssrc == s->config.own_ssrc) {
		if (sends_rtp) {
			s->we_send = true;
			s->we_sent_us = now_us;
			s->has_spoken = true;
		}
		return;
	}
	struct rtcp_member *m = find(s, ssrc, now_us);
	if (!m)
		m = add(s, ssrc, now_us);
	if (!m || !m->is_there)
		return;
	m->seen_us = now_us;
	if (sends_rtp) {
		m->sent_us = now_us;
		s->n_senders += m->is_sender ? 0 : 1;
		m->is_sender = true;
	}
}

/* RFC 3550, 6.3.4, reverse reconsideration: with fewer members the present interval becomes
 * shorter, too. */
static void shorten_interval(struct rtcp_schedule *s, int64_t now_us)
{
	const int members = rtcp_schedule_members(s);

	if (members >= s->n_members_before)
		return;
	const double share = (double)members / s->n_members_before;
	s->next_us = now_us + (int64_t)(share * (double)(s->next_us - now_us));
	s->last_us = now_us - (int64_t)(share * (double)(now_us - s->last_us));
	s->n_members_before = members;
}

void rtcp_schedule_on_bye(struct rtcp_schedule *s, uint32_t ssrc, int64_t now_us)
{
	struct rtcp_member *const m = find(s, ssrc, now_us);

	if (!m || !m->is_there)
		return;
	forget(s, m);
	m->has_left = true;
	m->seen_us = now_us;
	shorten_interval(s, now_us);
}

static void forget_silent(struct rtcp_schedule *s, int64_t now_us)
{
	const int64_t sender_us = RTCP_SENDER_TIMEOUT_INTERVALS * timeout_interval_us(s);
	const int64_t member_us = RTCP_TIMEOUT_INTERVALS * timeout_interval_us(s);

	for (size_t i = 0; i < RTCP_MEMBER_SLOTS; i++) {
		struct rtcp_member *const m = &s->members[i];
		if (m->is_sender && now_us - m->sent_us > sender_us) {
			m->is_sender = false;
			s->n_senders--;
		}
		if (m->is_there && now_us - m->seen_us > member_us)
			forget(s, m);
	}
	if (s->we_send && now_us - s->we_sent_us > sender_us)
		s->we_send = false;
}

/* ---- reports ---- */

void rtcp_schedule_init(
	struct rtcp_schedule *s, const struct rtcp_schedule_config *config, int64_t now_us)
{
	assert(config->session_bps > 0);
	memset(s, 0, sizeof *s); /* in place: it is too large for the stack */
	s->config = *config;
	s->n_members_before = 1;
	s->random = config->seed;
	s->is_first = true;
	s->mean_bytes = FIRST_MEAN_BYTES;
	s->last_us = now_us;
	s->may_be_early = true;
	s->next_us = now_us + draw_interval_us(s);
}

void rtcp_schedule_set_ssrc(struct rtcp_schedule *s, uint32_t own_ssrc)
{
	/* Our own SSRC is not among the others. */
	for (size_t probe = 0; probe < PROBES_MAX; probe++) {
		struct rtcp_member *const m = slot_of(s, own_ssrc, probe);
		if (m->is_there && m->ssrc == own_ssrc)
			forget(s, m);
	}
	s->config.own_ssrc = own_ssrc;
}

void rtcp_schedule_set_session_bps(struct rtcp_schedule *s, int session_bps)
{
	assert(session_bps > 0);
	s->config.session_bps = session_bps;
}

static void count_datagram(struct rtcp_schedule *s, size_t n_bytes)
{
	s->mean_bytes += ((double)(n_bytes + IPV4_UDP_BYTES) - s->mean_bytes) * MEAN_BYTES_SHARE;
}

void rtcp_schedule_on_datagram(struct rtcp_schedule *s, size_t n_bytes)
{
	count_datagram(s, n_bytes);
}

void rtcp_schedule_want_early(struct rtcp_schedule *s, int64_t now_us)
{
	if (!s->may_be_early || s->early_is_wanted || s->regular_is_due)
		return;
	/* RFC 4585, 3.5.2: with only one other member, reports cannot collide. */
	const double interval = (double)(s->next_us - s->last_us);
	const double dither_us = rtcp_schedule_members(s) > 2 ? DITHER_SHARE * interval : 0;
	/* The regular report will come as soon. Not where its time has just come: it may still be
	 * postponed. */
	if (dither_us > 0 && now_us + (int64_t)dither_us > s->next_us)
		return;
	s->early_is_wanted = true;
	s->early_us = now_us + (int64_t)(dither_us * next_random(s));
}

/* RFC 3550, 6.3.6: the interval has ended, but may have become too short. Draws it anew, and moves
 * next_us to its end if that is later. */
static bool is_interval_over(struct rtcp_schedule *s, int64_t now_us)
{
	const int64_t end_us = s->last_us + draw_interval_us(s);

	if (end_us <= now_us)
		return true;
	s->next_us = end_us;
	return false;
}

bool rtcp_schedule_is_due(struct rtcp_schedule *s, int64_t now_us)
{
	if (!s->regular_is_due && now_us >= s->next_us) {
		forget_silent(s, now_us);
		shorten_interval(s, now_us);
		s->n_members_before = rtcp_schedule_members(s);
		s->regular_is_due = is_interval_over(s, now_us);
	}
	return s->regular_is_due || (s->early_is_wanted && now_us >= s->early_us);
}

void rtcp_schedule_sent(struct rtcp_schedule *s, size_t n_bytes, int64_t now_us)
{
	count_datagram(s, n_bytes);
	s->is_first = false;
	s->has_spoken = true;
	s->may_be_early = s->regular_is_due;
	if (s->regular_is_due) {
		s->last_us = now_us;
	} else {
		/* RFC 4585, 3.5.2: the early report replaces the next one, and the interval begins
		 * when that one would have been sent. This time is found by reconsideration, as if
		 * waiting for it (two or three rounds); without this every other interval would be
		 * a fifth too short. */
		while (!is_interval_over(s, s->next_us)) {
		}
		s->last_us = s->next_us;
	}
	s->next_us = s->last_us + draw_interval_us(s);
	s->n_members_before = rtcp_schedule_members(s);
	s->regular_is_due = false;
	s->early_is_wanted = false;
}

bool rtcp_schedule_may_say_bye(const struct rtcp_schedule *s)
{
	return s->has_spoken && rtcp_schedule_members(s) <= RTCP_BYE_MEMBERS_MAX;
}
