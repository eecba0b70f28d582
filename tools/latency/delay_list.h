/* The delays that a measurement found, one row per marker, and their distribution. A marker that
 * was not found is a row without a delay; it is counted, but enters no figure. Pure; thread:
 * any. */
#ifndef HINDSIGHT_TOOLS_LATENCY_DELAY_LIST_H
#define HINDSIGHT_TOOLS_LATENCY_DELAY_LIST_H

#include "tools/latency/marker.h"

#include <stddef.h>

struct delay_row {
	double played_s;   /* when the marker began, since the measurement did */
	double delay_ms;   /* NAN: not found */
	double similarity; /* both as in struct marker_match */
	double prominence; /* INFINITY where there was nothing else */
};

struct delay_list {
	size_t n_rows; /* markers played */
	struct delay_row rows[MARKER_TRAIN_MAX];
};

/* In milliseconds; all NAN where nothing was found. */
struct delay_summary {
	size_t n_sent, n_found;
	double mean_ms, min_ms, p5_ms, p50_ms, p95_ms, max_ms;
	double drift_ppm; /* of the straight line through delay over time; NAN below three delays */
};

/* Rows beyond MARKER_TRAIN_MAX are dropped. */
void delay_list_add(struct delay_list *list, const struct delay_row *row);

/* Subtracts a delay outside the call from every row. */
void delay_list_subtract(struct delay_list *list, double ms);

/* Delays longer than were searched for: each marker is then taken for a later one. As markers come at
 * irregular times, delays that belong together vary least. Returns how many markers later that is; 0
 * where the list is right, or too short to tell. sorted: room for list->n_rows values; *median_ms: of
 * the true delays, where they are not those of the list. */
size_t delay_list_lag(const struct delay_list *list, double *sorted, double *median_ms);

/* No marker was found. */
void delay_list_forget(struct delay_list *list);

/* sorted: room for list->n_rows values, which then hold the n_found delays in rising order. */
struct delay_summary delay_list_summary(const struct delay_list *list, double *sorted);

#endif
