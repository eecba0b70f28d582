/* The decision per frame, row by row. */
#include "receiver/playout/playout.h"

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
	} rows[] = {
		{ "nothing there", { { 0 } }, 0, 960, 0, PLAYOUT_CONCEALED, 960, -1, 0, 0 },
		{ "nothing there, short frames", { { 0 } }, 0, 120, 0, PLAYOUT_CONCEALED, 120, -1,
			0, 0 },
		{ "the primary", { { 'P', 0, 960, SILK_20, NO_FEC } }, 0, 960, 0, PLAYOUT_PRIMARY,
			960, 0, 0, 0 },
		{ "the primary, though early", { { 'P', 0, 960, SILK_20, NO_FEC } }, 0, 960, 99999,
			PLAYOUT_PRIMARY, 960, 0, 0, 0 },
		{ "a primary of another length", { { 'P', 0, 480, SILK_10, NO_FEC } }, 0, 960, 0,
			PLAYOUT_PRIMARY, 480, 0, 0, 0 },
		{ "the copy", { { 'c', 0, 960, SILK_20, NO_FEC } }, 0, 960, 0, PLAYOUT_REDUNDANT,
			960, 0, 0, 0 },
		{ "both", { { 'c', 0, 960, SILK_20, 0 }, { 'P', 0, 960, SILK_20, 0 } }, 0, 960, 0,
			PLAYOUT_PRIMARY, 960, 0, 0, 0 },
		{ "a copy is better than FEC",
			{ { 'c', 0, 960, SILK_20, 0 }, { 'P', 960, 960, SILK_20, FEC } }, 0, 960, 0,
			PLAYOUT_REDUNDANT, 960, 0, 0, 0 },
		{ "the next one has FEC", { { 'P', 960, 960, SILK_20, FEC } }, 0, 960, 0,
			PLAYOUT_FEC, 960, 960, 0, 0 },
		{ "the next one has none", { { 'P', 960, 960, SILK_20, NO_FEC } }, 0, 960, 0,
			PLAYOUT_CONCEALED, 960, -1, 0, 0 },
		{ "the next one is CELT", { { 'P', 960, 960, CELT_20, FEC } }, 0, 960, 0,
			PLAYOUT_CONCEALED, 960, -1, 0, 0 },
		{ "FEC two frames on", { { 'P', 1920, 960, SILK_20, FEC } }, 0, 960, 0,
			PLAYOUT_CONCEALED, 960, -1, 0, 0 },
		{ "FEC in a copy is not asked for", { { 'c', 960, 960, SILK_20, FEC } }, 0, 960, 0,
			PLAYOUT_CONCEALED, 960, -1, 0, 0 },
		{ "FEC of 10 ms fills half of 20", { { 'P', 960, 480, SILK_10, FEC } }, 0, 960, 0,
			PLAYOUT_CONCEALED, 960, -1, 0, 0 },
		{ "the rest of a gap", { { 'P', 300, 960, SILK_20, NO_FEC } }, 0, 960, 0,
			PLAYOUT_CONCEALED, 300, -1, 0, 0 },
		{ "it began before, another has played that", { { 'P', 0, 960, SILK_20, NO_FEC } },
			648, 960, 0, PLAYOUT_PRIMARY, 312, 0, 648, 0 },
		{ "its copy began before", { { 'c', 0, 960, SILK_20, NO_FEC } }, 959, 960, 0,
			PLAYOUT_REDUNDANT, 1, 0, 959, 0 },
		{ "the one that began last",
			{ { 'P', 0, 2880, SILK_20, 0 }, { 'P', 960, 960, SILK_20, 0 } }, 1000, 960,
			0, PLAYOUT_PRIMARY, 920, 960, 40, 0 },
		{ "early by noise", { { 0 } }, 0, 960, 999, PLAYOUT_CONCEALED, 960, -1, 0, 0 },
		{ "early: until the next block", { { 0 } }, 0, 960, 1000, PLAYOUT_INSERTED, 480, -1,
			0, 0 },
		{ "the rest of a block, in whole 2.5 ms", { { 0 } }, 0, 960, 1000, PLAYOUT_INSERTED,
			120, -1, 0, 1 },
		{ "a frame at most", { { 0 } }, 0, 120, 1000, PLAYOUT_INSERTED, 120, -1, 0, 5000 },
		{ "early, and FEC is there", { { 'P', 960, 960, SILK_20, FEC } }, 0, 960, 1000,
			PLAYOUT_INSERTED, 480, -1, 0, 0 },
		{ "early, but it is there", { { 'c', 0, 960, SILK_20, 0 } }, 0, 960, 1000,
			PLAYOUT_REDUNDANT, 960, 0, 0, 0 },
		{ "late, nothing is there", { { 0 } }, 0, 960, -50000, PLAYOUT_CONCEALED, 960, -1,
			0, 0 },
		{ "what is past does not count",
			{ { 'P', 0, 960, SILK_20, 0 }, { 'P', 1920, 960, SILK_20, FEC } }, 960, 960,
			0, PLAYOUT_FEC, 960, 1920, 0, 0 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		jitter_buffer_init(&jb);
		for (int k = 0; k < 3 && rows[i].stored[k].form; k++) {
			const struct stored *const f = &rows[i].stored[k];
			const uint8_t packet[] = { f->toc, f->first, 0, 0 };
			int64_t n_dropped = 0;
			bool is_first;
			const struct frame_form form = {
				.timestamp = f->timestamp,
				.seq = f->form == 'P' ? k : FRAME_IS_COPY,
				.carrier_timestamp = f->timestamp + (f->form == 'P' ? 0 : 960),
				.n_samples = f->n_samples,
				.bytes = packet,
				.n_bytes = sizeof packet,
			};
			jitter_buffer_put(&jb, &form, &is_first, &n_dropped);
		}
		const struct playout_situation situation = {
			.jb = &jb,
			.timestamp = rows[i].timestamp,
			.usual_samples = rows[i].usual_samples,
			.block_samples = rows[i].block_samples ? rows[i].block_samples : 480,
			.early_us = rows[i].early_us,
		};
		const struct playout_choice choice = playout_choose(&situation);
		assert_row_equal(rows[i].name, choice.means, rows[i].means);
		assert_row_equal(rows[i].name, choice.n_samples, rows[i].n_samples);
		assert_row_equal(rows[i].name, choice.frame ? choice.frame->timestamp : -1,
			rows[i].frame_timestamp);
		assert_row_equal(rows[i].name, choice.skip_samples, rows[i].skip_samples);
	}
}

static void means_have_names(void **state)
{
	(void)state;
	assert_string_equal(playout_means_name(PLAYOUT_PRIMARY), "primary");
	assert_string_equal(playout_means_name(PLAYOUT_SILENT), "silent");
	assert_string_equal(playout_means_name(PLAYOUT_INSERTED), "inserted");
	assert_string_equal(playout_means_name(PLAYOUT_MEANS), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_decision_follows_from_what_is_there),
		cmocka_unit_test(means_have_names),
	};
	return cmocka_run_group_tests_name("playout", tests, NULL, NULL);
}
