/* Nothing leaves that is not finite or beyond full scale, and what is within it is left alone. */
#include "receiver/sound/limiter.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

enum { CHANNELS = LIMITER_CHANNELS, N = 4800 };

static void tone(float *pcm, float amplitude)
{
	for (int i = 0; i < N; i++)
		for (int c = 0; c < CHANNELS; c++)
			pcm[i * CHANNELS + c] = amplitude * sinf(0.06F * (float)i);
}

static float steepest(const float *pcm)
{
	float most = 0;
	for (int i = CHANNELS; i < N * CHANNELS; i++)
		most = fmaxf(most, fabsf(pcm[i] - pcm[i - CHANNELS]));
	return most;
}

static void full_scale_passes_unchanged(void **state)
{
	static float pcm[N * CHANNELS], before[N * CHANNELS];
	struct limiter l;
	(void)state;
	limiter_init(&l);
	tone(pcm, 1);
	pcm[100] = -1;
	memcpy(before, pcm, sizeof pcm);
	limiter_run(&l, pcm, N);
	assert_memory_equal(pcm, before, sizeof pcm);
}

/* The waveform stays smooth: no step is greater than in the tone of full scale but for rounding. */
static void what_is_too_loud_is_turned_down_without_a_click(void **state)
{
	static const float amplitudes[] = { 1.01F, 1.5F, 4, 1000 };
	static float pcm[N * CHANNELS], whole[N * CHANNELS];
	(void)state;
	tone(whole, 1);
	for (size_t a = 0; a < N_ROWS(amplitudes); a++) {
		struct limiter l;
		limiter_init(&l);
		tone(pcm, amplitudes[a]);
		limiter_run(&l, pcm, N);
		float peak = 0;
		for (int i = 0; i < N * CHANNELS; i++) {
			assert_true(fabsf(pcm[i]) <= 1);
			assert_true(i < 2 * N || fabsf(pcm[i] - whole[i]) < 0.1F);
			peak = fmaxf(peak, fabsf(pcm[i]));
		}
		assert_true(peak > 0.99F);
		/* The first quarter of a wave rises as steeply as it was. */
		assert_true(amplitudes[a] > 2 || steepest(pcm) < amplitudes[a] * steepest(whole));
	}
}

static void after_a_peak_the_level_comes_back(void **state)
{
	static float pcm[N * CHANNELS], before[N * CHANNELS];
	struct limiter l;
	(void)state;
	limiter_init(&l);
	tone(pcm, 0.5F);
	pcm[1] = 3; /* the right channel turns the left one down, too */
	pcm[0] = 0.6F;
	limiter_run(&l, pcm, N);
	assert_true(fabsf(pcm[0] - 0.2F) < 1e-6F);
	for (int k = 0; k < 2; k++) {
		tone(pcm, 0.5F);
		limiter_run(&l, pcm, N);
	}
	tone(pcm, 0.5F);
	memcpy(before, pcm, sizeof pcm);
	limiter_run(&l, pcm, N);
	assert_memory_equal(pcm, before, sizeof pcm);
}

static void what_is_no_number_is_silence(void **state)
{
	float pcm[] = { NAN, 0.5F, INFINITY, -0.25F, 0.125F, -INFINITY, 1e38F, -1e38F, 0.5F, 0.5F };
	struct limiter l;
	(void)state;
	limiter_init(&l);
	limiter_run(&l, pcm, sizeof pcm / sizeof *pcm / CHANNELS);
	assert_true(pcm[0] == 0 && pcm[1] == 0.5F);
	assert_true(pcm[2] == 0 && pcm[3] == -0.25F);
	assert_true(pcm[4] == 0.125F && pcm[5] == 0);
	assert_true(pcm[6] > 0.99F && pcm[6] <= 1 && pcm[7] >= -1);
	assert_true(fabsf(pcm[8]) < 0.01F);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_scale_passes_unchanged),
		cmocka_unit_test(what_is_too_loud_is_turned_down_without_a_click),
		cmocka_unit_test(after_a_peak_the_level_comes_back),
		cmocka_unit_test(what_is_no_number_is_silence),
	};
	return cmocka_run_group_tests_name("limiter", tests, NULL, NULL);
}
