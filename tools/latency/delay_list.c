#include "tools/latency/delay_list.h"

#include <math.h>
#include <string.h>

enum { LAG_MAX = 16, LAG_ROWS_MIN = 3 };

/* Wrong delays vary by what the markers' irregularity adds, 41 ms of sigma; right ones must vary
 * clearly less. */
#define LAG_SPREAD_PART 0.8

void delay_list_add(struct delay_list *list, const struct delay_row *row)
{
	if (list->n_rows < MARKER_TRAIN_MAX)
		list->rows[list->n_rows++] = *row;
}

void delay_list_subtract(struct delay_list *list, double ms)
{
	for (size_t i = 0; i < list->n_rows; i++)
		list->rows[i].delay_ms -= ms;
}

static void insert(double *sorted, size_t n, double value)
{
	size_t i = n;

	for (; i > 0 && sorted[i - 1] > value; i--)
		sorted[i] = sorted[i - 1];
	sorted[i] = value;
}

/* Between two values in proportion. n >= 1. */
static double quantile(const double *sorted, size_t n, double part)
{
	const double at = part * (double)(n - 1);
	const size_t i = (size_t)at;

	return i + 1 < n ? sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]) : sorted[i];
}

void delay_list_forget(struct delay_list *list)
{
	for (size_t i = 0; i < list->n_rows; i++)
		list->rows[i].delay_ms = NAN;
}

/* The delays if each marker was played `lag` markers earlier: their median, and the mean distance from
 * it. INFINITY: too few. */
static double spread_at(
	const struct delay_list *list, size_t lag, double *sorted, double *median_ms)
{
	const double ms_per_second = 1000;
	double sum_ms = 0;
	size_t n = 0;

	for (size_t i = lag; i < list->n_rows; i++) {
		const double earlier_s = list->rows[i].played_s - list->rows[i - lag].played_s;
		if (!isnan(list->rows[i].delay_ms))
			insert(sorted, n++, list->rows[i].delay_ms + ms_per_second * earlier_s);
	}
	if (n < LAG_ROWS_MIN)
		return INFINITY;
	*median_ms = quantile(sorted, n, 0.5);
	for (size_t i = 0; i < n; i++)
		sum_ms += fabs(sorted[i] - *median_ms);
	return sum_ms / (double)n;
}

size_t delay_list_lag(const struct delay_list *list, double *sorted, double *median_ms)
{
	double median;
	double least_ms = LAG_SPREAD_PART * spread_at(list, 0, sorted, &median);
	size_t best = 0;

	for (size_t lag = 1; lag <= LAG_MAX && lag < list->n_rows; lag++) {
		const double spread_ms = spread_at(list, lag, sorted, &median);
		if (spread_ms >= least_ms)
			continue;
		least_ms = spread_ms;
		best = lag;
		*median_ms = median;
	}
	return best;
}

/* Least squares, about the means. */
static double drift_ppm(const struct delay_list *list, size_t n_found, double mean_ms)
{
	const double ppm_per_ms_a_second = 1000;
	double mean_s = 0, product = 0, square = 0;

	for (size_t i = 0; i < list->n_rows; i++)
		if (!isnan(list->rows[i].delay_ms))
			mean_s += list->rows[i].played_s / (double)n_found;
	for (size_t i = 0; i < list->n_rows; i++) {
		const struct delay_row *const row = &list->rows[i];
		const double from_mean_s = row->played_s - mean_s;
		if (isnan(row->delay_ms))
			continue;
		product += from_mean_s * (row->delay_ms - mean_ms);
		square += from_mean_s * from_mean_s;
	}
	return n_found >= 3 && square > 0 ? product / square * ppm_per_ms_a_second : NAN;
}

struct delay_summary delay_list_summary(const struct delay_list *list, double *sorted)
{
	struct delay_summary s = { list->n_rows, 0, NAN, NAN, NAN, NAN, NAN, NAN, NAN };
	double sum_ms = 0;

	for (size_t i = 0; i < list->n_rows; i++) {
		const double ms = list->rows[i].delay_ms;
		if (isnan(ms))
			continue;
		insert(sorted, s.n_found++, ms);
		sum_ms += ms;
	}
	if (s.n_found == 0)
		return s;
	s.mean_ms = sum_ms / (double)s.n_found;
	s.min_ms = sorted[0];
	s.p5_ms = quantile(sorted, s.n_found, 0.05);
	s.p50_ms = quantile(sorted, s.n_found, 0.5);
	s.p95_ms = quantile(sorted, s.n_found, 0.95);
	s.max_ms = sorted[s.n_found - 1];
	s.drift_ppm = drift_ppm(list, s.n_found, s.mean_ms);
	return s;
}
