/* Holes and clicks that were put in, in noise and in tones of known size. */
#include "tools/score/dropouts.h"

#include "common/base/units.h"
#include "tests/unit/unit.h"
#include "tools/score/clicks.h"

#include <math.h>
#include <string.h>

enum { MS = SAMPLES_PER_MS, N = SAMPLES_PER_SECOND, AT = 400 * MS };

static float clean[N], heard[N];

static struct alignment_stretch all = { .end_s = 1 };
static const struct alignment in_step = { &all, 1 };

static void make_noise(void)
{
	struct dice dice = { 31 };

	for (int i = 0; i < N; i++)
		clean[i] = heard[i] = 0.1F * dice_noise(&dice);
}

static void silence(float *samples, int from, int n)
{
	memset(samples + from, 0, (size_t)n * sizeof *samples);
}

static struct dropouts find(void)
{
	const struct dropout_levels levels = { .gain = 1, .clean_power = 0.01 / 3 };
	struct dropouts d;

	assert_true(dropouts_find(&d, &in_step, &levels, clean, N, heard, N));
	return d;
}

static void holes_are_as_long_as_they_are(void **state)
{
	static const struct {
		const char *name;
		int hole_ms, pause_ms; /* after it; then another hole, where not 0 */
		int n, all_ms;
	} rows[] = {
		{ "none", 0, 0, 0, 0 },
		{ "too short to be one", 4, 0, 0, 0 },
		{ "a short one", 10, 0, 1, 10 },
		{ "a long one", 150, 0, 1, 150 },
		{ "two", 20, 60, 2, 40 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const int n = rows[i].hole_ms * MS;
		make_noise();
		silence(heard, AT, n);
		if (rows[i].pause_ms > 0)
			silence(heard, AT + n + rows[i].pause_ms * MS, n);
		const struct dropouts d = find();
		assert_row_equal(rows[i].name, d.n, rows[i].n);
		assert_row_in_range(
			rows[i].name, lround(d.all_ms), rows[i].all_ms - 2, rows[i].all_ms + 2);
		if (d.n > 0)
			assert_row_in_range(rows[i].name, lround(d.longest_ms), rows[i].hole_ms - 1,
				rows[i].hole_ms + 1);
	}
}

/* Where nothing was said nothing is missed, nor what is a little fainter, nor rumble. */
static void what_is_not_missed_is_no_hole(void **state)
{
	(void)state;
	make_noise();
	silence(clean, AT - 10 * MS, 120 * MS);
	silence(heard, AT, 100 * MS);
	assert_int_equal(find().n, 0);
	make_noise();
	for (int i = AT; i < AT + 100 * MS; i++)
		heard[i] *= 0.15F; /* 16 dB */
	assert_int_equal(find().n, 0);
	for (int i = AT; i < AT + 100 * MS; i++)
		heard[i] *= 0.3F; /* 27 dB */
	assert_int_equal(find().n, 1);
	for (int i = 0; i < N; i++) {
		clean[i] = 0.1F * sinf(2 * 3.14159265F * 15 * (float)i / N);
		heard[i] = i >= AT && i < AT + 100 * MS ? 0 : clean[i];
	}
	assert_int_equal(find().n, 0);
}

/* A faint noise that is heard all the while ends no hole, though the clean one is faint for a
 * moment, too. */
static void what_is_faint_meanwhile_ends_no_hole(void **state)
{
	(void)state;
	make_noise();
	for (int i = AT; i < AT + 150 * MS; i++) {
		heard[i] *= 0.03F;
		if (i >= AT + 50 * MS && i < AT + 100 * MS)
			clean[i] *= 0.2F;
	}
	const struct dropouts d = find();
	assert_int_equal(d.n, 1);
	assert_in_range(lround(d.longest_ms), 147, 152);
}

static int clicks(void)
{
	return clicks_count(&in_step, 1, 0.07, clean, N, heard, N);
}

static void make_tone(void)
{
	for (int i = 0; i < N; i++)
		clean[i] = heard[i] = 0.1F * sinf(2 * 3.14159265F * 300 * (float)i / N);
}

static void clicks_are_counted_where_they_were_put(void **state)
{
	static const struct {
		const char *name;
		float jump;
		int n, apart_samples, clicks;
	} rows[] = {
		{ "none", 0, 1, 0, 0 },
		{ "one", 0.1F, 1, 0, 1 },
		{ "too small to be heard", 0.0004F, 1, 0, 0 },
		{ "three", 0.1F, 3, 50 * MS, 3 },
		{ "two within 2 ms", 0.1F, 2, MS, 1 },
	};
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		make_tone();
		for (int k = 0; k < rows[r].n; k++)
			heard[AT + k * rows[r].apart_samples] += rows[r].jump;
		assert_row_equal(rows[r].name, clicks(), rows[r].clicks);
	}
}

static void what_the_clean_recording_has_too_is_no_click(void **state)
{
	(void)state;
	make_tone();
	clean[AT] += 0.1F;
	heard[AT] += 0.1F;
	assert_int_equal(clicks(), 0);
	make_noise(); /* jumps everywhere */
	heard[AT] += 0.1F;
	assert_int_equal(clicks(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holes_are_as_long_as_they_are),
		cmocka_unit_test(what_is_not_missed_is_no_hole),
		cmocka_unit_test(what_is_faint_meanwhile_ends_no_hole),
		cmocka_unit_test(clicks_are_counted_where_they_were_put),
		cmocka_unit_test(what_the_clean_recording_has_too_is_no_click),
	};
	return cmocka_run_group_tests_name("dropouts and clicks", tests, NULL, NULL);
}
