#include "sender/planning/congestion.h"

#include "common/base/units.h"

#include <math.h>
#include <string.h>

/* The shortest wait that counts as a queue: this, and this many times the jitter, since the fastest
 * of many packets is two to three standard deviations faster than their mean. */
#define QUEUE_US      (40 * US_PER_MS)
#define QUEUE_JITTERS 4

/* How much the loss must have risen above that without the queue, absolute and relative: the higher
 * the loss, the more it varies. The loss without a queue is learned slowly, because the losses of a
 * filling queue are seen before the queue itself. */
#define LOSS_RISE_MIN  0.02
#define LOSS_RISE_PART 0.25
#define CALM_US	       (8 * US_PER_SECOND)

/* A queue this long counts as ours even without loss: no conversation can bear it. */
#define ENDLESS_US (250 * US_PER_MS)

#define LOWER_FACTOR 0.85
#define RAISE_STEP   0.03

/* A change shows only in the next reports, and not before a round trip has passed, which is waited
 * for, but not in an endless queue. */
#define LOWER_EVERY_US (US_PER_SECOND / 2)
#define RAISE_EVERY_US US_PER_SECOND

void congestion_init(struct congestion *c)
{
	memset(c, 0, sizeof *c);
	c->share = 1;
}

static void learn_calm_loss(struct congestion *c, double loss, int64_t since_us)
{
	const double weight = since_us < CALM_US ? (double)since_us / CALM_US : 1;

	if (!c->has_report)
		c->calm_loss = loss;
	c->calm_loss += weight * (loss - c->calm_loss);
}

static bool has_risen(const struct congestion *c, double loss)
{
	return loss >= c->calm_loss + fmax(LOSS_RISE_MIN, LOSS_RISE_PART * c->calm_loss);
}

void congestion_on_report(
	struct congestion *c, const struct congestion_report *report, int64_t now_us)
{
	const int64_t since_us = now_us - c->changed_us;
	const bool has_queue = report->queue_us > QUEUE_US + QUEUE_JITTERS * report->jitter_us;

	if (report->queue_us < 0)
		return;
	if (!has_queue)
		learn_calm_loss(c, report->loss, now_us - c->reported_us);
	c->has_report = true;
	c->reported_us = now_us;
	c->loss_is_ours = has_queue && has_risen(c, report->loss);
	const bool is_endless = has_queue && report->queue_us > ENDLESS_US;
	const bool is_ours = c->loss_is_ours || is_endless;
	if (is_ours && since_us >= LOWER_EVERY_US &&
		(is_endless || since_us >= report->round_trip_us)) {
		c->share *= LOWER_FACTOR;
		if (c->share < CONGESTION_SHARE_MIN)
			c->share = CONGESTION_SHARE_MIN;
		c->changed_us = now_us;
	} else if (!is_ours && c->share < 1 && since_us >= RAISE_EVERY_US) {
		c->share = c->share + RAISE_STEP < 1 ? c->share + RAISE_STEP : 1;
		c->changed_us = now_us;
	}
}
