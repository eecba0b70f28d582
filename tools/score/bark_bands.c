#include "tools/score/bark_bands.h"

#include "common/base/pi.h"

#include "tools/signal/fft.h"

#include <math.h>

enum { FRAME = BARK_FRAME_SAMPLES, BINS = FRAME / 2 };

#define LOWEST_HZ      85.0 /* coders take out what is lower, on purpose */
#define HIGHEST_HZ     7700.0
#define LOUDNESS_POWER 0.23

static double bark_from_hz(double hz)
{
	return 7 * asinh(hz / 650);
}

static double hz_from_bark(double bark)
{
	return 650 * sinh(bark / 7);
}

static double threshold_db(double hz)
{
	const double khz = hz / 1000;
	return 3.64 * pow(khz, -0.8) - 6.5 * exp(-0.6 * (khz - 3.3) * (khz - 3.3)) +
	       0.001 * khz * khz * khz * khz;
}

void bark_ear_init(struct bark_ear *ear)
{
	const double low = bark_from_hz(LOWEST_HZ);
	const double width = (bark_from_hz(HIGHEST_HZ) - low) / BARK_BANDS;

	for (int b = 0; b <= BARK_BANDS; b++)
		ear->edges[b] = hz_from_bark(low + width * b) * FRAME / BARK_RATE;
	for (int b = 0; b < BARK_BANDS; b++) {
		ear->hz[b] = sqrt(ear->edges[b] * ear->edges[b + 1]) * BARK_RATE / FRAME;
		ear->width[b] = width;
		ear->threshold[b] = pow(10, threshold_db(ear->hz[b]) / 10);
		ear->quiet[b] = pow(ear->threshold[b] / 0.5, LOUDNESS_POWER);
	}
	for (int i = 0; i < FRAME; i++)
		ear->window[i] = 0.5 - 0.5 * cos(2 * PI * (i + 0.5) / FRAME);
	fft_twiddles(ear->twiddles, FRAME);
}

static void take(const struct bark_ear *ear, double part[FRAME], const struct bark_sound *sound,
	double middle)
{
	const long begin = lround(middle) - FRAME / 2;

	for (int i = 0; i < FRAME; i++) {
		const long at = begin + i;
		part[i] = at >= 0 && (size_t)at < sound->n_samples
				  ? ear->window[i] * (double)sound->samples[at]
				  : 0;
	}
}

/* A bin that two bands share counts in each by its part. */
static void sum_bands(const struct bark_ear *ear, const double bins[BINS], double bands[BARK_BANDS])
{
	for (int b = 0; b < BARK_BANDS; b++) {
		const double low = ear->edges[b], high = ear->edges[b + 1];
		bands[b] = 0;
		for (int k = (int)(low + 0.5); k < high + 0.5 && k < BINS; k++)
			bands[b] += bins[k] * (fmin(high, k + 0.5) - fmax(low, k - 0.5));
	}
}

void bark_powers(const struct bark_ear *ear, const struct bark_sound *clean, double clean_at,
	double clean_bands[BARK_BANDS], const struct bark_sound *heard, double heard_at,
	double heard_bands[BARK_BANDS])
{
	double real[FRAME], imaginary[FRAME], clean_bins[BINS], heard_bins[BINS];

	take(ear, real, clean, clean_at);
	take(ear, imaginary, heard, heard_at);
	fft(real, imaginary, ear->twiddles, FRAME);
	fft_powers_of_two(real, imaginary, FRAME, clean_bins, heard_bins, BINS);
	sum_bands(ear, clean_bins, clean_bands);
	sum_bands(ear, heard_bins, heard_bands);
}

double bark_loudness(const struct bark_ear *ear, int band, double power)
{
	if (power <= ear->threshold[band])
		return 0;
	return ear->quiet[band] *
	       (pow(0.5 + 0.5 * power / ear->threshold[band], LOUDNESS_POWER) - 1);
}
