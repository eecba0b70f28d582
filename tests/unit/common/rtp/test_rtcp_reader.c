/* RTCP byte by byte after RFC 3550, 6, and RFC 3611, 4. */
#include "common/rtp/rtcp_reader.h"
#include "tests/unit/unit.h"

#include <string.h>

enum { ITEMS_MAX = 400 };

static struct rtcp_item items[ITEMS_MAX];

/* All items of a datagram, into items[]; -1: it was refused. Of the exact size, so that a sanitizer
 * sees a read beyond the end. */
static int read_all(const uint8_t *bytes, size_t n_bytes)
{
	struct rtcp_reader reader;
	int n_items = 0;

	if (rtcp_open(&reader, bytes, n_bytes) != STATUS_OK)
		return -1;
	while (rtcp_next(&reader, &items[n_items]))
		assert_true(++n_items < ITEMS_MAX);
	assert_false(rtcp_next(&reader, &items[n_items])); /* the end stays the end */
	return n_items;
}

/* ---- every byte, by hand ---- */

static const uint8_t compound[] = {
	/* SR, one report: V=2 P=0 RC=1, 200, 12 words */
	0x81, 200, 0, 12, 0x11, 0x12, 0x13, 0x14,	/* SSRC of the sender */
	0xE0, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, /* NTP */
	0x21, 0x22, 0x23, 0x24,				/* RTP timestamp */
	0x00, 0x00, 0x01, 0x00, 0x00, 0x01, 0x02, 0x03, /* packets, octets */
	0x31, 0x32, 0x33, 0x34,				/* of whom */
	0x40, 0xFF, 0xFF, 0xFE,				/* a quarter lost; -2 in all */
	0x00, 0x02, 0x80, 0x00,				/* twice around, and 32768 */
	0x00, 0x00, 0x00, 0x60,				/* jitter */
	0x02, 0x03, 0x04, 0x05, 0x00, 0x01, 0x80, 0x00, /* LSR, DLSR of 1.5 s */
	/* SDES, one chunk: CNAME "me@x", NAME "N", END, padded */
	0x81, 202, 0, 4, 0x11, 0x12, 0x13, 0x14, 1, 4, 'm', 'e', '@', 'x', 2, 1, 'N', 0, 0, 0,
	/* XR: 207, 24 words */
	0x80, 207, 0, 24, 0x11, 0x12, 0x13, 0x14,
	/* Loss RLE: 20 packets from 65530 on: the first lost, 14 came, as a vector; 5 came as a run */
	1, 0, 0, 3, 0x31, 0x32, 0x33, 0x34, 0xFF, 0xFA, 0x00, 0x0E, 0xBF, 0xFF, 0x40, 0x05,
	/* receiver reference time */
	4, 0, 0, 2, 0xE0, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x08,
	/* DLRR, two answers */
	5, 0, 0, 6, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6,
	/* VoIP metrics */
	7, 0, 0, 8, 0x31, 0x32, 0x33, 0x34, 1, 2, 3, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0xE2, 0xBA, 127, 16,
	93, 127, 43, 42, 0x30, 0, 0, 60, 1, 0, 1, 0xF4,
	/* BYE of two, with a reason */
	0x82, 203, 0, 3, 0x11, 0x12, 0x13, 0x14, 0x51, 0x52, 0x53, 0x54, 3, 'b', 'y', 'e'
};

static void a_compound_datagram_is_read_bit_by_bit(void **state)
{
	static const enum rtcp_item_kind kinds[] = { RTCP_MEMBER, RTCP_SENDER_INFO, RTCP_REPORT,
		RTCP_CNAME, RTCP_LOSS_MAP, RTCP_REFERENCE_TIME, RTCP_DLRR, RTCP_DLRR,
		RTCP_VOIP_METRICS, RTCP_BYE, RTCP_BYE };
	(void)state;
	assert_int_equal(read_all(compound, sizeof compound), N_ROWS(kinds));
	for (size_t i = 0; i < N_ROWS(kinds); i++) {
		assert_int_equal(items[i].kind, kinds[i]);
		assert_int_equal(items[i].from, i < N_ROWS(kinds) - 1 ? 0x11121314 : 0x51525354);
	}
	const struct rtcp_sender_info *const info = &items[1].sender_info;
	assert_true(info->ntp == UINT64_C(0xE001020304050607));
	assert_int_equal(info->rtp_timestamp, 0x21222324);
	assert_int_equal(info->n_packets, 256);
	assert_int_equal(info->n_payload_bytes, 0x10203);

	const struct rtcp_report *const report = &items[2].report;
	assert_int_equal(report->ssrc, 0x31323334);
	assert_int_equal(report->fraction_lost, 64);
	assert_int_equal(report->packets_lost, -2);
	assert_int_equal(report->highest_seq, 0x28000);
	assert_int_equal(report->jitter_samples, 96);
	assert_int_equal(report->last_sr, 0x02030405);
	assert_int_equal(report->delay_since_sr, 0x18000);

	assert_int_equal(items[3].cname.n_bytes, 4);
	assert_memory_equal(items[3].cname.bytes, "me@x", 4);

	assert_int_equal(items[4].loss_map.ssrc, 0x31323334);
	assert_int_equal(items[4].loss_map.begin_seq, 65530);
	assert_int_equal(items[4].loss_map.n_packets, 20);
	assert_true(items[4].loss_map.received[0] == 0xFFFFE);
	for (size_t i = 1; i < N_ROWS(items[4].loss_map.received); i++)
		assert_true(items[4].loss_map.received[i] == 0);

	assert_true(items[5].reference_ntp == UINT64_C(0xE001020304050608));
	assert_int_equal(items[6].dlrr.ssrc, 1);
	assert_int_equal(items[6].dlrr.last_rr, 2);
	assert_int_equal(items[6].dlrr.delay_since_rr, 3);
	assert_int_equal(items[7].dlrr.delay_since_rr, 6);

	const struct rtcp_voip_metrics *const m = &items[8].voip_metrics;
	assert_int_equal(m->ssrc, 0x31323334);
	assert_int_equal(m->loss_rate | m->discard_rate << 8, 0x0201);
	assert_int_equal(m->burst_density | m->gap_density << 8, 0x0403);
	assert_int_equal(m->burst_ms | m->gap_ms << 8, 0x0605);
	assert_int_equal(m->round_trip_ms | m->end_system_ms << 8, 0x0807);
	assert_int_equal(m->signal_dbm, -30);
	assert_int_equal(m->noise_dbm, -70);
	assert_int_equal(m->echo_return_db, 127);
	assert_int_equal(m->gmin, 16);
	assert_int_equal(m->r_factor, 93);
	assert_int_equal(m->external_r_factor, 127);
	assert_int_equal(m->mos_lq, 43);
	assert_int_equal(m->mos_cq, 42);
	assert_int_equal(m->rx_config, 0x30);
	assert_int_equal(m->jitter_buffer_ms, 60);
	assert_int_equal(m->jitter_buffer_max_ms, 256);
	assert_int_equal(m->jitter_buffer_abs_max_ms, 500);
}

/* What the compound says, but for the parts that we do not write: the NAME, and the BYE's second
 * SSRC and reason. */
static void a_compound_datagram_is_written_bit_by_bit(void **state)
{
	static const uint8_t cname[] = { 0x81, 202, 0, 3, 0x11, 0x12, 0x13, 0x14, 1, 4, 'm', 'e',
		'@', 'x', 0, 0 };
	static const uint8_t bye[] = { 0x81, 203, 0, 1, 0x11, 0x12, 0x13, 0x14 };
	enum { SR_BYTES = 52, SDES_BYTES = 20, XR_BYTES = 100 };
	uint8_t bytes[RTCP_DATAGRAM_BYTES_MAX];
	struct rtcp_writer w = rtcp_writer_over(bytes, sizeof bytes);
	const uint32_t ssrc = 0x11121314;

	(void)state;
	assert_int_equal(read_all(compound, sizeof compound), 11);
	const struct rtcp_dlrr answers[] = { items[6].dlrr, items[7].dlrr };
	rtcp_write_sr(&w, ssrc, &items[1].sender_info, &items[2].report, 1);
	assert_memory_equal(bytes, compound, SR_BYTES);
	rtcp_write_cname(&w, ssrc, "me@x");
	assert_memory_equal(bytes + SR_BYTES, cname, sizeof cname);
	rtcp_begin_xr(&w, ssrc);
	rtcp_write_loss_map(&w, &items[4].loss_map);
	rtcp_write_reference_time(&w, items[5].reference_ntp);
	rtcp_write_dlrr(&w, answers, 2);
	rtcp_write_voip_metrics(&w, &items[8].voip_metrics);
	rtcp_end_xr(&w);
	assert_memory_equal(
		bytes + SR_BYTES + sizeof cname, compound + SR_BYTES + SDES_BYTES, XR_BYTES);
	rtcp_write_bye(&w, ssrc);
	assert_false(w.failed);
	assert_int_equal(w.n_bytes, SR_BYTES + sizeof cname + XR_BYTES + sizeof bye);
	assert_memory_equal(bytes + w.n_bytes - sizeof bye, bye, sizeof bye);
}

/* ---- what may come from outside ---- */

static void framing_is_checked_before_anything_is_believed(void **state)
{
	static const struct {
		const char *name;
		int n_items; /* -1: refused */
		size_t n_bytes;
		uint8_t bytes[44];
	} rows[] = {
		{ "an RR of no reports", 1, 8, { 0x80, 201, 0, 1, 0, 0, 0, 9 } },
		{ "nothing", -1, 0, { 0 } },
		{ "half a header", -1, 3, { 0x80, 201, 0 } },
		{ "cut short", -1, 7, { 0x80, 201, 0, 1, 0, 0, 0 } },
		{ "longer than it is", -1, 8, { 0x80, 201, 0, 2, 0, 0, 0, 9 } },
		{ "bytes after it", -1, 10, { 0x80, 201, 0, 1, 0, 0, 0, 9, 0x80, 201 } },
		{ "version 1", -1, 8, { 0x40, 201, 0, 1, 0, 0, 0, 9 } },
		{ "version 3 behind", -1, 16,
			{ 0x80, 201, 0, 1, 0, 0, 0, 9, 0xC0, 201, 0, 1, 0, 0, 0, 9 } },
		{ "RTP", -1, 12, { 0x80, 111, 0, 2, 0, 0, 0, 9, 0, 0, 0, 1 } },
		{ "not even an SSRC", 0, 4, { 0x80, 201, 0, 0 } },
		{ "a report promised", 0, 8, { 0x81, 201, 0, 1, 0, 0, 0, 9 } },
		{ "an SR without its information", 0, 8, { 0x80, 200, 0, 1, 0, 0, 0, 9 } },
		{ "the profile's extension", 1, 12, { 0x80, 201, 0, 2, 0, 0, 0, 9, 1, 2, 3, 4 } },
		{ "padding", 1, 12, { 0xA0, 201, 0, 2, 0, 0, 0, 9, 0, 0, 0, 4 } },
		{ "padding of none", -1, 12, { 0xA0, 201, 0, 2, 0, 0, 0, 9, 0, 0, 0, 0 } },
		{ "padding of half a word", -1, 12, { 0xA0, 201, 0, 2, 0, 0, 0, 9, 0, 0, 0, 2 } },
		{ "padding of all and more", -1, 12, { 0xA0, 201, 0, 2, 0, 0, 0, 9, 0, 0, 0, 12 } },
		{ "padding of all", 0, 12, { 0xA0, 201, 0, 2, 0, 0, 0, 9, 0, 0, 0, 8 } },
		{ "padding of nothing", -1, 4, { 0xA0, 201, 0, 0 } },
		{ "padding before the last", -1, 20,
			{ 0xA0, 201, 0, 2, 0, 0, 0, 9, 0, 0, 0, 4, 0x80, 201, 0, 1, 0, 0, 0, 9 } },
		{ "an APP, an RTPFB and a PSFB are passed over", 1, 44,
			{ 0x81, 204, 0, 2, 0, 0, 0, 9, 'a', 'b', 'c', 'd', 0x81, 205, 0, 3, 0, 0, 0,
				9, 0, 0, 0, 8, 1, 2, 3, 4, 0x81, 206, 0, 1, 0, 0, 0, 9, 0x81, 203,
				0, 1, 0, 0, 0, 9 } },
		{ "SDES of no chunks", 0, 4, { 0x80, 202, 0, 0 } },
		{ "a CNAME alone (RFC 5506)", 1, 12,
			{ 0x81, 202, 0, 2, 0, 0, 0, 9, 1, 1, 'a', 0 } },
		{ "a CNAME of nothing", 0, 12, { 0x81, 202, 0, 2, 0, 0, 0, 9, 1, 0, 0, 0 } },
		{ "an item beyond the chunk", 0, 12,
			{ 0x81, 202, 0, 2, 0, 0, 0, 9, 1, 3, 'a', 'b' } },
		{ "a CNAME without END", 0, 12, { 0x81, 202, 0, 2, 0, 0, 0, 9, 1, 2, 'a', 'b' } },
		{ "two chunks promised", 0, 12, { 0x82, 202, 0, 2, 0, 0, 0, 9, 1, 1, 'a', 0 } },
		{ "two chunks", 2, 20,
			{ 0x82, 202, 0, 4, 0, 0, 0, 9, 1, 1, 'a', 0, 0, 0, 0, 8, 1, 1, 'b', 0 } },
		{ "a BYE of none", 0, 4, { 0x80, 203, 0, 0 } },
		{ "a BYE of more than there are", 0, 8, { 0x82, 203, 0, 1, 0, 0, 0, 9 } },
		{ "an XR of nothing", 0, 8, { 0x80, 207, 0, 1, 0, 0, 0, 9 } },
		{ "an XR of no one", 0, 4, { 0x80, 207, 0, 0 } },
		{ "a block beyond the XR", 0, 20,
			{ 0x80, 207, 0, 4, 0, 0, 0, 9, 4, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2 } },
		{ "a sound block before such a one", 0, 24,
			{ 0x80, 207, 0, 5, 0, 0, 0, 9, 4, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 4, 0, 0,
				1 } },
		{ "an unknown block is passed over", 1, 28,
			{ 0x80, 207, 0, 6, 0, 0, 0, 9, 99, 0, 0, 1, 1, 2, 3, 4, 4, 0, 0, 2, 0, 0, 0,
				1, 0, 0, 0, 2 } },
		{ "a reference time too short", 0, 16,
			{ 0x80, 207, 0, 3, 0, 0, 0, 9, 4, 0, 0, 1, 0, 0, 0, 1 } },
		{ "a DLRR of a half", 0, 20,
			{ 0x80, 207, 0, 4, 0, 0, 0, 9, 5, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2 } },
		{ "a DLRR of none", 0, 12, { 0x80, 207, 0, 2, 0, 0, 0, 9, 5, 0, 0, 0 } },
		{ "VoIP metrics too short", 0, 16,
			{ 0x80, 207, 0, 3, 0, 0, 0, 9, 7, 0, 0, 1, 0, 0, 0, 1 } },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const uint8_t *const end = rows[i].bytes + sizeof rows[i].bytes;
		uint8_t copy[sizeof rows[i].bytes];
		memcpy(copy, rows[i].bytes, sizeof copy);
		assert_true(rows[i].bytes + rows[i].n_bytes <= end);
		assert_row_equal(rows[i].name, read_all(copy, rows[i].n_bytes), rows[i].n_items);
	}
	assert_int_equal(read_all(NULL, 0), -1);
}

static void every_truncation_is_refused_but_between_packets(void **state)
{
	struct rtcp_reader reader;
	(void)state;
	for (size_t n = 0; n < sizeof compound; n++) {
		const bool is_whole = n == 52 || n == 72 || n == 172;
		assert_int_equal(
			rtcp_open(&reader, compound, n), is_whole ? STATUS_OK : STATUS_TRUNCATED);
	}
}

/* ---- the loss map ---- */

/* An XR packet of one Loss RLE block, of the chunks given. */
static int read_chunks(uint8_t thinning, uint16_t begin_seq, uint16_t end_seq,
	const uint16_t *chunks, size_t n_chunks)
{
	uint8_t bytes[200] = { 0 };
	struct byte_writer w = byte_writer_over(bytes, sizeof bytes);

	byte_writer_u32(&w, 0x80CF0000 | (uint32_t)(4 + n_chunks / 2));
	byte_writer_u32(&w, 9);
	byte_writer_u32(&w, (uint32_t)(0x01000000 | (uint32_t)thinning << 16 | (2 + n_chunks / 2)));
	byte_writer_u32(&w, 7);
	byte_writer_u16(&w, begin_seq);
	byte_writer_u16(&w, end_seq);
	for (size_t i = 0; i < n_chunks; i++)
		byte_writer_u16(&w, chunks[i]);
	assert_false(w.failed);
	return read_all(bytes, sizeof bytes - w.n_left);
}

static void chunks_of_a_loss_map_are_checked(void **state)
{
	static const struct {
		const char *name;
		uint16_t begin_seq, end_seq;
		size_t n_chunks;
		uint16_t chunks[6];
		bool is_read;
		uint64_t received;
	} rows[] = {
		{ "a run that came", 5, 9, 2, { 0x4004, 0 }, true, 0xF },
		{ "a run that did not", 5, 9, 2, { 0x0004, 0 }, true, 0 },
		{ "a run longer than the block", 5, 9, 2, { 0x7FFF, 0 }, true, 0xF },
		{ "a vector's bits beyond the block", 5, 9, 2, { 0xFFFF, 0 }, true, 0xF },
		{ "the first packet is the highest bit", 5, 9, 2, { 0xC000, 0 }, true, 1 },
		{ "runs and vectors", 65530, 14, 4, { 0x4002, 0x0001, 0xA000, 0x4002 }, true,
			0xC0013 },
		{ "a run of none", 5, 9, 2, { 0x4000, 0x4004 }, true, 0xF },
		{ "what follows the last packet", 5, 9, 4, { 0x4004, 0x4004, 0xFFFF, 0x4001 }, true,
			0xF },
		{ "too few chunks", 5, 9, 2, { 0x4001, 0x4002 }, false, 0 },
		{ "null before the end", 5, 9, 2, { 0, 0x4004 }, false, 0 },
		{ "no chunks", 5, 9, 0, { 0 }, false, 0 },
		{ "no packets", 5, 5, 2, { 0x4004, 0 }, false, 0 },
		{ "all packets but one, nearly untold", 5, 4, 2, { 0x4004, 0 }, false, 0 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const int n_items = read_chunks(
			0, rows[i].begin_seq, rows[i].end_seq, rows[i].chunks, rows[i].n_chunks);
		assert_row_equal(rows[i].name, n_items, rows[i].is_read);
		if (!rows[i].is_read)
			continue;
		assert_row_equal(rows[i].name, items[0].loss_map.ssrc, 7);
		assert_row_equal(rows[i].name, items[0].loss_map.begin_seq, rows[i].begin_seq);
		assert_row_equal(rows[i].name, items[0].loss_map.n_packets,
			(uint16_t)(rows[i].end_seq - rows[i].begin_seq));
		assert_row_equal(rows[i].name, items[0].loss_map.received[0], rows[i].received);
	}
	for (uint8_t thinning = 1; thinning < 16; thinning++)
		assert_int_equal(read_chunks(thinning, 5, 9, rows[0].chunks, 2), 0);
	assert_int_equal(read_chunks(0xF0, 5, 9, rows[0].chunks, 2), 1); /* reserved bits */
}

static void of_a_long_loss_map_the_end_is_read(void **state)
{
	/* 60000 packets: 3 * 16383 came, 9000 did not, 5 came, 15 by a vector, 1831 came */
	static const uint16_t chunks[] = { 0x7FFF, 0x7FFF, 0x7FFF, 9000, 0x4005, 0xFFFE,
		0x4000 | 1831, 0 };
	const struct rtcp_loss_map *const map = &items[0].loss_map;

	(void)state;
	assert_int_equal(read_chunks(0, 40000, (uint16_t)(40000 + 60000), chunks, 8), 1);
	assert_int_equal(map->n_packets, RTCP_LOSS_MAP_PACKETS_MAX);
	assert_int_equal(map->begin_seq, (uint16_t)(40000 + 60000 - RTCP_LOSS_MAP_PACKETS_MAX));
	for (int i = 0; i < RTCP_LOSS_MAP_PACKETS_MAX; i++) {
		const int from_end = RTCP_LOSS_MAP_PACKETS_MAX - i;
		const bool came = from_end <= 1851 && from_end != 1832;
		assert_int_equal(map->received[i / 64] >> (i % 64) & 1, came);
	}
}

static size_t write_map(uint8_t *bytes, size_t n_bytes_max, const struct rtcp_loss_map *map)
{
	struct rtcp_writer w = rtcp_writer_over(bytes, n_bytes_max);

	rtcp_begin_xr(&w, 9);
	rtcp_write_loss_map(&w, map);
	rtcp_end_xr(&w);
	assert_false(w.failed);
	return w.n_bytes;
}

static void set_received(struct rtcp_loss_map *map, int index)
{
	map->received[index / 64] |= UINT64_C(1) << (index % 64);
}

static void any_loss_map_is_read_as_it_was_written(void **state)
{
	struct dice dice = { 3611 };

	(void)state;
	for (int round = 0; round < 5000; round++) {
		struct rtcp_loss_map map = { .ssrc = dice_u32(&dice),
			.begin_seq = (uint16_t)dice_u32(&dice),
			.n_packets = (uint16_t)(1 + dice_below(&dice, RTCP_LOSS_MAP_PACKETS_MAX)) };
		const uint32_t mean_run = 1 + dice_below(&dice, 60); /* from noise to long runs */
		bool came = false;
		for (int i = 0; i < map.n_packets; i++) {
			if (dice_below(&dice, mean_run) == 0)
				came = dice_u32(&dice) & 1;
			if (came)
				set_received(&map, i);
		}
		uint8_t bytes[RTCP_DATAGRAM_BYTES_MAX];
		const size_t n_bytes = write_map(bytes, sizeof bytes, &map);
		/* At worst vectors alone, the last one's partner, and the fixed parts. */
		assert_true(n_bytes <= 20 + (((size_t)map.n_packets + 14) / 15 + 1) / 2 * 4);
		assert_int_equal(read_all(bytes, n_bytes), 1);
		assert_memory_equal(&items[0].loss_map, &map, sizeof map);
	}
}

static void a_loss_map_is_as_small_as_it_can_be(void **state)
{
	static const struct {
		const char *name;
		int n_packets, lost_every, lost_at; /* 0: none is lost */
		size_t n_bytes;			    /* of the packet, 20 of them fixed */
	} rows[] = {
		{ "a second, all came", 50, 0, 0, 24 },
		{ "all there can be came", 2048, 0, 0, 24 },
		{ "one packet", 1, 0, 0, 24 },
		{ "40 packets, the first lost: a vector and a run", 40, 40, 0, 24 },
		{ "40 packets, the last lost: a run and one", 40, 40, 39, 24 },
		{ "45 packets, every third lost: three vectors", 45, 3, 1, 28 },
		{ "500 packets, two lost: run, vector, run, vector, run", 500, 250, 200, 32 },
	};
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		struct rtcp_loss_map map = { .n_packets = (uint16_t)rows[r].n_packets };
		uint8_t bytes[RTCP_DATAGRAM_BYTES_MAX];
		for (int i = 0; i < rows[r].n_packets; i++)
			if (rows[r].lost_every == 0 || i % rows[r].lost_every != rows[r].lost_at)
				set_received(&map, i);
		assert_row_equal(
			rows[r].name, write_map(bytes, sizeof bytes, &map), rows[r].n_bytes);
	}
}

/* ---- writing ---- */

static void write_everything(struct rtcp_writer *w)
{
	static const struct rtcp_report reports[2] = { { .ssrc = 1 }, { .ssrc = 2 } };
	static const struct rtcp_sender_info info = { .ntp = 1 };
	static const struct rtcp_loss_map map = { .n_packets = 100 };
	static const struct rtcp_voip_metrics metrics = { .gmin = 16 };
	static const struct rtcp_dlrr answer = { .ssrc = 1 };

	rtcp_write_sr(w, 9, &info, reports, 2);
	rtcp_write_rr(w, 9, reports, 2);
	rtcp_write_cname(w, 9, "someone");
	rtcp_write_receiver(w, 9, &(struct rtcp_receiver){ .has_transit = true });
	rtcp_begin_xr(w, 9);
	rtcp_write_loss_map(w, &map);
	rtcp_write_voip_metrics(w, &metrics);
	rtcp_write_reference_time(w, 1);
	rtcp_write_dlrr(w, &answer, 1);
	rtcp_end_xr(w);
	rtcp_write_bye(w, 9);
}

/* RFC 3550, 6.7. Others' APP packets are passed over, and so is one of another length. */
static void the_senders_delay_is_told_in_an_app_packet(void **state)
{
	static const uint8_t bytes[] = { 0x80, 204, 0, 6, 1, 2, 3, 4, 'H', 'S', 'L', 'T', 0, 0, 0,
		10, 0, 0, 0, 20, 0, 0, 0, 30, 0xFF, 0xFF, 0xFF, 0xFF, 0x81, 203, 0, 1, 1, 2, 3, 4 };
	static const struct {
		const char *name;
		size_t at;
		uint8_t value;
	} others[] = {
		{ "a subtype", 0, 0x82 },
		{ "another name", 11, 'X' },
		{ "shorter by a word", 3, 5 },
	};
	const struct rtcp_sender_delay delay = { 10, 20, 30, UINT32_MAX };
	uint8_t written[64];
	struct rtcp_writer w = rtcp_writer_over(written, sizeof written);
	(void)state;
	rtcp_write_sender_delay(&w, 0x01020304, &delay);
	assert_int_equal(w.n_bytes, 28);
	assert_memory_equal(written, bytes, 28);
	assert_int_equal(read_all(bytes, sizeof bytes), 2);
	assert_int_equal(items[0].kind, RTCP_SENDER_DELAY);
	assert_int_equal(items[0].from, 0x01020304);
	assert_memory_equal(&items[0].sender_delay, &delay, sizeof delay);
	assert_int_equal(items[1].kind, RTCP_BYE);
	for (size_t i = 0; i < N_ROWS(others); i++) {
		uint8_t other[28];
		memcpy(other, bytes, 28);
		other[others[i].at] = others[i].value;
		assert_row_equal(others[i].name, read_all(other, others[i].at == 3 ? 24 : 28), 0);
	}
}

/* Of the same name with another subtype; old peers pass over it as over all others. */
static void a_receiver_tells_of_itself_in_an_app_packet(void **state)
{
	static const uint8_t neural[] = { 0x81, 204, 0, 4, 1, 2, 3, 4, 'H', 'S', 'L', 'T', 1, 0x80,
		0, 0, 0xFE, 0xDC, 0xBA, 0x98, 0x81, 203, 0, 1, 1, 2, 3, 4 };
	static const struct {
		const char *name;
		size_t at;
		uint8_t value;
		bool is_known, is_neural, has_transit;
	} rows[] = {
		{ "as it is", 0, 0x81, true, true, true },
		{ "plain", 12, 0, true, false, true },
		{ "a concealment to come", 12, 2, true, false, true },
		{ "no transit", 13, 0, true, true, false },
		{ "reserved bits of a later version", 14, 0xFF, true, true, true },
		{ "two words more", 3, 6, true, true, true },
		{ "a subtype to come", 0, 0x82, false, false, false },
		{ "another name", 11, 'X', false, false, false },
		{ "too short", 3, 3, false, false, false },
	};
	const struct rtcp_receiver receiver = { CONCEALMENT_NEURAL, true, 0xFEDCBA98 };
	uint8_t written[20];
	struct rtcp_writer w = rtcp_writer_over(written, sizeof written);
	(void)state;
	rtcp_write_receiver(&w, 0x01020304, &receiver);
	assert_false(w.failed);
	assert_int_equal(w.n_bytes, 20);
	assert_memory_equal(written, neural, 20);
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		uint8_t bytes[28];
		memcpy(bytes, neural, sizeof neural);
		bytes[rows[i].at] = rows[i].value;
		const size_t n_bytes = 4 + 4 * (size_t)bytes[3];
		assert_row_equal(rows[i].name, read_all(bytes, n_bytes), rows[i].is_known);
		if (!rows[i].is_known)
			continue;
		const struct rtcp_receiver *const r = &items[0].receiver;
		assert_row_equal(rows[i].name, items[0].kind, RTCP_RECEIVER);
		assert_row_equal(rows[i].name, items[0].from, 0x01020304);
		assert_row_equal(
			rows[i].name, r->concealment == CONCEALMENT_NEURAL, rows[i].is_neural);
		assert_row_equal(rows[i].name, r->has_transit, rows[i].has_transit);
		assert_row_equal(rows[i].name, r->transit_us, rows[i].has_transit ? 0xFEDCBA98 : 0);
	}
}

static void what_does_not_fit_is_told_and_what_did_is_whole(void **state)
{
	uint8_t bytes[RTCP_DATAGRAM_BYTES_MAX];
	struct rtcp_writer all = rtcp_writer_over(bytes, sizeof bytes);

	(void)state;
	write_everything(&all);
	assert_false(all.failed);
	assert_int_equal(read_all(bytes, all.n_bytes), 14);
	for (size_t n = 0; n < all.n_bytes; n++) {
		struct rtcp_writer w = rtcp_writer_over(bytes, n);
		memset(bytes, 0xEE, sizeof bytes);
		write_everything(&w);
		assert_true(w.failed);
		assert_true(w.n_bytes <= n);
		for (size_t i = n; i < sizeof bytes; i++)
			assert_int_equal(bytes[i], 0xEE);
		if (w.n_bytes > 0)
			assert_true(read_all(bytes, w.n_bytes) > 0);
	}
}

static void an_xr_of_nothing_is_taken_back(void **state)
{
	uint8_t bytes[100];
	struct rtcp_writer w = rtcp_writer_over(bytes, sizeof bytes);

	(void)state;
	rtcp_write_bye(&w, 1);
	rtcp_begin_xr(&w, 1);
	rtcp_write_dlrr(&w, NULL, 0);
	rtcp_write_loss_map(&w, &(struct rtcp_loss_map){ .ssrc = 1 });
	rtcp_end_xr(&w);
	assert_false(w.failed);
	assert_int_equal(w.n_bytes, 8);
}

static void counts_stay_within_their_bits(void **state)
{
	static const struct {
		int32_t written, read;
	} rows[] = { { 0, 0 }, { -1, -1 }, { 8388607, 8388607 }, { 8388608, 8388607 },
		{ INT32_MAX, 8388607 }, { -8388608, -8388608 }, { INT32_MIN, -8388608 } };
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		uint8_t bytes[100];
		struct rtcp_writer w = rtcp_writer_over(bytes, sizeof bytes);
		rtcp_write_rr(&w, 1,
			&(struct rtcp_report){
				.fraction_lost = 255, .packets_lost = rows[i].written },
			1);
		assert_int_equal(read_all(bytes, w.n_bytes), 2);
		assert_int_equal(items[1].report.fraction_lost, 255);
		assert_int_equal(items[1].report.packets_lost, rows[i].read);
	}
}

static void a_name_of_any_length_ends_at_a_word(void **state)
{
	char name[RTCP_CNAME_BYTES_MAX + 1] = "";

	(void)state;
	for (size_t n = 1; n <= RTCP_CNAME_BYTES_MAX; n++) {
		uint8_t bytes[300];
		struct rtcp_writer w = rtcp_writer_over(bytes, sizeof bytes);
		name[n - 1] = (char)('a' + n % 26);
		rtcp_write_cname(&w, 9, name);
		assert_int_equal(w.n_bytes % 4, 0);
		assert_int_equal(bytes[w.n_bytes - 1], 0);
		assert_int_equal(read_all(bytes, w.n_bytes), 1);
		assert_int_equal(items[0].cname.n_bytes, n);
		assert_memory_equal(items[0].cname.bytes, name, n);
	}
}

/* ---- time ---- */

static void microseconds_survive_ntp(void **state)
{
	struct dice dice = { 1900 };

	(void)state;
	assert_true(rtcp_ntp_from_us(1500000) == UINT64_C(0x180000000));
	assert_int_equal(rtcp_ntp_middle(UINT64_C(0x1234567890ABCDEF)), 0x567890AB);
	for (int i = 0; i < 100000; i++) {
		const uint64_t us = ((uint64_t)dice_u32(&dice) << 19) + dice_below(&dice, 1 << 19);
		assert_true(rtcp_us_from_ntp(rtcp_ntp_from_us(us)) == us);
	}
}

static void the_round_trip_is_what_was_not_waited(void **state)
{
	static const struct {
		const char *name;
		uint64_t sent_us, waited_us, arrived_us;
		int64_t least_us, most_us; /* -1: refused */
	} rows[] = {
		{ "RFC 3550, figure 2: 6.125 s", 0xb705 * UINT64_C(1000000) + 125000, 5250000,
			0xb710 * UINT64_C(1000000) + 500000, 6125000, 6125000 },
		{ "40 ms", 5000000, 700000, 5740000, 39960, 40040 },
		{ "around the middle's end", 65535900000, 200000, 65536200000, 99960, 100040 },
		{ "no way at all", 5000001, 299999, 5300000, 0, 20 },
		{ "waited longer than there was time", 5000000, 400000, 5300000, -1, -1 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const int64_t us = rtcp_round_trip_us(rtcp_ntp_from_us(rows[i].arrived_us),
			rtcp_ntp_middle(rtcp_ntp_from_us(rows[i].sent_us)),
			(uint32_t)((rows[i].waited_us << 16) / 1000000));
		assert_row_in_range(rows[i].name, us, rows[i].least_us, rows[i].most_us);
	}
	assert_int_equal(rtcp_round_trip_us(UINT64_C(0x0000000500000000), 0, 0), -1);
	/* Three roundings can make nothing of less than nothing, but no more than by two. */
	assert_int_equal(rtcp_round_trip_us(UINT64_C(0x0000000500000000), 0x50000, 2), 0);
	assert_int_equal(rtcp_round_trip_us(UINT64_C(0x0000000500000000), 0x50000, 3), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_compound_datagram_is_read_bit_by_bit),
		cmocka_unit_test(a_compound_datagram_is_written_bit_by_bit),
		cmocka_unit_test(framing_is_checked_before_anything_is_believed),
		cmocka_unit_test(every_truncation_is_refused_but_between_packets),
		cmocka_unit_test(chunks_of_a_loss_map_are_checked),
		cmocka_unit_test(of_a_long_loss_map_the_end_is_read),
		cmocka_unit_test(any_loss_map_is_read_as_it_was_written),
		cmocka_unit_test(a_loss_map_is_as_small_as_it_can_be),
		cmocka_unit_test(the_senders_delay_is_told_in_an_app_packet),
		cmocka_unit_test(a_receiver_tells_of_itself_in_an_app_packet),
		cmocka_unit_test(what_does_not_fit_is_told_and_what_did_is_whole),
		cmocka_unit_test(an_xr_of_nothing_is_taken_back),
		cmocka_unit_test(counts_stay_within_their_bits),
		cmocka_unit_test(a_name_of_any_length_ends_at_a_word),
		cmocka_unit_test(microseconds_survive_ntp),
		cmocka_unit_test(the_round_trip_is_what_was_not_waited),
	};
	return cmocka_run_group_tests_name("rtcp", tests, NULL, NULL);
}
