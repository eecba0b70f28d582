#include "tools/estoi.h"

#include <complex.h>
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

#define PI	       3.14159265358979323846
#define FIRST_BAND_HZ  150.0
#define RANGE	       1e-4 /* 40 dB */
#define SPECTRUM_FLOOR 1e-5 /* of a frame's loudest bin: 50 dB */

/* What is kept of a frame. */
struct frame {
	double energy;
	double bands[BANDS];
	double bins[BIN_MAX]; /* powers */
};

static void fft(double complex *x, int n)
{
	for (int i = 1, j = 0; i < n; i++) {
		int bit = n >> 1;
		for (; j & bit; bit >>= 1)
			j ^= bit;
		j ^= bit;
		if (i < j) {
			const double complex swapped = x[i];
			x[i] = x[j];
			x[j] = swapped;
		}
	}
	for (int size = 2; size <= n; size *= 2) {
		const double complex step = cexp(-2 * PI * I / size);
		for (int at = 0; at < n; at += size) {
			double complex turn = 1;
			for (int k = at; k < at + size / 2; k++, turn *= step) {
				const double complex other = turn * x[k + size / 2];
				x[k + size / 2] = x[k] - other;
				x[k] += other;
			}
		}
	}
}

/* begin may lie outside of the recording: silence is there. */
static void analyse(struct frame *f, const float *samples, int n_samples, int begin)
{
	double complex x[FFT] = { 0 };

	memset(f, 0, sizeof *f);
	for (int i = 0; i < FRAME; i++) {
		const int at = begin + i;
		const double window = 0.5 - 0.5 * cos(2 * PI * (i + 1) / (FRAME + 1));
		x[i] = at >= 0 && at < n_samples ? window * (double)samples[at] : 0;
		f->energy += creal(x[i]) * creal(x[i]);
	}
	fft(x, FFT);
	for (int k = 0; k < BIN_MAX; k++)
		f->bins[k] = creal(x[k] * conj(x[k]));
	for (int b = 0; b < BANDS; b++) {
		const double centre_hz = FIRST_BAND_HZ * pow(2, b / 3.0);
		const int first = (int)lround(centre_hz * pow(2, -1 / 6.0) * FFT / ESTOI_RATE);
		const int end = (int)lround(centre_hz * pow(2, 1 / 6.0) * FFT / ESTOI_RATE);
		for (int k = first; k < end; k++)
			f->bands[b] += f->bins[k];
		f->bands[b] = sqrt(f->bands[b]);
	}
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

struct estoi_result estoi(const struct estoi_pair *pair)
{
	const int n_all = estoi_n_frames(pair->n_heard);
	struct frame *const clean = calloc((size_t)n_all + 1, sizeof *clean);
	struct frame *const heard = calloc((size_t)n_all + 1, sizeof *heard);
	struct estoi_result result = { NAN, NAN, 0 };
	double loudest = 0, distances = 0;
	int n = 0;

	if (!clean || !heard) {
		free(clean);
		free(heard);
		return result;
	}
	for (int k = 0; k < n_all; k++) {
		const double middle = pair->clean_at ? pair->clean_at[k] : k * HOP + FRAME / 2;
		analyse(&clean[k], pair->clean, pair->n_clean, (int)lround(middle) - FRAME / 2);
		analyse(&heard[k], pair->heard, pair->n_heard, k * HOP);
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
	free(clean);
	free(heard);
	return result;
}
