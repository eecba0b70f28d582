/* RTCP read byte by byte after RFC 3550, 6, and RFC 3611, 4. */
#include "common/rtp/rtcp_reader.h"

#include "common/rtp/rtcp_writer.h"
#include "tests/unit/rtcp_compound.h"
#include "tests/unit/unit.h"

#include <string.h>

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

/* ---- hostile input ---- */

struct framing {
	const char *name;
	int n_items; /* -1: refused */
	size_t n_bytes;
	uint8_t bytes[44];
};

static void check_framing(const struct framing *rows, size_t n_rows)
{
	for (size_t i = 0; i < n_rows; i++) {
		uint8_t copy[sizeof rows->bytes];
		memcpy(copy, rows[i].bytes, sizeof copy);
		assert_true(rows[i].n_bytes <= sizeof copy);
		assert_row_equal(rows[i].name, read_all(copy, rows[i].n_bytes), rows[i].n_items);
	}
}

static void packets_are_as_long_as_they_say(void **state)
{
	static const struct framing rows[] = {
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
	};
	(void)state;
	check_framing(rows, N_ROWS(rows));
	assert_int_equal(read_all(NULL, 0), -1);
}

static void items_end_within_their_packet(void **state)
{
	static const struct framing rows[] = {
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
	};
	(void)state;
	check_framing(rows, N_ROWS(rows));
}

static void blocks_end_within_their_xr(void **state)
{
	static const struct framing rows[] = {
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
	check_framing(rows, N_ROWS(rows));
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

/* ---- our APP packets ---- */

/* RFC 3550, 6.7. APP packets of other programs are skipped, and so is one of another length. */
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

/* The same name with another subtype; older peers skip it like any other. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_compound_datagram_is_read_bit_by_bit),
		cmocka_unit_test(packets_are_as_long_as_they_say),
		cmocka_unit_test(items_end_within_their_packet),
		cmocka_unit_test(blocks_end_within_their_xr),
		cmocka_unit_test(every_truncation_is_refused_but_between_packets),
		cmocka_unit_test(chunks_of_a_loss_map_are_checked),
		cmocka_unit_test(of_a_long_loss_map_the_end_is_read),
		cmocka_unit_test(the_senders_delay_is_told_in_an_app_packet),
		cmocka_unit_test(a_receiver_tells_of_itself_in_an_app_packet),
	};
	return cmocka_run_group_tests_name("rtcp_reader", tests, NULL, NULL);
}
