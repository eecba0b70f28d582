#include "tools/score/rough_delay.h"

#include "common/base/pi.h"

#include "tools/score/delay_path.h"
#include "tools/signal/fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	FFT = 256,
	HOP = 80, /* 10 ms: the unit of lags here */
	HOPS_PER_BLOCK = ROUGH_BLOCK_SAMPLES / HOP,
	BANDS = 6,
	LAG_MAX = 300, /* 3 s to either side of the one that fits best all over */
	N_LAGS = 2 * LAG_MAX + 1
};

#define FAR	       0.3
#define FLOOR	       1e-3F /* 30 dB below the band's mean */
#define DIFFERENCE_MAX 20.0F /* dB: beyond it a band has fallen out, and tells no more */
/* A tenth of a second in a wrong place loses about 2.5. */
#define JUMP_COST 5.0F
/* Silence may be sound that was lost: it tells little. */
#define QUIET	     6.0F /* dB above the floor */
#define QUIET_WEIGHT 0.1F

static const int edges_hz[BANDS + 1] = { 100, 300, 600, 1000, 1600, 2400, 3400 };

/* The loudness of each band every HOP, in dB against the recording's mean: band after band. */
struct loudness {
	float *db[BANDS];
	int n;
};

static void end_loudness(struct loudness *l)
{
	for (int b = 0; b < BANDS; b++)
		free(l->db[b]);
}

static void take(
	double part[FFT], const float *samples, size_t n_samples, const double *window, int k)
{
	for (int i = 0; i < FFT; i++) {
		const long at = (long)k * HOP + i - (FFT - HOP) / 2;
		part[i] = at >= 0 && (size_t)at < n_samples ? window[i] * (double)samples[at] : 0;
	}
}

static float band_power(const double bins[FFT / 2], int band)
{
	double sum = 0;
	for (int k = edges_hz[band] * FFT / ROUGH_RATE; k < edges_hz[band + 1] * FFT / ROUGH_RATE;
		k++)
		sum += bins[k];
	return (float)sum;
}

static bool listen(struct loudness *l, const float *samples, size_t n_samples)
{
	double window[FFT], twiddles[FFT], real[FFT], imaginary[FFT], first[FFT / 2],
		second[FFT / 2];
	bool is_there = true;

	l->n = (int)(n_samples / HOP);
	for (int b = 0; b < BANDS; b++) {
		l->db[b] = malloc(((size_t)l->n + 2) * sizeof *l->db[b]);
		is_there = is_there && l->db[b];
	}
	if (!is_there)
		return false;
	for (int i = 0; i < FFT; i++)
		window[i] = 0.5 - 0.5 * cos(2 * PI * (i + 0.5) / FFT);
	fft_twiddles(twiddles, FFT);
	for (int k = 0; k < l->n; k += 2) { /* two at once */
		take(real, samples, n_samples, window, k);
		take(imaginary, samples, n_samples, window, k + 1);
		fft(real, imaginary, twiddles, FFT);
		fft_powers_of_two(real, imaginary, FFT, first, second, FFT / 2);
		for (int b = 0; b < BANDS; b++) {
			l->db[b][k] = band_power(first, b);
			l->db[b][k + 1] = band_power(second, b);
		}
	}
	for (int b = 0; b < BANDS; b++) {
		double mean = 1e-20;
		for (int k = 0; k < l->n; k++)
			mean += (double)l->db[b][k] / l->n;
		for (int k = 0; k < l->n; k++)
			l->db[b][k] = 10 * log10f(l->db[b][k] / (float)mean + FLOOR);
	}
	return true;
}

/* ---- the one delay that fits best all over ---- */

struct correlation {
	double *twiddles, *real, *imaginary, *cross_real, *cross_imaginary;
	int n;
};

static void put_band(double *part, const float *db, int n, int n_all)
{
	double mean = 0;

	for (int k = 0; k < n; k++)
		mean += (double)db[k] / n;
	for (int k = 0; k < n_all; k++)
		part[k] = k < n ? (double)db[k] - mean : 0;
}

/* Adds the cross spectrum of what was transformed as real (clean) and imaginary (heard) part. */
static void add_cross_spectrum(struct correlation *c)
{
	for (int k = 0; k < c->n; k++) {
		const int mirror = (c->n - k) % c->n;
		const double clean_re = c->real[k] + c->real[mirror];
		const double clean_im = c->imaginary[k] - c->imaginary[mirror];
		const double heard_re = c->imaginary[k] + c->imaginary[mirror];
		const double heard_im = c->real[mirror] - c->real[k];
		c->cross_real[k] += heard_re * clean_re + heard_im * clean_im;
		c->cross_imaginary[k] += heard_im * clean_re - heard_re * clean_im;
	}
}

/* Of two that fit as well, as in a recording that was looped, the smaller one. */
static double fit(const struct correlation *c, int lag)
{
	return c->cross_real[(lag + c->n) % c->n] * (1 - FAR * abs(lag) / c->n);
}

/* In hops; how much later the heard one is. */
static int best_lag(const struct correlation *c, int n_clean, int n_heard)
{
	int best = 0;

	for (int lag = -(n_clean - 1); lag < n_heard; lag++)
		if (fit(c, lag) > fit(c, best))
			best = lag;
	return best;
}

static bool find_constant(const struct loudness *clean, const struct loudness *heard, int *lag)
{
	struct correlation c = { .n = 4 };

	while (c.n < clean->n + heard->n)
		c.n *= 2;
	double *const memory = calloc((size_t)c.n * 5, sizeof *memory);
	if (!memory)
		return false;
	c.twiddles = memory;
	c.real = memory + c.n;
	c.imaginary = c.real + c.n;
	c.cross_real = c.imaginary + c.n;
	c.cross_imaginary = c.cross_real + c.n;
	fft_twiddles(c.twiddles, c.n);
	for (int b = 0; b < BANDS; b++) {
		put_band(c.real, clean->db[b], clean->n, c.n);
		put_band(c.imaginary, heard->db[b], heard->n, c.n);
		fft(c.real, c.imaginary, c.twiddles, c.n);
		add_cross_spectrum(&c);
	}
	fft_inverse(c.cross_real, c.cross_imaginary, c.twiddles, c.n);
	*lag = best_lag(&c, clean->n, heard->n);
	free(memory);
	return true;
}

/* ---- its course ---- */

/* How well each lag explains a block: 0 at best, -1 a hop at worst. */
static void weigh(const struct loudness *clean, const struct loudness *heard, int first_hop,
	int middle_lag, float gains[N_LAGS])
{
	const float quietest = 10 * log10f(FLOOR);

	memset(gains, 0, N_LAGS * sizeof *gains);
	for (int k = first_hop; k < first_hop + HOPS_PER_BLOCK && k < heard->n; k++)
		for (int b = 0; b < BANDS; b++) {
			const float weight = heard->db[b][k] < quietest + QUIET ? QUIET_WEIGHT : 1;
			for (int i = 0; i < N_LAGS; i++) {
				const int at = k - middle_lag + LAG_MAX - i;
				const float db =
					at >= 0 && at < clean->n ? clean->db[b][at] : quietest;
				const float difference = fabsf(heard->db[b][k] - db);
				const float least =
					difference < DIFFERENCE_MAX ? difference : DIFFERENCE_MAX;
				gains[i] -= weight * least / (DIFFERENCE_MAX * BANDS);
			}
		}
}

size_t rough_delay_n_blocks(size_t n_heard)
{
	return (n_heard + ROUGH_BLOCK_SAMPLES - 1) / ROUGH_BLOCK_SAMPLES;
}

static bool follow(const struct loudness *clean, const struct loudness *heard, int middle_lag,
	int *delays, size_t n_blocks)
{
	float gains[N_LAGS];
	struct delay_path path;
	const bool is_begun = delay_path_begin(&path, N_LAGS, n_blocks, JUMP_COST / 5, JUMP_COST);

	for (size_t k = 0; is_begun && k < n_blocks; k++) {
		weigh(clean, heard, (int)k * HOPS_PER_BLOCK, middle_lag, gains);
		delay_path_add(&path, gains, 0);
	}
	if (is_begun)
		delay_path_trace(&path, delays);
	for (size_t k = 0; is_begun && k < n_blocks; k++)
		delays[k] = (delays[k] - LAG_MAX + middle_lag) * HOP;
	delay_path_end(&path);
	return is_begun;
}

bool rough_delay_find(
	const float *clean, size_t n_clean, const float *heard, size_t n_heard, int *delays)
{
	struct loudness l[2] = { 0 };
	int lag;
	const bool is_found = listen(&l[0], clean, n_clean) && listen(&l[1], heard, n_heard) &&
			      find_constant(&l[0], &l[1], &lag) &&
			      follow(&l[0], &l[1], lag, delays, rough_delay_n_blocks(n_heard));

	end_loudness(&l[0]);
	end_loudness(&l[1]);
	return is_found;
}
