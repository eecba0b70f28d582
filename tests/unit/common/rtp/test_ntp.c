/* NTP's time, and the round trip after RFC 3550, 6.4.1. */
#include "common/rtp/ntp.h"

#include "tests/unit/unit.h"

static void microseconds_survive_ntp(void **state)
{
	struct dice dice = { 1900 };

	(void)state;
	assert_true(ntp_from_us(1500000) == UINT64_C(0x180000000));
	assert_int_equal(ntp_middle(UINT64_C(0x1234567890ABCDEF)), 0x567890AB);
	for (int i = 0; i < 100000; i++) {
		const uint64_t us = ((uint64_t)dice_u32(&dice) << 19) + dice_below(&dice, 1 << 19);
		assert_true(ntp_to_us(ntp_from_us(us)) == us);
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
		const int64_t us = ntp_round_trip_us(ntp_from_us(rows[i].arrived_us),
			ntp_middle(ntp_from_us(rows[i].sent_us)),
			(uint32_t)((rows[i].waited_us << 16) / 1000000));
		assert_row_in_range(rows[i].name, us, rows[i].least_us, rows[i].most_us);
	}
	assert_int_equal(ntp_round_trip_us(UINT64_C(0x0000000500000000), 0, 0), -1);
	/* Three roundings can make nothing of less than nothing, but no more than by two. */
	assert_int_equal(ntp_round_trip_us(UINT64_C(0x0000000500000000), 0x50000, 2), 0);
	assert_int_equal(ntp_round_trip_us(UINT64_C(0x0000000500000000), 0x50000, 3), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(microseconds_survive_ntp),
		cmocka_unit_test(the_round_trip_is_what_was_not_waited),
	};
	return cmocka_run_group_tests_name("ntp", tests, NULL, NULL);
}
