/* A signal that a speech coder takes for speech, for tests without recordings: voiced syllables
 * with a gliding pitch and formants, a fricative, a short pause; over and over, the same in every
 * run. Header-only; the state is the caller's. */
#ifndef HINDSIGHT_TESTS_UNIT_SPEECH_LIKE_H
#define HINDSIGHT_TESTS_UNIT_SPEECH_LIKE_H

#include "common/base/units.h"
#include "tests/unit/unit.h"

#include <math.h>

struct speech_like {
	int64_t at;	   /* samples since the beginning */
	double phase;	   /* of the glottis, in periods */
	double glottis[2]; /* its pulse is no click: two low-passes of 1.5 kHz */
	double resonators[3][2];
	struct dice dice;
	int64_t pause_samples; /* of silence, after every phrase of 1.2 s */
};

static inline struct speech_like speech_like_begin(int64_t pause_samples)
{
	return (struct speech_like){ .dice = { 20260101 }, .pause_samples = pause_samples };
}

/* One pulse a period through three formants, each a resonator of 100 Hz. */
static inline double speech_like_voice(
	struct speech_like *s, double pitch_hz, const double formants_hz[3])
{
	const double two_pi = 6.28318530717959;
	const double radius = exp(-two_pi / 2 * 100 / SAMPLES_PER_SECOND);
	double sum = 0;

	s->phase += pitch_hz / SAMPLES_PER_SECOND;
	const double pulse = s->phase >= 1 ? 1 : 0;
	s->phase -= pulse;
	s->glottis[0] += 0.2 * (pulse - s->glottis[0]);
	s->glottis[1] += 0.2 * (s->glottis[0] - s->glottis[1]);
	for (int f = 0; f < 3; f++) {
		double *const r = s->resonators[f];
		const double turn = cos(two_pi * formants_hz[f] / SAMPLES_PER_SECOND);
		const double out =
			s->glottis[1] + 2 * radius * turn * r[0] - radius * radius * r[1];
		r[1] = r[0];
		r[0] = out;
		sum += out * formants_hz[f] / SAMPLES_PER_SECOND / (f + 1);
	}
	return sum;
}

static inline double speech_like_next(struct speech_like *s)
{
	static const double vowels[2][3] = { { 700, 1200, 2500 }, { 350, 2000, 2800 } };
	const int64_t phrase_samples = SAMPLES_PER_SECOND * 6 / 5;
	const int64_t at = s->at++ % (phrase_samples + s->pause_samples);
	const double t = (double)at / SAMPLES_PER_SECOND;
	const double noise = dice_noise(&s->dice);

	if (at >= phrase_samples)
		return 0;
	if (t >= 0.45 && t < 0.6) /* a fricative */
		return 0.1 * noise;
	if (t >= 1.05) /* a breath */
		return 0.0005 * noise;
	const double swell = fabs(sin(t * 3.14159265 / 0.15));
	const double pitch_hz = 130 + 40 * sin(t * 4);
	return 2.0 * swell * speech_like_voice(s, pitch_hz, vowels[t < 0.45 ? 0 : 1]) +
	       0.001 * noise;
}

/* Interleaved; with two channels the second one is fainter and not quite the same. */
static inline void speech_like_fill(
	struct speech_like *s, float *pcm, int n_samples, int n_channels)
{
	for (int i = 0; i < n_samples; i++) {
		const double value = speech_like_next(s);
		pcm[i * n_channels] = (float)value;
		if (n_channels == 2)
			pcm[i * 2 + 1] = (float)(0.6 * value) + 0.003F * dice_noise(&s->dice);
	}
}

#endif
