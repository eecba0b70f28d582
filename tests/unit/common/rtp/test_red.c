/* Redundant payloads, byte by byte after RFC 2198. */
#include "common/rtp/red.h"
#include "common/rtp/rtp.h"
#include "tests/unit/unit.h"

#include <string.h>

enum { LPC = 7, DVI4 = 5, LPC_BYTES = 14, DVI4_BYTES = 84 };

/* RFC 2198, 5: a 20 ms DVI4 primary (payload type 5, 84 bytes) and one redundant block, the LPC
 * coding (payload type 7, 14 bytes) of the 20 ms before it, hence 160 ticks of 8 kHz. The packet's
 * own payload type is dynamic; 121 here. */
static size_t rfc_example(uint8_t packet[128])
{
	static const uint8_t headers[] = {
		0x80, 0x79, 0x00, 0x2A, /* V=2 P=0 X=0 CC=0 | M=0 PT=121 | sequence number 42 */
		0x00, 0x00, 0x06, 0x40, /* timestamp 1600 */
		0x12, 0x34, 0x56, 0x78, /* SSRC */
		0x87, 0x02, 0x80,
		0x0E, /* F=1 PT=7 | offset 160: 00000010100000 | length 14: 0000001110 */
		0x05, /* F=0 PT=5 */
	};
	memcpy(packet, headers, sizeof headers);
	memset(packet + sizeof headers, 0x77, LPC_BYTES);
	memset(packet + sizeof headers + LPC_BYTES, 0x55, DVI4_BYTES);
	return sizeof headers + LPC_BYTES + DVI4_BYTES;
}

static void the_example_of_the_rfc_is_parsed(void **state)
{
	uint8_t bytes[128];
	const size_t n_bytes = rfc_example(bytes);
	struct rtp_packet packet;
	struct red_payload red;
	(void)state;
	assert_int_equal(rtp_parse(&packet, bytes, n_bytes), STATUS_OK);
	assert_int_equal(packet.payload_type, 121);
	assert_int_equal(red_parse(&red, packet.payload, packet.payload_bytes), STATUS_OK);
	assert_int_equal(red.n_blocks, 2);
	assert_int_equal(red.blocks[0].payload_type, LPC);
	assert_int_equal(red.blocks[0].offset_samples, 160);
	assert_int_equal(red.blocks[0].n_bytes, LPC_BYTES);
	assert_ptr_equal(red.blocks[0].data, bytes + 17);
	assert_int_equal(red.blocks[1].payload_type, DVI4);
	assert_int_equal(red.blocks[1].offset_samples, 0);
	assert_int_equal(red.blocks[1].n_bytes, DVI4_BYTES);
	assert_ptr_equal(red.blocks[1].data, bytes + 17 + LPC_BYTES);
}

static void the_example_of_the_rfc_is_written(void **state)
{
	uint8_t expected[128];
	uint8_t written[128];
	const size_t n_bytes = rfc_example(expected) - RTP_HEADER_BYTES;
	const struct red_payload red = {
		.n_blocks = 2,
		.blocks = { { LPC, 160, expected + 17, LPC_BYTES },
			{ DVI4, 0, expected + 17 + LPC_BYTES, DVI4_BYTES } },
	};
	size_t n_written = 0;
	(void)state;
	assert_int_equal(red_write(&red, written, sizeof written, &n_written), STATUS_OK);
	assert_int_equal(n_written, n_bytes);
	assert_memory_equal(written, expected + RTP_HEADER_BYTES, n_bytes);

	assert_int_equal(red_write(&red, written, n_bytes, &n_written), STATUS_OK);
	n_written = 99;
	for (size_t size = 0; size < n_bytes; size++)
		assert_int_equal(red_write(&red, written, size, &n_written), STATUS_NO_ROOM);
	assert_int_equal(n_written, 99);
}

static void every_truncation_before_the_primary_is_told(void **state)
{
	uint8_t bytes[128];
	const size_t n_bytes = rfc_example(bytes) - RTP_HEADER_BYTES;
	const size_t n_before_primary = n_bytes - DVI4_BYTES;
	struct red_payload red = { .n_blocks = 99 };
	(void)state;
	for (size_t n = 0; n < n_before_primary; n++)
		assert_int_equal(red_parse(&red, bytes + RTP_HEADER_BYTES, n), STATUS_TRUNCATED);
	assert_int_equal(red.n_blocks, 99);
	assert_int_equal(red_parse(&red, bytes + RTP_HEADER_BYTES, n_before_primary), STATUS_OK);
	assert_int_equal(red.blocks[1].n_bytes, 0); /* the primary is what is left: nothing */
}

static void the_fields_keep_to_their_bits(void **state)
{
	static const struct {
		const char *name;
		uint8_t header[4];
		uint8_t payload_type;
		int offset_samples;
		size_t n_bytes;
	} rows[] = {
		{ "all zero", { 0x80, 0x00, 0x00, 0x00 }, 0, 0, 0 },
		{ "payload type alone", { 0xFF, 0x00, 0x00, 0x00 }, 127, 0, 0 },
		{ "offset alone", { 0x80, 0xFF, 0xFC, 0x00 }, 0, 16383, 0 },
		{ "length alone", { 0x80, 0x00, 0x03, 0xFF }, 0, 0, 1023 },
		{ "all ones", { 0xFF, 0xFF, 0xFF, 0xFF }, 127, 16383, 1023 },
		{ "lowest bit of the offset", { 0x80, 0x00, 0x04, 0x00 }, 0, 1, 0 },
		{ "highest bit of the length", { 0x80, 0x00, 0x02, 0x00 }, 0, 0, 512 },
		{ "Opus, 20 ms back, 30 bytes", { 0xEF, 0x0F, 0x00, 0x1E }, 111, 960, 30 },
	};
	uint8_t payload[4 + 1 + 1023 + 1];
	uint8_t written[sizeof payload];
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct red_payload red;
		size_t n_written;

		memset(payload, 0xA5, sizeof payload);
		memcpy(payload, rows[i].header, 4);
		payload[4] = 111;
		const size_t n = 5 + rows[i].n_bytes + 1;
		assert_row_equal(rows[i].name, red_parse(&red, payload, n), STATUS_OK);
		assert_row_equal(rows[i].name, red.n_blocks, 2);
		assert_row_equal(rows[i].name, red.blocks[0].payload_type, rows[i].payload_type);
		assert_row_equal(
			rows[i].name, red.blocks[0].offset_samples, rows[i].offset_samples);
		assert_row_equal(rows[i].name, red.blocks[0].n_bytes, rows[i].n_bytes);
		assert_row_equal(rows[i].name, red.blocks[1].n_bytes, 1);
		assert_row_equal(rows[i].name, red_write(&red, written, sizeof written, &n_written),
			STATUS_OK);
		assert_row_equal(rows[i].name, n_written, n);
		assert_memory_equal(written, payload, n);
	}
}

static void too_many_blocks_are_refused(void **state)
{
	uint8_t payload[RED_BLOCKS_MAX * 4 + 1];
	struct red_payload red;
	(void)state;
	for (size_t i = 0; i < sizeof payload; i++)
		payload[i] = i % 4 == 0 ? 0xEF : 0;
	payload[(RED_BLOCKS_MAX - 1) * 4] = 111;
	assert_int_equal(red_parse(&red, payload, (RED_BLOCKS_MAX - 1) * 4 + 1), STATUS_OK);
	assert_int_equal(red.n_blocks, RED_BLOCKS_MAX);

	payload[(RED_BLOCKS_MAX - 1) * 4] = 0xEF;
	payload[RED_BLOCKS_MAX * 4] = 111;
	assert_int_equal(red_parse(&red, payload, sizeof payload), STATUS_MALFORMED);
	memset(payload, 0xFF, sizeof payload); /* headers without end */
	assert_int_equal(red_parse(&red, payload, sizeof payload), STATUS_MALFORMED);
	assert_int_equal(red_parse(&red, payload, 40), STATUS_TRUNCATED);
}

static void a_primary_alone_is_one_byte_more(void **state)
{
	static const uint8_t payload[] = { 0x6F, 1, 2, 3 };
	struct red_payload red;
	(void)state;
	assert_int_equal(red_parse(&red, payload, sizeof payload), STATUS_OK);
	assert_int_equal(red.n_blocks, 1);
	assert_int_equal(red.blocks[0].payload_type, 111);
	assert_int_equal(red.blocks[0].n_bytes, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_the_rfc_is_parsed),
		cmocka_unit_test(the_example_of_the_rfc_is_written),
		cmocka_unit_test(every_truncation_before_the_primary_is_told),
		cmocka_unit_test(the_fields_keep_to_their_bits),
		cmocka_unit_test(too_many_blocks_are_refused),
		cmocka_unit_test(a_primary_alone_is_one_byte_more),
	};
	return cmocka_run_group_tests_name("red", tests, NULL, NULL);
}
