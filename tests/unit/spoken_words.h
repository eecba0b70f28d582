/* Speech-like sound in which no phrase is like another, so that each moment of it can be found
 * again: words of 0.6 s, each from another place of speech_like's phrase and of another loudness.
 * Header-only; the same in every run. */
#ifndef HINDSIGHT_TESTS_UNIT_SPOKEN_WORDS_H
#define HINDSIGHT_TESTS_UNIT_SPOKEN_WORDS_H

#include "tests/unit/speech_like.h"

static inline void spoken_words_fill(float *samples, int n_samples)
{
	enum { WORD = 28800, EDGE = 20 * SAMPLES_PER_MS };
	struct speech_like speech = speech_like_begin(SAMPLES_PER_SECOND / 5);
	struct dice dice = { 77 };
	double level = 1;

	for (int i = 0; i < n_samples; i++) {
		const int at = i % WORD;
		if (at == 0) {
			for (uint32_t n = dice_below(&dice, 60000); n > 0; n--)
				speech_like_next(&speech);
			level = 0.3 + 0.7 * dice_below(&dice, 1000) / 1000;
		}
		const double edge = fmin(1, fmin(at, WORD - at) / (double)EDGE);
		samples[i] = (float)(level * edge * speech_like_next(&speech));
	}
}

#endif
