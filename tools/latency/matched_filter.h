/* Where in a recording a marker lies, to a fraction of a sample: its matched filter.
 *
 * The filter's answer is taken as an envelope, so that neither the sign nor the phase in which the
 * marker arrives matters, and its peak is found between the samples by a parabola. Whether it is
 * the marker at all is told by how alike the sound there is to it, within the marker's band and
 * whatever the loudness; and whether there is only one, by the next best place. What does not pass
 * both is not found: no place is guessed. Pure: the caller's memory. Thread: any. */
#ifndef HINDSIGHT_TOOLS_LATENCY_MATCHED_FILTER_H
#define HINDSIGHT_TOOLS_LATENCY_MATCHED_FILTER_H

#include <stdbool.h>
#include <stddef.h>

/* Noise alone is at most 0.15 alike; at a signal-to-noise ratio of -10 dB within the band a marker
 * is still 0.3. */
#define MATCH_SIMILARITY_MIN 0.25

/* The best place is this much stronger than the next one, or it is not clear which of them it
 * is. */
#define MATCH_PROMINENCE_MIN 1.15

/* An echo nearer than this, 1 ms, is one with its sound. */
enum { MATCH_APART_SAMPLES = 48 };

struct marker_match {
	bool is_found;
	double lag_samples; /* where the marker begins in the samples; NAN where it was not found */
	double similarity;  /* 0..1: of the sound in the marker's band at the best place */
	double prominence;  /* of the best place over the next one; >= 1 */
};

struct matched_filter; /* private to matched_filter.c */

/* n_samples: the longest recording to be searched at once; low_hz, high_hz: the marker's band. */
size_t matched_filter_bytes(size_t n_marker, size_t n_samples);
struct matched_filter *matched_filter_init(void *memory, const float *marker, size_t n_marker,
	size_t n_samples, double low_hz, double high_hz);

/* Searches n_samples (at least as many as the marker has, at most as many as init was told) for a
 * marker that lies in them as a whole. NAN and infinite samples count as silence. */
struct marker_match matched_filter_find(
	struct matched_filter *filter, const float *samples, size_t n_samples);

#endif
