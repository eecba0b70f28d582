#include "receiver/reports/sender_news.h"

#include "common/rtp/ntp.h"

#include <string.h>

void sender_news_begin_source(struct sender_news *n)
{
	n->sr_us = -1;
	n->has_delay = false;
	n->round_trip_us = -1;
	n->name[0] = '\0';
	clock_offset_init(&n->clock);
}

void sender_news_init(struct sender_news *n, const struct rtcp_session *session)
{
	memset(n, 0, sizeof *n);
	n->session = session;
	sender_news_begin_source(n);
}

/* The answer to our reference time comes in the same datagram as the sender's own time. */
static void take_answer(struct sender_news *n, const struct rtcp_dlrr *answer, int64_t arrival_us)
{
	const uint64_t arrival_ntp = rtcp_session_ntp(n->session, arrival_us);
	const int64_t round_trip_us =
		ntp_round_trip_us(arrival_ntp, answer->last_rr, answer->delay_since_rr);

	if (round_trip_us < 0 || round_trip_us > NTP_ROUND_TRIP_US_MAX)
		return;
	n->round_trip_us = round_trip_us;
	if (n->sr_us != arrival_us)
		return;
	/* t3 is the SR's time; by the sender's clock it arrived half a round trip later. */
	const int64_t ahead_us = ntp_diff_us(n->sr_ntp, arrival_ntp) + round_trip_us / 2;
	clock_offset_add(&n->clock, ahead_us, round_trip_us, arrival_us);
}

/* Random ones, as ours are, mean nothing to people; and what is no text is not shown to them. */
static void take_name(struct sender_news *n, const uint8_t *bytes, size_t n_bytes)
{
	const size_t n_chars = n_bytes < sizeof n->name ? n_bytes : sizeof n->name - 1;

	if (!memchr(bytes, '@', n_chars))
		return;
	for (size_t i = 0; i < n_chars; i++)
		if (bytes[i] <= ' ' || bytes[i] > '~')
			return;
	memcpy(n->name, bytes, n_chars);
	n->name[n_chars] = '\0';
}

void sender_news_take(struct sender_news *n, const struct rtcp_item *item, int64_t arrival_us)
{
	if (item->kind == RTCP_SENDER_INFO) {
		n->sr_ntp = item->sender_info.ntp;
		n->sr_timestamp = item->sender_info.rtp_timestamp;
		n->sr_us = arrival_us;
	} else if (item->kind == RTCP_DLRR && item->dlrr.ssrc == n->session->config.ssrc) {
		take_answer(n, &item->dlrr, arrival_us);
	} else if (item->kind == RTCP_SENDER_DELAY) {
		n->delay = item->sender_delay;
		n->has_delay = true;
	} else if (item->kind == RTCP_CNAME) {
		take_name(n, item->cname.bytes, item->cname.n_bytes);
	}
}
