/* The yardstick itself: 1 for the same, less and less with more noise. */
#include "tests/unit/speech_like.h"
#include "tests/unit/unit.h"
#include "tools/signal/estoi.h"

#include <math.h>
#include <string.h>

enum { N_SAMPLES = 6 * ESTOI_RATE };

static float clean[N_SAMPLES], heard[N_SAMPLES];

/* The generator at a fifth of its rate, each sample the mean of what it stands for. */
static void speak(void)
{
	struct speech_like speech = speech_like_begin(SAMPLES_PER_SECOND / 4);
	for (int i = 0; i < N_SAMPLES; i++) {
		double sum = 0;
		for (int k = 0; k < 5; k++)
			sum += speech_like_next(&speech) / 5;
		clean[i] = (float)sum;
	}
}

static double power(const float *samples)
{
	double sum = 0;
	for (int i = 0; i < N_SAMPLES; i++)
		sum += (double)(samples[i] * samples[i]);
	return sum / N_SAMPLES;
}

static struct estoi_result measure(const double *clean_at)
{
	const struct estoi_pair pair = { .clean = clean,
		.heard = heard,
		.n_clean = N_SAMPLES,
		.n_heard = N_SAMPLES,
		.clean_at = clean_at };
	return estoi(&pair);
}

static void the_same_is_one(void **state)
{
	(void)state;
	memcpy(heard, clean, sizeof heard);
	struct estoi_result r = measure(NULL);
	assert_true(fabs(r.intelligibility - 1) < 1e-6 && r.distance_db < 1e-6);
	for (int i = 0; i < N_SAMPLES; i++) /* the level is not judged */
		heard[i] = 0.25F * clean[i];
	r = measure(NULL);
	assert_true(fabs(r.intelligibility - 1) < 1e-6);
	assert_true(r.distance_db > 6 && r.distance_db < 12.05); /* less near the floor */
}

static void noise_lowers_it_step_by_step(void **state)
{
	const double speech_power = power(clean);
	double last = 1, last_db = 0;
	(void)state;
	for (int snr_db = 40; snr_db >= -20; snr_db -= 5) {
		struct dice dice = { 5 };
		const double gain = sqrt(3 * speech_power * pow(10, -snr_db / 10.0));
		for (int i = 0; i < N_SAMPLES; i++)
			heard[i] = clean[i] + (float)gain * dice_noise(&dice);
		const struct estoi_result r = measure(NULL);
		assert_true(r.intelligibility < last && r.distance_db > last_db);
		last = r.intelligibility;
		last_db = r.distance_db;
	}
	assert_true(last < 0.3);
}

static void what_is_displaced_is_found_by_its_map(void **state)
{
	static double clean_at[N_SAMPLES / ESTOI_HOP_SAMPLES];
	const int shift = 1500;
	(void)state;
	memset(heard, 0, sizeof heard);
	memcpy(heard + shift, clean, (size_t)(N_SAMPLES - shift) * sizeof *heard);
	for (int k = 0; k < estoi_n_frames(N_SAMPLES); k++)
		clean_at[k] = k * ESTOI_HOP_SAMPLES + ESTOI_FRAME_SAMPLES / 2 - shift;
	assert_true(measure(NULL).intelligibility < 0.5);
	assert_true(measure(clean_at).intelligibility > 0.999999);
}

static void too_little_has_no_figure(void **state)
{
	const struct estoi_pair shorter = {
		.clean = clean, .heard = clean, .n_clean = 2000, .n_heard = 2000
	};
	const struct estoi_pair nothing = { .clean = clean, .heard = clean };
	(void)state;
	assert_true(isnan(estoi(&shorter).intelligibility));
	assert_true(isnan(estoi(&nothing).intelligibility));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_is_one),
		cmocka_unit_test(noise_lowers_it_step_by_step),
		cmocka_unit_test(what_is_displaced_is_found_by_its_map),
		cmocka_unit_test(too_little_has_no_figure),
	};
	speak();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
