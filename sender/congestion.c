#include "sender/congestion.h"

#include "common/units.h"

#include <string.h>

/* The shortest round trip of the last CONGESTION_LOWS periods is that of an empty queue. */
#define PERIOD_US (2 * US_PER_SECOND)
#define SMOOTHING 0.25 /* of a new round trip */

/* A queue worth the name; and so many times the jitter, since of many packets the fastest is
 * two to three standard deviations faster than their mean. */
#define QUEUE_US      (40 * US_PER_MS)
#define QUEUE_JITTERS 4
#define LOSS_MIN      0.02

/* So long a queue need not lose anything to be one: it is longer than any talk can bear, and a way
 * that became so much longer is believed to be one after CONGESTION_LOWS periods. */
#define ENDLESS_US (250 * US_PER_MS)

#define LOWER_FACTOR 0.85
#define RAISE_STEP   0.03

/* A change shows only in the next reports, and not before a round trip. */
#define LOWER_EVERY_US (US_PER_SECOND / 2)
#define RAISE_EVERY_US US_PER_SECOND

void congestion_init(struct congestion *c)
{
	memset(c, 0, sizeof *c);
	c->share = 1;
	c->low_period = -1;
}

static void learn(struct congestion *c, int64_t round_trip_us, int64_t now_us)
{
	const int64_t period = now_us / PERIOD_US;

	if (c->low_period < 0) {
		c->smooth_us = (double)round_trip_us;
		for (int i = 0; i < CONGESTION_LOWS; i++)
			c->lows_us[i] = round_trip_us;
	} else if (period - c->low_period >= CONGESTION_LOWS) {
		for (int i = 0; i < CONGESTION_LOWS; i++)
			c->lows_us[i] = round_trip_us;
	} else {
		for (int64_t p = c->low_period + 1; p <= period; p++)
			c->lows_us[p % CONGESTION_LOWS] = round_trip_us;
	}
	int64_t *const low = &c->lows_us[period % CONGESTION_LOWS];
	if (round_trip_us < *low)
		*low = round_trip_us;
	c->low_period = period;
	c->smooth_us += SMOOTHING * ((double)round_trip_us - c->smooth_us);
}

static double queue_us(const struct congestion *c)
{
	int64_t low_us = c->lows_us[0];

	for (int i = 1; i < CONGESTION_LOWS; i++)
		if (c->lows_us[i] < low_us)
			low_us = c->lows_us[i];
	return c->smooth_us - (double)low_us;
}

bool congestion_on_report(
	struct congestion *c, int64_t round_trip_us, int64_t jitter_us, double loss, int64_t now_us)
{
	if (round_trip_us >= 0)
		learn(c, round_trip_us, now_us);
	if (c->low_period < 0)
		return false;
	const int64_t since_us = now_us - c->changed_us;
	const double limit_us = (double)(QUEUE_US + QUEUE_JITTERS * jitter_us);
	const double queue = queue_us(c);
	const bool is_ours = queue > limit_us && (loss >= LOSS_MIN || queue > ENDLESS_US);
	if (is_ours && since_us >= LOWER_EVERY_US && (double)since_us >= c->smooth_us) {
		c->share *= LOWER_FACTOR;
		if (c->share < CONGESTION_SHARE_MIN)
			c->share = CONGESTION_SHARE_MIN;
		c->changed_us = now_us;
	} else if (!is_ours && c->share < 1 && since_us >= RAISE_EVERY_US) {
		c->share = c->share + RAISE_STEP < 1 ? c->share + RAISE_STEP : 1;
		c->changed_us = now_us;
	}
	return is_ours;
}
