#include "receiver/reports/clock_skew.h"

#include "common/base/units.h"

#include <string.h>

void clock_skew_init(struct clock_skew *c)
{
	memset(c, 0, sizeof *c);
	c->second_us = -1;
}

void clock_skew_on_packet(struct clock_skew *c, int64_t transit_us)
{
	if (!c->has_transit || transit_us < c->transit_us)
		c->transit_us = transit_us;
	c->has_transit = true;
}

static void end_second(struct clock_skew *c)
{
	if (c->has_transit && c->has_pull) {
		c->points[c->next].at_us = c->second_us;
		c->points[c->next].apart_us = c->transit_us - c->pull_us;
		c->next = (c->next + 1) % CLOCK_SKEW_SECONDS;
		if (c->n_points < CLOCK_SKEW_SECONDS)
			c->n_points++;
	}
	c->has_transit = false;
	c->has_pull = false;
}

void clock_skew_on_pull(struct clock_skew *c, size_t n_samples, int64_t now_us)
{
	const int64_t pull_us = now_us - us_from_samples(c->n_pulled);

	if (c->second_us < 0)
		c->second_us = now_us;
	if (now_us - c->second_us >= US_PER_SECOND) {
		end_second(c);
		c->second_us = now_us;
	}
	if (!c->has_pull || pull_us < c->pull_us)
		c->pull_us = pull_us;
	c->has_pull = true;
	c->n_pulled += (int64_t)n_samples;
}

/* Least squares. Origins in the middle of the points keep the sums small and exact. */
bool clock_skew_read(const struct clock_skew *c, double *ppm)
{
	const double n = c->n_points;
	double t_sum = 0, y_sum = 0, tt = 0, ty = 0, yy = 0;

	if (c->n_points < CLOCK_SKEW_SECONDS_MIN)
		return false;
	for (int i = 0; i < c->n_points; i++) {
		t_sum += (double)(c->points[i].at_us - c->points[0].at_us);
		y_sum += (double)(c->points[i].apart_us - c->points[0].apart_us);
	}
	for (int i = 0; i < c->n_points; i++) {
		const double t = (double)(c->points[i].at_us - c->points[0].at_us) - t_sum / n;
		const double y =
			(double)(c->points[i].apart_us - c->points[0].apart_us) - y_sum / n;
		tt += t * t;
		ty += t * y;
		yy += y * y;
	}
	const double slope = ty / tt;
	const double error_squared = (yy - slope * ty) / (n - 2) / tt; /* of the slope */
	*ppm = slope * 1e6;
	return error_squared * 1e12 <= CLOCK_SKEW_ERROR_PPM_MAX * CLOCK_SKEW_ERROR_PPM_MAX;
}
