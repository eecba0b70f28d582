#include "receiver/reports/clock_offset.h"

#include "common/base/units.h"

#include <string.h>

/* The greatest drift between two quartz clocks, which makes old samples uncertain. */
#define DRIFT_PPM INT64_C(100)

/* Resolution of the middle 32 bits that reports quote, 1/65536 s, twice. */
#define RESOLUTION_US INT64_C(31)

void clock_offset_init(struct clock_offset *c)
{
	memset(c, 0, sizeof *c);
}

void clock_offset_add(
	struct clock_offset *c, int64_t offset_us, int64_t round_trip_us, int64_t now_us)
{
	c->samples[c->next].at_us = now_us;
	c->samples[c->next].offset_us = offset_us;
	c->samples[c->next].round_trip_us = round_trip_us;
	c->next = (c->next + 1) % CLOCK_OFFSET_SAMPLES;
	if (c->n_samples < CLOCK_OFFSET_SAMPLES)
		c->n_samples++;
}

bool clock_offset_read(const struct clock_offset *c, int64_t *offset_us, int64_t *uncertainty_us)
{
	if (c->n_samples == 0)
		return false;
	const int newest = (c->next + CLOCK_OFFSET_SAMPLES - 1) % CLOCK_OFFSET_SAMPLES;
	const int64_t now_us = c->samples[newest].at_us;
	int64_t best_us = INT64_MAX;

	for (int i = 0; i < c->n_samples; i++) {
		const int64_t age_us = now_us - c->samples[i].at_us;
		const int64_t error_us = c->samples[i].round_trip_us / 2 + RESOLUTION_US +
					 age_us * DRIFT_PPM / US_PER_SECOND;
		if (error_us < best_us) {
			best_us = error_us;
			*offset_us = c->samples[i].offset_us;
		}
	}
	*uncertainty_us = best_us;
	return true;
}
