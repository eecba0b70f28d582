/* The transit of the fastest packet of the last half minute: the origin of the playout delay. Two
 * clocks drift apart, so that the fastest packet of half a minute ago would be slower or faster by
 * now. Where the fastest packets of the seconds lie on a line, its slope is taken as that drift and
 * subtracted. The seconds are those of the received sound, not of the clock.
 * Pure: no clock, no allocation. Owner: playout_delay. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_ARRIVAL_ORIGIN_H
#define HINDSIGHT_RECEIVER_ARRIVAL_ORIGIN_H

#include <stdint.h>

enum { ORIGIN_SECONDS = 32 };

struct origin { /* private to origin.c */
	int64_t received_us;
	/* For each second, its number and the smallest transit less the drift by then. */
	int64_t seconds[ORIGIN_SECONDS]; /* -1: none */
	int64_t levels_us[ORIGIN_SECONDS];
	double drift;	   /* of the transit, as a share of the received sound */
	double drifted_us; /* since the start */
	int64_t fastest_us;
};

void origin_init(struct origin *o);

/* transit_us: arrival time less the timestamp's time, of any origin. received_us: duration of the
 * sound in the packet. */
void origin_on_packet(struct origin *o, int64_t transit_us, int64_t received_us);

/* 0 before the first packet. */
int64_t origin_fastest_us(const struct origin *o);

/* A present transit less the drift, which may be compared with those of other times. */
int64_t origin_level_us(const struct origin *o, int64_t transit_us);

#endif
