/* The playout delay: how long after its earliest possible arrival a frame is played.
 * Learned from what arrives: the transit time of the fastest packet of the last seconds is the
 * origin; against it stands each frame's availability delay, the first arrival of any of its
 * forms. So one rule covers jitter, loss, reordering and redundancy: a frame that only a later
 * packet's copy brings is one that came late.
 *
 * The rule: of all delays take the one with the least cost,
 *
 *     cost(D) = price of D + sum over the frames of the last seconds that were available later
 *                            than D of what each costs / number of frames
 *
 * where a frame that came by PLAYOUT_WAIT_LONGEST_US later at most costs what waiting for it does, and
 * any other as a missing one (common/playout_price). So a little more delay is taken on where it buys
 * enough fewer missing frames or waits, and nowhere else; what is needed rarely is waited for when
 * it is needed. Down it goes only where that gains clearly more, as each move is heard a little and
 * what was needed lately may be needed again.
 * The seconds are those of the sound that came, not of the clock: silence (DTX) forgets nothing.
 * Pure: no clock, no allocation. Owner: recv_stream. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_PLAYOUT_DELAY_H
#define HINDSIGHT_RECEIVER_PLAYOUT_DELAY_H

#include "common/playout_price.h"
#include "common/units.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	PLAYOUT_DELAY_BINS = 2048,   /* of half a millisecond, round and round: 1 s in all */
	PLAYOUT_DELAY_FRAMES = 4096, /* more than the window holds of the shortest frames */
	EXTREME_BUCKETS = 16,
	COPY_OFFSETS = 8 /* distances of copies that are remembered */
};

/* For a frame that may be late or lost, waiting longer is worse than missing it. */
#define PLAYOUT_WAIT_MAX_US (60 * US_PER_MS)

/* The smallest value of the last seconds, kept in buckets of half a second. */
struct recent_extreme { /* private to playout_delay.c */
	int64_t values[EXTREME_BUCKETS];
	int64_t bucket_numbers[EXTREME_BUCKETS]; /* time / bucket length; -1: empty */
};

/* What the benchmark compares; the usual ones are the best of it (docs/RECEIVER.md). */
struct playout_delay_tuning {
	int64_t price_us;      /* of a missing frame */
	int64_t wait_price_us; /* of one that is waited for, */
	double wait_price;     /* and so much for each microsecond of the wait */
	int64_t window_us;     /* of sound that is remembered, <= 9 s */
	int64_t hysteresis_us; /* another delay must cost less by so much, or the present one stays;
			       * a quarter of a packet where that is less */
	double fall_share; /* a shorter one must gain this share of the price of what it is shorter */
};
struct playout_delay_tuning playout_delay_tuning(void); /* the usual ones */

struct playout_delay_config {
	int64_t fixed_us; /* >= 0: holds this delay; < 0: learned */
	int64_t min_us;	  /* of the learned one */
	int64_t max_us;	  /* of the learned one and of waiting: nothing is waited for beyond it */
	const struct playout_delay_tuning *tuning; /* NULL: the usual; else alive as long */
};

struct playout_delay { /* private to playout_delay.c */
	struct playout_delay_config config;
	struct playout_delay_tuning tuning;
	struct recent_extreme fastest;
	int64_t heard_us;  /* sound that came: the clock of both windows */
	int64_t packet_us; /* of sound in the newest packet */
	int64_t fastest_us;
	int64_t target_us;
	/* The frames of the window, by their transit time. */
	uint64_t n_first, n_end; /* of `frames`, a ring: [n_first, n_end) */
	struct {
		int64_t bin; /* of the transit time, unbounded */
		int64_t heard_us;
	} frames[PLAYOUT_DELAY_FRAMES];
	uint16_t counts[PLAYOUT_DELAY_BINS];
	/* Frames that were not there in time: how many came soon after, and how many never. */
	double n_late, n_never;
	double late_us; /* how late those that came were, at most, of late */
	/* Where copies travel: which later packets may still bring a frame. */
	struct {
		int offset_samples;
		int64_t heard_us; /* when one was seen last; -1: none */
	} copies[COPY_OFFSETS];
	double lateness_us; /* of packets against the fastest, a running mean */
};

void playout_delay_init(struct playout_delay *d, const struct playout_delay_config *config);

/* Another stream, or the way here has changed for good: forget what was learned. */
void playout_delay_restart(struct playout_delay *d);

/* transit_us: arrival time less the timestamp's time; its origin is arbitrary, but the same
 * throughout a stream. n_samples: of sound in it. One call per packet. */
void playout_delay_on_packet(struct playout_delay *d, int64_t transit_us, int n_samples);

/* The same of a frame's first form; one call per frame, late ones included. */
void playout_delay_on_frame(struct playout_delay *d, int64_t transit_us);

/* A packet carried a copy of the frame so far before it. */
void playout_delay_on_copy(struct playout_delay *d, int offset_samples);

/* A frame was not there when its turn came; late_us: how long after it came, < 0: it never did. */
void playout_delay_on_missing(struct playout_delay *d, int64_t late_us);

/* How long it pays to wait for a frame that is not there, and may be late or lost: about as long
 * as late ones have been late. 0: not at all; never more than PLAYOUT_WAIT_MAX_US, and 0 where the
 * delay is fixed. */
int64_t playout_delay_wait_us(const struct playout_delay *d);

/* How long from now until the next packet that may carry a copy of this frame should have come;
 * 0: none will, or the delay is fixed. */
int64_t playout_delay_hope_us(const struct playout_delay *d, int64_t timestamp, int64_t now_us);

/* With so much delay nothing is waited for any more: never beyond the upper bound of a learned one. */
int64_t playout_delay_longest_us(const struct playout_delay *d);

/* Whether the delay is given, not learned. */
bool playout_delay_is_fixed(const struct playout_delay *d);

/* The transit time of the fastest packet; 0 before the first. */
int64_t playout_delay_fastest_us(const struct playout_delay *d);

/* How long after the fastest packet's transit a frame should be played. */
int64_t playout_delay_target_us(const struct playout_delay *d);

#endif
