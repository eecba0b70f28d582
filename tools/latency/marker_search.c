#include "tools/latency/marker_search.h"

#include "common/base/units.h"

#include <assert.h>
#include <math.h>

/* How many samples are searched for a marker that begins in the first n_lags of them. */
static size_t window_samples(size_t n_lags)
{
	return n_lags + MARKER_SAMPLES;
}

/* Markers are at least this far apart, so at most one begins within a stretch of this length. */
static size_t stretch_samples(size_t max_delay_samples)
{
	return max_delay_samples + MARKER_SAMPLES;
}

size_t marker_search_bytes(size_t max_delay_samples)
{
	return matched_filter_bytes(
		MARKER_SAMPLES, window_samples(stretch_samples(max_delay_samples)));
}

void marker_search_init(struct marker_search *s, void *memory, size_t max_delay_samples)
{
	float marker[MARKER_SAMPLES];

	marker_fill(marker);
	s->max_delay_samples = max_delay_samples;
	s->filter = matched_filter_init(memory, marker, MARKER_SAMPLES,
		window_samples(stretch_samples(max_delay_samples)), MARKER_LOW_HZ, MARKER_HIGH_HZ);
}

/* The marker that begins in the first n_lags from `from` on. */
static struct marker_match find(const struct marker_search *s, const float *samples,
	size_t n_samples, size_t from, size_t n_lags)
{
	const size_t n_left = from < n_samples ? n_samples - from : 0;
	const size_t n_window = window_samples(n_lags);

	if (n_left < MARKER_SAMPLES)
		return (struct marker_match){ .lag_samples = NAN, .prominence = 1 };
	return matched_filter_find(
		s->filter, samples + from, n_left < n_window ? n_left : n_window);
}

size_t marker_search_places(const struct marker_search *s, const float *played, size_t n_samples,
	double *places, size_t n_places)
{
	const size_t n_stretch = stretch_samples(s->max_delay_samples);
	double last = -INFINITY, last_similarity = 0;
	size_t n = 0;

	for (size_t from = 0; from < n_samples; from += n_stretch) {
		const struct marker_match match = find(s, played, n_samples, from, n_stretch);
		const double place = (double)from + match.lag_samples;
		if (!match.is_found)
			continue;
		/* At a stretch's edge both sides see the same marker. */
		const bool is_same = place - last < MARKER_SAMPLES;
		if (is_same && match.similarity <= last_similarity)
			continue;
		n += !is_same;
		if (n <= n_places)
			places[n - 1] = place;
		last = place;
		last_similarity = match.similarity;
	}
	return n;
}

void marker_search_delay(const struct marker_search *s, double place, const float *recorded,
	size_t n_samples, struct delay_list *list)
{
	const size_t from = (size_t)place;
	const struct marker_match match = find(s, recorded, n_samples, from, s->max_delay_samples);
	const double delay_samples = (double)from + match.lag_samples - place;

	delay_list_add(list, &(struct delay_row){
				     .played_s = place / SAMPLES_PER_SECOND,
				     .delay_ms = delay_samples / SAMPLES_PER_MS,
				     .similarity = match.similarity,
				     .prominence = match.prominence,
			     });
}
