/* How the measured tables are read: which row, and what lies between two rates. */
#include "sender/planning/quality.h"

#include "tests/unit/unit.h"

#include <math.h>

/* primary: 0, 1, 2 ... by rate; a copy: ten times the primary's place and the copy's. */
static struct quality made_up(void)
{
	struct quality q = { .frame_samples = 960 };

	for (int i = 0; i < QUALITY_RATES; i++) {
		q.primary[i] = i;
		q.fec_primary[i] = 100 + i;
		q.fec[i] = 200 + i;
		q.concealed[i] = 300 + i;
		for (int k = 0; k < QUALITY_RATES; k++)
			q.copy[i][k] = 10 * i + k;
	}
	return q;
}

static void assert_near(double actual, double expected)
{
	if (fabs(actual - expected) > 1e-2) /* rates are whole numbers */
		fail_msg("%g is not %g", actual, expected);
}

static void rates_of_the_table_are_read_as_they_stand(void **state)
{
	const struct quality q = made_up();
	(void)state;
	for (int i = 0; i < QUALITY_RATES; i++) {
		const int bps = quality_rates_bps[i];
		assert_near(quality_primary(&q, bps), i);
		assert_near(quality_fec_primary(&q, bps), 100 + i);
		assert_near(quality_fec(&q, bps), 200 + i);
		assert_near(quality_concealed(&q, bps), 300 + i);
		for (int k = 0; k < QUALITY_RATES; k++)
			assert_near(quality_copy(&q, bps, quality_rates_bps[k]), 10 * i + k);
	}
}

static void what_lies_between_is_by_the_logarithm(void **state)
{
	const struct quality q = made_up();
	(void)state;
	for (int i = 0; i + 1 < QUALITY_RATES; i++) {
		const int middle_bps = (int)lround(
			sqrt((double)quality_rates_bps[i] * (double)quality_rates_bps[i + 1]));
		assert_near(quality_primary(&q, middle_bps), i + 0.5);
		assert_near(quality_copy(&q, middle_bps, quality_rates_bps[3]), 10 * i + 8);
		assert_near(quality_copy(&q, quality_rates_bps[3], middle_bps), 30 + i + 0.5);
	}
}

static void beyond_the_ends_the_ends_count(void **state)
{
	const struct quality q = made_up();
	(void)state;
	assert_near(quality_primary(&q, 1), 0);
	assert_near(quality_primary(&q, 510000), QUALITY_RATES - 1);
	assert_near(quality_copy(&q, 510000, 1), 10 * (QUALITY_RATES - 1));
}

/* Mode before band before length; each row that was measured is found again. */
static void the_nearest_row_is_read(void **state)
{
	static const struct {
		const char *name;
		struct coding wanted;
		int wanted_samples;
		struct coding coding;
		int frame_samples;
	} rows[] = {
		{ "60 ms", { CODING_SILK, CODING_WIDEBAND }, 2880, { CODING_SILK, CODING_WIDEBAND },
			2880 },
		{ "the longest of CELT", { CODING_CELT, CODING_FULLBAND }, 2880,
			{ CODING_CELT, CODING_FULLBAND }, 960 },
		{ "between two bands, the lower one", { CODING_CELT, CODING_SUPERWIDEBAND }, 960,
			{ CODING_CELT, CODING_WIDEBAND }, 960 },
		{ "speech in full band", { CODING_HYBRID, CODING_WIDEBAND }, 960,
			{ CODING_HYBRID, CODING_FULLBAND }, 960 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct quality *const q =
			quality_of(rows[i].wanted, rows[i].wanted_samples, CONCEALMENT_PLAIN);
		assert_row_equal(rows[i].name, q->coding.mode, rows[i].coding.mode);
		assert_row_equal(rows[i].name, q->coding.band, rows[i].coding.band);
		assert_row_equal(rows[i].name, q->frame_samples, rows[i].frame_samples);
	}
	for (int neural = 0; neural <= 1; neural++) {
		const struct quality_table *const t = neural ? &quality_neural : &quality_plain;
		for (int i = 0; i < t->n_rows; i++)
			assert_ptr_equal(quality_of(t->rows[i].coding, t->rows[i].frame_samples,
						 neural ? CONCEALMENT_NEURAL : CONCEALMENT_PLAIN),
				&t->rows[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_of_the_table_are_read_as_they_stand),
		cmocka_unit_test(what_lies_between_is_by_the_logarithm),
		cmocka_unit_test(beyond_the_ends_the_ends_count),
		cmocka_unit_test(the_nearest_row_is_read),
	};
	return cmocka_run_group_tests_name("quality", tests, NULL, NULL);
}
