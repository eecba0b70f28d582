#include "tools/channel/slots.h"

#include "common/base/splitmix.h"
#include "common/base/units.h"

#include <assert.h>
#include <string.h>

enum { NS_PER_US = 1000 };

/* The slots' random numbers are their own, whatever the packets draw. */
#define SLOTS_SEED UINT64_C(0x51075)

void slots_init(struct slots *slots, uint64_t seed_hash)
{
	*slots = (struct slots){ .seed_hash = splitmix_hash(seed_hash ^ SLOTS_SEED),
		.next_ns = INT64_MIN };
}

void slots_set(struct slots *slots, const struct channel_slot *slot)
{
	slots->slot = *slot;
	slots->next_ns = INT64_MIN;
	if (slot->distribution == CHANNEL_TABLE) {
		assert(slot->table.quantiles);
		memcpy(slots->quantiles, slot->table.quantiles, sizeof slots->quantiles);
	} else if (slot->distribution != CHANNEL_UNIFORM) {
		delay_quantiles_fill(slots->quantiles, slot->distribution);
	}
}

static void plan(struct slots *slots, int64_t after_ns)
{
	const struct channel_slot *const s = &slots->slot;
	const uint64_t counter = ++slots->n_planned;
	const uint32_t draw =
		(uint32_t)(splitmix_hash(slots->seed_hash + counter * SPLITMIX_STEP) >> 32);
	int64_t us = s->min_us + (int64_t)((draw * (uint64_t)(s->max_us - s->min_us)) >> 32);

	if (s->jitter_us > 0)
		us = delay_quantiles_draw(
			s->distribution, slots->quantiles, s->delay_us, s->jitter_us, draw);
	slots->next_ns = after_ns + us * NS_PER_US;
	slots->packets_left = s->max_packets > 0 ? s->max_packets : INT64_MAX;
	slots->bytes_left = s->max_bytes > 0 ? s->max_bytes : INT64_MAX;
}

/* As the kernel's netem_dequeue() does it: it looks when a packet comes, when one may leave, and at
 * the slot; a slot that would open before the packet is ready is planned anew then. */
int64_t slots_departure_ns(struct slots *slots, int64_t ready_ns, int64_t now_ns, size_t n_bytes)
{
	if (slots->next_ns < ready_ns) {
		plan(slots, slots->next_ns > now_ns ? slots->next_ns : now_ns);
		if (slots->next_ns < ready_ns)
			plan(slots, ready_ns);
	} else if (slots->packets_left <= 0 || slots->bytes_left <= 0) {
		plan(slots, slots->next_ns);
	}
	slots->packets_left--;
	slots->bytes_left -= (int64_t)(n_bytes < INT32_MAX ? n_bytes : INT32_MAX);
	return slots->next_ns;
}
