/* What the ear makes of a moment of sound: the power in bands of half a Bark, and how loud each is.
 * Two recordings at 16 kHz are looked at together, by frames of 32 ms. The Bark scale is
 * Schroeder's, the threshold of hearing Terhardt's, loudness Zwicker's. Pure; thread: any. */
#ifndef HINDSIGHT_TOOLS_SCORE_BARK_BANDS_H
#define HINDSIGHT_TOOLS_SCORE_BARK_BANDS_H

#include <stddef.h>

enum { BARK_RATE = 16000, BARK_FRAME_SAMPLES = 512, BARK_BANDS = 44 };

/* Filled once by bark_ear_init(). */
struct bark_ear {
	double hz[BARK_BANDS];	      /* the middle of each */
	double width[BARK_BANDS];     /* Bark */
	double threshold[BARK_BANDS]; /* of hearing, as a power: 1 is 0 dB SPL */
	double quiet[BARK_BANDS];     /* private, as all below */
	double edges[BARK_BANDS + 1]; /* bins, with their fractions */
	double window[BARK_FRAME_SAMPLES], twiddles[BARK_FRAME_SAMPLES];
};

/* Part of a recording, beyond whose ends it is silent. */
struct bark_sound {
	const float *samples;
	size_t n_samples;
};

void bark_ear_init(struct bark_ear *ear);

/* The powers of two frames around their middles, in samples. Scale: the caller's. */
void bark_powers(const struct bark_ear *ear, const struct bark_sound *clean, double clean_at,
	double clean_bands[BARK_BANDS], const struct bark_sound *heard, double heard_at,
	double heard_bands[BARK_BANDS]);

/* Sone a Bark, but for a constant factor; 0 below the threshold. power: 1 is 0 dB SPL. */
double bark_loudness(const struct bark_ear *ear, int band, double power);

#endif
