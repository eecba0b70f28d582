#include "common/rtp/rtcp_compound.h"

#include <assert.h>

static void write_reports(const struct rtcp_compound *c, struct rtcp_writer *w)
{
	if (c->has_sender_info)
		rtcp_write_sr(w, c->ssrc, &c->sender_info, &c->report, c->has_report);
	else
		rtcp_write_rr(w, c->ssrc, &c->report, c->has_report);
	rtcp_write_cname(w, c->ssrc, c->cname);
	if (c->has_left)
		rtcp_write_bye(w, c->left_ssrc);
	if (c->says_bye)
		rtcp_write_bye(w, c->ssrc);
	if (c->has_sender_delay)
		rtcp_write_sender_delay(w, c->ssrc, &c->sender_delay);
	if (c->has_receiver)
		rtcp_write_receiver(w, c->ssrc, &c->receiver);
}

static void write_blocks(const struct rtcp_compound *c, struct rtcp_writer *w)
{
	rtcp_begin_xr(w, c->ssrc);
	if (c->has_voip_metrics)
		rtcp_write_voip_metrics(w, &c->voip_metrics);
	/* The map is never the last block: Wireshark 4.0 takes the chunks to reach eight bytes
	 * beyond its end, and would call the datagram malformed. */
	assert(c->loss_map.n_packets == 0 || c->has_reference);
	rtcp_write_loss_map(w, &c->loss_map);
	if (c->has_reference)
		rtcp_write_reference_time(w, c->reference_ntp);
	rtcp_write_dlrr(w, c->answers, c->n_answers);
	rtcp_end_xr(w);
}

void rtcp_compound_write(const struct rtcp_compound *c, struct rtcp_writer *w)
{
	if (c->is_full && !c->has_sender_info && !c->has_report && !c->says_bye)
		return;
	if (c->is_full)
		write_reports(c, w);
	write_blocks(c, w);
	assert(!w->failed); /* the most fragmented map takes a quarter of a datagram */
}
