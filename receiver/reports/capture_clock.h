/* When the sender captured a sample, by the sender's clock: from the capture times that packets
 * carry now and then (abs-capture-time), extended by the timestamps in between. Each of the last
 * few capture times holds from its own timestamp on, since a device that stood still shifts the two
 * clocks. A capture time may be false: the caller must check the result.
 * Pure. Owner: latency. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_REPORTS_CAPTURE_CLOCK_H
#define HINDSIGHT_RECEIVER_REPORTS_CAPTURE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { CAPTURE_CLOCK_POINTS = 8 }; /* more than arrive within the longest playout delay */

struct capture_clock { /* private to capture_clock.c */
	struct {
		int64_t timestamp;	/* unwrapped */
		int64_t us;		/* of the sender's clock, since its 1900 */
	} points[CAPTURE_CLOCK_POINTS]; /* the newest first */
	int n_points;
};

void capture_clock_init(struct capture_clock *c);

/* A packet carried its capture time. A packet overtaken by a later one is ignored. */
void capture_clock_add(struct capture_clock *c, int64_t timestamp, uint64_t ntp);

/* False: no capture time has been received. */
bool capture_clock_read(const struct capture_clock *c, int64_t timestamp, int64_t *us);

#endif
