#include "receiver/sound/comfort_noise.h"

#include "common/base/vector.h"

#include <math.h>
#include <string.h>

enum {
	CHANNELS = COMFORT_NOISE_CHANNELS,
	ORDER = COMFORT_NOISE_ORDER,
	BLOCK = COMFORT_NOISE_BLOCK_SAMPLES
};

#define NOISE_POWER_MAX	 1e-3F	 /* -30 dBFS: what is louder is no background */
#define FLOOR_POWER_MIN	 1e-11F	 /* so that the floor can rise again from digital silence */
#define FLOOR_RISE	 1.005F	 /* a block: 1.1 dB a second, when a noise has come to stay */
#define FLOOR_MARGIN	 2.0F	 /* what is at most 3 dB above the floor is background */
#define SMOOTHING	 0.1F	 /* of a block in what is learned: 200 ms */
#define WHITE_CORRECTION 1.0001F /* -40 dB of white noise: keeps the filter stable */
#define LAG_WINDOW_HZ	 60.0F	 /* smooths the spectrum by so much, for the same reason */

void comfort_noise_init(struct comfort_noise *c, uint64_t seed)
{
	memset(c, 0, sizeof *c);
	c->random = seed | 1; /* never 0 */
}

/* ---- learning ---- */

/* The predictor of what has this correlation (Levinson and Durbin), and the power it leaves. A
 * reflection of 1 or more would make the filter unstable: where rounding gives one, the predictor of
 * the orders before it is kept. */
static float predict(const float *correlation, float predictor[ORDER])
{
	float error = correlation[0] * WHITE_CORRECTION;

	memset(predictor, 0, ORDER * sizeof *predictor);
	for (int i = 0; i < ORDER && error > 0; i++) {
		float reflection = correlation[i + 1];
		float last[ORDER];
		for (int k = 0; k < i; k++)
			reflection -= predictor[k] * correlation[i - k];
		reflection /= error;
		if (!(fabsf(reflection) < 1))
			break;
		memcpy(last, predictor, sizeof last);
		for (int k = 0; k < i; k++)
			predictor[k] -= reflection * last[i - 1 - k];
		predictor[i] = reflection;
		error *= 1 - reflection * reflection;
	}
	return error > 0 ? error : 0;
}

/* With all of the weight the value itself: the way by the difference would leave the rounding error of
 * an old value that was far greater. */
static float smoothed(float old, float now, float smoothing)
{
	return smoothing < 1 ? old + smoothing * (now - old) : now;
}

/* One block of background: its correlation is the spectrum, the level and all. */
static void take_background(struct comfort_noise *c, float smoothing)
{
	float middle[BLOCK], side[BLOCK], windowed[ORDER + 1];

	for (int i = 0; i < BLOCK; i++) {
		middle[i] = 0.5F * (c->block[i * CHANNELS] + c->block[i * CHANNELS + 1]);
		side[i] = 0.5F * (c->block[i * CHANNELS] - c->block[i * CHANNELS + 1]);
	}
	for (int k = 0; k <= ORDER; k++) {
		const float now = vector_dot(middle, middle + k, (BLOCK - k)) / (float)BLOCK;
		c->correlation[k] = smoothed(c->correlation[k], now, smoothing);
		const float turn = 6.2831853F * LAG_WINDOW_HZ * (float)k / SAMPLES_PER_SECOND;
		windowed[k] = c->correlation[k] * expf(-0.5F * turn * turn);
	}
	const float side_power = vector_dot(side, side, BLOCK) / (float)BLOCK;
	const float middle_power = c->correlation[0];
	const float ratio = middle_power > 0 ? sqrtf(side_power / middle_power) : 0;
	c->side_ratio = smoothed(c->side_ratio, ratio < 4 ? ratio : 4, smoothing);
	c->excitation_rms = sqrtf(predict(windowed, c->predictor));
}

static void take_block(struct comfort_noise *c)
{
	const float now =
		vector_dot(c->block, c->block, (BLOCK * CHANNELS)) / (float)(BLOCK * CHANNELS);
	const float power = now > FLOOR_POWER_MIN ? now : FLOOR_POWER_MIN;

	if (!(now < NOISE_POWER_MAX)) /* or not a number */
		return;
	const bool is_first = c->floor_power <= 0;
	const bool is_lower = is_first || power * FLOOR_MARGIN < c->floor_power;
	c->floor_power = is_first ? power : c->floor_power * FLOOR_RISE;
	if (power > c->floor_power * FLOOR_MARGIN)
		return;
	take_background(c, is_lower ? 1 : SMOOTHING); /* what was learned was no background */
	if (power < c->floor_power)
		c->floor_power = power;
}

static void learn(struct comfort_noise *c, const float *pcm, int n_samples)
{
	while (n_samples > 0) {
		const int room = BLOCK - c->n_gathered;
		const int n = n_samples < room ? n_samples : room;
		memcpy(c->block + c->n_gathered * CHANNELS, pcm,
			(size_t)(n * CHANNELS) * sizeof *pcm);
		c->n_gathered += n;
		pcm += n * CHANNELS;
		n_samples -= n;
		if (c->n_gathered < BLOCK)
			continue;
		take_block(c);
		c->n_gathered = 0;
	}
}

/* ---- noise ---- */

/* White, of power 1: the sum of two even ones (xorshift64, Marsaglia). */
static float white(struct comfort_noise *c)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 7;
	c->random ^= c->random << 17;
	const float a = (float)(int32_t)(uint32_t)(c->random >> 32);
	const float b = (float)(int32_t)(uint32_t)c->random;
	return (a + b) * (1.2247449F / 2147483648.0F);
}

static float coloured(struct comfort_noise *c, float past[ORDER])
{
	float sample = c->excitation_rms * white(c);

	for (int k = 0; k < ORDER; k++)
		sample += c->predictor[k] * past[k];
	memmove(past + 1, past, (ORDER - 1) * sizeof *past);
	past[0] = sample;
	return sample;
}

/* Mixes noise in while its share goes on by `step` a sample. The two have nothing in common: their
 * powers add up to the same. */
static void mix(struct comfort_noise *c, float *pcm, int n_samples, float step)
{
	for (int i = 0; i < n_samples; i++) {
		const float middle = coloured(c, c->past[0]);
		const float side = c->side_ratio > 0 ? c->side_ratio * coloured(c, c->past[1]) : 0;
		c->share += step;
		c->share = c->share > 1 ? 1 : (c->share < 0 ? 0 : c->share);
		const float kept = sqrtf(1 - c->share), added = sqrtf(c->share);
		float *const both = pcm + i * CHANNELS;
		both[0] = (kept > 0 ? kept * both[0] : 0) + added * (middle + side);
		both[1] = (kept > 0 ? kept * both[1] : 0) + added * (middle - side);
	}
	if (c->share < 1e-3F) /* what rounding has left */
		c->share = 0;
}

void comfort_noise_on_audio(struct comfort_noise *c, float *pcm, int n_samples)
{
	c->concealed_samples = 0;
	learn(c, pcm, n_samples);
	if (c->share <= 0)
		return;
	const int n = n_samples < COMFORT_NOISE_OUT_SAMPLES ? n_samples : COMFORT_NOISE_OUT_SAMPLES;
	mix(c, pcm, n, -1.0F / COMFORT_NOISE_OUT_SAMPLES);
}

void comfort_noise_on_gap(struct comfort_noise *c, float *pcm, int n_samples)
{
	int64_t held = COMFORT_NOISE_HOLD_SAMPLES - c->concealed_samples;

	held = held < 0 ? 0 : (held > n_samples ? n_samples : held);
	c->concealed_samples += n_samples;
	c->n_gathered = 0; /* a block is of one piece */
	if (c->share > 0)
		held = 0; /* the audio between two gaps was too short to return to */
	mix(c, pcm + held * CHANNELS, n_samples - (int)held, 1.0F / COMFORT_NOISE_IN_SAMPLES);
}
