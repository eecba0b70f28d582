/* What goes on the wire, datagram by datagram: sequence numbers, timestamps, markers, copies. */
#include "sender/coding/packetizer.h"

#include "tests/unit/unit.h"

#include <string.h>

/* The packetizer holds copies of 136 frames: too much for the stack of a careful test. */
static struct packetizer packetizer;

static void begin(int n_copies, const int *distances, uint16_t seq, uint32_t timestamp)
{
	struct redundancy r = { .n_copies = n_copies };
	for (int i = 0; i < n_copies; i++) {
		r.distances[i] = distances[i];
		r.copy_bps[i] = i == 0 ? 16000 : 8000;
	}
	packetizer_init(&packetizer, &(struct packetizer_config){ 0xCAFEBABE, seq, timestamp });
	packetizer_set_redundancy(&packetizer, &r);
}

/* Frame n's primary is four bytes 'P' n, its copy two bytes 'c' n, and where it is not the nearest
 * one 'f' n. What is told of the datagram is what
 * stands in it. */
static size_t pack(int n, int frame_samples, uint8_t *datagram, int *n_copies)
{
	const uint8_t primary[] = { 'P', (uint8_t)n, 'P', (uint8_t)n };
	const uint8_t copy[] = { 'c', (uint8_t)n }, far_copy[] = { 'f', (uint8_t)n };
	const struct encoded_frame frame = { .primary = primary,
		.primary_bytes = sizeof primary,
		.n_forms = 2,
		.forms = { { copy, sizeof copy }, { far_copy, sizeof far_copy } } };
	const uint32_t timestamp = packetizer_next_timestamp(&packetizer);
	const struct packed packed = packetizer_pack(&packetizer, &frame, frame_samples, datagram);
	struct rtp_packet packet;

	assert_int_equal(rtp_parse(&packet, datagram, packed.n_bytes), STATUS_OK);
	assert_int_equal(packed.seq, packet.seq);
	assert_int_equal(packed.timestamp, packet.timestamp);
	assert_int_equal(packed.timestamp, timestamp);
	assert_int_equal(packed.payload_bytes, packet.payload_bytes);
	*n_copies = packed.n_copies;
	return packed.n_bytes;
}

static void a_packet_with_a_copy_is_written_bit_by_bit(void **state)
{
	static const uint8_t first[] = { 0x80, 0xEF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0xCA, 0xFE,
		0xBA, 0xBE, 'P', 0, 'P', 0 };
	/* RED; the sequence number has wrapped and so has the timestamp: 0xFFFFFF00 + 960 */
	static const uint8_t second[] = { 0x80, 0x3F, 0x00, 0x00, 0x00, 0x00, 0x02, 0xC0, 0xCA,
		0xFE, 0xBA, 0xBE, 0xEF, 0x0F, 0x00, 0x02, 0x6F, 'c', 0, 'P', 1, 'P', 1 };
	uint8_t datagram[PACKETIZER_DATAGRAM_BYTES_MAX];
	int n_copies;
	(void)state;
	begin(1, (const int[]){ 1 }, 65535, 0xFFFFFF00);
	assert_int_equal(packetizer_overhead_bytes(&packetizer), 0);
	assert_int_equal(pack(0, 960, datagram, &n_copies), sizeof first);
	assert_memory_equal(datagram, first, sizeof first);
	assert_int_equal(n_copies, 0);
	assert_int_equal(packetizer_overhead_bytes(&packetizer), 4 + 1 + 2);
	assert_int_equal(pack(1, 960, datagram, &n_copies), sizeof second);
	assert_memory_equal(datagram, second, sizeof second);
	assert_int_equal(n_copies, 1);
}

/* The capture time is sent once, in front of the payload. */
static void a_capture_time_is_written_bit_by_bit(void **state)
{
	static const uint8_t expected[] = { 0x90, 0xEF, 0x00, 0x07, 0x00, 0x00, 0x00, 0x09, 0xCA,
		0xFE, 0xBA, 0xBE, 0xBE, 0xDE, 0x00, 0x03, 0x17, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0,
		'P', 0, 'P', 0 };
	uint8_t datagram[PACKETIZER_DATAGRAM_BYTES_MAX];
	int n_copies;
	(void)state;
	begin(1, (const int[]){ 1 }, 7, 9);
	packetizer_set_capture_time(&packetizer, UINT64_C(0x0102030405060708));
	assert_int_equal(pack(0, 960, datagram, &n_copies), sizeof expected);
	assert_memory_equal(datagram, expected, sizeof expected);
	assert_int_equal(pack(1, 960, datagram, &n_copies), 12 + 4 + 1 + 2 + 4);
	assert_int_equal(datagram[0], 0x80);
}

/* A stream as a string: 'P' is a frame that is sent, '_' one of silence. Each row tells which
 * frames the last packet carries, oldest first. */
static void copies_are_of_the_frames_asked_for(void **state)
{
	static const struct {
		const char *name;
		int n_distances, distances[8];
		int frame_samples;
		const char *stream;
		int n_blocks, frames[9];
	} rows[] = {
		{ "none asked", 0, { 0 }, 960, "PPPP", 1, { 3 } },
		{ "one back", 1, { 1 }, 960, "PPPP", 2, { 2, 3 } },
		{ "the first packet", 2, { 1, 2 }, 960, "P", 1, { 0 } },
		{ "the second packet", 2, { 1, 2 }, 960, "PP", 2, { 0, 1 } },
		{ "1, 3, 6", 3, { 1, 3, 6 }, 960, "PPPPPPPP", 4, { 1, 4, 6, 7 } },
		{ "1, 3, 6 early", 3, { 1, 3, 6 }, 960, "PPPPP", 3, { 1, 3, 4 } },
		{ "eight", 8, { 1, 2, 3, 4, 5, 6, 7, 8 }, 960, "PPPPPPPPPP", 9,
			{ 1, 2, 3, 4, 5, 6, 7, 8, 9 } },
		{ "silence has no copy", 2, { 1, 2 }, 960, "PP_P", 2, { 1, 3 } },
		{ "only silence before", 2, { 1, 2 }, 960, "P__P", 1, { 3 } },
		{ "17 back reach 340 ms", 1, { 17 }, 960, "PPPPPPPPPPPPPPPPPP", 2, { 0, 17 } },
		{ "18 back are beyond 14 bits", 1, { 18 }, 960, "PPPPPPPPPPPPPPPPPPP", 1, { 18 } },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		uint8_t datagram[PACKETIZER_DATAGRAM_BYTES_MAX];
		const char *const name = rows[i].name;
		const int n_frames = (int)strlen(rows[i].stream);
		size_t n_bytes = 0;
		int n_copies = 0;
		struct rtp_packet packet;
		struct red_payload red = { .n_blocks = 1 };

		begin(rows[i].n_distances, rows[i].distances, 65530, 0xFFFFE000);
		for (int n = 0; n < n_frames; n++)
			if (rows[i].stream[n] == 'P')
				n_bytes = pack(n, rows[i].frame_samples, datagram, &n_copies);
			else
				packetizer_skip(&packetizer, rows[i].frame_samples);
		assert_row_equal(name, rtp_parse(&packet, datagram, n_bytes), STATUS_OK);
		assert_row_equal(name, n_copies, rows[i].n_blocks - 1);
		assert_row_equal(
			name, packet.payload_type, n_copies > 0 ? RTP_TYPE_RED : RTP_TYPE_OPUS);
		if (n_copies == 0) {
			assert_row_equal(name, packet.payload[1], rows[i].frames[0]);
			continue;
		}
		assert_row_equal(
			name, red_parse(&red, packet.payload, packet.payload_bytes), STATUS_OK);
		assert_row_equal(name, red.n_blocks, rows[i].n_blocks);
		for (int b = 0; b < rows[i].n_blocks; b++) {
			const int frame = rows[i].frames[b];
			assert_row_equal(name, red.blocks[b].payload_type, RTP_TYPE_OPUS);
			const int distance = n_frames - 1 - frame;
			const char form = distance == 0			     ? 'P'
					  : distance == rows[i].distances[0] ? 'c'
									     : 'f';
			assert_row_equal(name, red.blocks[b].data[0], form);
			assert_row_equal(name, red.blocks[b].data[1], frame);
			assert_row_equal(name, red.blocks[b].offset_samples,
				(n_frames - 1 - frame) * rows[i].frame_samples);
		}
	}
}

static void silence_moves_the_timestamp_alone_and_marks_what_follows(void **state)
{
	static const struct {
		char frame;
		bool marker;
		uint16_t seq;
		uint32_t timestamp;
	} rows[] = {
		{ 'P', true, 65534, 0xFFFFFFFF },
		{ 'P', false, 65535, 959 },
		{ '_', 0, 0, 0 },
		{ '_', 0, 0, 0 },
		{ 'P', true, 0, 3839 },
		{ 'P', false, 1, 4799 },
		{ '_', 0, 0, 0 },
		{ 'P', true, 2, 6719 },
	};
	(void)state;
	begin(1, (const int[]){ 1 }, 65534, 0xFFFFFFFF);
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		uint8_t datagram[PACKETIZER_DATAGRAM_BYTES_MAX];
		struct rtp_packet packet;
		int n_copies;
		if (rows[i].frame == '_') {
			packetizer_skip(&packetizer, 960);
			continue;
		}
		const size_t n_bytes = pack((int)i, 960, datagram, &n_copies);
		assert_int_equal(rtp_parse(&packet, datagram, n_bytes), STATUS_OK);
		assert_int_equal(packet.marker, rows[i].marker);
		assert_int_equal(packet.seq, rows[i].seq);
		assert_int_equal(packet.timestamp, rows[i].timestamp);
	}
}

/* The oldest copies are left out first, to the byte. */
static void a_datagram_stays_within_1200_bytes(void **state)
{
	static const uint8_t primary[RTP_PAYLOAD_BYTES_MAX] = { 0 };
	static const uint8_t copy[300] = { 0 };
	static const struct {
		size_t primary_bytes;
		int n_copies;
		size_t payload_bytes;
	} rows[] = {
		{ 1200 - 1 - 3 * 304, 3, 1200 },
		{ 1200 - 1 - 3 * 304 + 1, 2, 1200 - 304 + 1 },
		{ 1200 - 1 - 2 * 304, 2, 1200 },
		{ 1200 - 1 - 2 * 304 + 1, 1, 1200 - 304 + 1 },
		{ 1200 - 1 - 304, 1, 1200 },
		{ 1200 - 1 - 304 + 1, 0, 1200 - 1 - 304 + 1 }, /* a plain packet: one byte less */
		{ 1200, 0, 1200 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		uint8_t datagram[PACKETIZER_DATAGRAM_BYTES_MAX];
		struct encoded_frame frame = { .primary = primary,
			.primary_bytes = 10,
			.n_forms = 2,
			.forms = { { copy, sizeof copy }, { copy, sizeof copy } } };
		begin(3, (const int[]){ 1, 2, 3 }, 0, 0);
		for (int n = 0; n < 3; n++)
			packetizer_pack(&packetizer, &frame, 960, datagram);
		frame.primary_bytes = rows[i].primary_bytes;
		const struct packed packed = packetizer_pack(&packetizer, &frame, 960, datagram);
		assert_int_equal(packed.n_copies, rows[i].n_copies);
		assert_int_equal(packed.n_bytes, RTP_HEADER_BYTES + rows[i].payload_bytes);
	}
}

/* Frames whose copies the earlier plan still owed and the new one would skip: each is sent once in
 * addition, one per packet, and never twice. */
static void a_change_leaves_no_frame_behind(void **state)
{
	static const struct {
		const char *name;
		int before[2], after[2]; /* 0: there is none */
		int n_owed;
	} rows[] = {
		{ "nearer", { 6, 0 }, { 3, 0 }, 3 },
		{ "of two, the nearer one", { 5, 7 }, { 4, 0 }, 1 },
		{ "what has travelled is not owed", { 1, 6 }, { 2, 0 }, 0 },
		{ "farther", { 3, 0 }, { 6, 0 }, 0 },
		{ "none before", { 0, 0 }, { 2, 0 }, 0 },
		{ "none after", { 6, 0 }, { 0, 0 }, 0 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const int n_before = (rows[i].before[0] > 0) + (rows[i].before[1] > 0);
		const int n_after = (rows[i].after[0] > 0) + (rows[i].after[1] > 0);
		struct redundancy after = { .n_copies = n_after };
		uint8_t datagram[PACKETIZER_DATAGRAM_BYTES_MAX];
		int n_copies, n_more = 0;

		begin(n_before, rows[i].before, 0, 0);
		for (int n = 0; n < 20; n++)
			pack(n, 960, datagram, &n_copies);
		memcpy(after.distances, rows[i].after, sizeof rows[i].after);
		after.copy_bps[0] = after.copy_bps[1] = 16000;
		packetizer_set_redundancy(&packetizer, &after);
		for (int n = 20; n < 60; n++) {
			pack(n, 960, datagram, &n_copies);
			assert_in_range(n_copies, n_after, n_after + 1);
			n_more += n_copies - n_after;
		}
		assert_row_equal(rows[i].name, n_more, rows[i].n_owed);
	}
}

static void redundancy_changes_from_the_next_packet_on(void **state)
{
	uint8_t datagram[PACKETIZER_DATAGRAM_BYTES_MAX];
	int n_copies;
	(void)state;
	begin(0, NULL, 0, 0);
	for (int n = 0; n < 5; n++)
		pack(n, 960, datagram, &n_copies);
	assert_int_equal(n_copies, 0);
	packetizer_set_redundancy(
		&packetizer, &(struct redundancy){ .n_copies = 2, .distances = { 1, 3 } });
	pack(5, 960, datagram, &n_copies);
	assert_int_equal(n_copies, 2); /* the copies before are remembered */
	packetizer_set_redundancy(&packetizer, &(struct redundancy){ .n_copies = 0 });
	pack(6, 960, datagram, &n_copies);
	assert_int_equal(n_copies, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_with_a_copy_is_written_bit_by_bit),
		cmocka_unit_test(a_capture_time_is_written_bit_by_bit),
		cmocka_unit_test(copies_are_of_the_frames_asked_for),
		cmocka_unit_test(silence_moves_the_timestamp_alone_and_marks_what_follows),
		cmocka_unit_test(a_datagram_stays_within_1200_bytes),
		cmocka_unit_test(redundancy_changes_from_the_next_packet_on),
		cmocka_unit_test(a_change_leaves_no_frame_behind),
	};
	return cmocka_run_group_tests_name("packetizer", tests, NULL, NULL);
}
