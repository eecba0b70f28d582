/* The fate of each packet on a lossy path, as the Linux kernel's sch_netem would have it.
 *
 *     packet n -> duplicate? -> lost? -> corrupt? -> limit? -> { reorder: at once
 *                                                              { delay + jitter -> rate -> slot?
 *     -> leaves
 *
 * Each packet has its own random numbers, made from the seed and n alone. What depends on chance
 * (loss, copies, corruption, jitter) is therefore the same whatever the packets' times and sizes;
 * only the limit, the rate's queue and the departure's absolute time know them.
 * Pure: no clock, no allocation. Owner: a link, or the caller; one thread. */
#ifndef HINDSIGHT_TOOLS_CHANNEL_CHANNEL_H
#define HINDSIGHT_TOOLS_CHANNEL_CHANNEL_H

#include "tools/channel/channel_spec.h"
#include "tools/channel/delay_quantiles.h"
#include "tools/channel/slots.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the rate counts beside a datagram's bytes, as netem does on an Ethernet device: Ethernet 14,
 * IPv4 20, UDP 8. */
enum { CHANNEL_HEADER_BYTES = 42, CHANNEL_COPIES_MAX = 2 };

enum channel_outcome {
	CHANNEL_DELIVERED,
	CHANNEL_LOST,	/* by chance */
	CHANNEL_LIMITED /* too many packets were in flight */
};

struct channel_fate {
	uint64_t n; /* the packet's number, from 0 */
	enum channel_outcome outcome;
	bool is_corrupted;	/* the first copy; one bit */
	uint64_t corrupted_bit; /* bit 0 is the lowest of byte 0, bit 8 the lowest of byte 1 */
	bool is_reordered;	/* leaves before a packet that came earlier */
	unsigned n_copies;	/* 0: not delivered; 2: duplicated */
	int64_t departure_us[CHANNEL_COPIES_MAX]; /* of each copy, never before now_us */
};

struct channel { /* private to channel.c */
	struct channel_spec spec;
	uint64_t seed_hash;
	uint64_t n_packets;
	struct {
		uint32_t duplicate, loss, corrupt, reorder; /* netem's correlated random numbers */
		int64_t delay;				    /* on the bell, in quantile units */
	} last;
	int state;		 /* of the 4-state chain, 1..4 */
	bool is_bad;		 /* gemodel's state */
	uint32_t gap_count;	 /* packets since one was reordered */
	int64_t latest_ready_ns; /* of all packets: when they could leave, were it not for slots */
	int64_t latest_departure_ns;
	struct slots slots;
	int16_t quantiles[DELAY_QUANTILES]; /* of the distribution, unless it is uniform */
	int16_t bell[DELAY_QUANTILES];	    /* where the delay is correlated */
};

/* A specification's tables must be filled in; they are copied. */
void channel_init(struct channel *channel, const struct channel_spec *spec, uint64_t seed);

/* Another specification from the next packet on: a route that changes. The seed, n, the chains'
 * states and packets in flight stay. */
void channel_set_spec(struct channel *channel, const struct channel_spec *spec);

/* The next packet enters. n_bytes: its UDP payload; n_queued: packets in flight, for the limit;
 * now_us never goes back. */
void channel_next_fate(struct channel *channel, size_t n_bytes, size_t n_queued, int64_t now_us,
	struct channel_fate *fate);

#endif
