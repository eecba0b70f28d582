/* RTCP written byte by byte, and read again. */
#include "common/rtp/rtcp_writer.h"

#include "tests/unit/rtcp_compound.h"
#include "tests/unit/unit.h"

#include <string.h>

/* The compound without the parts that we do not write: the NAME, and the BYE's second SSRC and
 * reason. */
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

/* ---- the loss map ---- */

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

/* ---- room ---- */

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_compound_datagram_is_written_bit_by_bit),
		cmocka_unit_test(any_loss_map_is_read_as_it_was_written),
		cmocka_unit_test(a_loss_map_is_as_small_as_it_can_be),
		cmocka_unit_test(what_does_not_fit_is_told_and_what_did_is_whole),
		cmocka_unit_test(an_xr_of_nothing_is_taken_back),
		cmocka_unit_test(counts_stay_within_their_bits),
		cmocka_unit_test(a_name_of_any_length_ends_at_a_word),
	};
	return cmocka_run_group_tests_name("rtcp_writer", tests, NULL, NULL);
}
