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
		int usual_samples, block_samples; /* 0: 960, and 480 */
		int64_t early_us;
		enum playout_means means; /* what is expected, from here on */
		int n_samples, skip_samples;
		enum { NO_FRAME, FIRST, SECOND, THIRD } frame; /* at 0, 960 and 1920 */
	} rows[] = {
		{ "nothing there", .means = PLAYOUT_CONCEALED, .n_samples = 960 },
		{ "nothing there, short frames", .usual_samples = 120, .means = PLAYOUT_CONCEALED,
			.n_samples = 120 },
		{ "the primary", .stored = { { 'P', 0, 960, SILK_20, NO_FEC } },
			.means = PLAYOUT_PRIMARY, .n_samples = 960, .frame = FIRST },
		{ "the primary, though early", .stored = { { 'P', 0, 960, SILK_20, NO_FEC } },
			.early_us = 99999, .means = PLAYOUT_PRIMARY, .n_samples = 960,
			.frame = FIRST },
		{ "a primary of another length", .stored = { { 'P', 0, 480, SILK_10, NO_FEC } },
			.means = PLAYOUT_PRIMARY, .n_samples = 480, .frame = FIRST },
		{ "the copy", .stored = { { 'c', 0, 960, SILK_20, NO_FEC } },
			.means = PLAYOUT_REDUNDANT, .n_samples = 960, .frame = FIRST },
		{ "both", .stored = { { 'c', 0, 960, SILK_20, 0 }, { 'P', 0, 960, SILK_20, 0 } },
			.means = PLAYOUT_PRIMARY, .n_samples = 960, .frame = FIRST },
		{ "a copy is better than FEC",
			.stored = { { 'c', 0, 960, SILK_20, 0 }, { 'P', 960, 960, SILK_20, FEC } },
			.means = PLAYOUT_REDUNDANT, .n_samples = 960, .frame = FIRST },
		{ "the next one has FEC", .stored = { { 'P', 960, 960, SILK_20, FEC } },
			.means = PLAYOUT_FEC, .n_samples = 960, .frame = SECOND },
		{ "the next one has none", .stored = { { 'P', 960, 960, SILK_20, NO_FEC } },
			.means = PLAYOUT_CONCEALED, .n_samples = 960 },
		{ "the next one is CELT", .stored = { { 'P', 960, 960, CELT_20, FEC } },
			.means = PLAYOUT_CONCEALED, .n_samples = 960 },
		{ "FEC two frames on", .stored = { { 'P', 1920, 960, SILK_20, FEC } },
			.means = PLAYOUT_CONCEALED, .n_samples = 960 },
		{ "FEC in a copy is not asked for", .stored = { { 'c', 960, 960, SILK_20, FEC } },
			.means = PLAYOUT_CONCEALED, .n_samples = 960 },
		{ "FEC of 10 ms fills half of 20", .stored = { { 'P', 960, 480, SILK_10, FEC } },
			.means = PLAYOUT_CONCEALED, .n_samples = 960 },
		{ "the rest of a gap", .stored = { { 'P', 300, 960, SILK_20, NO_FEC } },
			.means = PLAYOUT_CONCEALED, .n_samples = 300 },
		{ "it began before, another has played that",
			.stored = { { 'P', 0, 960, SILK_20, NO_FEC } }, .timestamp = 648,
			.means = PLAYOUT_PRIMARY, .n_samples = 312, .frame = FIRST,
			.skip_samples = 648 },
		{ "its copy began before", .stored = { { 'c', 0, 960, SILK_20, NO_FEC } },
			.timestamp = 959, .means = PLAYOUT_REDUNDANT, .n_samples = 1,
			.frame = FIRST, .skip_samples = 959 },
		{ "the one that began last",
			.stored = { { 'P', 0, 2880, SILK_20, 0 }, { 'P', 960, 960, SILK_20, 0 } },
			.timestamp = 1000, .means = PLAYOUT_PRIMARY, .n_samples = 920,
			.frame = SECOND, .skip_samples = 40 },
		{ "early by noise", .early_us = 999, .means = PLAYOUT_CONCEALED, .n_samples = 960 },
		{ "early: until the next block", .early_us = 1000, .means = PLAYOUT_INSERTED,
			.n_samples = 480 },
		{ "the rest of a block, in whole 2.5 ms", .early_us = 1000, .block_samples = 1,
			.means = PLAYOUT_INSERTED, .n_samples = 120 },
		{ "a frame at most", .usual_samples = 120, .early_us = 1000, .block_samples = 5000,
			.means = PLAYOUT_INSERTED, .n_samples = 120 },
		{ "early, and FEC is there", .stored = { { 'P', 960, 960, SILK_20, FEC } },
			.early_us = 1000, .means = PLAYOUT_INSERTED, .n_samples = 480 },
		{ "early, but it is there", .stored = { { 'c', 0, 960, SILK_20, 0 } },
			.early_us = 1000, .means = PLAYOUT_REDUNDANT, .n_samples = 960,
			.frame = FIRST },
		{ "late, nothing is there", .early_us = -50000, .means = PLAYOUT_CONCEALED,
			.n_samples = 960 },
		{ "what is past does not count",
			.stored = { { 'P', 0, 960, SILK_20, 0 }, { 'P', 1920, 960, SILK_20, FEC } },
			.timestamp = 960, .means = PLAYOUT_FEC, .n_samples = 960, .frame = THIRD },
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
			.usual_samples = rows[i].usual_samples ? rows[i].usual_samples : 960,
			.block_samples = rows[i].block_samples ? rows[i].block_samples : 480,
			.early_us = rows[i].early_us,
		};
		const struct playout_choice choice = playout_choose(&situation);
		assert_row_equal(rows[i].name, choice.means, rows[i].means);
		assert_row_equal(rows[i].name, choice.n_samples, rows[i].n_samples);
		assert_row_equal(rows[i].name, choice.frame ? choice.frame->timestamp : -960,
			960 * ((int)rows[i].frame - 1));
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
