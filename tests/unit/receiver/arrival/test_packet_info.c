/* What is an Opus packet and what is not, and what its first bytes say. */
#include "receiver/arrival/packet_info.h"

#include "tests/unit/unit.h"

/* RFC 6716, 3: the TOC's configuration 1 is SILK, narrowband, 20 ms; 0 10 ms, 2 40, 3 60;
 * 16 CELT 2.5 ms; code 0 is one frame, 1 two of equal length, 2 two of any, 3 a number. */
#define TOC(config, code) ((uint8_t)((config) << 3 | (code)))

static void framing_is_read_wholly(void **state)
{
	static const struct {
		const char *name;
		size_t n_bytes;
		uint8_t bytes[8];
		int n_samples;
	} rows[] = {
		{ "nothing", 0, { 0 }, 0 },
		{ "an empty frame of 20 ms", 1, { TOC(1, 0) }, 960 },
		{ "20 ms", 3, { TOC(1, 0), 1, 2 }, 960 },
		{ "10 ms", 2, { TOC(0, 0), 1 }, 480 },
		{ "60 ms", 2, { TOC(3, 0), 1 }, 2880 },
		{ "2.5 ms", 2, { TOC(16, 0), 1 }, 120 },
		{ "two equal ones", 3, { TOC(1, 1), 1, 2 }, 1920 },
		{ "two equal ones of odd length", 4, { TOC(1, 1), 1, 2, 3 }, 0 },
		{ "two, the first of one byte", 4, { TOC(1, 2), 1, 7, 8 }, 1920 },
		{ "two, the first too long", 3, { TOC(1, 2), 9, 7 }, 0 },
		{ "two, without a length", 1, { TOC(1, 2) }, 0 },
		{ "three of 20 ms", 5, { TOC(1, 3), 3, 1, 2, 3 }, 2880 },
		{ "two of 60 ms", 4, { TOC(3, 3), 2, 1, 2 }, 5760 },
		{ "three of 60 ms: longer than 120 ms", 5, { TOC(3, 3), 3, 1, 2, 3 }, 0 },
		{ "a number of none", 2, { TOC(1, 3), 0 }, 0 },
		{ "a number missing", 1, { TOC(1, 3) }, 0 },
		{ "48 of 2.5 ms", 2, { TOC(16, 3), 48 }, 5760 },
		{ "49 of 2.5 ms", 2, { TOC(16, 3), 49 }, 0 },
		{ "more padding than packet", 3, { TOC(1, 3), 0x41, 200 }, 0 },
		{ "padding without end", 8, { TOC(1, 3), 0x41, 255, 255, 255, 255, 255, 255 }, 0 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++)
		assert_row_equal(rows[i].name, packet_info_samples(rows[i].bytes, rows[i].n_bytes),
			rows[i].n_samples);
	assert_int_equal(packet_info_frame_samples(rows[11].bytes), 960);
	assert_false(packet_info_is_stereo((const uint8_t[]){ TOC(1, 0) }));
	assert_true(packet_info_is_stereo((const uint8_t[]){ TOC(1, 0) | 4 }));
}

/* Voice flags and the in-band FEC flag stand first in a SILK frame (RFC 6716, 4.2.3). */
static void the_fec_flag_is_found(void **state)
{
	static const struct {
		const char *name;
		uint8_t toc, first;
		bool has_fec;
	} rows[] = {
		{ "10 ms, no", TOC(0, 0), 0xBF, false },
		{ "10 ms, yes", TOC(0, 0), 0x40, true },
		{ "20 ms, no", TOC(1, 0), 0xBF, false },
		{ "20 ms, yes", TOC(1, 0), 0x40, true },
		{ "40 ms, no", TOC(2, 0), 0xDF, false },
		{ "40 ms, yes", TOC(2, 0), 0x20, true },
		{ "60 ms, no", TOC(3, 0), 0xEF, false },
		{ "60 ms, yes", TOC(3, 0), 0x10, true },
		{ "hybrid, yes", TOC(13, 0), 0x40, true },
		{ "CELT has none", TOC(16, 0), 0xFF, false },
		{ "CELT has none at 20 ms", TOC(31, 0), 0xFF, false },
		{ "stereo, in the middle", TOC(1, 0) | 4, 0x40, true },
		{ "stereo, in the side", TOC(1, 0) | 4, 0x10, true },
		{ "stereo, no", TOC(1, 0) | 4, 0xAF, false },
		{ "mono has no side", TOC(1, 0), 0x10, false },
		{ "stereo 60 ms, in the side", TOC(3, 0) | 4, 0x01, true },
		{ "stereo 60 ms, no", TOC(3, 0) | 4, 0xEE, false },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const uint8_t packet[] = { rows[i].toc, rows[i].first, 0, 0 };
		assert_row_equal(
			rows[i].name, packet_info_has_fec(packet, sizeof packet), rows[i].has_fec);
	}
	assert_false(packet_info_has_fec((const uint8_t[]){ TOC(1, 0) }, 1)); /* empty frame */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(framing_is_read_wholly),
		cmocka_unit_test(the_fec_flag_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
