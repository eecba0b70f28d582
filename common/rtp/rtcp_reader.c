#include "common/rtp/rtcp_reader.h"

#include "common/rtp/rtcp_wire.h"
#include "common/rtp/rtp.h"

#include <assert.h>

/* ---- packets ---- */

/* Takes the next packet's header and body, without padding, from r->datagram. */
static enum status take_packet(struct rtcp_reader *r)
{
	const uint8_t flags = byte_reader_u8(&r->datagram);
	const uint8_t type = byte_reader_u8(&r->datagram);
	const size_t n_body = (size_t)byte_reader_u16(&r->datagram) * RTCP_WORD_BYTES;
	const uint8_t *const body = byte_reader_take(&r->datagram, n_body);
	const bool has_padding = flags & 0x20;
	size_t n_padding = 0;

	if (!body)
		return STATUS_TRUNCATED;
	if (flags >> 6 != RTCP_VERSION)
		return STATUS_MALFORMED;
	if (has_padding) { /* RFC 3550, 6.4.1: of the last packet, in words; its last byte counts */
		n_padding = n_body > 0 ? body[n_body - 1] : 0;
		if (n_padding == 0 || n_padding > n_body || n_padding % RTCP_WORD_BYTES != 0 ||
			r->datagram.n_left > 0)
			return STATUS_MALFORMED;
	}
	r->packet = byte_reader_over(body, n_body - n_padding);
	r->type = type;
	r->n_left = flags & 0x1F;
	r->stage = 0;
	r->block = byte_reader_over(NULL, 0);
	return STATUS_OK;
}

enum status rtcp_open(struct rtcp_reader *reader, const uint8_t *datagram, size_t n_bytes)
{
	struct rtcp_reader r = { .datagram = byte_reader_over(datagram, n_bytes) };

	if (n_bytes >= RTCP_HEADER_BYTES && !rtp_is_rtcp(datagram, n_bytes))
		return STATUS_MALFORMED;
	do {
		const enum status status = take_packet(&r);
		if (status != STATUS_OK)
			return status;
	} while (r.datagram.n_left > 0);
	*reader = (struct rtcp_reader){ .datagram = byte_reader_over(datagram, n_bytes) };
	return STATUS_OK;
}

/* ---- sender and receiver reports ---- */

static struct rtcp_sender_info read_sender_info(struct byte_reader *r)
{
	struct rtcp_sender_info info;

	info.ntp = byte_reader_u64(r);
	info.rtp_timestamp = byte_reader_u32(r);
	info.n_packets = byte_reader_u32(r);
	info.n_payload_bytes = byte_reader_u32(r);
	return info;
}

static struct rtcp_report read_report(struct byte_reader *r)
{
	struct rtcp_report report;

	report.ssrc = byte_reader_u32(r);
	const uint32_t lost = byte_reader_u32(r);
	report.fraction_lost = (uint8_t)(lost >> 24);
	report.packets_lost = (int32_t)(lost & 0xFFFFFF);
	if (report.packets_lost > RTCP_PACKETS_LOST_MAX) /* 24 bits, two's complement */
		report.packets_lost -= 0x1000000;
	report.highest_seq = byte_reader_u32(r);
	report.jitter_samples = byte_reader_u32(r);
	report.last_sr = byte_reader_u32(r);
	report.delay_since_sr = byte_reader_u32(r);
	return report;
}

static bool next_of_report(struct rtcp_reader *r, struct rtcp_item *item)
{
	const int stage = r->stage++;

	item->from = r->from;
	if (stage == 0) {
		item->kind = RTCP_MEMBER;
		return true;
	}
	if (stage == 1 && r->type == RTCP_TYPE_SR) {
		item->kind = RTCP_SENDER_INFO;
		item->sender_info = read_sender_info(&r->packet);
		return true;
	}
	if (r->n_left == 0)
		return false; /* what follows is the profile's own (RFC 3550, 6.4.3) */
	r->stage = 2;
	r->n_left--;
	item->kind = RTCP_REPORT;
	item->report = read_report(&r->packet);
	return true;
}

/* ---- source descriptions and goodbyes ---- */

static bool next_of_description(struct rtcp_reader *r, struct rtcp_item *item)
{
	for (;;) {
		if (r->stage == 0) { /* between two chunks */
			if (r->n_left == 0)
				return false;
			r->n_left--;
			r->from = byte_reader_u32(&r->packet);
			r->stage = 1;
		}
		const uint8_t type = byte_reader_u8(&r->packet);
		if (r->packet.failed)
			return false;
		if (type == RTCP_SDES_END) { /* RFC 3550, 6.5: and zeros to the next word */
			byte_reader_take(&r->packet, r->packet.n_left % RTCP_WORD_BYTES);
			r->stage = 0;
			continue;
		}
		const size_t n_bytes = byte_reader_u8(&r->packet);
		const uint8_t *const bytes = byte_reader_take(&r->packet, n_bytes);
		if (!bytes)
			return false;
		if (type == RTCP_SDES_CNAME && n_bytes > 0) {
			item->kind = RTCP_CNAME;
			item->from = r->from;
			item->cname.bytes = bytes;
			item->cname.n_bytes = n_bytes;
			return true;
		}
	}
}

static bool next_of_bye(struct rtcp_reader *r, struct rtcp_item *item)
{
	if (r->n_left == 0)
		return false; /* a reason may follow */
	r->n_left--;
	item->kind = RTCP_BYE;
	item->from = byte_reader_u32(&r->packet);
	return true;
}

/* ---- our APP packets ---- */

static struct rtcp_sender_delay read_sender_delay(struct byte_reader *r)
{
	struct rtcp_sender_delay delay;

	delay.capture_us = byte_reader_u32(r);
	delay.framing_us = byte_reader_u32(r);
	delay.lookahead_us = byte_reader_u32(r);
	delay.queue_us = byte_reader_u32(r);
	return delay;
}

static struct rtcp_receiver read_receiver(struct byte_reader *r)
{
	const uint32_t word = byte_reader_u32(r);
	const uint32_t transit_us = byte_reader_u32(r);
	const bool has_transit = word & RTCP_APP_HAS_TRANSIT;

	return (struct rtcp_receiver){
		.concealment = word >> 24 == 1 ? CONCEALMENT_NEURAL : CONCEALMENT_PLAIN,
		.has_transit = has_transit,
		.transit_us = has_transit ? transit_us : 0,
	};
}

/* The packet is ours, as is_ours() found; r->n_left is its subtype. */
static bool next_of_app(struct rtcp_reader *r, struct rtcp_item *item)
{
	if (r->stage++ > 0)
		return false;
	byte_reader_u32(&r->packet); /* the name */
	item->from = r->from;
	if (r->n_left == RTCP_APP_SENDER_DELAY) {
		item->kind = RTCP_SENDER_DELAY;
		item->sender_delay = read_sender_delay(&r->packet);
	} else {
		item->kind = RTCP_RECEIVER;
		item->receiver = read_receiver(&r->packet);
	}
	return true;
}

/* Whether this is the rest of an APP packet that we know. */
static bool is_ours(struct byte_reader rest, uint8_t subtype)
{
	const size_t n_bytes = rest.n_left;

	if (byte_reader_u32(&rest) != RTCP_APP_NAME)
		return false;
	return subtype == RTCP_APP_SENDER_DELAY
		       ? n_bytes == RTCP_APP_SENDER_DELAY_BYTES
		       : subtype == RTCP_APP_RECEIVER && n_bytes >= RTCP_APP_RECEIVER_BYTES;
}

/* ---- extended reports ---- */

/* Marks n packets from index on as received, of a block's n_all; the map holds the last of them. */
static void mark_received(struct rtcp_loss_map *map, size_t n_all, size_t index, size_t n)
{
	const size_t first = n_all - map->n_packets;
	const size_t end = index + n < n_all ? index + n : n_all;

	/* Word by word: a hostile datagram may hold a hundred blocks of 2048 packets each. */
	for (size_t i = index > first ? index : first; i < end;) {
		const size_t bit = (i - first) % 64;
		const size_t n_bits = end - i < 64 - bit ? end - i : 64 - bit;
		map->received[(i - first) / 64] |= ~UINT64_C(0) >> (64 - n_bits) << bit;
		i += n_bits;
	}
}

static bool read_loss_map(struct rtcp_loss_map *map, struct byte_reader *r)
{
	*map = (struct rtcp_loss_map){ .ssrc = byte_reader_u32(r) };
	const uint16_t begin_seq = byte_reader_u16(r);
	const uint16_t end_seq = byte_reader_u16(r); /* one past the last */
	const size_t n_all = (uint16_t)(end_seq - begin_seq);
	size_t n_done = 0;

	map->n_packets =
		(uint16_t)(n_all < RTCP_LOSS_MAP_PACKETS_MAX ? n_all : RTCP_LOSS_MAP_PACKETS_MAX);
	map->begin_seq = (uint16_t)(end_seq - map->n_packets);
	while (n_done < n_all) {
		const unsigned chunk = byte_reader_u16(r);
		if (r->failed || chunk == RTCP_CHUNK_NULL)
			return false; /* the chunks end before the packets do */
		if (chunk & RTCP_CHUNK_IS_VECTOR) {
			for (unsigned i = 0; i < RTCP_VECTOR_PACKETS; i++)
				if (chunk & 0x4000U >> i)
					mark_received(map, n_all, n_done + i, 1);
			n_done += RTCP_VECTOR_PACKETS;
		} else {
			if (chunk & RTCP_CHUNK_RUN_RECEIVED)
				mark_received(map, n_all, n_done, chunk & RTCP_RUN_PACKETS_MAX);
			n_done += chunk & RTCP_RUN_PACKETS_MAX;
		}
	}
	return !r->failed && n_all > 0;
}

static struct rtcp_voip_metrics read_voip_metrics(struct byte_reader *r)
{
	struct rtcp_voip_metrics m;

	m.ssrc = byte_reader_u32(r);
	m.loss_rate = byte_reader_u8(r);
	m.discard_rate = byte_reader_u8(r);
	m.burst_density = byte_reader_u8(r);
	m.gap_density = byte_reader_u8(r);
	m.burst_ms = byte_reader_u16(r);
	m.gap_ms = byte_reader_u16(r);
	m.round_trip_ms = byte_reader_u16(r);
	m.end_system_ms = byte_reader_u16(r);
	m.signal_dbm = (int8_t)byte_reader_u8(r);
	m.noise_dbm = (int8_t)byte_reader_u8(r);
	m.echo_return_db = byte_reader_u8(r);
	m.gmin = byte_reader_u8(r);
	m.r_factor = byte_reader_u8(r);
	m.external_r_factor = byte_reader_u8(r);
	m.mos_lq = byte_reader_u8(r);
	m.mos_cq = byte_reader_u8(r);
	m.rx_config = byte_reader_u8(r);
	byte_reader_u8(r); /* reserved */
	m.jitter_buffer_ms = byte_reader_u16(r);
	m.jitter_buffer_max_ms = byte_reader_u16(r);
	m.jitter_buffer_abs_max_ms = byte_reader_u16(r);
	return m;
}

static struct rtcp_dlrr read_dlrr(struct byte_reader *r)
{
	struct rtcp_dlrr answer;

	answer.ssrc = byte_reader_u32(r);
	answer.last_rr = byte_reader_u32(r);
	answer.delay_since_rr = byte_reader_u32(r);
	return answer;
}

/* Takes the next block of the XR packet: *type, *specific (the type-specific byte) and r->block.
 * False: there is none, or it reaches beyond the packet (then r->packet.failed). */
static bool take_block(struct rtcp_reader *r, uint8_t *type, uint8_t *specific)
{
	if (r->packet.n_left == 0)
		return false;
	*type = byte_reader_u8(&r->packet);
	*specific = byte_reader_u8(&r->packet);
	const size_t n_bytes = (size_t)byte_reader_u16(&r->packet) * RTCP_WORD_BYTES;
	const uint8_t *const bytes = byte_reader_take(&r->packet, n_bytes);
	if (!bytes)
		return false;
	r->block = byte_reader_over(bytes, n_bytes);
	return true;
}

static bool next_of_extended(struct rtcp_reader *r, struct rtcp_item *item)
{
	uint8_t type, specific;

	item->from = r->from;
	for (;;) {
		if (r->stage > 0) { /* answers of a DLRR block remain */
			r->stage--;
			item->kind = RTCP_DLRR;
			item->dlrr = read_dlrr(&r->block);
			return true;
		}
		if (!take_block(r, &type, &specific))
			return false;
		const size_t n_bytes = r->block.n_left;
		if (type == RTCP_XR_LOSS_RLE && (specific & 0x0F) == 0 && /* not thinned */
			read_loss_map(&item->loss_map, &r->block)) {
			item->kind = RTCP_LOSS_MAP;
			return true;
		}
		if (type == RTCP_XR_REFERENCE_TIME && n_bytes == RTCP_REFERENCE_TIME_BYTES) {
			item->kind = RTCP_REFERENCE_TIME;
			item->reference_ntp = byte_reader_u64(&r->block);
			return true;
		}
		if (type == RTCP_XR_VOIP_METRICS && n_bytes == RTCP_VOIP_METRICS_BYTES) {
			item->kind = RTCP_VOIP_METRICS;
			item->voip_metrics = read_voip_metrics(&r->block);
			return true;
		}
		if (type == RTCP_XR_DLRR && n_bytes % RTCP_DLRR_BYTES == 0)
			r->stage = (int)(n_bytes / RTCP_DLRR_BYTES);
	}
}

/* ---- items ---- */

static bool next_of_packet(struct rtcp_reader *r, struct rtcp_item *item)
{
	switch (r->type) {
	case RTCP_TYPE_SR:
	case RTCP_TYPE_RR:
		return next_of_report(r, item);
	case RTCP_TYPE_SDES:
		return next_of_description(r, item);
	case RTCP_TYPE_BYE:
		return next_of_bye(r, item);
	case RTCP_TYPE_APP:
		return next_of_app(r, item);
	case RTCP_TYPE_XR:
		return next_of_extended(r, item);
	default:
		return false;
	}
}

/* Whether the packet just taken is long enough for everything that we would read from it. Reads the
 * SSRC that it begins with. */
static bool packet_is_sound(struct rtcp_reader *r)
{
	struct rtcp_reader ahead;
	struct rtcp_item item;
	uint8_t type, specific;

	switch (r->type) {
	case RTCP_TYPE_SR:
	case RTCP_TYPE_RR:
		r->from = byte_reader_u32(&r->packet);
		return !r->packet.failed &&
		       r->packet.n_left >= (r->type == RTCP_TYPE_SR ? RTCP_SENDER_INFO_BYTES : 0U) +
						   (size_t)r->n_left * RTCP_REPORT_BYTES;
	case RTCP_TYPE_SDES:
		ahead = *r;
		while (next_of_description(&ahead, &item)) {
		}
		return !ahead.packet.failed;
	case RTCP_TYPE_BYE:
		return r->packet.n_left >= (size_t)r->n_left * RTCP_SSRC_BYTES;
	case RTCP_TYPE_APP:
		r->from = byte_reader_u32(&r->packet);
		return is_ours(r->packet, r->n_left);
	case RTCP_TYPE_XR:
		r->from = byte_reader_u32(&r->packet);
		ahead = *r;
		while (take_block(&ahead, &type, &specific)) {
		}
		return !ahead.packet.failed;
	default:
		return false; /* a packet type that we do not read */
	}
}

bool rtcp_next(struct rtcp_reader *reader, struct rtcp_item *item)
{
	while (!next_of_packet(reader, item)) {
		do {
			if (reader->datagram.n_left == 0) {
				reader->type = 0;
				return false;
			}
			const enum status status = take_packet(reader);
			assert(status == STATUS_OK); /* rtcp_open() has checked them all */
			(void)status;
		} while (!packet_is_sound(reader));
	}
	return true;
}
