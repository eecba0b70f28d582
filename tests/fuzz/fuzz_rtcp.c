/* Any bytes as RTCP: items lie within the datagram and their numbers within their bounds; each item
 * that is written is read again as it was, and in no more bytes than it came in. */
#include "common/rtp/rtcp_reader.h"
#include "common/rtp/rtcp_writer.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void write_item(struct rtcp_writer *w, const struct rtcp_item *item)
{
	const struct rtcp_sender_info *const info = &item->sender_info;
	char cname[RTCP_CNAME_BYTES_MAX + 1] = "";

	switch (item->kind) {
	case RTCP_MEMBER:
		rtcp_write_rr(w, item->from, NULL, 0);
		return;
	case RTCP_SENDER_INFO:
		rtcp_write_sr(w, item->from, info, NULL, 0);
		return;
	case RTCP_REPORT:
		rtcp_write_rr(w, item->from, &item->report, 1);
		return;
	case RTCP_CNAME:
		memcpy(cname, item->cname.bytes, item->cname.n_bytes);
		if (strlen(cname) == item->cname.n_bytes) /* no zero in it */
			rtcp_write_cname(w, item->from, cname);
		return;
	case RTCP_BYE:
		rtcp_write_bye(w, item->from);
		return;
	case RTCP_SENDER_DELAY:
		rtcp_write_sender_delay(w, item->from, &item->sender_delay);
		return;
	case RTCP_RECEIVER:
		rtcp_write_receiver(w, item->from, &item->receiver);
		return;
	case RTCP_LOSS_MAP:
	case RTCP_VOIP_METRICS:
	case RTCP_REFERENCE_TIME:
	case RTCP_DLRR:
		break;
	}
	rtcp_begin_xr(w, item->from);
	if (item->kind == RTCP_LOSS_MAP)
		rtcp_write_loss_map(w, &item->loss_map);
	else if (item->kind == RTCP_VOIP_METRICS)
		rtcp_write_voip_metrics(w, &item->voip_metrics);
	else if (item->kind == RTCP_REFERENCE_TIME)
		rtcp_write_reference_time(w, item->reference_ntp);
	else
		rtcp_write_dlrr(w, &item->dlrr, 1);
	rtcp_end_xr(w);
}

static void require_same(const struct rtcp_item *a, const struct rtcp_item *b)
{
	REQUIRE(a->kind == b->kind && a->from == b->from);
	switch (a->kind) {
	case RTCP_MEMBER:
	case RTCP_BYE:
		return;
	case RTCP_SENDER_INFO:
		REQUIRE(memcmp(&a->sender_info, &b->sender_info, 20) == 0);
		return;
	case RTCP_REPORT:
		REQUIRE(a->report.fraction_lost == b->report.fraction_lost);
		REQUIRE(a->report.packets_lost == b->report.packets_lost);
		REQUIRE(a->report.ssrc == b->report.ssrc);
		REQUIRE(memcmp(&a->report.highest_seq, &b->report.highest_seq, 16) == 0);
		return;
	case RTCP_CNAME:
		REQUIRE(a->cname.n_bytes == b->cname.n_bytes);
		REQUIRE(memcmp(a->cname.bytes, b->cname.bytes, a->cname.n_bytes) == 0);
		return;
	case RTCP_LOSS_MAP:
		REQUIRE(memcmp(&a->loss_map, &b->loss_map, sizeof a->loss_map) == 0);
		return;
	case RTCP_VOIP_METRICS:
		REQUIRE(memcmp(&a->voip_metrics, &b->voip_metrics,
				offsetof(struct rtcp_voip_metrics, rx_config) + 1) == 0);
		REQUIRE(memcmp(&a->voip_metrics.jitter_buffer_ms, &b->voip_metrics.jitter_buffer_ms,
				6) == 0); /* beyond a byte of padding */
		return;
	case RTCP_REFERENCE_TIME:
		REQUIRE(a->reference_ntp == b->reference_ntp);
		return;
	case RTCP_SENDER_DELAY:
		REQUIRE(memcmp(&a->sender_delay, &b->sender_delay, sizeof a->sender_delay) == 0);
		return;
	case RTCP_RECEIVER:
		REQUIRE(a->receiver.concealment == b->receiver.concealment);
		REQUIRE(a->receiver.has_transit == b->receiver.has_transit);
		REQUIRE(a->receiver.transit_us == b->receiver.transit_us);
		return;
	case RTCP_DLRR:
		REQUIRE(memcmp(&a->dlrr, &b->dlrr, sizeof a->dlrr) == 0);
		return;
	}
}

static void check_item(const struct rtcp_item *item, const uint8_t *data, size_t n_bytes)
{
	uint8_t bytes[RTCP_DATAGRAM_BYTES_MAX];
	struct rtcp_writer w = rtcp_writer_over(bytes, sizeof bytes);
	struct rtcp_reader reader;
	struct rtcp_item again;

	if (item->kind == RTCP_CNAME) {
		REQUIRE(item->cname.n_bytes >= 1 && item->cname.n_bytes <= RTCP_CNAME_BYTES_MAX);
		REQUIRE(item->cname.bytes >= data);
		REQUIRE(item->cname.bytes + item->cname.n_bytes <= data + n_bytes);
	}
	if (item->kind == RTCP_REPORT) {
		REQUIRE(item->report.packets_lost >= -0x800000);
		REQUIRE(item->report.packets_lost <= 0x7FFFFF);
	}
	if (item->kind == RTCP_LOSS_MAP) {
		const size_t n = item->loss_map.n_packets;
		REQUIRE(n >= 1 && n <= RTCP_LOSS_MAP_PACKETS_MAX);
		for (size_t i = n; i < RTCP_LOSS_MAP_PACKETS_MAX; i++)
			REQUIRE((item->loss_map.received[i / 64] >> (i % 64) & 1) == 0);
	}
	write_item(&w, item);
	REQUIRE(!w.failed && w.n_bytes <= n_bytes);
	if (w.n_bytes == 0)
		return;
	REQUIRE(rtcp_open(&reader, bytes, w.n_bytes) == STATUS_OK);
	do { /* an item stands behind that of its packet */
		REQUIRE(rtcp_next(&reader, &again));
	} while (again.kind != item->kind);
	require_same(item, &again);
	REQUIRE(!rtcp_next(&reader, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct rtcp_reader reader;
	struct rtcp_item item;

	if (rtcp_open(&reader, data, n_bytes) != STATUS_OK)
		return 0;
	while (rtcp_next(&reader, &item))
		check_item(&item, data, n_bytes);
	REQUIRE(!rtcp_next(&reader, &item));
	return 0;
}
