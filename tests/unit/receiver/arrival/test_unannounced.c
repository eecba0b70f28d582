/* Which packets of an unknown payload type are taken for Opus. */
#include "receiver/arrival/unannounced.h"
#include "tests/unit/unit.h"

#include <string.h>

/* TOC 0x48: SILK, 20 ms; 0x40: 10 ms; 0x4B with nothing behind it is no Opus. */
static void what_is_opus_in_step_is_believed(void **state)
{
	static const struct {
		const char *name;
		uint8_t type;
		uint8_t payload[8];
		size_t n_bytes;
		uint32_t step;
		int broken;	   /* the packet that is out of sequence; 0: none */
		uint8_t opus, red; /* shown by the fifth packet; 0: nothing */
		int told;
	} rows[] = {
		{ "FFmpeg's", 97, { 0x48, 1, 2 }, 3, 960, 0, 97, 63, 97 },
		{ "a clock of its own", 97, { 0x48, 1, 2 }, 3, 1000, 0, 97, 63, 97 },
		{ "not in step", 97, { 0x48, 1, 2 }, 3, 160, 0, 0, 0, 97 },
		{ "of another length", 97, { 0x40, 1, 2 }, 3, 960, 0, 0, 0, 97 },
		{ "no Opus", 97, { 0x4B }, 1, 960, 0, 0, 0, 97 },
		{ "a gap", 97, { 0x48, 1, 2 }, 3, 960, 3, 0, 0, -1 },
		{ "PCMU", 0, { 0x48, 1, 2 }, 3, 960, 0, 0, 0, 0 },
		{ "RED of an unknown type", 63, { 96, 0x48, 1, 2 }, 4, 960, 0, 96, 63, 63 },
		{ "RED by another name", 127, { 111, 0x48, 1, 2 }, 4, 960, 0, 111, 127, 127 },
		{ "RED with a copy", 127, { 0xEF, 0x0F, 0x00, 0x01, 111, 0x48, 0x48, 1 }, 8, 960, 0,
			111, 127, 127 },
		{ "RED of PCMU", 63, { 0, 0x48, 1, 2 }, 4, 960, 0, 0, 0, 63 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct payload_types types = { 111, 63 };
		struct unannounced u;
		bool is_shown = false;
		unannounced_init(&u);
		for (uint16_t k = 0; k < UNANNOUNCED_PACKETS; k++) {
			const bool is_off = rows[i].broken > 0 && k >= rows[i].broken;
			const struct rtp_packet packet = {
				.payload_type = rows[i].type,
				.seq = (uint16_t)(65533 + k + is_off),
				.timestamp = 0xFFFFFF00U + k * rows[i].step,
				.payload = rows[i].payload,
				.payload_bytes = rows[i].n_bytes,
			};
			assert_false(is_shown);
			is_shown = unannounced_watch(&u, &packet, &types);
		}
		assert_row_equal(rows[i].name, is_shown, rows[i].opus != 0);
		assert_row_equal(rows[i].name, types.opus, is_shown ? rows[i].opus : 111);
		assert_row_equal(rows[i].name, types.red, is_shown ? rows[i].red : 63);
		assert_row_equal(rows[i].name, u.type, rows[i].told);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_opus_in_step_is_believed),
	};
	return cmocka_run_group_tests_name("unannounced", tests, NULL, NULL);
}
