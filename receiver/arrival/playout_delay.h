/* The playout delay: how long after its earliest possible arrival a frame is played.
 * Learned from what arrives: the transit time of the fastest packet of the last half minute is the
 * origin (receiver/origin); against it stands each frame's availability delay, the first arrival of any of its
 * forms. So one rule covers jitter, loss, reordering and redundancy: a frame that only a later
 * packet's copy brings is one that came late.
 *
 * The rule: of all delays take the one with the least cost,
 *
 *     cost(D) = price of D + price of a missing frame * share of the frames of the last half minute
 *                            that were available later than D
 *
 * each of which is missing then (common/playout_price). So a little more delay is taken on where it
 * buys enough fewer missing frames, and nowhere else. Down it goes only where that gains clearly
 * more: a call should hold still, and what was needed lately may be needed again.
 * The seconds are those of the sound that came, not of the clock: silence (DTX) forgets nothing.
 * Pure: no clock, no allocation. Owner: recv_stream. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_ARRIVAL_PLAYOUT_DELAY_H
#define HINDSIGHT_RECEIVER_ARRIVAL_PLAYOUT_DELAY_H

#include "common/base/playout_price.h"
#include "common/base/units.h"
#include "receiver/arrival/origin.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	PLAYOUT_DELAY_BINS = 2048,   /* of half a millisecond, round and round: 1 s in all */
	PLAYOUT_DELAY_FRAMES = 16384 /* more than the window holds of the shortest frames */
};

/* What the benchmark compares; the usual ones are the best of it (docs/RECEIVER.md). */
struct playout_delay_tuning {
	int64_t price_us;      /* of a missing frame */
	int64_t window_us;     /* of sound that is remembered, <= 40 s */
	int64_t hysteresis_us; /* another delay must cost less by so much, or the present one stays;
			       * a quarter of a packet where that is less */
	double fall_share; /* a shorter one must gain this share of the price of what it is shorter */
};
struct playout_delay_tuning playout_delay_tuning(void); /* the usual ones */

struct playout_delay_config {
	int64_t fixed_us;			   /* >= 0: holds this delay; < 0: learned */
	int64_t min_us;				   /* of the learned one */
	int64_t max_us;				   /* of the learned one */
	const struct playout_delay_tuning *tuning; /* NULL: the usual; else alive as long */
};

struct playout_delay { /* private to playout_delay.c */
	struct playout_delay_config config;
	struct playout_delay_tuning tuning;
	struct origin origin;
	int64_t heard_us;  /* sound that came: the clock of the window */
	int64_t packet_us; /* of sound in the newest packet */
	int64_t reach_us;  /* of the newest packet's copies */
	struct {
		int64_t reach_us; /* of the copies that reached farthest so far */
		int64_t heard_us; /* when they first did */
	} farthest;
	int64_t fastest_level_us; /* of the origin, less the drift of the clocks */
	int64_t target_us;
	struct {
		int64_t first_us;	      /* the others are counted from it */
		double n, sum, deviation_sum; /* from the mean by then */
	} levels;			      /* of the packets' transit times, less the drift */
	/* The frames of the window, by their transit time less the drift. */
	uint64_t n_first, n_end; /* of `frames`, a ring: [n_first, n_end) */
	struct {
		uint32_t heard_ms;
		uint16_t bin; /* of the transit time, on the circle */
	} frames[PLAYOUT_DELAY_FRAMES];
	uint16_t counts[PLAYOUT_DELAY_BINS];
};

void playout_delay_init(struct playout_delay *d, const struct playout_delay_config *config);

/* Another stream, or the way here has changed for good: forget what was learned. */
void playout_delay_restart(struct playout_delay *d);

/* transit_us: arrival time less the timestamp's time; its origin is arbitrary, but the same
 * throughout a stream. n_samples: of sound in it. One call per packet. */
void playout_delay_on_packet(struct playout_delay *d, int64_t transit_us, int n_samples);

/* How far back the packet's farthest copy reaches; 0 without one. One call per packet, after that. */
void playout_delay_on_copies(struct playout_delay *d, int64_t reach_us);

/* The transit time of a frame's first form; one call per frame, late ones included. */
void playout_delay_on_frame(struct playout_delay *d, int64_t transit_us);

/* Whether the delay is given, not learned. */
bool playout_delay_is_fixed(const struct playout_delay *d);

/* The transit time of the fastest packet; 0 before the first. */
int64_t playout_delay_fastest_us(const struct playout_delay *d);

/* How long after the fastest packet's transit a frame should be played. */
int64_t playout_delay_target_us(const struct playout_delay *d);

#endif
