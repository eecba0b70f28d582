#include "tools/score/spectral_distance.h"

#include "common/base/pi.h"
#include "common/base/units.h"
#include "tools/signal/fft.h"

#include <math.h>
#include <stdlib.h>

enum { FRAME = 1024, BANDS = 22, BINS = 200 };

#define LOWEST_HZ   100.0
#define HIGHEST_HZ  8000.0
#define RANGE	    1e-4 /* 40 dB: frames below are silence */
#define BAND_FLOOR  1e-4 /* of the frame's loudest band: what is fainter is masked */
#define QUIET_FLOOR 1e-6 /* of the loudest frame: what is fainter is inaudible */

struct frame {
	double clean[BANDS], heard[BANDS]; /* powers */
	double clean_power, heard_power;   /* of all bands */
};

struct analyser {
	double window[FRAME], twiddles[FRAME];
	int edges[BANDS + 1]; /* bins */
};

/* Glasberg and Moore's scale of equivalent rectangular bandwidths. */
static double erb_from_hz(double hz)
{
	return 21.4 * log10(1 + 0.00437 * hz);
}

static double hz_from_erb(double erb)
{
	return (pow(10, erb / 21.4) - 1) / 0.00437;
}

static void prepare(struct analyser *a)
{
	const double low = erb_from_hz(LOWEST_HZ), high = erb_from_hz(HIGHEST_HZ);

	for (int i = 0; i < FRAME; i++)
		a->window[i] = 0.5 - 0.5 * cos(2 * PI * (i + 0.5) / FRAME);
	fft_twiddles(a->twiddles, FRAME);
	for (int b = 0; b <= BANDS; b++) {
		const double hz = hz_from_erb(low + (high - low) * b / BANDS);
		const int edge = (int)lround(hz * FRAME / SAMPLES_PER_SECOND);
		a->edges[b] = b > 0 && edge <= a->edges[b - 1] ? a->edges[b - 1] + 1 : edge;
	}
}

static void take(const struct analyser *a, double part[FRAME], const float *samples,
	size_t n_samples, double middle)
{
	const long begin = lround(middle) - FRAME / 2;

	for (int i = 0; i < FRAME; i++) {
		const long at = begin + i;
		part[i] =
			at >= 0 && (size_t)at < n_samples ? a->window[i] * (double)samples[at] : 0;
	}
}

static double sum_bands(const struct analyser *a, const double bins[BINS], double bands[BANDS])
{
	double all = 0;

	for (int b = 0; b < BANDS; b++) {
		bands[b] = 0;
		for (int k = a->edges[b]; k < a->edges[b + 1]; k++)
			bands[b] += bins[k];
		all += bands[b];
	}
	return all;
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* The median ratio of the frames with sound in both; those that were lost say nothing of the
 * level. */
static double find_gain(const struct frame *frames, int n_frames, double loudest, double *ratios,
	double *clean_power)
{
	int n = 0, n_clean = 0;

	*clean_power = 0;
	for (int k = 0; k < n_frames; k++) {
		if (frames[k].clean_power <= RANGE * loudest)
			continue;
		*clean_power += frames[k].clean_power;
		n_clean++;
		if (frames[k].heard_power > 0)
			ratios[n++] = frames[k].heard_power / frames[k].clean_power;
	}
	*clean_power /= n_clean > 0 ? n_clean : 1;
	if (n == 0)
		return 1;
	qsort(ratios, (size_t)n, sizeof *ratios, by_size);
	const double high = ratios[n - 1 - n / 10];
	int first = 0;
	while (ratios[first] < high / 100)
		first++;
	return ratios[(first + n) / 2 < n ? (first + n) / 2 : n - 1];
}

static double frame_distance(const struct frame *f, double gain, double quiet)
{
	double floor_power = quiet, sum = 0;

	for (int b = 0; b < BANDS; b++) {
		floor_power = fmax(floor_power, f->clean[b] * BAND_FLOOR);
		floor_power = fmax(floor_power, f->heard[b] / gain * BAND_FLOOR);
	}
	for (int b = 0; b < BANDS; b++) {
		const double db = 10 * log10((f->clean[b] + floor_power) /
					       (f->heard[b] / gain + floor_power));
		sum += db * db / BANDS;
	}
	return sqrt(sum);
}

static void analyse(struct frame *frames, const struct frame_pairs *pairs, const struct analyser *a,
	const float *clean, size_t n_clean, const float *heard, size_t n_heard)
{
	double real[FRAME], imaginary[FRAME], clean_bins[BINS], heard_bins[BINS];

	for (int k = 0; k < pairs->n; k++) {
		struct frame *const f = &frames[k];
		take(a, real, clean, n_clean, pairs->clean_at[k]);
		take(a, imaginary, heard, n_heard, pairs->heard_at[k]);
		fft(real, imaginary, a->twiddles, FRAME);
		fft_powers_of_two(real, imaginary, FRAME, clean_bins, heard_bins, BINS);
		f->clean_power = sum_bands(a, clean_bins, f->clean);
		f->heard_power = sum_bands(a, heard_bins, f->heard);
	}
}

/* A sine's power is half the square of its height, and the window lets through as much as this. */
static double sample_power(const struct analyser *a, double power)
{
	double window = 0;
	for (int i = 0; i < FRAME; i++)
		window += a->window[i] * a->window[i];
	return 2 * power / window / FRAME;
}

static void measure(struct spectral_distance *r, const struct frame *frames, int n_frames,
	const struct analyser *a, double *ratios)
{
	double loudest = 0, sum = 0;
	int n = 0;

	for (int k = 0; k < n_frames; k++)
		loudest = fmax(loudest, frames[k].clean_power);
	const double gain = find_gain(frames, n_frames, loudest, ratios, &r->clean_power);
	for (int k = 0; k < n_frames; k++)
		if (fmax(frames[k].clean_power, frames[k].heard_power / gain) > RANGE * loudest) {
			sum += frame_distance(&frames[k], gain, loudest * QUIET_FLOOR);
			n++;
		}
	r->distance_db = n > 0 ? sum / n : 0;
	r->gain_db = 10 * log10(gain);
	r->seconds = (double)n * SPECTRAL_HOP_SAMPLES / SAMPLES_PER_SECOND;
	r->clean_power = sample_power(a, r->clean_power);
}

bool spectral_distance(struct spectral_distance *result, const struct frame_pairs *pairs,
	const float *clean, size_t n_clean, const float *heard, size_t n_heard)
{
	const size_t n = (size_t)pairs->n + 1;
	struct frame *const frames = malloc(n * sizeof *frames);
	double *const ratios = malloc(n * sizeof *ratios);
	struct analyser *const analyser = malloc(sizeof *analyser);
	const bool is_there = frames && ratios && analyser;

	*result = (struct spectral_distance){ 0 };
	if (is_there) {
		prepare(analyser);
		analyse(frames, pairs, analyser, clean, n_clean, heard, n_heard);
		measure(result, frames, pairs->n, analyser, ratios);
	}
	free(frames);
	free(ratios);
	free(analyser);
	return is_there;
}
