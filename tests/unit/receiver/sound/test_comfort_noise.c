/* Noise like the earlier background, in place of concealment that has gone on for too long. */
#include "receiver/sound/comfort_noise.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNELS = COMFORT_NOISE_CHANNELS, FRAME = 20 * SAMPLES_PER_MS };

/* Background of a slope: one pole, both channels the same or each its own. */
struct background {
	struct dice dice;
	float last[2];
	float level, pole;
	bool is_wide;
};

static void background_fill(struct background *b, float *pcm, int n_samples)
{
	for (int i = 0; i < n_samples; i++) {
		float fresh = dice_noise(&b->dice);
		for (int c = 0; c < CHANNELS; c++) {
			fresh = c == 1 && b->is_wide ? dice_noise(&b->dice) : fresh;
			b->last[c] = b->pole * b->last[c] + b->level * fresh;
			pcm[i * CHANNELS + c] = b->last[c];
		}
	}
}

static double power(const float *pcm, int n, int channel)
{
	double sum = 0;
	for (int i = 0; i < n; i++)
		sum += (double)(pcm[i * CHANNELS + channel] * pcm[i * CHANNELS + channel]) / n;
	return sum;
}

/* The correlation of neighbouring samples gives the slope. */
static double slope(const float *pcm, int n)
{
	double sum = 0;
	for (int i = 1; i < n; i++)
		sum += (double)(pcm[i * CHANNELS] * pcm[(i - 1) * CHANNELS]) / n;
	return sum / power(pcm, n, 0);
}

static void noise_is_of_the_level_and_colour_learned(void **state)
{
	static const struct {
		const char *name;
		float level, pole;
		bool is_wide;
	} rows[] = {
		{ "white, faint", 0.0005F, 0, false },
		{ "white, wide", 0.003F, 0, true },
		{ "dark", 0.001F, 0.9F, false },
		{ "dark, wide", 0.001F, 0.9F, true },
		{ "bright", 0.002F, -0.7F, false },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct background b = { { 3 }, { 0 }, rows[i].level, rows[i].pole,
			rows[i].is_wide };
		static float heard[50 * FRAME * CHANNELS], made[50 * FRAME * CHANNELS];
		struct comfort_noise c;
		comfort_noise_init(&c, 1);
		background_fill(&b, heard, 50 * FRAME);
		for (int k = 0; k < 50; k++)
			comfort_noise_on_audio(&c, heard + k * FRAME * CHANNELS, FRAME);
		for (int k = 0; k < 12 + 50; k++) { /* the fades, then noise alone */
			float *const pcm = made + (k < 12 ? 0 : k - 12) * FRAME * CHANNELS;
			memset(pcm, 0, FRAME * CHANNELS * sizeof *pcm);
			comfort_noise_on_gap(&c, pcm, FRAME);
		}
		assert_true(c.share >= 1);
		for (int ch = 0; ch < CHANNELS; ch++) {
			const double db = 10 * log10(power(made, 50 * FRAME, ch) /
						       power(heard, 50 * FRAME, ch));
			if (fabs(db) > 1)
				fail_msg("\"%s\": %.2f dB off", rows[i].name, db);
		}
		if (fabs(slope(made, 50 * FRAME) - slope(heard, 50 * FRAME)) > 0.05)
			fail_msg("\"%s\": another colour", rows[i].name);
		if (!rows[i].is_wide)
			for (int k = 0; k < 50 * FRAME; k++)
				assert_true(made[k * CHANNELS] == made[k * CHANNELS + 1]);
	}
}

static void speech_over_it_is_not_learned(void **state)
{
	struct background b = { { 3 }, { 0 }, 0.001F, 0, false };
	float pcm[FRAME * CHANNELS];
	struct comfort_noise c;
	(void)state;
	comfort_noise_init(&c, 1);
	for (int k = 0; k < 400; k++) { /* phrases of a second, pauses of half of it */
		background_fill(&b, pcm, FRAME);
		for (int i = 0; i < FRAME * CHANNELS && k % 75 >= 25; i++)
			pcm[i] += 0.2F * sinf((float)(i / CHANNELS) * 0.02F);
		comfort_noise_on_audio(&c, pcm, FRAME);
	}
	for (int k = 0; k < 20; k++) {
		memset(pcm, 0, sizeof pcm);
		comfort_noise_on_gap(&c, pcm, FRAME);
	}
	const double db = 10 * log10(power(pcm, FRAME, 0) / (0.001 * 0.001 / 3));
	assert_true(fabs(db) < 2);
}

/* Concealment is untouched at first, then fades out; it is back within five milliseconds. */
static void fades_have_their_times(void **state)
{
	static const int frames[] = { 120, 240, 480, 960, 2880, 5760 };
	(void)state;
	for (size_t i = 0; i < N_ROWS(frames); i++) {
		struct background b = { { 3 }, { 0 }, 0.001F, 0, false };
		float pcm[5760 * CHANNELS];
		struct comfort_noise c;
		const int n = frames[i];
		comfort_noise_init(&c, 1);
		for (int k = 0; k < 20; k++) {
			background_fill(&b, pcm, FRAME);
			comfort_noise_on_audio(&c, pcm, FRAME);
		}
		for (int at = 0; at < 24000; at += n) {
			for (int k = 0; k < n * CHANNELS; k++)
				pcm[k] = 0.5F;
			comfort_noise_on_gap(&c, pcm, n);
			for (int k = 0; k < n; k++) {
				const int now = at + k;
				if (now < COMFORT_NOISE_HOLD_SAMPLES)
					assert_true(pcm[k * CHANNELS] == 0.5F);
				if (now >=
					COMFORT_NOISE_HOLD_SAMPLES + COMFORT_NOISE_IN_SAMPLES + 8)
					assert_true(fabsf(pcm[k * CHANNELS]) < 0.01F);
			}
		}
		for (int at = 0; at < 2 * COMFORT_NOISE_OUT_SAMPLES; at += n) {
			for (int k = 0; k < n * CHANNELS; k++)
				pcm[k] = 0.5F;
			comfort_noise_on_audio(&c, pcm, n);
			for (int k = 0; k < n; k++)
				if (at + k > COMFORT_NOISE_OUT_SAMPLES)
					assert_true(pcm[k * CHANNELS] == 0.5F);
		}
		assert_true(c.share <= 0);
	}
}

static void hostile_values_do_no_harm(void **state)
{
	static const float values[] = { NAN, INFINITY, 1e38F, 1e-40F, 0 };
	float pcm[FRAME * CHANNELS];
	struct comfort_noise c;
	(void)state;
	comfort_noise_init(&c, 0);
	for (size_t i = 0; i < N_ROWS(values); i++) {
		for (int k = 0; k < 10; k++) {
			for (int j = 0; j < FRAME * CHANNELS; j++)
				pcm[j] = values[i];
			comfort_noise_on_audio(&c, pcm, FRAME);
		}
		for (int k = 0; k < 20; k++) {
			for (int j = 0; j < FRAME * CHANNELS; j++)
				pcm[j] = values[i];
			comfort_noise_on_gap(&c, pcm, FRAME);
		}
		for (int j = 0; j < FRAME * CHANNELS; j++)
			assert_true(fabsf(pcm[j]) < 0.01F);
	}
}

enum { SECTIONS = 4 };

/* Noise up to 1 kHz and nothing above, as what was coded in narrowband is: Butterworth's low-pass of two
 * poles, four times. */
static void fill_narrow(struct dice *dice, double state[SECTIONS][2], double amplitude, float *pcm)
{
	const double b = 0.0039161, a1 = -1.815341, a2 = 0.831006;

	for (int i = 0; i < FRAME; i++) {
		double x = amplitude * (double)dice_noise(dice);
		for (int s = 0; s < SECTIONS; s++) {
			const double y = b * x + state[s][0];
			state[s][0] = 2 * b * x - a1 * y + state[s][1];
			state[s][1] = b * x - a2 * y;
			x = y;
		}
		pcm[i * CHANNELS] = pcm[i * CHANNELS + 1] = (float)x;
	}
}

/* A background falls by tens of decibels from one block to the next, and then there is a gap: what was
 * learned is of the quiet one alone, and the noise stays as quiet. */
static void a_background_that_falls_leaves_nothing_unstable(void **state)
{
	static const double falls_db[] = { 20, 30, 40, 50, 60 };
	(void)state;
	for (size_t f = 0; f < N_ROWS(falls_db); f++) {
		for (uint64_t seed = 1; seed <= 20; seed++) {
			struct dice dice = { seed * 7919 };
			double filter[SECTIONS][2] = { { 0 } };
			float pcm[FRAME * CHANNELS];
			struct comfort_noise c;
			float loud = 0, peak = 0;
			comfort_noise_init(&c, seed);
			for (int k = 0; k < 80; k++) {
				const bool is_loud = k < 50;
				const double fall = is_loud ? 0 : falls_db[f];
				fill_narrow(&dice, filter, 0.2 * pow(10, -fall / 20), pcm);
				for (int i = 0; i < FRAME * CHANNELS && is_loud; i++)
					loud = fmaxf(loud, fabsf(pcm[i]));
				if (k >= 20 && k < 40) /* noise was made once already */
					comfort_noise_on_gap(&c, pcm, FRAME);
				else if (is_loud || k == 79) /* between them it falls */
					comfort_noise_on_audio(&c, pcm, FRAME);
			}
			for (int k = 0; k < 75; k++) {
				memset(pcm, 0, sizeof pcm);
				comfort_noise_on_gap(&c, pcm, FRAME);
				for (int i = 0; i < FRAME * CHANNELS; i++)
					peak = isfinite(pcm[i]) ? fmaxf(peak, fabsf(pcm[i]))
								: INFINITY;
			}
			if (!(peak < loud))
				fail_msg("%g dB, seed %d: %g after %g", falls_db[f], (int)seed,
					(double)peak, (double)loud);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(noise_is_of_the_level_and_colour_learned),
		cmocka_unit_test(speech_over_it_is_not_learned),
		cmocka_unit_test(fades_have_their_times),
		cmocka_unit_test(hostile_values_do_no_harm),
		cmocka_unit_test(a_background_that_falls_leaves_nothing_unstable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
