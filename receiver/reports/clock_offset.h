/* How far the sender's clock is ahead of ours, from RTCP round trips: the fastest of the last
 * seconds was delayed least, so it is the most accurate (the minimum filter of RFC 5905, 10). Path
 * and return path are taken as equally long; if they are not, the error is at most half of the
 * round trip.
 *
 *     ours    t1 -- reference time -->                t4 ------>
 *     theirs              t2 -- SR with DLRR --> t3
 *
 *     offset = ((t2 - t1) + (t3 - t4)) / 2,  round trip = (t4 - t1) - (t3 - t2)
 *
 * Pure. Owner: reporter. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_REPORTS_CLOCK_OFFSET_H
#define HINDSIGHT_RECEIVER_REPORTS_CLOCK_OFFSET_H

#include <stdbool.h>
#include <stdint.h>

enum { CLOCK_OFFSET_SAMPLES = 16 };

struct clock_offset { /* private to clock_offset.c */
	struct {
		int64_t at_us, offset_us, round_trip_us;
	} samples[CLOCK_OFFSET_SAMPLES];
	int n_samples, next;
};

void clock_offset_init(struct clock_offset *c);
void clock_offset_add(
	struct clock_offset *c, int64_t offset_us, int64_t round_trip_us, int64_t now_us);

/* False: unknown. The true offset is within *uncertainty_us of *offset_us. */
bool clock_offset_read(const struct clock_offset *c, int64_t *offset_us, int64_t *uncertainty_us);

#endif
