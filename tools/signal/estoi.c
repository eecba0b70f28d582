#include "tools/signal/estoi.h"

#include "common/base/pi.h"

#include "tools/signal/fft.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	FRAME = ESTOI_FRAME_SAMPLES,
	HOP = ESTOI_HOP_SAMPLES,
	FFT = 512,
	BANDS = 15,
	SEGMENT = 30, /* frames: 384 ms */
	BIN_MIN = 5,  /* 100 Hz, for the distance */
	BIN_MAX = 230
};

#define FIRST_BAND_HZ  150.0
#define RANGE	       1e-4 /* 40 dB */
#define SPECTRUM_FLOOR 1e-5 /* of a frame's loudest bin: 50 dB */

/* What is kept of a frame. */
struct frame {
	double energy;
	double bands[BANDS];
	double bins[BIN_MAX]; /* powers */
};

/* What all frames share. */
struct analyser {
	double window[FRAME];
	double twiddles[FFT];
	int first_bins[BANDS], end_bins[BANDS];
};

static void prepare(struct analyser *a)
{
	for (int i = 0; i < FRAME; i++)
		a->window[i] = 0.5 - 0.5 * cos(2 * PI * (i + 1) / (FRAME + 1));
	fft_twiddles(a->twiddles, FFT);
	for (int b = 0; b < BANDS; b++) {
		const double centre_hz = FIRST_BAND_HZ * pow(2, b / 3.0);
		a->first_bins[b] = (int)lround(centre_hz * pow(2, -1 / 6.0) * FFT / ESTOI_RATE);
		a->end_bins[b] = (int)lround(centre_hz * pow(2, 1 / 6.0) * FFT / ESTOI_RATE);
	}
}

/* begin may lie outside of the recording: silence is there. Returns the energy. */
static double take(
	const struct analyser *a, double part[FFT], const float *samples, int n_samples, int begin)
{
	double energy = 0;

	for (int i = 0; i < FRAME; i++) {
		const int at = begin + i;
		part[i] = at >= 0 && at < n_samples ? a->window[i] * (double)samples[at] : 0;
		energy += part[i] * part[i];
	}
	memset(part + FRAME, 0, (FFT - FRAME) * sizeof *part);
	return energy;
}

static void sum_bands(const struct analyser *a, struct frame *f)
{
	for (int b = 0; b < BANDS; b++) {
		f->bands[b] = 0;
		for (int k = a->first_bins[b]; k < a->end_bins[b]; k++)
			f->bands[b] += f->bins[k];
		f->bands[b] = sqrt(f->bands[b]);
	}
}

/* A frame of either recording, begun there: one transform for both. */
static void analyse(const struct analyser *a, const struct estoi_pair *pair, int clean_begin,
	int heard_begin, struct frame *clean, struct frame *heard)
{
	double real[FFT], imaginary[FFT];

	clean->energy = take(a, real, pair->clean, pair->n_clean, clean_begin);
	heard->energy = take(a, imaginary, pair->heard, pair->n_heard, heard_begin);
	fft(real, imaginary, a->twiddles, FFT);
	fft_powers_of_two(real, imaginary, FFT, clean->bins, heard->bins, BIN_MAX);
	sum_bands(a, clean);
	sum_bands(a, heard);
}

/* To mean 0 and norm 1. */
static void normalise(double *values, int n, int stride)
{
	double mean = 0, square_sum = 1e-30;

	for (int i = 0; i < n; i++)
		mean += values[i * stride] / n;
	for (int i = 0; i < n; i++) {
		values[i * stride] -= mean;
		square_sum += values[i * stride] * values[i * stride];
	}
	for (int i = 0; i < n; i++)
		values[i * stride] /= sqrt(square_sum);
}

/* The segment with each band's course, then each moment's spectrum, made comparable. */
static void normalised(double segment[SEGMENT][BANDS], const struct frame *frames)
{
	for (int k = 0; k < SEGMENT; k++)
		memcpy(segment[k], frames[k].bands, sizeof segment[k]);
	for (int b = 0; b < BANDS; b++)
		normalise(&segment[0][b], SEGMENT, BANDS);
	for (int k = 0; k < SEGMENT; k++)
		normalise(segment[k], BANDS, 1);
}

static double intelligibility(const struct frame *clean, const struct frame *heard, int n_frames)
{
	double a[SEGMENT][BANDS], b[SEGMENT][BANDS];
	double sum = 0;

	for (int m = 0; m + SEGMENT <= n_frames; m++) {
		normalised(a, clean + m);
		normalised(b, heard + m);
		for (int k = 0; k < SEGMENT; k++)
			for (int i = 0; i < BANDS; i++)
				sum += a[k][i] * b[k][i] / SEGMENT;
	}
	return n_frames < SEGMENT ? NAN : sum / (n_frames - SEGMENT + 1);
}

static double distance_db(const struct frame *a, const struct frame *b)
{
	double loudest = 1e-30, sum = 0;

	for (int k = BIN_MIN; k < BIN_MAX; k++)
		loudest = fmax(loudest, fmax(a->bins[k], b->bins[k]));
	for (int k = BIN_MIN; k < BIN_MAX; k++) {
		const double floor_power = loudest * SPECTRUM_FLOOR;
		const double db =
			10 * log10((a->bins[k] + floor_power) / (b->bins[k] + floor_power));
		sum += db * db;
	}
	return sqrt(sum / (BIN_MAX - BIN_MIN));
}

int estoi_n_frames(int n_samples)
{
	return n_samples < FRAME ? 0 : (n_samples - FRAME) / HOP + 1;
}

/* Where a frame of a recording begins; middles: NULL where they follow one another. */
static int frame_begin(const double *middles, int k)
{
	return middles ? (int)lround(middles[k]) - FRAME / 2 : k * HOP;
}

struct estoi_result estoi(const struct estoi_pair *pair)
{
	const int n_all = pair->heard_at ? pair->n_at : estoi_n_frames(pair->n_heard);
	struct frame *const clean = calloc((size_t)n_all + 1, sizeof *clean);
	struct frame *const heard = calloc((size_t)n_all + 1, sizeof *heard);
	struct analyser *const analyser = malloc(sizeof *analyser);
	struct estoi_result result = { NAN, NAN, 0 };
	double loudest = 0, distances = 0;
	int n = 0;

	if (!clean || !heard || !analyser)
		goto out;
	prepare(analyser);
	for (int k = 0; k < n_all; k++) {
		analyse(analyser, pair, frame_begin(pair->clean_at, k),
			frame_begin(pair->heard_at, k), &clean[k], &heard[k]);
		loudest = fmax(loudest, clean[k].energy);
	}
	for (int k = 0; k < n_all; k++) {
		const bool is_active = clean[k].energy > loudest * RANGE;
		const double db = is_active ? distance_db(&clean[k], &heard[k]) : NAN;
		if (pair->distances_db)
			pair->distances_db[k] = db;
		if (!is_active)
			continue;
		clean[n] = clean[k];
		heard[n] = heard[k];
		distances += db;
		n++;
	}
	if (n > 0)
		result =
			(struct estoi_result){ intelligibility(clean, heard, n), distances / n, n };
out:
	free(clean);
	free(heard);
	free(analyser);
	return result;
}
