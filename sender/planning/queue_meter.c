#include "sender/planning/queue_meter.h"

#include "common/base/units.h"

#include <assert.h>
#include <string.h>

/* Length of a period; longer where samples are rare, so that it holds at least two. */
#define PERIOD_US (2 * US_PER_SECOND)
enum { PERIOD_SAMPLES = 2 };

/* A larger increase means another clock or another path, not a queue. */
#define LEAP_US (10 * US_PER_SECOND)

void queue_meter_init(struct queue_meter *m, int n_agree)
{
	assert(n_agree >= 1 && n_agree <= QUEUE_METER_AGREE_MAX);
	memset(m, 0, sizeof *m);
	m->n_agree = n_agree;
}

static int64_t low_us(const struct queue_meter *m)
{
	int64_t low = m->lows_us[0];

	for (int i = 1; i < m->n_lows; i++)
		if (m->lows_us[i] < low)
			low = m->lows_us[i];
	return low;
}

static void begin_period(struct queue_meter *m, int64_t delay_us, int64_t now_us)
{
	if (m->n_lows < QUEUE_METER_LOWS)
		m->n_lows++;
	memmove(m->lows_us + 1, m->lows_us, (size_t)(m->n_lows - 1) * sizeof *m->lows_us);
	m->lows_us[0] = delay_us;
	m->begun_us = now_us;
	m->n_in_period = 0;
}

void queue_meter_add(struct queue_meter *m, int64_t delay_us, int64_t now_us)
{
	if (m->n_samples > 0 && delay_us - low_us(m) > LEAP_US)
		queue_meter_init(m, m->n_agree);
	if (m->n_samples == 0 ||
		(m->n_in_period >= PERIOD_SAMPLES && now_us - m->begun_us >= PERIOD_US))
		begin_period(m, delay_us, now_us);
	m->n_in_period++;
	if (delay_us < m->lows_us[0])
		m->lows_us[0] = delay_us;
	memmove(m->last_us + 1, m->last_us, (QUEUE_METER_AGREE_MAX - 1) * sizeof *m->last_us);
	m->last_us[0] = delay_us;
	m->n_samples++;
}

int64_t queue_meter_us(const struct queue_meter *m)
{
	int64_t least_us = m->last_us[0];

	if (m->n_samples == 0)
		return -1;
	if (m->n_samples < m->n_agree)
		return 0;
	for (int i = 1; i < m->n_agree; i++)
		if (m->last_us[i] < least_us)
			least_us = m->last_us[i];
	return least_us - low_us(m);
}
