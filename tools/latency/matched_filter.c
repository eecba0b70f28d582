#include "tools/latency/matched_filter.h"

#include "common/base/units.h"
#include "tools/signal/fft.h"

#include <assert.h>
#include <limits.h>
#include <math.h>

/* The parts of a signal or spectrum of `size` points, as fft() has them. */
struct points {
	double *re, *im;
};

struct matched_filter {
	int size; /* of the transform */
	size_t n_marker, n_samples_max;
	int first_bin, last_bin; /* the marker's band */
	double marker_energy;	 /* within its band */
	double *twiddles;
	struct points marker;	/* its spectrum */
	struct points spectrum; /* of what is searched */
	struct points answer;	/* the matched filter's, a point per lag */
	struct points band;	/* what is searched, its band alone */
};

enum { N_POINTS = 4 };

/* Room for the longest recording and, so that nothing wraps around, the marker behind it. */
static size_t size_for(size_t n_marker, size_t n_samples)
{
	size_t size = 2;

	while (size < n_samples + n_marker)
		size *= 2;
	return size;
}

static size_t head_bytes(void)
{
	const size_t unit = sizeof(double);

	return (sizeof(struct matched_filter) + unit - 1) / unit * unit;
}

size_t matched_filter_bytes(size_t n_marker, size_t n_samples)
{
	return head_bytes() + (1 + 2 * N_POINTS) * size_for(n_marker, n_samples) * sizeof(double);
}

static struct points points_at(double *memory, size_t size)
{
	return (struct points){ memory, memory + size };
}

static void load(const struct matched_filter *f, const struct points *to, const float *samples,
	size_t n_samples)
{
	const size_t size = (size_t)f->size;

	for (size_t i = 0; i < size; i++) {
		const double value = i < n_samples ? (double)samples[i] : 0;
		to->re[i] = isfinite(value) ? value : 0;
		to->im[i] = 0;
	}
	fft(to->re, to->im, f->twiddles, f->size);
}

static double power_at(const struct points *p, size_t i)
{
	return p->re[i] * p->re[i] + p->im[i] * p->im[i];
}

struct matched_filter *matched_filter_init(void *memory, const float *marker, size_t n_marker,
	size_t n_samples, double low_hz, double high_hz)
{
	struct matched_filter *const f = memory;
	const size_t size = size_for(n_marker, n_samples);
	double *const room = (void *)((char *)memory + head_bytes());
	const double bins_per_hz = (double)size / SAMPLES_PER_SECOND;

	assert(n_marker >= 1 && n_samples >= n_marker && size <= INT_MAX);
	assert(low_hz > 0 && high_hz > low_hz && high_hz < SAMPLES_PER_SECOND / 2.0);
	f->size = (int)size;
	f->n_marker = n_marker;
	f->n_samples_max = n_samples;
	f->first_bin = (int)(low_hz * bins_per_hz);
	f->last_bin = (int)(high_hz * bins_per_hz);
	f->twiddles = room;
	f->marker = points_at(room + size, size);
	f->spectrum = points_at(room + 3 * size, size);
	f->answer = points_at(room + 5 * size, size);
	f->band = points_at(room + 7 * size, size);
	fft_twiddles(f->twiddles, f->size);
	load(f, &f->marker, marker, n_marker);
	f->marker_energy = 0;
	for (int i = f->first_bin; i <= f->last_bin; i++)
		f->marker_energy += power_at(&f->marker, (size_t)i) / (double)size;
	return f;
}

/* Positive frequencies alone: what comes back is complex, and its magnitude is the envelope. Both
 * results have the same scale, that of f->marker_energy. */
static void filter_all(struct matched_filter *f, const float *samples, size_t n_samples)
{
	const struct points *const x = &f->spectrum, *const m = &f->marker;

	load(f, x, samples, n_samples);
	for (int i = 0; i < f->size; i++) {
		const bool is_in_band = i >= f->first_bin && i <= f->last_bin;
		f->band.re[i] = is_in_band ? x->re[i] : 0;
		f->band.im[i] = is_in_band ? x->im[i] : 0;
		/* Times the marker's conjugate. */
		f->answer.re[i] = is_in_band ? x->re[i] * m->re[i] + x->im[i] * m->im[i] : 0;
		f->answer.im[i] = is_in_band ? x->im[i] * m->re[i] - x->re[i] * m->im[i] : 0;
	}
	fft_inverse(f->answer.re, f->answer.im, f->twiddles, f->size);
	fft_inverse(f->band.re, f->band.im, f->twiddles, f->size);
}

/* The envelope at a lag; the one before 0 is the last, as the transform is a circle. */
static double envelope_at(const struct matched_filter *f, size_t lag)
{
	return sqrt(power_at(&f->answer, lag & ((size_t)f->size - 1)));
}

/* How much sound of the band there is where a marker that begins at lag would lie. */
static double energy_at(const struct matched_filter *f, size_t lag)
{
	double energy = 0;

	for (size_t i = 0; i < f->n_marker; i++)
		energy += power_at(&f->band, lag + i);
	return energy;
}

/* The greatest of a lag's neighbourhood among 0..n_lags-1, but for those near `except`. */
static size_t find_peak(const struct matched_filter *f, size_t n_lags, size_t except, double *peak)
{
	size_t best = 0;

	*peak = 0;
	for (size_t lag = 0; lag < n_lags; lag++) {
		const size_t apart = lag > except ? lag - except : except - lag;
		const double value = envelope_at(f, lag);
		if (apart >= MATCH_APART_SAMPLES && value > *peak) {
			*peak = value;
			best = lag;
		}
	}
	return best;
}

/* The top of the parabola through the peak and its neighbours, from -0.5 to 0.5. */
static double top_between(double before, double peak, double after)
{
	const double bend = before - 2 * peak + after;

	return bend < 0 ? fmax(-0.5, fmin(0.5, 0.5 * (before - after) / bend)) : 0;
}

struct marker_match matched_filter_find(
	struct matched_filter *f, const float *samples, size_t n_samples)
{
	struct marker_match match = { .lag_samples = NAN, .prominence = 1 };
	double peak, second;

	assert(n_samples >= f->n_marker && n_samples <= f->n_samples_max);
	filter_all(f, samples, n_samples);
	const size_t n_lags = n_samples - f->n_marker + 1;
	/* No lag is near this one, which is behind the last. */
	const size_t lag = find_peak(f, n_lags, n_lags + MATCH_APART_SAMPLES, &peak);
	const double energy = energy_at(f, lag);
	if (!(peak > 0 && energy > 0))
		return match;
	find_peak(f, n_lags, lag, &second);
	match.similarity = fmin(1, peak / sqrt(energy * f->marker_energy));
	match.prominence = second > 0 ? fmax(1, peak / second) : INFINITY;
	match.is_found = match.similarity >= MATCH_SIMILARITY_MIN &&
			 match.prominence >= MATCH_PROMINENCE_MIN;
	if (match.is_found)
		match.lag_samples = (double)lag + top_between(envelope_at(f, lag - 1), peak,
							  envelope_at(f, lag + 1));
	return match;
}
