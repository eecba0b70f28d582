#include "receiver/reports/capture_clock.h"

#include "common/base/units.h"
#include "common/rtp/ntp.h"

#include <string.h>

void capture_clock_init(struct capture_clock *c)
{
	memset(c, 0, sizeof *c);
}

void capture_clock_add(struct capture_clock *c, int64_t timestamp, uint64_t ntp)
{
	if (c->n_points > 0 && timestamp <= c->points[0].timestamp)
		return;
	memmove(c->points + 1, c->points, (CAPTURE_CLOCK_POINTS - 1) * sizeof *c->points);
	c->points[0].timestamp = timestamp;
	c->points[0].us = (int64_t)ntp_to_us(ntp);
	if (c->n_points < CAPTURE_CLOCK_POINTS)
		c->n_points++;
}

bool capture_clock_read(const struct capture_clock *c, int64_t timestamp, int64_t *us)
{
	int i = 0;

	if (c->n_points == 0)
		return false;
	while (i + 1 < c->n_points && c->points[i].timestamp > timestamp)
		i++;
	*us = c->points[i].us + us_from_samples(timestamp - c->points[i].timestamp);
	return true;
}
