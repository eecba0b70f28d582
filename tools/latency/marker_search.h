/* From recordings to delays: where markers begin in what was played, and how much later each of
 * them is in what was recorded at the same time.
 * Pure: the caller's memory. Thread: any. */
#ifndef HINDSIGHT_TOOLS_LATENCY_MARKER_SEARCH_H
#define HINDSIGHT_TOOLS_LATENCY_MARKER_SEARCH_H

#include "tools/latency/delay_list.h"
#include "tools/latency/matched_filter.h"

#include <stddef.h>
#include <stdint.h>

/* Owner: the caller. The filter is in the memory that the caller gave. */
struct marker_search {
	struct matched_filter *filter;
	size_t max_delay_samples;
};

/* max_delay: the longest delay that is looked for. */
size_t marker_search_bytes(size_t max_delay_samples);
void marker_search_init(struct marker_search *search, void *memory, size_t max_delay_samples);

/* The places of markers in a recording of which it is known that they are further apart than
 * max_delay and a marker's length. Returns how many there are; at most n_places are written. */
size_t marker_search_places(const struct marker_search *search, const float *played,
	size_t n_samples, double *places, size_t n_places);

/* Adds to the list the delay of a marker that began at `place` (>= 0, in samples) of what was
 * played, in what was recorded from the same moment on. */
void marker_search_delay(const struct marker_search *search, double place, const float *recorded,
	size_t n_samples, struct delay_list *list);

#endif
