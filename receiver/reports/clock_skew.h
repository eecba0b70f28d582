/* How much faster the playout device runs than the sender's: a line through the last two minutes of
 * the fastest packet and the earliest pull of each second. Known only where that line is certain,
 * so not under strong jitter, nor soon after the path has become longer.
 * Pure: no clock, no allocation. Owner: latency. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_REPORTS_CLOCK_SKEW_H
#define HINDSIGHT_RECEIVER_REPORTS_CLOCK_SKEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLOCK_SKEW_SECONDS = 128, CLOCK_SKEW_SECONDS_MIN = 10 };

/* The largest standard error of a valid result. */
#define CLOCK_SKEW_ERROR_PPM_MAX 10.0

struct clock_skew { /* private to clock_skew.c */
	struct {
		int64_t at_us, apart_us; /* the packets' transit less that of the pulls */
	} points[CLOCK_SKEW_SECONDS];
	int n_points, next;
	int64_t n_pulled;   /* samples */
	int64_t second_us;  /* when the present second began; < 0: it begins with the next packet */
	int64_t transit_us; /* of its fastest packet */
	bool has_transit;
	int64_t pull_us; /* of its earliest pull, against the samples before it */
	bool has_pull;
};

void clock_skew_init(struct clock_skew *c);

/* transit_us: arrival less the timestamp's time, of any origin. */
void clock_skew_on_packet(struct clock_skew *c, int64_t transit_us);
void clock_skew_on_pull(struct clock_skew *c, size_t n_samples, int64_t now_us);

/* Parts per million; false: unknown. */
bool clock_skew_read(const struct clock_skew *c, double *ppm);

#endif
