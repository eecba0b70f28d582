#include "tools/latency/matched_filter.h"

#include "common/base/units.h"
#include "tools/signal/fourier.h"

#include <assert.h>
#include <math.h>

struct matched_filter {
	struct fourier fourier;
	size_t n_marker, n_samples_max;
	size_t first_bin, last_bin;	/* the marker's band */
	double marker_energy;		/* within its band */
	struct fourier_point *marker;	/* its spectrum */
	struct fourier_point *spectrum; /* of what is searched */
	struct fourier_point *answer;	/* the matched filter's, a point a lag */
	struct fourier_point *band;	/* what is searched, its band alone */
};

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
	const size_t unit = sizeof(struct fourier_point);

	return (sizeof(struct matched_filter) + unit - 1) / unit * unit;
}

size_t matched_filter_bytes(size_t n_marker, size_t n_samples)
{
	const size_t size = size_for(n_marker, n_samples);

	return head_bytes() + (size / 2 + 4 * size) * sizeof(struct fourier_point);
}

static void load(const struct matched_filter *f, struct fourier_point *points, const float *samples,
	size_t n_samples)
{
	for (size_t i = 0; i < f->fourier.size; i++) {
		const double value = i < n_samples ? (double)samples[i] : 0;
		points[i] = (struct fourier_point){ isfinite(value) ? value : 0, 0 };
	}
	fourier_forward(&f->fourier, points);
}

static double power_of(struct fourier_point p)
{
	return p.re * p.re + p.im * p.im;
}

struct matched_filter *matched_filter_init(void *memory, const float *marker, size_t n_marker,
	size_t n_samples, double low_hz, double high_hz)
{
	struct matched_filter *const f = memory;
	const size_t size = size_for(n_marker, n_samples);
	struct fourier_point *const turns = (void *)((char *)memory + head_bytes());
	const double bins_per_hz = (double)size / SAMPLES_PER_SECOND;

	assert(n_marker >= 1 && n_samples >= n_marker);
	assert(low_hz > 0 && high_hz > low_hz && high_hz < SAMPLES_PER_SECOND / 2.0);
	fourier_init(&f->fourier, size, turns);
	f->n_marker = n_marker;
	f->n_samples_max = n_samples;
	f->first_bin = (size_t)(low_hz * bins_per_hz);
	f->last_bin = (size_t)(high_hz * bins_per_hz);
	f->marker = turns + size / 2;
	f->spectrum = f->marker + size;
	f->answer = f->spectrum + size;
	f->band = f->answer + size;
	load(f, f->marker, marker, n_marker);
	f->marker_energy = 0;
	for (size_t i = f->first_bin; i <= f->last_bin; i++)
		f->marker_energy += power_of(f->marker[i]) / (double)size;
	return f;
}

/* Positive frequencies alone: what comes back is complex, and its magnitude is the envelope. Both
 * results have the same scale, that of f->marker_energy. */
static void filter_all(struct matched_filter *f, const float *samples, size_t n_samples)
{
	load(f, f->spectrum, samples, n_samples);
	for (size_t i = 0; i < f->fourier.size; i++) {
		const struct fourier_point x = f->spectrum[i];
		const struct fourier_point m = f->marker[i];
		if (i < f->first_bin || i > f->last_bin) {
			f->answer[i] = f->band[i] = (struct fourier_point){ 0, 0 };
			continue;
		}
		f->band[i] = x;
		f->answer[i] = (struct fourier_point){
			x.re * m.re + x.im * m.im,
			x.im * m.re - x.re * m.im,
		};
	}
	fourier_inverse(&f->fourier, f->answer);
	fourier_inverse(&f->fourier, f->band);
}

/* The envelope at a lag; the one before 0 is the last, as the transform is a circle. */
static double envelope_at(const struct matched_filter *f, size_t lag)
{
	return sqrt(power_of(f->answer[lag & (f->fourier.size - 1)]));
}

/* How much sound of the band there is where a marker that begins at lag would lie. */
static double energy_at(const struct matched_filter *f, size_t lag)
{
	double energy = 0;

	for (size_t i = 0; i < f->n_marker; i++)
		energy += power_of(f->band[lag + i]);
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
	/* Nothing is near a place so far behind the end. */
	const size_t lag = find_peak(f, n_lags, n_lags + MATCH_APART_SAMPLES, &peak);
	const double energy = energy_at(f, lag);
	if (!(peak > 0 && energy > 0))
		return match;
	find_peak(f, n_lags, lag, &second);
	match.likeness = fmin(1, peak / sqrt(energy * f->marker_energy));
	match.prominence = second > 0 ? fmax(1, peak / second) : INFINITY;
	match.is_found =
		match.likeness >= MATCH_LIKENESS_MIN && match.prominence >= MATCH_PROMINENCE_MIN;
	if (match.is_found)
		match.lag_samples = (double)lag + top_between(envelope_at(f, lag - 1), peak,
							  envelope_at(f, lag + 1));
	return match;
}
