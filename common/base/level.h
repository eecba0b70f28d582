/* The level of a signal, from the sum of its squares. Pure. */
#ifndef HINDSIGHT_COMMON_BASE_LEVEL_H
#define HINDSIGHT_COMMON_BASE_LEVEL_H

#include "common/base/vector.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* The sum of the squares of a block of at most INT_MAX values. */
static inline double level_square_sum(const float *samples, size_t n_samples)
{
	return (double)vector_dot(samples, samples, (int)n_samples);
}

#define LEVEL_DBFS_MIN -127.0 /* digital silence, as in RFC 6464, 3 */

/* RMS level in dB relative to a full-scale square wave (so a full-scale sine is -3.01);
 * NAN where there were no samples. */
static inline double level_dbfs(double square_sum, int64_t n_squares)
{
	if (n_squares <= 0)
		return NAN;
	const double mean_square = square_sum / (double)n_squares;
	const double level = mean_square > 0 ? 10 * log10(mean_square) : LEVEL_DBFS_MIN;
	return level < LEVEL_DBFS_MIN ? LEVEL_DBFS_MIN : level;
}

#endif
