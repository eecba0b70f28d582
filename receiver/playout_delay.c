#include "receiver/playout_delay.h"

#include "common/units.h"

#include <assert.h>

/* Buckets of 0.5 s, 16 of them: remembers 7.5 to 8 s. Long enough to see several talk spurts,
 * short enough that a clock skew of 300 ppm moves the origin by 2.4 ms at most. */
#define BUCKET_US (500 * US_PER_MS)

/* Learned delays start here and do not fall below: two frames of 20 ms and one device period, so
 * that the usual copies are useful from the first loss on. */
#define LEARNED_US_MIN (60 * US_PER_MS)

static void extreme_clear(struct recent_extreme *e)
{
	for (int i = 0; i < EXTREME_BUCKETS; i++)
		e->bucket_numbers[i] = -1;
}

static void extreme_add(struct recent_extreme *e, int64_t value, int64_t at_us)
{
	const int64_t number = floor_div(at_us, BUCKET_US);
	const int slot = (int)((uint64_t)number % EXTREME_BUCKETS);

	if (e->bucket_numbers[slot] != number || value < e->values[slot])
		e->values[slot] = value;
	e->bucket_numbers[slot] = number;
}

/* Of the buckets that are not too old. One was added at now_us, so there is one. */
static int64_t extreme_smallest(const struct recent_extreme *e, int64_t now_us)
{
	const int64_t newest = floor_div(now_us, BUCKET_US);
	int64_t smallest = INT64_MAX;

	for (int i = 0; i < EXTREME_BUCKETS; i++) {
		const int64_t age = newest - e->bucket_numbers[i];
		if (e->bucket_numbers[i] >= 0 && age < EXTREME_BUCKETS && e->values[i] < smallest)
			smallest = e->values[i];
	}
	return smallest;
}

void playout_delay_init(struct playout_delay *d, const struct playout_delay_config *config)
{
	d->config = *config;
	playout_delay_restart(d);
}

static int64_t bounded(const struct playout_delay *d, int64_t delay_us)
{
	if (d->config.fixed_us >= 0)
		return d->config.fixed_us;
	if (delay_us < LEARNED_US_MIN)
		delay_us = LEARNED_US_MIN;
	if (delay_us < d->config.min_us)
		delay_us = d->config.min_us;
	return delay_us > d->config.max_us ? d->config.max_us : delay_us;
}

void playout_delay_restart(struct playout_delay *d)
{
	extreme_clear(&d->fastest);
	extreme_clear(&d->slowest);
	d->fastest_us = 0;
	d->target_us = bounded(d, 0);
}

void playout_delay_on_packet(struct playout_delay *d, int64_t transit_us, int64_t arrival_us)
{
	extreme_add(&d->fastest, transit_us, arrival_us);
	d->fastest_us = extreme_smallest(&d->fastest, arrival_us);
}

void playout_delay_on_frame(struct playout_delay *d, int64_t transit_us, int64_t arrival_us)
{
	extreme_add(&d->slowest, -transit_us, arrival_us);
	d->target_us = bounded(d, -extreme_smallest(&d->slowest, arrival_us) - d->fastest_us);
}

int64_t playout_delay_fastest_us(const struct playout_delay *d)
{
	return d->fastest_us;
}

int64_t playout_delay_target_us(const struct playout_delay *d)
{
	return d->target_us;
}
