/* The playout delay: how long after its earliest possible arrival a frame is played.
 * Learned from what arrives: the transit time of the fastest packet of the last seconds is the
 * origin; against it stands each frame's availability delay, the first arrival of any of its
 * forms. So one rule covers jitter, loss, reordering and redundancy: a frame that only a later
 * packet's copy brings is one that came late.
 * Pure: no clock, no allocation. Owner: recv_stream. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_PLAYOUT_DELAY_H
#define HINDSIGHT_RECEIVER_PLAYOUT_DELAY_H

#include <stdbool.h>
#include <stdint.h>

enum { EXTREME_BUCKETS = 16 };

/* The smallest value of the last seconds, kept in buckets of half a second. */
struct recent_extreme { /* private to playout_delay.c */
	int64_t values[EXTREME_BUCKETS];
	int64_t bucket_numbers[EXTREME_BUCKETS]; /* time / bucket length; -1: empty */
};

struct playout_delay_config {
	int64_t fixed_us; /* >= 0: holds this delay; < 0: learned */
	int64_t min_us;	  /* of the learned one */
	int64_t max_us;
};

struct playout_delay { /* private to playout_delay.c */
	struct playout_delay_config config;
	struct recent_extreme fastest;
	struct recent_extreme slowest; /* of availability transits, negated */
	int64_t fastest_us;
	int64_t target_us;
};

void playout_delay_init(struct playout_delay *d, const struct playout_delay_config *config);

/* Another stream, or the way here has changed for good: forget what was learned. */
void playout_delay_restart(struct playout_delay *d);

/* transit_us: arrival time less the timestamp's time; its origin is arbitrary, but the same
 * throughout a stream. One call per packet. */
void playout_delay_on_packet(struct playout_delay *d, int64_t transit_us, int64_t arrival_us);

/* The same of a frame's first form; one call per frame, late ones included. */
void playout_delay_on_frame(struct playout_delay *d, int64_t transit_us, int64_t arrival_us);

/* The transit time of the fastest packet; 0 before the first. */
int64_t playout_delay_fastest_us(const struct playout_delay *d);

/* How long after the fastest packet's transit a frame should be played. */
int64_t playout_delay_target_us(const struct playout_delay *d);

#endif
