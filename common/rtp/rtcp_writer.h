/* Writes RTCP, packet by packet. A step that does not fit changes nothing but `failed`, nor does
 * any after it. Outside of an XR packet the first n_bytes are always whole packets. The caller
 * guarantees counts within the RFCs' bounds.
 * Pure: no allocation, no clock. Thread: any. */
#ifndef HINDSIGHT_COMMON_RTP_RTCP_WRITER_H
#define HINDSIGHT_COMMON_RTP_RTCP_WRITER_H

#include "common/rtp/rtcp_item.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rtcp_writer { /* private to rtcp_writer.c; the bytes are the caller's */
	uint8_t *begin;
	size_t n_bytes, n_bytes_max;
	size_t xr_at; /* where the XR packet being written begins */
	bool failed;
};

struct rtcp_writer rtcp_writer_over(uint8_t *bytes, size_t n_bytes_max);

void rtcp_write_sr(struct rtcp_writer *w, uint32_t ssrc, const struct rtcp_sender_info *info,
	const struct rtcp_report *reports, size_t n_reports);
void rtcp_write_rr(
	struct rtcp_writer *w, uint32_t ssrc, const struct rtcp_report *reports, size_t n_reports);

/* cname: 1..RTCP_CNAME_BYTES_MAX bytes, and a zero. */
void rtcp_write_cname(struct rtcp_writer *w, uint32_t ssrc, const char *cname);
void rtcp_write_bye(struct rtcp_writer *w, uint32_t ssrc);
void rtcp_write_sender_delay(
	struct rtcp_writer *w, uint32_t ssrc, const struct rtcp_sender_delay *delay);
void rtcp_write_receiver(
	struct rtcp_writer *w, uint32_t ssrc, const struct rtcp_receiver *receiver);

/* XR blocks go between begin and end; an XR packet without a block is removed. The blocks that
 * fitted before a failed step are a whole packet after rtcp_end_xr(). */
void rtcp_begin_xr(struct rtcp_writer *w, uint32_t ssrc);
void rtcp_write_loss_map(struct rtcp_writer *w, const struct rtcp_loss_map *map);
void rtcp_write_voip_metrics(struct rtcp_writer *w, const struct rtcp_voip_metrics *metrics);
void rtcp_write_reference_time(struct rtcp_writer *w, uint64_t ntp);
void rtcp_write_dlrr(struct rtcp_writer *w, const struct rtcp_dlrr *answers, size_t n_answers);
void rtcp_end_xr(struct rtcp_writer *w);

#endif
