#include "tools/channel/link.h"

#include <assert.h>
#include <string.h>

struct link_slot {
	int64_t departure_us;
	uint64_t nth_copy; /* of all copies ever sent: the tie breaker */
	uint64_t n;
	size_t n_bytes;
};

size_t link_bytes(size_t n_datagrams, size_t datagram_bytes)
{
	return n_datagrams * (sizeof(struct link_slot) + sizeof(uint32_t) + datagram_bytes);
}

enum status link_init(struct link *link, void *memory, size_t n_datagrams, size_t datagram_bytes,
	const struct channel_spec *spec, uint64_t seed)
{
	if (n_datagrams < CHANNEL_COPIES_MAX || n_datagrams > UINT32_MAX)
		return STATUS_BAD_CONFIG;
	link->n_slots = n_datagrams;
	link->slot_bytes = datagram_bytes;
	link->n_queued = 0;
	link->n_sent = 0;
	link->slots = memory;
	link->order = (uint32_t *)(void *)(link->slots + n_datagrams);
	link->bytes = (uint8_t *)(link->order + n_datagrams);
	for (size_t i = 0; i < n_datagrams; i++)
		link->order[i] = (uint32_t)i;
	channel_init(&link->channel, spec, seed);
	return STATUS_OK;
}

void link_set_spec(struct link *link, const struct channel_spec *spec)
{
	channel_set_spec(&link->channel, spec);
}

static bool leaves_before(const struct link *link, size_t a, size_t b)
{
	const struct link_slot *const x = &link->slots[link->order[a]];
	const struct link_slot *const y = &link->slots[link->order[b]];
	if (x->departure_us != y->departure_us)
		return x->departure_us < y->departure_us;
	return x->nth_copy < y->nth_copy;
}

static void swap(struct link *link, size_t a, size_t b)
{
	const uint32_t slot = link->order[a];
	link->order[a] = link->order[b];
	link->order[b] = slot;
}

static void sift_up(struct link *link, size_t at)
{
	while (at > 0 && leaves_before(link, at, (at - 1) / 2)) {
		swap(link, at, (at - 1) / 2);
		at = (at - 1) / 2;
	}
}

static void sift_down(struct link *link, size_t at)
{
	for (;;) {
		size_t first = at;
		for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
			if (child < link->n_queued && leaves_before(link, child, first))
				first = child;
		}
		if (first == at)
			return;
		swap(link, at, first);
		at = first;
	}
}

static uint8_t *slot_bytes_at(const struct link *link, uint32_t slot)
{
	return link->bytes + slot * link->slot_bytes;
}

static void put_under_way(struct link *link, const void *bytes, size_t n_bytes,
	const struct channel_fate *fate, unsigned copy)
{
	assert(link->n_queued < link->n_slots); /* link_send() looked */
	const uint32_t number = link->order[link->n_queued];
	uint8_t *const stored = slot_bytes_at(link, number);
	link->slots[number] = (struct link_slot){ .departure_us = fate->departure_us[copy],
		.nth_copy = link->n_sent++,
		.n = fate->n,
		.n_bytes = n_bytes };
	if (n_bytes > 0) /* bytes may be NULL then, which memcpy() forbids */
		memcpy(stored, bytes, n_bytes);
	if (fate->is_corrupted && copy == 0)
		stored[fate->corrupted_bit / 8] ^= (uint8_t)(1u << fate->corrupted_bit % 8);
	sift_up(link, link->n_queued++);
}

void link_carry(
	struct link *link, const void *bytes, size_t n_bytes, const struct channel_fate *fate)
{
	assert(n_bytes <= link->slot_bytes);
	for (unsigned copy = 0; copy < fate->n_copies; copy++)
		put_under_way(link, bytes, n_bytes, fate, copy);
}

void link_send(struct link *link, const void *bytes, size_t n_bytes, int64_t now_us,
	struct channel_fate *fate)
{
	const bool has_room = link->n_slots - link->n_queued >= CHANNEL_COPIES_MAX;
	channel_next_fate(
		&link->channel, n_bytes, has_room ? link->n_queued : SIZE_MAX, now_us, fate);
	link_carry(link, bytes, n_bytes, fate);
}

int64_t link_next_departure_us(const struct link *link)
{
	return link->n_queued > 0 ? link->slots[link->order[0]].departure_us : INT64_MAX;
}

bool link_receive(struct link *link, struct link_delivery *delivery, int64_t now_us)
{
	if (link_next_departure_us(link) > now_us || link->n_queued == 0)
		return false;
	const uint32_t number = link->order[0];
	const struct link_slot *const slot = &link->slots[number];
	*delivery = (struct link_delivery){ .bytes = slot_bytes_at(link, number),
		.n_bytes = slot->n_bytes,
		.n = slot->n,
		.departure_us = slot->departure_us };
	swap(link, 0, --link->n_queued);
	sift_down(link, 0);
	return true;
}

size_t link_queued(const struct link *link)
{
	return link->n_queued;
}
