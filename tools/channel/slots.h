/* netem's slots: a medium that is ours only now and then, as radio is. Packets that have come wait
 * for the next slot and leave together, as many as fit.
 *
 *     ready ->  |       |  ready, ready ->  |   |
 *               slot    slot                slot
 *
 * A slot is planned when the one before it has passed and a packet waits: so many after that, or
 * after the packet came. Pure. Owner: a channel; one thread. */
#ifndef HINDSIGHT_TOOLS_CHANNEL_SLOTS_H
#define HINDSIGHT_TOOLS_CHANNEL_SLOTS_H

#include "tools/channel/delay_quantiles.h"

#include <stddef.h>
#include <stdint.h>

struct slots { /* private to slots.c */
	uint64_t seed_hash;
	uint64_t n_planned;
	int64_t next_ns; /* INT64_MIN: none was planned */
	int64_t packets_left, bytes_left;
	struct channel_slot slot;
	int16_t quantiles[DELAY_QUANTILES];
};

void slots_init(struct slots *slots, uint64_t seed_hash);

/* Another specification from the next packet on. Its distribution has its table. */
void slots_set(struct slots *slots, const struct channel_slot *slot);

/* When a packet leaves that came at now_ns and could leave at ready_ns >= now_ns; n_bytes: on the
 * line. Packets are asked for in the order in which they came. */
int64_t slots_departure_ns(struct slots *slots, int64_t ready_ns, int64_t now_ns, size_t n_bytes);

#endif
