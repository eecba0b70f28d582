/* Frames in, in any order; frames out by their timestamps. */
#include "receiver/arrival/jitter_buffer.h"

#include "tests/unit/unit.h"

#include <string.h>

static struct jitter_buffer jb; /* a megabyte */

enum form { PRIMARY, COPY };

static enum status put(enum form form, int64_t seq, int64_t timestamp, int n_samples,
	bool *is_first, int64_t *n_dropped)
{
	const uint8_t bytes[] = { (uint8_t)(form == PRIMARY ? 'P' : 'c'), (uint8_t)seq };
	const bool is_primary = form == PRIMARY;
	const struct frame_form put = {
		.timestamp = timestamp,
		.seq = is_primary ? seq : FRAME_IS_COPY,
		.carrier_timestamp = is_primary ? timestamp : timestamp + 960,
		.arrival_us = timestamp + (is_primary ? 7 : 9),
		.n_samples = n_samples,
		.bytes = bytes,
		.n_bytes = sizeof bytes,
	};
	return jitter_buffer_put(&jb, &put, is_first, n_dropped);
}

static void forms_meet_in_their_frame(void **state)
{
	static const struct {
		const char *name;
		struct {
			enum form form;
			int64_t seq, timestamp;
			int n_samples;
			enum status status;
			bool is_first;
		} puts[4];
		size_t n_puts;
		bool has_primary, has_copy; /* of the frame at 960 */
		int64_t seq, available_us;
	} rows[] = {
		{ "a primary", { { PRIMARY, 5, 960, 960, STATUS_OK, true } }, 1, true, false, 5,
			967 },
		{ "a copy", { { COPY, 0, 960, 960, STATUS_OK, true } }, 1, false, true, -1, 969 },
		{ "a copy, then the primary",
			{ { COPY, 0, 960, 960, STATUS_OK, true },
				{ PRIMARY, 5, 960, 960, STATUS_OK, false } },
			2, true, true, 5, 969 },
		{ "the primary, then a copy",
			{ { PRIMARY, 5, 960, 960, STATUS_OK, true },
				{ COPY, 0, 960, 960, STATUS_DUPLICATE, false } },
			2, true, false, 5, 967 },
		{ "twice",
			{ { PRIMARY, 5, 960, 960, STATUS_OK, true },
				{ PRIMARY, 5, 960, 960, STATUS_DUPLICATE, false },
				{ COPY, 0, 1920, 960, STATUS_OK, true },
				{ COPY, 0, 1920, 960, STATUS_DUPLICATE, false } },
			4, true, false, 5, 967 },
		{ "forms of unequal length",
			{ { PRIMARY, 5, 960, 960, STATUS_OK, true },
				{ COPY, 0, 960, 480, STATUS_MALFORMED, false } },
			2, true, false, 5, 967 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		int64_t n_dropped = 0;
		jitter_buffer_init(&jb);
		for (size_t p = 0; p < rows[i].n_puts; p++) {
			bool is_first = false;
			assert_row_equal(rows[i].name,
				put(rows[i].puts[p].form, rows[i].puts[p].seq,
					rows[i].puts[p].timestamp, rows[i].puts[p].n_samples,
					&is_first, &n_dropped),
				rows[i].puts[p].status);
			assert_row_equal(rows[i].name, is_first, rows[i].puts[p].is_first);
		}
		const struct buffered_frame *const f = jitter_buffer_from(&jb, 0);
		assert_non_null(f);
		assert_row_equal(rows[i].name, f->timestamp, 960);
		assert_row_equal(rows[i].name, f->primary_bytes > 0, rows[i].has_primary);
		assert_row_equal(rows[i].name, f->copy_bytes > 0, rows[i].has_copy);
		assert_row_equal(rows[i].name, f->seq, rows[i].seq);
		assert_row_equal(rows[i].name, f->available_us, rows[i].available_us);
		if (f->primary_bytes > 0)
			assert_row_equal(rows[i].name, f->primary[1], 5);
		assert_row_equal(rows[i].name, n_dropped, 0);
	}
}

static void frames_come_out_in_the_order_of_their_timestamps(void **state)
{
	struct dice dice = { 512 };
	int64_t n_dropped = 0;
	int order[JITTER_BUFFER_FRAMES];
	bool is_first;
	(void)state;
	jitter_buffer_init(&jb);
	for (int round = 0; round < 5; round++) {
		const int64_t origin = (int64_t)round * 1000000 - 2000000; /* below zero, too */
		for (int i = 0; i < JITTER_BUFFER_FRAMES; i++)
			order[i] = i;
		for (int i = JITTER_BUFFER_FRAMES - 1; i > 0; i--) {
			const int j = (int)dice_below(&dice, (uint32_t)i + 1);
			const int kept = order[i];
			order[i] = order[j];
			order[j] = kept;
		}
		for (int i = 0; i < JITTER_BUFFER_FRAMES; i++)
			assert_int_equal(put(PRIMARY, order[i], origin + order[i] * 960, 960,
						 &is_first, &n_dropped),
				STATUS_OK);
		for (int i = 0; i < JITTER_BUFFER_FRAMES; i++) {
			/* From the end of the frame before until its own last sample. */
			const struct buffered_frame *const f =
				jitter_buffer_from(&jb, origin + i * 960);
			assert_int_equal(f->timestamp, origin + i * 960);
			assert_ptr_equal(jitter_buffer_from(&jb, origin + i * 960 + 959), f);
			assert_int_equal(f->primary[1], (uint8_t)i);
		}
		assert_null(jitter_buffer_from(&jb, origin + JITTER_BUFFER_FRAMES * 960));
		jitter_buffer_drop_before(&jb, origin + 959);
		assert_int_equal(jitter_buffer_from(&jb, INT64_MIN)->timestamp, origin);
		jitter_buffer_drop_before(&jb, origin + 960);
		assert_int_equal(jitter_buffer_from(&jb, INT64_MIN)->timestamp, origin + 960);
		jitter_buffer_drop_before(&jb, INT64_MAX);
		assert_null(jitter_buffer_from(&jb, INT64_MIN));
	}
	assert_int_equal(n_dropped, 0);
}

static void a_full_buffer_gives_up_its_oldest(void **state)
{
	int64_t n_dropped = 0;
	bool is_first;
	(void)state;
	jitter_buffer_init(&jb);
	for (int i = 0; i < JITTER_BUFFER_FRAMES; i++)
		put(PRIMARY, i, 10000 + i * 960, 960, &is_first, &n_dropped);
	assert_int_equal(n_dropped, 0);
	/* Older than all: no room. Between them, or after them: the oldest goes. */
	assert_int_equal(put(PRIMARY, 600, 9000, 960, &is_first, &n_dropped), STATUS_LATE);
	assert_int_equal(n_dropped, 0);
	assert_int_equal(put(PRIMARY, 601, 10001, 960, &is_first, &n_dropped), STATUS_OK);
	assert_int_equal(n_dropped, 1);
	assert_int_equal(jitter_buffer_from(&jb, 0)->timestamp, 10001);
	assert_int_equal(put(COPY, 0, 9000000, 960, &is_first, &n_dropped), STATUS_OK);
	assert_int_equal(n_dropped, 2);
	assert_int_equal(jitter_buffer_from(&jb, 0)->timestamp, 10960);
	assert_int_equal(jitter_buffer_from(&jb, 9000959)->timestamp, 9000000);
	assert_null(jitter_buffer_from(&jb, 9000960));
	/* A frame that is already there needs no room. */
	assert_int_equal(put(PRIMARY, 1, 10960, 960, &is_first, &n_dropped), STATUS_DUPLICATE);
	assert_int_equal(n_dropped, 2);
}

/* As GStreamer's first two packets are: 960 samples long, the second begins 648 after the first. */
static void frames_may_overlap(void **state)
{
	int64_t n_dropped = 0;
	bool is_first;
	(void)state;
	jitter_buffer_init(&jb);
	assert_int_equal(put(PRIMARY, 0, 0, 960, &is_first, &n_dropped), STATUS_OK);
	assert_int_equal(put(PRIMARY, 1, 648, 960, &is_first, &n_dropped), STATUS_OK);
	assert_true(is_first);
	assert_int_equal(jitter_buffer_from(&jb, 647)->timestamp, 0);
	assert_int_equal(jitter_buffer_from(&jb, 648)->timestamp, 648);
	assert_int_equal(jitter_buffer_from(&jb, 960)->timestamp, 648);
	jitter_buffer_drop_before(&jb, 960);
	assert_int_equal(jitter_buffer_from(&jb, 0)->timestamp, 648);
	jitter_buffer_drop_before(&jb, 1607);
	assert_int_equal(jitter_buffer_from(&jb, 0)->timestamp, 648);
	jitter_buffer_drop_before(&jb, 1608);
	assert_null(jitter_buffer_from(&jb, 0));
	/* A frame that claims to be long displaces no other. */
	assert_int_equal(put(PRIMARY, 2, 2000, 5760, &is_first, &n_dropped), STATUS_OK);
	assert_int_equal(put(PRIMARY, 3, 2960, 960, &is_first, &n_dropped), STATUS_OK);
	assert_int_equal(jitter_buffer_from(&jb, 2959)->timestamp, 2000);
	assert_int_equal(jitter_buffer_from(&jb, 2960)->timestamp, 2960);
	assert_int_equal(jitter_buffer_from(&jb, 3920)->timestamp, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_meet_in_their_frame),
		cmocka_unit_test(frames_come_out_in_the_order_of_their_timestamps),
		cmocka_unit_test(a_full_buffer_gives_up_its_oldest),
		cmocka_unit_test(frames_may_overlap),
	};
	return cmocka_run_group_tests_name("jitter_buffer", tests, NULL, NULL);
}
