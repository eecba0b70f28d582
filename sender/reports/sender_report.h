/* The sender report (RFC 3550, 6.4.1), which relates the stream's timestamps to the sender's clock.
 * Pure: no clock, no allocation. Owner: send_stream. Thread: the owner's. */
#ifndef HINDSIGHT_SENDER_REPORTS_SENDER_REPORT_H
#define HINDSIGHT_SENDER_REPORTS_SENDER_REPORT_H

#include "common/rtp/rtcp_session.h"

#include <stdbool.h>
#include <stdint.h>

struct sender_report { /* private to sender_report.c; initially all zero */
	bool has_sent;
	uint32_t rtp_timestamp; /* of the newest packet; and the capture time of its first sample */
	int64_t captured_us;
};

/* A packet was sent; captured_us: of its first sample. */
void sender_report_on_packet(struct sender_report *r, uint32_t rtp_timestamp, int64_t captured_us);

/* n_packets, n_payload_bytes: sent under the present SSRC. Before the first packet: nothing. */
void sender_report_write(const struct sender_report *r, const struct rtcp_session *session,
	int64_t n_packets, int64_t n_payload_bytes, struct rtcp_compound *report, int64_t now_us);

#endif
