/* The table of an experiment and what it is filled from and drawn from: cells that survive being
 * written, spreads over seeds and channels, figures out of JSON, logs of frames. */
#include "tests/unit/unit.h"

#include "tools/experiment/figures.h"
#include "tools/experiment/frame_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void add_run(struct results *r, const char *setting, const char *seed, double delay_ms)
{
	const size_t row = results_add(r);
	results_set(r, row, "via", "sim");
	results_set(r, row, "channel", "clean");
	results_set(r, row, "setting", setting);
	results_set(r, row, "seed", seed);
	results_set(r, row, "status", isnan(delay_ms) ? "failed" : "done");
	results_set_number(r, row, "delay_ms", delay_ms);
}

static void test_a_table_survives(void **state)
{
	static const char *const texts[] = { "plain", "a,b", "say \"no\"", "two\nlines", "\r\n", "",
		"\"", " blanks " };
	struct results r = { 0 }, again = { 0 };
	struct text_buffer csv = { 0 }, csv_again = { 0 };
	struct io_error error;

	(void)state;
	for (size_t i = 0; i < N_ROWS(texts); i++) {
		const size_t row = results_add(&r);
		results_set(&r, row, "text", texts[i]);
		results_set_number(&r, row, "number", (double)i / 4 - 1);
		if (i == 3)
			results_set(&r, row, "late, and \"odd\"", "x");
	}
	results_write(&r, &csv);
	if (!results_parse(&again, csv.text, csv.n_chars, &error))
		fail_msg("%s", error.text);
	assert_int_equal(again.n_rows, N_ROWS(texts));
	for (size_t i = 0; i < N_ROWS(texts); i++) {
		assert_string_equal(results_text(&again, i, "text"), texts[i]);
		assert_true(results_number(&again, i, "number") == (double)i / 4 - 1);
	}
	assert_string_equal(results_text(&again, 3, "late, and \"odd\""), "x");
	assert_string_equal(results_text(&again, 4, "late, and \"odd\""), "");
	assert_string_equal(results_text(&again, 0, "none"), "");
	assert_true(isnan(results_number(&again, 0, "text")));
	results_write(&again, &csv_again);
	assert_string_equal(csv.text, csv_again.text);
	text_buffer_end(&csv);
	text_buffer_end(&csv_again);
	results_end(&r);
	results_end(&again);
}

static void test_no_table(void **state)
{
	static const char *const texts[] = { "a,b\n1\n", "a,b\n1,2,3\n", "a\n\"1\n", "a\n\"1\"2\n",
		"a,a\n1,2\n", "a\n1\"2\n", "a,b\n1,2\n3" };

	(void)state;
	for (size_t i = 0; i < N_ROWS(texts); i++) {
		struct results r = { 0 };
		struct io_error error = { "" };
		if (results_parse(&r, texts[i], strlen(texts[i]), &error))
			fail_msg("\"%s\" was taken", texts[i]);
		assert_true(strncmp(error.text, "line ", 5) == 0);
		results_end(&r);
	}
}

static void test_spread_over_seeds(void **state)
{
	static const struct results_key key = { "sim", "clean", "a", NULL },
					second = { "sim", "clean", "a", "2" },
					none = { "relay", "clean", "a", NULL };
	struct results r = { 0 };

	(void)state;
	add_run(&r, "a", "1", 10);
	add_run(&r, "b", "1", 1000);
	add_run(&r, "a", "2", 30);
	add_run(&r, "a", "3", NAN); /* a failed one counts for nothing */
	const struct results_spread s = results_over_seeds(&r, &key, "delay_ms");
	assert_int_equal(s.n_runs, 2);
	assert_true(s.mean == 20 && s.min == 10 && s.max == 30);
	assert_int_equal(results_over_seeds(&r, &none, "delay_ms").n_runs, 0);
	assert_true(isnan(results_over_seeds(&r, &none, "delay_ms").mean));
	assert_int_equal(results_find(&r, &second), 2);
	assert_int_equal(results_find(&r, &none), r.n_rows);
	results_end(&r);
}

/* Three settings over three channels with two seeds. "fair" lacks nothing, "lucky" has no run
 * over the worst channel, "broken" none at all: they are compared over the two channels that
 * both have. */
static void test_figures_over_channels(void **state)
{
	static const struct {
		const char *channel, *setting, *seed, *ratio;
	} rows[] = {
		{ "good", "fair", "1", "0.01" }, { "good", "fair", "2", "0.03" },
		{ "bad", "fair", "1", "0.10" }, { "bad", "fair", "2", "0.10" },
		{ "worst", "fair", "1", "0.90" }, { "worst", "fair", "2", "0.90" },
		{ "good", "lucky", "1", "0.02" }, { "good", "lucky", "2", "0.02" },
		{ "bad", "lucky", "1", "0.20" }, /* and no second seed: that one is not whole */
	};
	static const struct experiment_plan plan = {
		.channels = { { .name = "good" }, { .name = "bad" }, { .name = "worst" } },
		.n_channels = 3,
		.settings = { { .name = "lucky" }, { .name = "broken" }, { .name = "fair" } },
		.n_settings = 3,
		.seeds = { 1, 2 },
		.n_seeds = 2,
	};
	enum { LUCKY, BROKEN, FAIR };
	struct results r = { 0 };
	struct figure_means means;

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const size_t row = results_add(&r);
		results_set(&r, row, "via", "sim");
		results_set(&r, row, "channel", rows[i].channel);
		results_set(&r, row, "setting", rows[i].setting);
		results_set(&r, row, "seed", rows[i].seed);
		results_set(&r, row, "status", "done");
		results_set(&r, row, "missing_ratio", rows[i].ratio);
	}
	const struct via_runs runs = { &plan, &r, "sim" }, none = { &plan, &r, "relay" };
	figure_over_channels(&means, &runs, &figure_missing);
	assert_true(fabs(means.of[FAIR].mean - 6) < 1e-9); /* percent: of 2 and 10 */
	assert_int_equal(means.of[FAIR].n_runs, 2);
	assert_true(fabs(means.of[FAIR].min - 5.5) < 1e-9);
	assert_true(fabs(means.of[FAIR].max - 6.5) < 1e-9);
	assert_true(fabs(means.of[LUCKY].mean - 11) < 1e-9);
	assert_int_equal(means.of[LUCKY].n_runs, 1);
	assert_true(isnan(means.of[BROKEN].mean));
	assert_int_equal(means.best, FAIR);
	assert_int_equal(means.worst, LUCKY);
	assert_false(figure_overlap(&means.of[FAIR], &means.of[LUCKY], 4));
	assert_true(figure_overlap(&means.of[FAIR], &means.of[LUCKY], 5));
	assert_true(figure_is_best_over(&runs, 1, FAIR, &figure_missing));
	assert_false(figure_is_best_over(&runs, 0, FAIR, &figure_missing)); /* both have 2 % */
	assert_true(via_has_any(&runs) && via_has(&runs, &figure_missing));
	assert_false(via_has(&runs, &figure_mos) || via_has_any(&none));
	figure_over_channels(&means, &none, &figure_missing);
	assert_int_equal(means.best, plan.n_settings);
	results_end(&r);
}

static void test_rows_of_frames(void **state)
{
	char log[] = "means,output_sample,playout_delay_ms,target_delay_ms,fate\n"
		     "primary,0,40.5,30,delivered\n"
		     "redundant,960,41,30,lost\n"
		     "concealed,1920,,30,delivered\n"
		     "skipped,,,,lost\n"
		     "primary,2880";
	char receivers[] = "sequence,means,output_sample,playout_delay_ms,target_delay_ms\n"
			   "1,fec,48000,1,2\n,silent,48960,,\n";
	char other[] = "a,b\n1,2\n";
	struct frame_row *rows;

	(void)state;
	assert_int_equal(frame_rows_parse(log, &rows), 5);
	assert_true(rows[0].playout_delay_ms == 40.5 && rows[0].fate == 0);
	assert_int_equal(rows[1].fate, FRAME_ABSENT | FRAME_REPLACED);
	assert_int_equal(rows[2].fate, FRAME_CONCEALED); /* it came, too late */
	assert_true(isnan(rows[2].playout_delay_ms));
	assert_int_equal(rows[3].fate, FRAME_ABSENT);
	assert_true(rows[3].at_s == 0.04 && rows[4].at_s == 0.06);
	free(rows);
	assert_int_equal(frame_rows_parse(receivers, &rows), 2);
	assert_true(rows[0].at_s == 1);
	assert_int_equal(rows[0].fate, FRAME_ABSENT | FRAME_REPLACED);
	assert_int_equal(rows[1].fate, 0);
	free(rows);
	assert_int_equal(frame_rows_parse(other, &rows), 0);
	assert_int_equal(frame_rows_load("/nowhere", &rows), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_table_survives),
		cmocka_unit_test(test_no_table),
		cmocka_unit_test(test_spread_over_seeds),
		cmocka_unit_test(test_figures_over_channels),
		cmocka_unit_test(test_rows_of_frames),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
