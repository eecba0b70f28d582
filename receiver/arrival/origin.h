/* The transit time of the fastest packet of the last half minute: the origin of the playout delay. Two
 * clocks run apart, so that what was the fastest half a minute ago would be slower or faster by now; where
 * the fastest ones of each second lie on a line, its slope is taken for that drift and taken off.
 * The seconds are those of the sound that came, not of the clock.
 * One packet alone may come early: a clock is set while it lies in the socket, or its timestamp is forged.
 * It is believed where another one bears it out; else the second fastest stands for all.
 * Pure: no clock, no allocation. Owner: playout_delay. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_ARRIVAL_ORIGIN_H
#define HINDSIGHT_RECEIVER_ARRIVAL_ORIGIN_H

#include <stdint.h>

enum { ORIGIN_SECONDS = 32 };

struct origin { /* private to origin.c */
	int64_t received_us;
	/* Of each second, its number and the two smallest transit times less the drift by then. */
	int64_t seconds[ORIGIN_SECONDS]; /* -1: none */
	int64_t levels_us[ORIGIN_SECONDS];
	int64_t second_levels_us[ORIGIN_SECONDS]; /* INT64_MAX: none */
	double drift;	   /* of the transit times, a share of the sound heard */
	double drifted_us; /* since the beginning */
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
