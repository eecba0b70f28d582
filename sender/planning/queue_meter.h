/* How long packets wait in a queue on the path, from samples of the path's delay. A single sample
 * proves nothing: a report that was made late, or one packet that was held up, is no queue. What
 * the last few samples in a row have in common is one.
 *
 *   delay |          x                one that is late: no queue
 *         |                      x x  all of the last few: a queue, of the least of them
 *         |  x  x  x    x  x  x
 *         |__________________________ the shortest of the last periods: nothing waits
 *
 * Pure. Owner: audience, one for each receiver. Thread: the owner's. */
#ifndef HINDSIGHT_SENDER_PLANNING_QUEUE_METER_H
#define HINDSIGHT_SENDER_PLANNING_QUEUE_METER_H

#include <stdint.h>

enum { QUEUE_METER_LOWS = 8, QUEUE_METER_AGREE_MAX = 4 };

struct queue_meter { /* private to queue_meter.c */
	int n_agree;
	int64_t lows_us[QUEUE_METER_LOWS]; /* shortest delay of each of the last periods */
	int n_lows;
	int64_t begun_us; /* the present period */
	int n_in_period;
	int64_t last_us[QUEUE_METER_AGREE_MAX]; /* samples; the newest first */
	int64_t n_samples;
};

/* n_agree: how many samples in a row must agree, 1..QUEUE_METER_AGREE_MAX. */
void queue_meter_init(struct queue_meter *m, int n_agree);

/* Delays may have any origin and be negative, but all have the same origin. */
void queue_meter_add(struct queue_meter *m, int64_t delay_us, int64_t now_us);

/* < 0: unknown, before the first sample. */
int64_t queue_meter_us(const struct queue_meter *m);

#endif
