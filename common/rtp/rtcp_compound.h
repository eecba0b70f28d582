/* The contents of one datagram of reports. Each part of a participant fills in what it reports;
 * then all of it is written as one compound packet (RFC 3550, 6.1), in this order:
 *
 *   sender_report --> sender_info           --+
 *   reporter -------> report                --+--> SR with the report, or RR
 *   the session ----> ssrc, cname, left_ssrc ----> SDES, BYE of a name given up
 *   send_delay -----> sender_delay            \
 *   reporter -------> receiver                -+-> APP
 *   reporter -------> VoIP metrics, loss map, reference time
 *   audience -------> answers                 -+-> XR
 *
 * Pure: no clock, no allocation. Owner: the code that makes the datagram; it lives no longer.
 * Thread: any. */
#ifndef HINDSIGHT_COMMON_RTP_RTCP_COMPOUND_H
#define HINDSIGHT_COMMON_RTP_RTCP_COMPOUND_H

#include "common/rtp/rtcp_item.h"
#include "common/rtp/rtcp_writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RTCP_ANSWERS_MAX = 8 }; /* reference times answered in one datagram */

struct rtcp_compound {
	uint32_t ssrc; /* the SSRC of the reporter */
	const char *cname;
	bool has_left; /* an earlier SSRC of its own leaves with a BYE */
	uint32_t left_ssrc;
	/* False: reduced size (RFC 5506), with XR alone. */
	bool is_full;
	bool says_bye; /* with nothing but SSRC and CNAME beside it */

	bool has_sender_info; /* it is an SR */
	struct rtcp_sender_info sender_info;
	bool has_report;
	struct rtcp_report report;
	bool has_sender_delay;
	struct rtcp_sender_delay sender_delay;
	bool has_receiver;
	struct rtcp_receiver receiver;
	bool has_voip_metrics;
	struct rtcp_voip_metrics voip_metrics;
	struct rtcp_loss_map loss_map; /* n_packets 0: there is none */
	bool has_reference;
	uint64_t reference_ntp;
	size_t n_answers;
	struct rtcp_dlrr answers[RTCP_ANSWERS_MAX];
};

/* A full report of a participant that neither sends nor receives, and that is no BYE, has nothing
 * to say; nor has a reduced one without a block. The room must suffice: RTCP_DATAGRAM_BYTES_MAX
 * always does. */
void rtcp_compound_write(const struct rtcp_compound *c, struct rtcp_writer *w);

#endif
