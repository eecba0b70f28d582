/* What an RTP payload carries: the primary in any case, and the copies that are right. */
#include "receiver/arrival/payload.h"
#include "tests/unit/unit.h"

static void a_broken_copy_leaves_the_primary(void **state)
{
	/* 0x48: SILK wideband of 20 ms, mono; two bytes of payload each. */
	static const struct {
		const char *name;
		uint8_t type;
		uint8_t bytes[20];
		size_t n_bytes;
		enum status status;
		size_t n_copies;
		size_t primary_bytes;
	} rows[] = {
		{ "Opus alone", 111, { 0x48, 1 }, 2, STATUS_OK, 0, 2 },
		{ "padding alone", 111, { 0 }, 0, STATUS_UNSUPPORTED, 0, 0 },
		{ "another type", 96, { 0x48, 1 }, 2, STATUS_UNSUPPORTED, 0, 0 },
		{ "RED", 63, { 0xEF, 0x0F, 0x00, 0x02, 111, 0x48, 1, 0x48, 2, 3 }, 10, STATUS_OK, 1,
			3 },
		{ "offset 0", 63, { 0xEF, 0x00, 0x00, 0x02, 111, 0x48, 1, 0x48, 2, 3 }, 10,
			STATUS_OK, 0, 3 },
		{ "a copy that is no Opus", 63, { 0xEF, 0x0F, 0x00, 0x01, 111, 0x4B, 0x48, 2, 3 },
			9, STATUS_OK, 0, 3 },
		{ "a primary that is none", 63, { 0xEF, 0x0F, 0x00, 0x02, 111, 0x48, 1, 0x4B }, 8,
			STATUS_MALFORMED, 0, 0 },
		{ "a zero too many", 63, { 0xEF, 0x0F, 0x00, 0x02, 111, 0, 0x48, 1, 0x48, 2, 3 },
			11, STATUS_OK, 1, 3 },
		{ "a zero that is right", 63, { 0xEF, 0x0F, 0x00, 0x02, 111, 0, 0x48, 0, 0x48, 3 },
			10, STATUS_OK, 1, 3 },
		{ "cut off", 63, { 0xEF, 0x0F, 0x00 }, 3, STATUS_TRUNCATED, 0, 0 },
	};
	static const struct payload_types types = { 111, 63 };
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct rtp_packet packet = {
			.payload_type = rows[i].type,
			.payload = rows[i].bytes,
			.payload_bytes = rows[i].n_bytes,
		};
		struct payload payload = { .n_copies = 0 };
		const enum status status = payload_parse(&payload, &packet, &types);
		assert_row_equal(rows[i].name, status, rows[i].status);
		assert_row_equal(rows[i].name, payload.n_copies, rows[i].n_copies);
		assert_row_equal(rows[i].name, payload.primary.n_bytes, rows[i].primary_bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_broken_copy_leaves_the_primary),
	};
	return cmocka_run_group_tests_name("payload", tests, NULL, NULL);
}
