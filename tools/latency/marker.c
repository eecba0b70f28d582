#include "tools/latency/marker.h"

#include "common/base/pi.h"
#include "common/base/splitmix.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Beyond the least distance: five of the coder's 20 ms frames, so that all places in one occur. */
enum { SPREAD_SAMPLES = 100 * SAMPLES_PER_MS };

/* The part of the chirp, at either end, in which it swells. */
static const double swell_part = 0.25;

void marker_fill(float marker[MARKER_SAMPLES])
{
	const double seconds = (double)MARKER_SAMPLES / SAMPLES_PER_SECOND;

	for (int i = 0; i < MARKER_SAMPLES; i++) {
		const double part = (i + 0.5) / MARKER_SAMPLES;
		const double to_edge = (part < 0.5 ? part : 1 - part) / swell_part;
		const double swell = to_edge < 1 ? 0.5 - 0.5 * cos(PI * to_edge) : 1;
		const double periods =
			seconds * part *
			(MARKER_LOW_HZ + (MARKER_HIGH_HZ - MARKER_LOW_HZ) * part / 2);
		marker[i] = (float)(MARKER_LEVEL * swell * sin(2 * PI * periods));
	}
}

void marker_train_init(struct marker_train *train, int64_t n_markers, int64_t lead_samples,
	int64_t max_delay_samples)
{
	assert(n_markers >= 1 && n_markers <= MARKER_TRAIN_MAX);
	assert(lead_samples >= 0 && max_delay_samples >= 0);
	train->n_markers = n_markers;
	train->lead_samples = lead_samples;
	train->interval_samples = MARKER_SAMPLES + max_delay_samples + SPREAD_SAMPLES;
	train->max_delay_samples = max_delay_samples;
	marker_fill(train->marker);
}

int64_t marker_train_at(const struct marker_train *train, int64_t k)
{
	const uint64_t chance = splitmix_hash((uint64_t)(k + 1) * SPLITMIX_STEP);

	return train->lead_samples + k * train->interval_samples +
	       (int64_t)(chance % SPREAD_SAMPLES);
}

int64_t marker_train_samples(const struct marker_train *train)
{
	return train->lead_samples + train->n_markers * train->interval_samples;
}

void marker_train_fill(
	const struct marker_train *train, int64_t first_sample, float *samples, size_t n_samples)
{
	const int64_t end = first_sample + (int64_t)n_samples;
	int64_t k = (first_sample - train->lead_samples) / train->interval_samples;

	memset(samples, 0, n_samples * sizeof *samples);
	for (k = k > 0 ? k : 0; k < train->n_markers; k++) {
		const int64_t at = marker_train_at(train, k);
		const int64_t from = at > first_sample ? at : first_sample;
		const int64_t to = at + MARKER_SAMPLES < end ? at + MARKER_SAMPLES : end;
		if (at >= end)
			break;
		if (from < to)
			memcpy(samples + (from - first_sample), train->marker + (from - at),
				(size_t)(to - from) * sizeof *samples);
	}
}
