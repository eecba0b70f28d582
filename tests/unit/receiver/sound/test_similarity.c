/* Where a signal is similar to itself: signals of known period. */
#include "receiver/sound/similarity.h"

#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

enum {
	PLACES = 40 * SAMPLES_PER_MS,
	LINE = SIMILARITY_HISTORY_SAMPLES + PLACES,
	FADE = 2 * SAMPLES_PER_MS
};

static float line[LINE * SIMILARITY_CHANNELS];

/* A tone of that period with overtones, the second channel times `side`; with noise of that
 * size. */
static struct similarity_question tones(int period, float side, float noise)
{
	struct dice dice = { 77 };

	for (int i = 0; i < LINE; i++) {
		const float t = 6.2831853F * (float)(i % period) / (float)period;
		const float value = sinf(t) + 0.7F * sinf(2 * t) + 0.5F * cosf(3 * t);
		line[2 * i] = value + noise * dice_noise(&dice);
		line[2 * i + 1] = side * value + noise * dice_noise(&dice);
	}
	return (struct similarity_question){
		.line = line,
		.n_samples = PLACES,
		.fade_samples = FADE,
		.context_samples = 0,
		.lag_max_samples = SIMILARITY_LAG_MAX_SAMPLES,
		.has_both = true,
	};
}

static void a_period_is_found_to_a_sample(void **state)
{
	static const struct {
		const char *name;
		int period;
		float side, noise;
	} rows[] = {
		{ "the shortest lag", SIMILARITY_LAG_MIN_SAMPLES, 1, 0 },
		{ "200 Hz", 240, 1, 0 },
		{ "no multiple of 12", 367, 1, 0 },
		{ "one channel", 367, 0, 0 },
		{ "all in the difference", 367, -1, 0 },
		{ "a low voice", 700, 0.5F, 0 },
		{ "noise", 367, 1, 0.05F },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct similarity_question q =
			tones(rows[i].period, rows[i].side, rows[i].noise);
		const struct similarity rough = similarity_search(&q);
		const struct similarity found = similarity_refine(&q, rough);
		assert_row_equal(rows[i].name, found.lag_samples % rows[i].period, 0);
		assert_row_in_range(rows[i].name, found.lag_samples, SIMILARITY_LAG_MIN_SAMPLES,
			SIMILARITY_LAG_MAX_SAMPLES);
		assert_row_equal(rows[i].name, found.l_samples, rough.l_samples);
		assert_true(found.similarity > (rows[i].noise > 0 ? 0.9F : 0.999F));
	}
}

/* Both places lie within the samples that may be changed, where that is asked for. */
static void places_keep_within_what_may_be_changed(void **state)
{
	(void)state;
	for (int has_both = 0; has_both <= 1; has_both++) {
		struct similarity_question q = tones(367, 1, 0);
		q.n_samples = 10 * SAMPLES_PER_MS; /* 480: one period and the fade fit */
		q.line = line + (LINE - SIMILARITY_HISTORY_SAMPLES - q.n_samples) * 2;
		q.has_both = has_both;
		const struct similarity found = similarity_search(&q);
		assert_true(found.lag_samples > 0);
		assert_in_range(found.l_samples, has_both ? found.lag_samples : 0,
			q.n_samples - q.fade_samples);
	}
	struct similarity_question q = tones(367, 1, 0);
	q.n_samples = FADE + SIMILARITY_LAG_MIN_SAMPLES - 1; /* no lag fits */
	assert_int_equal(similarity_search(&q).lag_samples, 0);
}

static void silence_is_like_nothing(void **state)
{
	struct similarity_question q = tones(367, 1, 0);
	(void)state;
	memset(line, 0, sizeof line);
	assert_int_equal(similarity_search(&q).lag_samples, 0);
	assert_true(similarity_anywhere(&q) == 0);
}

/* A falling level makes a worse join than a steady one, and noise is similar to nothing. */
static void similarity_tells_tones_from_noise(void **state)
{
	struct similarity_question q = tones(367, 1, 0);
	(void)state;
	assert_true(similarity_anywhere(&q) > 0.95F);
	const float steady = similarity_search(&q).similarity;
	for (int i = 0; i < LINE * 2; i++)
		line[i] *= expf(-(float)i / 2000);
	assert_true(similarity_search(&q).similarity < steady - 0.01F);
	struct dice dice = { 5 };
	for (int i = 0; i < LINE * 2; i++)
		line[i] = dice_noise(&dice);
	assert_true(similarity_anywhere(&q) < 1.0F / 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_period_is_found_to_a_sample),
		cmocka_unit_test(places_keep_within_what_may_be_changed),
		cmocka_unit_test(silence_is_like_nothing),
		cmocka_unit_test(similarity_tells_tones_from_noise),
	};
	return cmocka_run_group_tests_name("similarity", tests, NULL, NULL);
}
