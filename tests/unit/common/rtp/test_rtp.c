/* RTP headers, byte by byte after RFC 3550, 5.1. */
#include "common/rtp/rtp.h"
#include "tests/unit/unit.h"

#include <string.h>

/* V=2 P=0 X=0 CC=0 | M=1 PT=111 | sequence number 0x1234 | timestamp 0x89ABCDEF | SSRC
 * 0xDEADBEEF */
static const uint8_t plain[] = { 0x80, 0xEF, 0x12, 0x34, 0x89, 0xAB, 0xCD, 0xEF, 0xDE, 0xAD, 0xBE,
	0xEF, 0x01, 0x02, 0x03 };

static void a_header_is_parsed_bit_by_bit(void **state)
{
	struct rtp_packet packet;
	(void)state;
	assert_int_equal(rtp_parse(&packet, plain, sizeof plain), STATUS_OK);
	assert_true(packet.marker);
	assert_int_equal(packet.payload_type, 111);
	assert_int_equal(packet.seq, 0x1234);
	assert_int_equal(packet.timestamp, 0x89ABCDEF);
	assert_int_equal(packet.ssrc, 0xDEADBEEF);
	assert_ptr_equal(packet.payload, plain + 12);
	assert_int_equal(packet.payload_bytes, 3);
}

static void a_header_is_written_bit_by_bit(void **state)
{
	static const uint8_t unmarked[] = { 0x80, 0x3F, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x01, 0x80,
		0x00, 0x00, 0x00 };
	uint8_t header[RTP_HEADER_BYTES];
	(void)state;
	rtp_write_header(header, &(struct rtp_packet){ .marker = true,
					 .payload_type = RTP_TYPE_OPUS,
					 .seq = 0x1234,
					 .timestamp = 0x89ABCDEF,
					 .ssrc = 0xDEADBEEF });
	assert_memory_equal(header, plain, sizeof header);
	rtp_write_header(header, &(struct rtp_packet){ .payload_type = RTP_TYPE_RED,
					 .seq = 65535,
					 .timestamp = 1,
					 .ssrc = 0x80000000 });
	assert_memory_equal(header, unmarked, sizeof header);
}

/* Each row: the first byte, what follows the fixed header, and the expected result. */
static void optional_parts_are_passed_over_and_checked(void **state)
{
	static const struct {
		const char *name;
		uint8_t first;
		size_t n_after;
		uint8_t after[16];
		enum status status;
		size_t payload_at, payload_bytes; /* in `after` */
	} rows[] = {
		{ "no payload", 0x80, 0, { 0 }, STATUS_OK, 0, 0 },
		{ "version 0", 0x00, 1, { 7 }, STATUS_MALFORMED, 0, 0 },
		{ "version 1", 0x40, 1, { 7 }, STATUS_MALFORMED, 0, 0 },
		{ "version 3", 0xC0, 1, { 7 }, STATUS_MALFORMED, 0, 0 },
		{ "one CSRC", 0x81, 5, { 1, 2, 3, 4, 7 }, STATUS_OK, 4, 1 },
		{ "two CSRCs, nothing after", 0x82, 8, { 0 }, STATUS_OK, 8, 0 },
		{ "half a CSRC", 0x81, 3, { 0 }, STATUS_TRUNCATED, 0, 0 },
		{ "15 CSRCs promised", 0x8F, 16, { 0 }, STATUS_TRUNCATED, 0, 0 },
		{ "extension of one word", 0x90, 9, { 0xBE, 0xDE, 0, 1, 1, 2, 3, 4, 7 }, STATUS_OK,
			8, 1 },
		{ "extension of no words", 0x90, 5, { 0xBE, 0xDE, 0, 0, 7 }, STATUS_OK, 4, 1 },
		{ "extension cut in its header", 0x90, 3, { 0xBE, 0xDE, 0 }, STATUS_TRUNCATED, 0,
			0 },
		{ "extension longer than all", 0x90, 8, { 0xBE, 0xDE, 0xFF, 0xFF },
			STATUS_TRUNCATED, 0, 0 },
		{ "CSRC, extension, payload", 0x91, 10, { 1, 2, 3, 4, 0xBE, 0xDE, 0, 0, 7, 8 },
			STATUS_OK, 8, 2 },
		{ "padding of one", 0xA0, 3, { 7, 8, 1 }, STATUS_OK, 0, 2 },
		{ "padding of two", 0xA0, 3, { 7, 0, 2 }, STATUS_OK, 0, 1 },
		{ "nothing but padding", 0xA0, 3, { 0, 0, 3 }, STATUS_OK, 0, 0 },
		{ "more padding than payload", 0xA0, 3, { 0, 0, 4 }, STATUS_MALFORMED, 0, 0 },
		{ "padding of none", 0xA0, 3, { 7, 8, 0 }, STATUS_MALFORMED, 0, 0 },
		{ "padding of nothing", 0xA0, 0, { 0 }, STATUS_MALFORMED, 0, 0 },
		{ "padding does not reach the CSRC", 0xA1, 5, { 1, 2, 3, 4, 2 }, STATUS_MALFORMED,
			0, 0 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		uint8_t datagram[RTP_HEADER_BYTES + 16];
		struct rtp_packet packet = { .payload_bytes = 99 };

		memcpy(datagram, plain, RTP_HEADER_BYTES);
		datagram[0] = rows[i].first;
		memcpy(datagram + RTP_HEADER_BYTES, rows[i].after, rows[i].n_after);
		const enum status status =
			rtp_parse(&packet, datagram, RTP_HEADER_BYTES + rows[i].n_after);
		assert_row_equal(rows[i].name, status, rows[i].status);
		if (status != STATUS_OK) { /* written on success only */
			assert_row_equal(rows[i].name, packet.payload_bytes, 99);
			continue;
		}
		assert_row_equal(rows[i].name, packet.payload - datagram,
			RTP_HEADER_BYTES + rows[i].payload_at);
		assert_row_equal(rows[i].name, packet.payload_bytes, rows[i].payload_bytes);
	}
}

static void every_truncation_is_told(void **state)
{
	struct rtp_packet packet;
	(void)state;
	assert_int_equal(rtp_parse(&packet, NULL, 0), STATUS_TRUNCATED);
	for (size_t n = 0; n < RTP_HEADER_BYTES; n++)
		assert_int_equal(rtp_parse(&packet, plain, n), STATUS_TRUNCATED);
	assert_int_equal(rtp_parse(&packet, plain, RTP_HEADER_BYTES), STATUS_OK);
}

static void what_is_written_is_read_again(void **state)
{
	struct dice dice = { 3550 };
	(void)state;
	for (int i = 0; i < 1000; i++) {
		const struct rtp_packet written = {
			.marker = dice_u32(&dice) & 1,
			.payload_type = dice_u32(&dice) & 0x7F,
			.seq = (uint16_t)dice_u32(&dice),
			.timestamp = dice_u32(&dice),
			.ssrc = dice_u32(&dice),
		};
		uint8_t datagram[RTP_HEADER_BYTES];
		struct rtp_packet read;
		rtp_write_header(datagram, &written);
		assert_int_equal(rtp_parse(&read, datagram, sizeof datagram), STATUS_OK);
		assert_int_equal(read.marker, written.marker);
		assert_int_equal(read.payload_type, written.payload_type);
		assert_int_equal(read.seq, written.seq);
		assert_int_equal(read.timestamp, written.timestamp);
		assert_int_equal(read.ssrc, written.ssrc);
	}
}

static void rtcp_is_told_from_rtp(void **state)
{
	static const struct {
		uint8_t first, second;
		bool is_rtcp;
	} rows[] = {
		{ 0x80, 200, true },  /* SR */
		{ 0x81, 201, true },  /* RR */
		{ 0x80, 207, true },  /* XR */
		{ 0x80, 191, false }, /* the borders of RFC 5761, 4 */
		{ 0x80, 192, true }, { 0x80, 223, true }, { 0x80, 224, false },
		{ 0x80, 111, false },	     /* Opus */
		{ 0x80, 0x80 | 111, false }, /* Opus with the marker: 239 */
		{ 0x80, 0x80 | 63, false },  /* RED with the marker: 191 */
		{ 0x00, 200, false },	     /* STUN's first bits */
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const uint8_t datagram[] = { rows[i].first, rows[i].second };
		assert_int_equal(rtp_is_rtcp(datagram, 2), rows[i].is_rtcp);
	}
	assert_false(rtp_is_rtcp((const uint8_t[]){ 0x80 }, 1));
	assert_false(rtp_is_rtcp(NULL, 0));
}

/* RFC 8285, 4.2. What is malformed costs the capture time, not the packet. */
static void a_capture_time_is_read_from_an_extension(void **state)
{
	static const struct {
		const char *name;
		uint8_t profile[2];
		uint8_t n_words;
		uint8_t elements[24];
		bool has_it;
	} rows[] = {
		{ "alone", { 0xBE, 0xDE }, 3, { 0x17, 1, 2, 3, 4, 5, 6, 7, 8 }, true },
		{ "after padding and a level", { 0xBE, 0xDE }, 3,
			{ 0, 0x20, 0x7F, 0x17, 1, 2, 3, 4, 5, 6, 7, 8 }, true },
		{ "with the clock offset", { 0xBE, 0xDE }, 5,
			{ 0x1F, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9, 9, 9, 9, 9 }, true },
		{ "another ID", { 0xBE, 0xDE }, 3, { 0x27, 1, 2, 3, 4, 5, 6, 7, 8 }, false },
		{ "another length", { 0xBE, 0xDE }, 3, { 0x16, 1, 2, 3, 4, 5, 6, 7 }, false },
		{ "beyond the extension", { 0xBE, 0xDE }, 2, { 0x17, 1, 2, 3, 4, 5, 6, 7, 8 },
			false },
		{ "a length that skips it all", { 0xBE, 0xDE }, 3, { 0x2F, 0x17, 1, 2, 3 }, false },
		{ "after the end", { 0xBE, 0xDE }, 4, { 0xF0, 0x17, 1, 2, 3, 4, 5, 6, 7, 8 },
			false },
		{ "two-byte elements", { 0x10, 0x00 }, 3, { 0x17, 1, 2, 3, 4, 5, 6, 7, 8 }, false },
		{ "nothing", { 0xBE, 0xDE }, 0, { 0 }, false },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		uint8_t datagram[RTP_HEADER_BYTES + 4 + 24 + 1];
		const size_t n_elements = rows[i].n_words * 4U;
		const size_t n_bytes = RTP_HEADER_BYTES + 4 + n_elements + 1;
		struct rtp_packet packet;

		memcpy(datagram, plain, RTP_HEADER_BYTES);
		datagram[0] = 0x90;
		memcpy(datagram + RTP_HEADER_BYTES, rows[i].profile, 2);
		datagram[RTP_HEADER_BYTES + 2] = 0;
		datagram[RTP_HEADER_BYTES + 3] = rows[i].n_words;
		memcpy(datagram + RTP_HEADER_BYTES + 4, rows[i].elements, n_elements);
		datagram[n_bytes - 1] = 'x';
		assert_row_equal(rows[i].name, rtp_parse(&packet, datagram, n_bytes), STATUS_OK);
		assert_row_equal(rows[i].name, packet.payload_bytes, 1);
		assert_row_equal(rows[i].name, packet.payload[0], 'x');
		assert_row_equal(rows[i].name, packet.has_capture_time, rows[i].has_it);
		assert_row_equal(rows[i].name, packet.capture_ntp,
			rows[i].has_it ? UINT64_C(0x0102030405060708) : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_is_parsed_bit_by_bit),
		cmocka_unit_test(a_header_is_written_bit_by_bit),
		cmocka_unit_test(optional_parts_are_passed_over_and_checked),
		cmocka_unit_test(a_capture_time_is_read_from_an_extension),
		cmocka_unit_test(every_truncation_is_told),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(rtcp_is_told_from_rtp),
	};
	return cmocka_run_group_tests_name("rtp", tests, NULL, NULL);
}
