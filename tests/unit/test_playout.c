/* The decision per frame, row by row. */
#include "receiver/playout.h"

#include "tests/unit/unit.h"

#include <string.h>

static struct jitter_buffer jb;

/* Opus packets by their first bytes: configuration 9 is SILK, wideband, 20 ms; 8 10 ms; the next
 * byte's second bit says whether there is in-band FEC. */
enum { SILK_20 = 9 << 3, SILK_10 = 8 << 3, CELT_20 = 31 << 3, FEC = 0x40, NO_FEC = 0x00 };

struct stored {
	char form; /* 'P' primary, 'c' copy, 0: no more */
	int64_t timestamp;
	int n_samples;
	uint8_t toc, first;
};

enum { WAIT_MAX_SAMPLES = 60 * SAMPLES_PER_MS };

static void each_decision_follows_from_what_is_there(void **state)
{
	static const struct {
		const char *name;
		struct stored stored[3];
		int64_t timestamp;
		int usual_samples;
		int64_t early_us;
		enum playout_means means;
		int n_samples;
		int64_t frame_timestamp; /* -1: none */
		int skip_samples;
		int block_samples; /* 0: 480 */
		int64_t held_samples;
		int64_t wait_samples;
	} rows[] = {
		{ "nothing there", { { 0 } }, 0, 960, 0, PLAYOUT_CONCEALED, 960, -1, 0, 0, 0, 0 },
		{ "nothing there, short frames", { { 0 } }, 0, 120, 0, PLAYOUT_CONCEALED, 120, -1,
			0, 0, 0, 0 },
		{ "the primary", { { 'P', 0, 960, SILK_20, NO_FEC } }, 0, 960, 0, PLAYOUT_PRIMARY,
			960, 0, 0, 0, 0, 0 },
		{ "the primary, though early", { { 'P', 0, 960, SILK_20, NO_FEC } }, 0, 960, 99999,
			PLAYOUT_PRIMARY, 960, 0, 0, 0, 0, 0 },
		{ "a primary of another length", { { 'P', 0, 480, SILK_10, NO_FEC } }, 0, 960, 0,
			PLAYOUT_PRIMARY, 480, 0, 0, 0, 0, 0 },
		{ "the copy", { { 'c', 0, 960, SILK_20, NO_FEC } }, 0, 960, 0, PLAYOUT_REDUNDANT,
			960, 0, 0, 0, 0, 0 },
		{ "both", { { 'c', 0, 960, SILK_20, 0 }, { 'P', 0, 960, SILK_20, 0 } }, 0, 960, 0,
			PLAYOUT_PRIMARY, 960, 0, 0, 0, 0, 0 },
		{ "a copy is better than FEC",
			{ { 'c', 0, 960, SILK_20, 0 }, { 'P', 960, 960, SILK_20, FEC } }, 0, 960, 0,
			PLAYOUT_REDUNDANT, 960, 0, 0, 0, 0, 0 },
		{ "the next one has FEC", { { 'P', 960, 960, SILK_20, FEC } }, 0, 960, 0,
			PLAYOUT_FEC, 960, 960, 0, 0, 0, 0 },
		{ "the next one has none", { { 'P', 960, 960, SILK_20, NO_FEC } }, 0, 960, 0,
			PLAYOUT_CONCEALED, 960, -1, 0, 0, 0, 0 },
		{ "the next one is CELT", { { 'P', 960, 960, CELT_20, FEC } }, 0, 960, 0,
			PLAYOUT_CONCEALED, 960, -1, 0, 0, 0, 0 },
		{ "FEC two frames on", { { 'P', 1920, 960, SILK_20, FEC } }, 0, 960, 0,
			PLAYOUT_CONCEALED, 960, -1, 0, 0, 0, 0 },
		{ "FEC in a copy is not asked for", { { 'c', 960, 960, SILK_20, FEC } }, 0, 960, 0,
			PLAYOUT_CONCEALED, 960, -1, 0, 0, 0, 0 },
		{ "FEC of 10 ms fills half of 20", { { 'P', 960, 480, SILK_10, FEC } }, 0, 960, 0,
			PLAYOUT_CONCEALED, 960, -1, 0, 0, 0, 0 },
		{ "the rest of a gap", { { 'P', 300, 960, SILK_20, NO_FEC } }, 0, 960, 0,
			PLAYOUT_CONCEALED, 300, -1, 0, 0, 0, 0 },
		{ "it began before, another has played that", { { 'P', 0, 960, SILK_20, NO_FEC } },
			648, 960, 0, PLAYOUT_PRIMARY, 312, 0, 648, 0, 0, 0 },
		{ "its copy began before", { { 'c', 0, 960, SILK_20, NO_FEC } }, 959, 960, 0,
			PLAYOUT_REDUNDANT, 1, 0, 959, 0, 0, 0 },
		{ "the one that began last",
			{ { 'P', 0, 2880, SILK_20, 0 }, { 'P', 960, 960, SILK_20, 0 } }, 1000, 960,
			0, PLAYOUT_PRIMARY, 920, 960, 40, 0, 0, 0 },
		{ "early by noise", { { 0 } }, 0, 960, 999, PLAYOUT_CONCEALED, 960, -1, 0, 0, 0,
			0 },
		{ "early: wait for a block", { { 0 } }, 0, 960, 1000, PLAYOUT_HELD, 480, -1, 0, 0,
			0, 0 },
		{ "wait for the rest of a block, in whole 2.5 ms", { { 0 } }, 0, 960, 1000,
			PLAYOUT_HELD, 120, -1, 0, 1, 0, 0 },
		{ "wait for a frame at most", { { 0 } }, 0, 120, 1000, PLAYOUT_HELD, 120, -1, 0,
			5000, 0, 0 },
		{ "early, and FEC is there: wait", { { 'P', 960, 960, SILK_20, FEC } }, 0, 960,
			1000, PLAYOUT_HELD, 480, -1, 0, 0, 0, 0 },
		{ "late, but waiting pays", { { 0 } }, 0, 960, -50000, PLAYOUT_HELD, 480, -1, 0, 0,
			0, 960 },
		{ "waiting pays, but not for what is there", { { 'c', 0, 960, SILK_20, 0 } }, 0,
			960, 0, PLAYOUT_REDUNDANT, 960, 0, 0, 0, 0, 960 },
		{ "waited long, not too long", { { 0 } }, 0, 960, 5000, PLAYOUT_HELD, 480, -1, 0, 0,
			WAIT_MAX_SAMPLES - 1, 960 },
		{ "a later one is there: wait as long as it pays",
			{ { 'P', 960, 960, SILK_20, 0 } }, 0, 960, 0, PLAYOUT_HELD, 480, -1, 0, 0,
			959, 960 },
		{ "and no longer", { { 'P', 960, 960, SILK_20, 0 } }, 0, 960, 0, PLAYOUT_CONCEALED,
			960, -1, 0, 0, 960, 960 },
		{ "nothing is there: longer than usual", { { 0 } }, 0, 960, 0, PLAYOUT_HELD, 480,
			-1, 0, 0, WAIT_MAX_SAMPLES - 1, 960 },
		{ "waited too long", { { 0 } }, 0, 960, 5000, PLAYOUT_CONCEALED, 960, -1, 0, 0,
			WAIT_MAX_SAMPLES, 960 },
		{ "waited too long, FEC", { { 'P', 960, 960, SILK_20, FEC } }, 0, 960, 5000,
			PLAYOUT_FEC, 960, 960, 0, 0, WAIT_MAX_SAMPLES, 960 },
		{ "what is past does not count",
			{ { 'P', 0, 960, SILK_20, 0 }, { 'P', 1920, 960, SILK_20, FEC } }, 960, 960,
			0, PLAYOUT_FEC, 960, 1920, 0, 0, 0, 0 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		jitter_buffer_init(&jb);
		for (int k = 0; k < 3 && rows[i].stored[k].form; k++) {
			const struct stored *const f = &rows[i].stored[k];
			const uint8_t packet[] = { f->toc, f->first, 0, 0 };
			int64_t n_dropped = 0;
			bool is_first;
			if (f->form == 'P')
				jitter_buffer_put_primary(&jb, k, f->timestamp, f->n_samples,
					packet, sizeof packet, 0, &is_first, &n_dropped);
			else
				jitter_buffer_put_copy(&jb, f->timestamp, f->n_samples,
					f->timestamp + 960, packet, sizeof packet, 0, &is_first,
					&n_dropped);
		}
		const struct playout_situation situation = {
			.jb = &jb,
			.timestamp = rows[i].timestamp,
			.usual_samples = rows[i].usual_samples,
			.block_samples = rows[i].block_samples ? rows[i].block_samples : 480,
			.early_us = rows[i].early_us,
			.held_samples = rows[i].held_samples,
			.wait_samples = rows[i].wait_samples,
			.wait_samples_max = WAIT_MAX_SAMPLES,
			.room_samples = 1,
		};
		const struct playout_choice choice = playout_choose(&situation);
		assert_row_equal(rows[i].name, choice.means, rows[i].means);
		assert_row_equal(rows[i].name, choice.n_samples, rows[i].n_samples);
		assert_row_equal(rows[i].name, choice.frame ? choice.frame->timestamp : -1,
			rows[i].frame_timestamp);
		assert_row_equal(rows[i].name, choice.skip_samples, rows[i].skip_samples);
		assert_row_equal(rows[i].name, choice.heard_samples, 0);
	}
}

/* A frame of 20 ms is not there, but the next one is. */
static void a_wait_ends_in_time_and_is_not_lost(void **state)
{
	static const struct {
		const char *name;
		int early_ms, held_ms, wait_ms, hope_ms, room_ms;
		bool has_fec;
		enum playout_means means;
		int heard_ms;
	} rows[] = {
		{ "nothing to wait for", 0, 0, 0, 0, 99, false, PLAYOUT_CONCEALED, 0 },
		{ "a copy may still come", 0, 10, 0, 5, 99, false, PLAYOUT_HELD, 0 },
		{ "but the next packet has FEC", 0, 0, 0, 5, 99, true, PLAYOUT_FEC, 0 },
		{ "but this was long", -130, 120, 0, 5, 99, false, PLAYOUT_CONCEALED, 20 },
		{ "in vain: what was heard stands for it", -30, 10, 0, 0, 99, false,
			PLAYOUT_CONCEALED, 10 },
		{ "and no more than a frame", -40, 40, 0, 0, 99, false, PLAYOUT_CONCEALED, 20 },
		{ "nor more than the delay is too long", -5, 10, 0, 0, 99, false, PLAYOUT_CONCEALED,
			5 },
		{ "the delay should have grown", 20, 60, 0, 0, 99, false, PLAYOUT_CONCEALED, 0 },
		{ "early, but the delay is bounded", 5, 0, 0, 0, 0, false, PLAYOUT_CONCEALED, 0 },
		{ "waiting pays, but the delay is bounded", 0, 0, 20, 0, 0, false,
			PLAYOUT_CONCEALED, 0 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const uint8_t next[] = { SILK_20, rows[i].has_fec ? FEC : NO_FEC, 0, 0 };
		int64_t n_dropped = 0;
		bool is_first;
		jitter_buffer_init(&jb);
		jitter_buffer_put_primary(
			&jb, 1, 960, 960, next, sizeof next, 0, &is_first, &n_dropped);
		const struct playout_situation situation = {
			.jb = &jb,
			.usual_samples = 960,
			.block_samples = 480,
			.early_us = rows[i].early_ms * US_PER_MS,
			.held_samples = rows[i].held_ms * SAMPLES_PER_MS,
			.wait_samples = rows[i].wait_ms * SAMPLES_PER_MS,
			.wait_samples_max = WAIT_MAX_SAMPLES,
			.hope_samples = rows[i].hope_ms * SAMPLES_PER_MS,
			.room_samples = rows[i].room_ms * SAMPLES_PER_MS,
		};
		const struct playout_choice choice = playout_choose(&situation);
		assert_row_equal(rows[i].name, choice.means, rows[i].means);
		assert_row_equal(
			rows[i].name, choice.heard_samples, rows[i].heard_ms * SAMPLES_PER_MS);
	}
}

static void means_have_names(void **state)
{
	(void)state;
	assert_string_equal(playout_means_name(PLAYOUT_PRIMARY), "primary");
	assert_string_equal(playout_means_name(PLAYOUT_SILENT), "silent");
	assert_string_equal(playout_means_name(PLAYOUT_HELD), "held");
	assert_string_equal(playout_means_name(PLAYOUT_MEANS), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_decision_follows_from_what_is_there),
		cmocka_unit_test(a_wait_ends_in_time_and_is_not_lost),
		cmocka_unit_test(means_have_names),
	};
	return cmocka_run_group_tests_name("playout", tests, NULL, NULL);
}
