/* The playout delay: how long after its earliest possible arrival a frame is played. It is learned
 * from arrivals. The transit of the fastest packet of the last half minute is the origin
 * (receiver/arrival/origin); from it counts each frame's availability delay, the first arrival of
 * any of its forms. So one rule covers jitter, loss, reordering and redundancy: a frame that only a
 * later packet's copy brings counts as a late frame.
 *
 * The rule: of all delays take the one of least cost,
 *
 *     cost(D) = price of D + price of a missing frame * share of the frames of the last half minute
 *                            that were available later than D
 *
 * since such frames are missing (common/base/playout_price). So the delay grows where that saves
 * enough missing frames, and only there. It shrinks only where that gains clearly more: the delay
 * of a call should be steady, and a delay needed recently may be needed again.
 * The seconds are those of the received sound, not of the clock, so nothing is forgotten in silence
 * (DTX).
 * Pure: no clock, no allocation. Owner: recv_stream. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_ARRIVAL_PLAYOUT_DELAY_H
#define HINDSIGHT_RECEIVER_ARRIVAL_PLAYOUT_DELAY_H

#include "common/base/playout_price.h"
#include "common/base/units.h"
#include "receiver/arrival/origin.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	PLAYOUT_DELAY_BINS = 2048,   /* of half a millisecond, circular: 1 s in total */
	PLAYOUT_DELAY_FRAMES = 16384 /* more than the window holds of the shortest frames */
};

/* The parameters that the benchmark compares; the defaults are the best (docs/RECEIVER.md). */
struct playout_delay_tuning {
	int64_t price_us;  /* of a missing frame */
	int64_t window_us; /* length of the window, in sound, <= 40 s */
	/* How much cheaper another delay must be to replace the present one; a quarter of a packet
	 * where that is less. */
	int64_t hysteresis_us;
	/* A shorter delay must also save this share of the price of the difference. */
	double fall_share;
};
struct playout_delay_tuning playout_delay_tuning(void); /* the defaults */

struct playout_delay_config {
	int64_t fixed_us;			   /* >= 0: this fixed delay; < 0: learned */
	int64_t min_us;				   /* of the learned one */
	int64_t max_us;				   /* of the learned one */
	const struct playout_delay_tuning *tuning; /* NULL: the defaults; else must live as long */
};

struct playout_delay { /* private to playout_delay.c */
	struct playout_delay_config config;
	struct playout_delay_tuning tuning;
	struct origin origin;
	int64_t received_us; /* received sound: the clock of the window */
	int64_t packet_us;   /* of sound in the newest packet */
	int64_t reach_us;    /* of the newest packet's copies */
	struct {
		int64_t reach_us;    /* the farthest reach of copies so far */
		int64_t received_us; /* when they first reached it */
	} farthest;
	int64_t fastest_level_us; /* level of the origin, less the drift of the clocks */
	int64_t target_us;
	struct {
		int64_t first_us;	      /* the others count from it */
		double n, sum, deviation_sum; /* from the mean at that time */
	} levels;			      /* of the packets' transits, less the drift */
	/* The frames of the window, by transit less the drift. */
	uint64_t n_first, n_end; /* of `frames`, a ring: [n_first, n_end) */
	struct {
		uint32_t heard_ms;
		uint16_t bin; /* of the transit, on the circle */
	} frames[PLAYOUT_DELAY_FRAMES];
	uint16_t counts[PLAYOUT_DELAY_BINS];
};

void playout_delay_init(struct playout_delay *d, const struct playout_delay_config *config);

/* Another stream, or the path has changed for good: forgets everything learned. */
void playout_delay_restart(struct playout_delay *d);

/* transit_us: arrival time less the timestamp's time; its origin is arbitrary, but the same
 * throughout a stream. n_samples: of sound in the packet. One call per packet. */
void playout_delay_on_packet(struct playout_delay *d, int64_t transit_us, int n_samples);

/* How far back the packet's farthest copy reaches; 0 without copies. One call per packet, after
 * playout_delay_on_packet(). */
void playout_delay_on_copies(struct playout_delay *d, int64_t reach_us);

/* The transit of a frame's first form; one call per frame, including late ones. */
void playout_delay_on_frame(struct playout_delay *d, int64_t transit_us);

/* Whether the delay is fixed, not learned. */
bool playout_delay_is_fixed(const struct playout_delay *d);

/* The transit of the fastest packet; 0 before the first. */
int64_t playout_delay_fastest_us(const struct playout_delay *d);

/* How long after the fastest packet's transit a frame should be played. */
int64_t playout_delay_target_us(const struct playout_delay *d);

#endif
