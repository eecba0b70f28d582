/* When the sender captured a sample, by the sender's own clock: what packets tell now and then
 * (abs-capture-time), and by the timestamps what lies between. Of the last few that were told each
 * holds from its own timestamp on, since a device that stood still moves the two against each other.
 * What is told may be a lie: whoever asks weighs the answer.
 * Pure. Owner: latency. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_REPORTS_CAPTURE_CLOCK_H
#define HINDSIGHT_RECEIVER_REPORTS_CAPTURE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { CAPTURE_CLOCK_POINTS = 8 }; /* more than told within the longest playout delay */

struct capture_clock { /* private to capture_clock.c */
	struct {
		int64_t timestamp;	/* unwrapped */
		int64_t us;		/* of the sender's clock, since its 1900 */
	} points[CAPTURE_CLOCK_POINTS]; /* the newest first */
	int n_points;
};

void capture_clock_init(struct capture_clock *c);

/* A packet told. One that was overtaken by a later one tells nothing new. */
void capture_clock_add(struct capture_clock *c, int64_t timestamp, uint64_t ntp);

/* False: nothing was ever told. */
bool capture_clock_read(const struct capture_clock *c, int64_t timestamp, int64_t *us);

#endif
