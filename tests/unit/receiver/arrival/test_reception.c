/* Which source's packets are taken: packet sequences as rows. */
#include "receiver/arrival/reception.h"

#include "common/base/units.h"
#include "tests/unit/unit.h"

#include <math.h>

enum { A = 0xAAAA, B = 0xBBBB };

struct arrival {
	uint32_t ssrc;
	uint16_t seq;
	uint32_t timestamp;
	int64_t arrival_ms;
	enum status status;
	int64_t place_seq; /* 0: not looked at */
	bool is_new_stream;
};

struct expected_counts {
	int64_t packets, duplicates, reordered, lost;
};

/* What recv_stream does with a packet that is well-formed. */
static enum status take(struct reception *r, const struct arrival *a, struct reception_place *place)
{
	const struct rtp_packet packet = {
		.payload_type = RTP_TYPE_OPUS,
		.seq = a->seq,
		.timestamp = a->timestamp,
		.ssrc = a->ssrc,
	};
	const enum status status =
		reception_judge(r, &packet, 960, a->arrival_ms * US_PER_MS, place);
	if (status == STATUS_OK || status == STATUS_DUPLICATE)
		reception_accept(r, &packet, place, status == STATUS_DUPLICATE, 100,
			a->arrival_ms * US_PER_MS);
	return status;
}

static void play(const char *name, const struct arrival *arrivals, size_t n_arrivals,
	const struct expected_counts *expected)
{
	struct reception r;
	struct reception_counts counts;

	reception_init(&r);
	for (size_t i = 0; i < n_arrivals; i++) {
		const struct arrival *const a = &arrivals[i];
		struct reception_place place = { 0 };
		const enum status status = take(&r, a, &place);
		if (status != a->status)
			fail_msg("\"%s\": packet %zu: the answer is %d, not %d", name, i, status,
				a->status);
		if (a->place_seq != 0)
			assert_row_equal(name, place.seq, a->place_seq);
		if (status == STATUS_OK)
			assert_row_equal(name, place.is_new_stream, a->is_new_stream);
	}
	reception_read(&r, &counts);
	assert_row_equal(name, counts.packets, expected->packets);
	assert_row_equal(name, counts.bytes, expected->packets * 100);
	assert_row_equal(name, counts.duplicates, expected->duplicates);
	assert_row_equal(name, counts.reordered, expected->reordered);
	assert_row_equal(name, counts.lost, expected->lost);
}

#define PLAY(name, rows, ...)                                                                      \
	play(name, rows, N_ROWS(rows), &(const struct expected_counts){ __VA_ARGS__ })

static void a_stream_is_counted(void **state)
{
	static const struct arrival in_order[] = {
		{ A, 10, 1000, 0, STATUS_OK, 65546, true },
		{ A, 11, 1960, 20, STATUS_OK, 65547, false },
		{ A, 12, 2920, 40, STATUS_OK, 65548, false },
	};
	static const struct arrival lossy[] = {
		{ A, 10, 1000, 0, STATUS_OK, 0, true },
		{ A, 13, 3880, 60, STATUS_OK, 0, false }, /* 11, 12 lost ... */
		{ A, 11, 1960, 61, STATUS_OK, 0, false }, /* ... 11 was only late */
		{ A, 11, 1960, 62, STATUS_DUPLICATE, 65547, false },
		{ A, 13, 3880, 63, STATUS_DUPLICATE, 65549, false },
		{ A, 14, 4840, 80, STATUS_OK, 0, false },
	};
	static const struct arrival before_the_first[] = {
		{ A, 10, 10000, 0, STATUS_OK, 0, true },
		{ A, 8, 8080, 1, STATUS_OK, 65544, false },
		{ A, 9, 9040, 2, STATUS_OK, 65545, false },
		{ A, 9, 9040, 3, STATUS_DUPLICATE, 65545, false },
		{ A, 65470, 0xFFFEB010, 4, STATUS_OUT_OF_WINDOW, 0, false },
	};
	static const struct arrival dtx[] = {
		{ A, 10, 1000, 0, STATUS_OK, 0, true },
		{ A, 11, 1960, 20, STATUS_OK, 0, false },
		{ A, 12, 1960 + 21 * 960, 440, STATUS_OK, 0, false },
	};
	(void)state;
	PLAY("in order", in_order, 3, 0, 0, 0);
	PLAY("lossy", lossy, 6, 2, 1, 1);
	PLAY("before the first", before_the_first, 4, 1, 2, 0);
	PLAY("DTX", dtx, 3, 0, 0, 0);
}

static void numbers_wrap_around(void **state)
{
	static const struct arrival seq[] = {
		{ A, 65534, 1000, 0, STATUS_OK, 131070, true },
		{ A, 65535, 1960, 20, STATUS_OK, 131071, false },
		{ A, 1, 3880, 60, STATUS_OK, 131073, false },
		{ A, 0, 2920, 61, STATUS_OK, 131072, false },
		{ A, 65535, 1960, 62, STATUS_DUPLICATE, 131071, false },
		{ A, 2, 4840, 80, STATUS_OK, 131074, false },
	};
	static const struct arrival timestamp[] = {
		{ A, 5, 0xFFFFF880, 0, STATUS_OK, 0, true },
		{ A, 6, 0xFFFFFC40, 20, STATUS_OK, 0, false },
		{ A, 8, 960, 60, STATUS_OK, 0, false },
		{ A, 7, 0, 61, STATUS_OK, 0, false },
		{ A, 9, 1920, 80, STATUS_OK, 0, false },
	};
	static const struct arrival first_zero[] = {
		{ A, 0, 0, 0, STATUS_OK, 65536, true },
		{ A, 65535, 0xFFFFFC40, 1, STATUS_OK, 65535, false },
		{ A, 1, 960, 20, STATUS_OK, 65537, false },
	};
	(void)state;
	PLAY("sequence numbers", seq, 6, 1, 1, 0);
	PLAY("timestamps", timestamp, 5, 0, 1, 0);
	PLAY("zero", first_zero, 3, 0, 1, 0);
}

static void a_contradiction_is_not_heard(void **state)
{
	static const struct arrival rows[] = {
		{ A, 10, 100000, 0, STATUS_OK, 0, true },
		{ A, 11, 100960, 20, STATUS_OK, 0, false },
		{ A, 11, 100961, 21, STATUS_FOREIGN, 0, false },  /* its number, another time */
		{ A, 12, 100960, 22, STATUS_FOREIGN, 0, false },  /* its time, another number */
		{ A, 12, 100000, 24, STATUS_FOREIGN, 0, false },  /* later, yet before */
		{ A, 10, 101920, 25, STATUS_FOREIGN, 0, false },  /* earlier, yet after */
		{ A, 500, 101920, 27, STATUS_FOREIGN, 0, false }, /* 489 packets in 20 ms */
		{ A, 14, 100960 + 10 * 48000, 28, STATUS_FOREIGN, 0, false }, /* from the future */
		{ A, 12, 101920, 40, STATUS_OK, 0, false },
		{ A, 32768 + 12, 101920, 41, STATUS_FOREIGN, 0, false }, /* half the circle off */
	};
	(void)state;
	PLAY("contradictions", rows, 3, 0, 0, 0);
}

static void another_source_must_wait_for_the_end_of_the_first(void **state)
{
	static const struct arrival alive[] = {
		{ A, 10, 1000, 0, STATUS_OK, 0, true },
		{ B, 1, 0, 1, STATUS_FOREIGN, 0, false },
		{ A, 11, 1960, 20, STATUS_OK, 0, false },
		{ B, 2, 960, 21, STATUS_FOREIGN, 0, false },
		{ A, 12, 2920, 400, STATUS_OK, 0, false }, /* slow, as in DTX, but alive */
		{ B, 3, 1920, 401, STATUS_FOREIGN, 0, false },
		{ B, 4, 2880, 421, STATUS_FOREIGN, 0, false },
		{ B, 5, 3840, 441, STATUS_FOREIGN, 0, false },
		{ B, 6, 4800, 899, STATUS_FOREIGN, 0, false },	/* 499 ms after A's last */
		{ B, 7, 5760, 900, STATUS_OK, 65543, true },	/* 500 ms */
		{ A, 13, 3880, 901, STATUS_FOREIGN, 0, false }, /* too late: B is the source now */
		{ B, 8, 6720, 920, STATUS_OK, 65544, false },
	};
	static const struct arrival out_of_sequence[] = {
		{ A, 10, 1000, 0, STATUS_OK, 0, true },
		{ B, 1, 0, 1000, STATUS_FOREIGN, 0, false },
		{ B, 2, 960, 1020, STATUS_FOREIGN, 0, false },
		{ B, 4, 2880, 1040, STATUS_FOREIGN, 0, false }, /* one is missing: begin again */
		{ B, 5, 3840, 1060, STATUS_FOREIGN, 0, false },
		{ B, 6, 3840, 1080, STATUS_FOREIGN, 0, false }, /* the timestamp stands still */
		{ B, 7, 4800, 1100, STATUS_FOREIGN, 0, false },
		{ B, 8, 5760, 1120, STATUS_OK, 0, true },
	};
	static const struct arrival alternating[] = {
		{ A, 10, 1000, 0, STATUS_OK, 0, true },
		{ B, 65534, 0, 1000, STATUS_FOREIGN, 0, false },
		{ 0xCCCC, 65535, 960, 1010, STATUS_FOREIGN, 0, false },
		{ B, 65535, 960, 1020, STATUS_FOREIGN, 0, false },
		{ B, 0, 1920, 1040, STATUS_FOREIGN, 0, false },
		{ B, 1, 2880, 1060, STATUS_OK, 65537, true }, /* its numbers may wrap, too */
	};
	(void)state;
	PLAY("alive", alive, 5, 0, 0, 0);
	PLAY("out of sequence", out_of_sequence, 2, 0, 0, 0);
	PLAY("alternating", alternating, 2, 0, 0, 0);
}

static void the_same_source_may_leap(void **state)
{
	static const struct arrival leap[] = {
		{ A, 10, 1000, 0, STATUS_OK, 0, true },
		{ A, 12, 2920, 40, STATUS_OK, 0, false }, /* 11 is lost for good */
		{ A, 40000, 7000000, 60, STATUS_FOREIGN, 0, false },
		{ A, 40001, 7000960, 80, STATUS_FOREIGN, 0, false },
		{ A, 40002, 7001920, 100, STATUS_FOREIGN, 0, false },
		{ A, 40003, 7002880, 600, STATUS_OK, 40003 + 65536, true },
		{ A, 40005, 7004800, 640, STATUS_OK, 0, false },
	};
	static const struct arrival interrupted[] = {
		{ A, 10, 1000, 0, STATUS_OK, 0, true },
		{ A, 40000, 7000000, 1000, STATUS_FOREIGN, 0, false },
		{ A, 40001, 7000960, 1020, STATUS_FOREIGN, 0, false },
		{ A, 11, 1960, 1030, STATUS_OK, 0, false }, /* it lives: the probation is over */
		{ A, 40002, 7001920, 1040, STATUS_FOREIGN, 0, false },
		{ A, 40003, 7002880, 1600, STATUS_FOREIGN, 0, false },
	};
	(void)state;
	PLAY("leap", leap, 4, 0, 0, 2); /* losses of both streams add up */
	PLAY("interrupted", interrupted, 2, 0, 0, 0);
}

static void a_single_packet_cannot_make_the_stream_leap(void **state)
{
	static const struct arrival ahead[] = {
		{ A, 10, 100000, 0, STATUS_OK, 0, true },
		{ A, 20, 109600, 1, STATUS_OK, 0, false },	/* 199 ms ahead of the clock */
		{ A, 60, 148000, 2, STATUS_FOREIGN, 0, false }, /* 799 ms */
		{ A, 21, 110560, 20, STATUS_OK, 0, false },
		{ A, 61, 148960, 21, STATUS_FOREIGN, 0, false },
		{ A, 62, 149920, 22, STATUS_FOREIGN, 0, false },
		{ A, 63, 150880, 23, STATUS_OK, 0, false },
	};
	(void)state;
	PLAY("ahead", ahead, 4, 0, 0, 50);
}

static void what_is_long_past_is_refused(void **state)
{
	struct reception r;
	struct reception_place place;
	struct reception_counts counts;
	(void)state;
	reception_init(&r);
	for (uint16_t i = 0; i < 3000; i++) {
		const struct arrival a = { A, i, (uint32_t)i * 960, i * 20, STATUS_OK, 0, false };
		if (i % 100 != 50)
			assert_int_equal(take(&r, &a, &place), STATUS_OK);
	}
	const int oldest = 2999 - 200; /* four seconds */
	for (int seq = oldest - 3; seq < 3000; seq++) {
		const struct arrival a = { A, (uint16_t)seq, (uint32_t)seq * 960, 60000, 0, 0, 0 };
		const enum status expected = seq < oldest      ? STATUS_FOREIGN
					     : seq % 100 == 50 ? STATUS_OK
							       : STATUS_DUPLICATE;
		assert_int_equal(take(&r, &a, &place), expected);
	}
	reception_read(&r, &counts);
	assert_int_equal(counts.lost, 28); /* 50, 150, ... 2750 stay so; the others came late */
	assert_int_equal(counts.reordered, 2);
}

/* The timestamps are a clock's, not the sound's: the sequence number and the length say where a packet
 * stands, and all are taken. */
static void timestamps_need_no_grid(void **state)
{
	static const struct arrival wobble[] = {
		{ A, 10, 100000, 0, STATUS_OK, 0, true },
		{ A, 11, 100961, 20, STATUS_OK, 0, false },
		{ A, 13, 102833, 60, STATUS_OK, 0, false },
		{ A, 12, 101959, 61, STATUS_OK, 0, false },
		{ A, 14, 103888, 80, STATUS_OK, 0, false },
	};
	static const struct arrival leaps[] = {
		{ A, 10, 1000000, 0, STATUS_OK, 0, true },
		{ A, 11, 1000960, 20, STATUS_OK, 0, false },
		{ A, 12, 1000960 + 240000, 40, STATUS_OK, 0, false }, /* and no packet missing */
		{ A, 13, 1002880, 60, STATUS_OK, 0, false },	      /* it was that one alone */
		{ A, 14, 500000, 80, STATUS_FOREIGN, 0, false },      /* back: three must say so */
		{ A, 15, 500960, 100, STATUS_FOREIGN, 0, false },
		{ A, 16, 501920, 120, STATUS_OK, 0, false },
		{ A, 17, 502880, 140, STATUS_OK, 0, false },
	};
	static const struct arrival still[] = {
		{ A, 10, 1000, 0, STATUS_OK, 0, true },
		{ A, 11, 1000, 20, STATUS_FOREIGN, 0, false },
		{ A, 12, 1000, 40, STATUS_FOREIGN, 0, false },
		{ A, 13, 1000, 60, STATUS_OK, 0, false },
		{ A, 14, 1000, 80, STATUS_OK, 0, false },
	};
	(void)state;
	PLAY("wobble", wobble, 5, 0, 1, 0);
	PLAY("leaps", leaps, 6, 0, 0, 2);
	PLAY("still", still, 3, 0, 0, 2);
}

/* The same numbers once more: a duplicate at once, another announcement after seconds of silence. */
static void what_is_old_is_told_by_the_clock(void **state)
{
	static const struct arrival rows[] = {
		{ A, 10, 1000, 0, STATUS_OK, 0, true },
		{ A, 11, 1960, 20, STATUS_OK, 0, false },
		{ A, 12, 2920, 40, STATUS_OK, 0, false },
		{ A, 10, 1000, 100, STATUS_DUPLICATE, 0, false },
		{ A, 10, 1000, 6000, STATUS_FOREIGN, 0, false },
		{ A, 11, 1960, 6020, STATUS_FOREIGN, 0, false },
		{ A, 12, 2920, 6040, STATUS_OK, 0, true },
		{ A, 13, 3880, 6060, STATUS_OK, 0, false },
	};
	(void)state;
	PLAY("announcements", rows, 6, 1, 0, 0);
}

/* What comes without sound is not lost; where it stood sound may still come. */
static void what_came_without_sound_is_not_lost(void **state)
{
	static const struct {
		const char *name;
		uint16_t others[4]; /* 0: none */
		uint32_t timestamp; /* of all of them */
		bool is_broken;
		int64_t lost;
	} rows[] = {
		{ "nothing came", { 0 }, 0, false, 4 },
		{ "an event in their place", { 12, 13, 14, 15 }, 2920, false, 0 },
		{ "some of it", { 12, 14 }, 2920, false, 2 },
		{ "twice the same", { 13, 13 }, 2920, false, 3 },
		{ "one that is broken", { 12 }, 2920, true, 3 },
		{ "one whose time is broken, too", { 12 }, 960, true, 4 },
		{ "where sound has come", { 11, 16 }, 1960, false, 4 },
		{ "far away", { 3000 }, 2920, false, 4 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		static const uint16_t seqs[] = { 10, 11, 16, 17 };
		struct reception r;
		struct reception_place place;
		struct reception_counts counts;
		struct reception_source source;
		reception_init(&r);
		for (size_t k = 0; k < N_ROWS(seqs); k++) {
			const struct arrival a = { A, seqs[k], (seqs[k] - 9U) * 960, seqs[k] * 20,
				STATUS_OK, 0, false };
			assert_int_equal(take(&r, &a, &place), STATUS_OK);
			for (size_t o = 0; k == 1 && o < 4 && rows[i].others[o]; o++) {
				const struct rtp_packet other = { .payload_type = 101,
					.seq = rows[i].others[o],
					.timestamp = rows[i].timestamp,
					.ssrc = A };
				reception_note_other(
					&r, &other, rows[i].is_broken, 240 * US_PER_MS);
			}
		}
		reception_read(&r, &counts);
		assert_true(reception_source(&r, &source));
		assert_row_equal(rows[i].name, counts.lost, rows[i].lost);
		assert_row_equal(rows[i].name, source.n_received, 8 - rows[i].lost);
		assert_row_equal(rows[i].name,
			reception_n_lost_between(&r, source.first_seq, source.highest_seq + 1),
			rows[i].lost);
	}
}

/* RFC 3550, 6.4.1, by hand: J = J + (|D| - J) / 16. */
static void jitter_is_that_of_the_rfc(void **state)
{
	static const struct arrival rows[] = {
		{ A, 1, 0, 100, STATUS_OK, 0, true },
		{ A, 2, 960, 120, STATUS_OK, 0, false },  /* D = 0 */
		{ A, 3, 1920, 156, STATUS_OK, 0, false }, /* D = 16 ms: J = 1 ms */
		{ A, 4, 2880, 160, STATUS_OK, 0, false }, /* D = -16 ms: J = 1 + 15 / 16 */
	};
	static const double expected_ms[] = { 0, 0, 1, 1.9375 };
	struct reception r;
	struct reception_place place;
	(void)state;
	reception_init(&r);
	assert_true(isnan(reception_jitter_ms(&r)));
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		take(&r, &rows[i], &place);
		assert_float_equal(reception_jitter_ms(&r), expected_ms[i], 1e-9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_is_counted),
		cmocka_unit_test(numbers_wrap_around),
		cmocka_unit_test(a_contradiction_is_not_heard),
		cmocka_unit_test(another_source_must_wait_for_the_end_of_the_first),
		cmocka_unit_test(the_same_source_may_leap),
		cmocka_unit_test(a_single_packet_cannot_make_the_stream_leap),
		cmocka_unit_test(what_is_long_past_is_refused),
		cmocka_unit_test(timestamps_need_no_grid),
		cmocka_unit_test(what_is_old_is_told_by_the_clock),
		cmocka_unit_test(what_came_without_sound_is_not_lost),
		cmocka_unit_test(jitter_is_that_of_the_rfc),
	};
	return cmocka_run_group_tests_name("reception", tests, NULL, NULL);
}
