/* The base: serial numbers, clock units, byte cursor, level. */
#include "common/base/bytes.h"
#include "common/base/level.h"
#include "common/base/serial.h"
#include "common/base/units.h"
#include "tests/unit/unit.h"

static void seq_diff_goes_the_short_way_round(void **state)
{
	static const struct {
		uint16_t a, b;
		int ahead;
	} rows[] = {
		{ 0, 0, 0 },
		{ 1, 0, 1 },
		{ 0, 1, -1 },
		{ 0, 65535, 1 },
		{ 65535, 0, -1 },
		{ 5, 65530, 11 },
		{ 65530, 5, -11 },
		{ 32767, 0, 32767 },
		{ 32768, 0, -32768 }, /* half the circle, both ways */
		{ 0, 32768, -32768 },
		{ 32769, 0, -32767 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++)
		assert_int_equal(seq_diff(rows[i].a, rows[i].b), rows[i].ahead);
}

static void timestamp_diff_goes_the_short_way_round(void **state)
{
	static const struct {
		uint32_t a, b;
		int64_t ahead;
	} rows[] = {
		{ 0, 0, 0 },
		{ 960, 0, 960 },
		{ 0, 960, -960 },
		{ 479, UINT32_MAX - 480, 960 },
		{ UINT32_MAX - 480, 479, -960 },
		{ 0x7FFFFFFF, 0, 0x7FFFFFFF },
		{ 0x80000000, 0, -INT64_C(0x80000000) },
		{ 0, 0x80000000, -INT64_C(0x80000000) },
		{ 0x80000001, 0, -INT64_C(0x7FFFFFFF) },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++)
		assert_true(timestamp_diff(rows[i].a, rows[i].b) == rows[i].ahead);
}

static void unwrapping_takes_the_nearest_value(void **state)
{
	static const struct {
		uint16_t wrapped;
		int64_t near, unwrapped;
	} rows[] = {
		{ 5, 0, 5 },
		{ 0, 65535, 65536 },
		{ 65535, 65536, 65535 },
		{ 65535, 0, -1 }, /* before the origin */
		{ 3, INT64_C(1) << 40, (INT64_C(1) << 40) + 3 },
		{ 65533, INT64_C(1) << 40, (INT64_C(1) << 40) - 3 },
		{ 65534, -1, -2 },
		{ 1, -1, 1 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++)
		assert_true(seq_unwrap(rows[i].wrapped, rows[i].near) == rows[i].unwrapped);
	assert_true(timestamp_unwrap(479, INT64_C(0xFFFFFFFF) - 480) == INT64_C(0x100000000) + 479);
	assert_true(timestamp_unwrap(UINT32_MAX, INT64_C(0x100000000)) == INT64_C(0xFFFFFFFF));
	assert_true(timestamp_unwrap(0xFFFFFC40, 0) == -960);
}

static void a_counter_unwrapped_step_by_step_never_leaps(void **state)
{
	int64_t seq = 65000;
	(void)state;
	for (int64_t sent = 65000; sent < 65000 + 5 * 65536; sent += 7) {
		seq = seq_unwrap((uint16_t)sent, seq);
		assert_true(seq == sent);
	}
}

static void times_and_samples_convert_and_round_down(void **state)
{
	static const struct {
		int64_t samples, us;
	} exact[] = {
		{ 0, 0 },
		{ 48, 1000 },
		{ 120, 2500 },
		{ 960, 20000 },
		{ -960, -20000 },
		{ 48000, 1000000 },
		{ 6, 125 },
		{ INT64_C(48000) * 86400 * 365, INT64_C(1000000) * 86400 * 365 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(exact); i++) {
		assert_true(us_from_samples(exact[i].samples) == exact[i].us);
		assert_true(samples_from_us(exact[i].us) == exact[i].samples);
	}
	assert_true(us_from_samples(1) == 20); /* 20.83 */
	assert_true(us_from_samples(-1) == -21);
	assert_true(samples_from_us(20) == 0); /* 0.96 */
	assert_true(samples_from_us(21) == 1);
	assert_true(samples_from_us(-1) == -1);
	assert_true(floor_div(7, 2) == 3 && floor_div(-7, 2) == -4 && floor_div(-8, 2) == -4);
}

static void a_reader_stops_at_the_end_and_stays_failed(void **state)
{
	static const uint8_t bytes[] = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08 };
	struct byte_reader r = byte_reader_over(bytes, sizeof bytes);
	(void)state;
	assert_int_equal(byte_reader_u8(&r), 0x01);
	assert_int_equal(byte_reader_u16(&r), 0x0203);
	assert_int_equal(byte_reader_u32(&r), 0x04050607);
	assert_false(r.failed);
	assert_int_equal(byte_reader_u16(&r), 0); /* only one byte is left */
	assert_true(r.failed);
	assert_int_equal(r.n_left, 1);
	assert_int_equal(byte_reader_u8(&r), 0); /* it is there, yet the header is broken */
	assert_null(byte_reader_take(&r, 0));

	struct byte_reader high = byte_reader_over((const uint8_t[]){ 0xFF, 0xFE, 0xFD, 0xFC }, 4);
	assert_int_equal(byte_reader_u32(&high), 0xFFFEFDFC);
	struct byte_reader empty = byte_reader_over(NULL, 0);
	assert_int_equal(byte_reader_u8(&empty), 0);
	assert_true(empty.failed);
}

static void a_writer_writes_big_endian_and_never_past_the_end(void **state)
{
	static const uint8_t expected[] = { 0x80, 0xAB, 0xCD, 0x01, 0x23, 0x45, 0x67, 0xEE };
	uint8_t bytes[8];
	(void)state;
	memset(bytes, 0xEE, sizeof bytes);
	struct byte_writer w = byte_writer_over(bytes, 7);
	byte_writer_u8(&w, 0x80);
	byte_writer_u16(&w, 0xABCD);
	byte_writer_u32(&w, 0x01234567);
	byte_writer_put(&w, NULL, 0);
	assert_false(w.failed);
	assert_int_equal(w.n_left, 0);
	byte_writer_u8(&w, 0x55);
	assert_true(w.failed);
	assert_memory_equal(bytes, expected, sizeof bytes);

	struct byte_writer narrow = byte_writer_over(bytes, 3);
	byte_writer_u32(&narrow, 0); /* does not fit: nothing of it is written */
	byte_writer_u8(&narrow, 0);
	assert_true(narrow.failed);
	assert_memory_equal(bytes, expected, sizeof bytes);
}

static void level_is_that_of_a_full_scale_square_wave(void **state)
{
	(void)state;
	assert_float_equal(level_dbfs(100, 100), 0, 1e-6);
	assert_float_equal(level_dbfs(50, 100), -3.0103, 1e-3); /* a full-scale sine */
	assert_float_equal(level_dbfs(1, 100), -20, 1e-4);
	assert_float_equal(level_dbfs(0, 100), LEVEL_DBFS_MIN, 0);
	assert_float_equal(level_dbfs(1e-30, 100), LEVEL_DBFS_MIN, 0);
	assert_true(isnan(level_dbfs(0, 0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seq_diff_goes_the_short_way_round),
		cmocka_unit_test(timestamp_diff_goes_the_short_way_round),
		cmocka_unit_test(unwrapping_takes_the_nearest_value),
		cmocka_unit_test(a_counter_unwrapped_step_by_step_never_leaps),
		cmocka_unit_test(times_and_samples_convert_and_round_down),
		cmocka_unit_test(a_reader_stops_at_the_end_and_stays_failed),
		cmocka_unit_test(a_writer_writes_big_endian_and_never_past_the_end),
		cmocka_unit_test(level_is_that_of_a_full_scale_square_wave),
	};
	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
