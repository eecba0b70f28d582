/* Missing frames, lost or never sent; late frames; the memory. */
#include "receiver/playout/playout_history.h"

#include "tests/unit/unit.h"

#include <string.h>

enum { FRAME = 960 };

static struct playout_history history;

/* A stream as a string, a frame each:
 *   P  its primary is played           c  a copy of it is (its packet is lost)
 *   x  nothing came: lost              s  nothing came: was never sent
 *   i  no frame: sound was inserted
 *   -  passed over, lost               .  passed over, never sent */
static void play(const char *frames, int64_t *timestamp, int64_t *seq)
{
	for (; *frames; frames++) {
		const bool is_there = *frames == 'P' || *frames == 'c';
		const struct playout_record r = {
			.timestamp = *timestamp,
			.seq = *frames == 'P' ? *seq : -1,
			.available_us = is_there ? 0 : -1,
			.handed_us = 1000,
			.n_samples = FRAME,
			.means = *frames == 'P'	  ? PLAYOUT_PRIMARY
				 : *frames == 'c' ? PLAYOUT_REDUNDANT
				 : *frames == 'i' ? PLAYOUT_INSERTED
						  : PLAYOUT_CONCEALED,
		};
		if (*frames != '-' && *frames != '.')
			playout_history_add(&history, &r);
		*seq += *frames != 's' && *frames != '.' && *frames != 'i';
		*timestamp += *frames == 'i' ? 0 : FRAME;
	}
}

static void what_is_missing_is_judged_by_the_next_primary(void **state)
{
	static const struct {
		const char *name, *frames;
		int concealed, silent;
		const char *told; /* the means of the records whose fate is certain */
	} rows[] = {
		{ "nothing", "", 0, 0, "" },
		{ "all there", "PPPP", 0, 0, "PPPP" },
		{ "one lost", "PPxP", 1, 0, "PPxP" },
		{ "open: lost or silent", "PPx", 0, 0, "PP" },
		{ "open: a copy tells nothing", "PPxc", 0, 0, "PP" },
		{ "a copy and a primary", "PPxcP", 1, 0, "PPxcP" },
		{ "silence", "PssssP", 0, 4, "PssssP" },
		{ "as many lost as numbers are missing", "PxssP", 1, 2, "PxssP" },
		{ "which one, nobody knows", "PssxP", 1, 2, "PxssP" },
		{ "a copy's number is not missing", "PcsP", 0, 1, "PcsP" },
		{ "before the first primary: lost", "xcP", 1, 0, "xcP" },
		{ "inserted sound is no frame", "PiiP", 0, 0, "PiiP" },
		{ "inserted, then lost", "PixP", 1, 0, "PixP" },
		{ "passed over, lost", "P--P", 2, 0, "PP" },
		{ "passed over, silent", "P...P", 0, 3, "PP" },
		{ "passed over and played", "Pxs.-P", 2, 2, "PxxP" },
	};
	static const char letters[PLAYOUT_MEANS + 1] = "Pcfdxsi";
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		int64_t timestamp = -5 * FRAME, seq = 70000;
		struct playout_record r;
		char told[32] = "";
		playout_history_init(&history);
		play(rows[i].frames, &timestamp, &seq);
		for (size_t n = 0; playout_history_next(&history, &r); n++)
			told[n] = letters[r.means];
		if (strcmp(told, rows[i].told) != 0)
			fail_msg("\"%s\": told %s, not %s", rows[i].name, told, rows[i].told);
		assert_row_equal(
			rows[i].name, history.n_frames[PLAYOUT_CONCEALED], rows[i].concealed);
		assert_row_equal(rows[i].name, history.n_frames[PLAYOUT_SILENT], rows[i].silent);
	}
}

static void what_is_beyond_the_end_of_a_stream_is_no_frame(void **state)
{
	int64_t timestamp = 0, seq = 0;
	struct playout_record r;
	int n = 0;
	(void)state;
	playout_history_init(&history);
	play("PPxx", &timestamp, &seq);
	playout_history_end_stream(&history);
	timestamp = 90000 * FRAME; /* another's times and numbers: no gap between the two */
	seq = 5;
	play("Px", &timestamp, &seq);
	seq++;
	play("P", &timestamp, &seq);
	assert_int_equal(history.n_frames[PLAYOUT_PRIMARY], 4);
	assert_int_equal(history.n_frames[PLAYOUT_INSERTED], 2);
	assert_int_equal(history.n_frames[PLAYOUT_CONCEALED], 1);
	assert_int_equal(history.n_frames[PLAYOUT_SILENT], 0);
	for (; playout_history_next(&history, &r); n++)
		if (n == 2 || n == 3)
			assert_int_equal(r.means, PLAYOUT_INSERTED);
	assert_int_equal(n, 7);
}

/* Frames 0 to 3 were played "PxcP", handed out at 1000 us. */
static void a_first_form_that_comes_late_is_told_once(void **state)
{
	static const struct {
		const char *name;
		int64_t timestamp, arrival_us;
		bool came_late;
	} rows[] = {
		{ "the one that was there", 0, 5000, false },
		{ "the missing one", FRAME, 4000, true },
		{ "the missing one again", FRAME, 5000, false },
		{ "one with a copy", 2 * FRAME, 5000, false },
		{ "one that is yet to come", 9 * FRAME, 5000, false },
		{ "one from before", -FRAME, 5000, false },
		{ "between two frames", FRAME + 1, 5000, false },
	};
	int64_t timestamp = 0, seq = 0;
	struct playout_record r;
	(void)state;
	playout_history_init(&history);
	play("Pxci", &timestamp, &seq);
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		assert_row_equal(rows[i].name,
			playout_history_came_late(&history, rows[i].timestamp, rows[i].arrival_us),
			rows[i].came_late);
	}
	play("P", &timestamp, &seq);
	playout_history_next(&history, &r);
	assert_true(playout_history_next(&history, &r));
	assert_int_equal(r.means, PLAYOUT_CONCEALED);
	assert_int_equal(r.available_us, 4000); /* the log tells when it did come */
}

/* Without a reader the oldest records are dropped, the counters stay complete, and the rest is in
 * order. */
static void what_nobody_reads_is_overwritten(void **state)
{
	enum { N = 3 * PLAYOUT_HISTORY_FRAMES };
	int64_t timestamp = 0, seq = 0, last = -1;
	struct playout_record r;
	int n = 0;
	(void)state;
	playout_history_init(&history);
	for (int i = 0; i < N / 3; i++)
		play("PxP", &timestamp, &seq);
	assert_int_equal(history.n_frames[PLAYOUT_PRIMARY], N / 3 * 2);
	assert_int_equal(history.n_frames[PLAYOUT_CONCEALED], N / 3);
	assert_false(playout_history_came_late(&history, FRAME, 5000)); /* long gone */
	assert_true(playout_history_came_late(&history, (N - 2) * FRAME, 5000));
	for (; playout_history_next(&history, &r); n++) {
		assert_true(r.timestamp > last);
		last = r.timestamp;
	}
	assert_int_equal(n, PLAYOUT_HISTORY_FRAMES);
	assert_int_equal(last, (N - 1) * FRAME);
	/* A gap longer than the memory: records dropped before their fate was known are not
	 * counted. */
	for (int i = 0; i < N; i++)
		play("x", &timestamp, &seq);
	play("P", &timestamp, &seq);
	assert_in_range(history.n_frames[PLAYOUT_CONCEALED] - N / 3, PLAYOUT_HISTORY_FRAMES - 1, N);
	assert_int_equal(history.n_frames[PLAYOUT_SILENT], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_missing_is_judged_by_the_next_primary),
		cmocka_unit_test(what_is_beyond_the_end_of_a_stream_is_no_frame),
		cmocka_unit_test(a_first_form_that_comes_late_is_told_once),
		cmocka_unit_test(what_nobody_reads_is_overwritten),
	};
	return cmocka_run_group_tests_name("playout_history", tests, NULL, NULL);
}
