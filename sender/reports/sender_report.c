#include "sender/reports/sender_report.h"

#include "common/base/units.h"

void sender_report_on_packet(struct sender_report *r, uint32_t rtp_timestamp, int64_t captured_us)
{
	r->has_sent = true;
	r->rtp_timestamp = rtp_timestamp;
	r->captured_us = captured_us;
}

void sender_report_write(const struct sender_report *r, const struct rtcp_session *session,
	int64_t n_packets, int64_t n_payload_bytes, struct rtcp_compound *report, int64_t now_us)
{
	const int64_t since_capture = samples_from_us(now_us - r->captured_us);

	if (!r->has_sent)
		return;
	report->has_sender_info = true;
	report->sender_info = (struct rtcp_sender_info){
		.ntp = rtcp_session_ntp(session, now_us),
		.rtp_timestamp = r->rtp_timestamp + (uint32_t)since_capture,
		.n_packets = (uint32_t)n_packets,
		.n_payload_bytes = (uint32_t)n_payload_bytes,
	};
}
