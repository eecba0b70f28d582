#include "common/base/spsc_ring.h"

#include <assert.h>
#include <stdalign.h>
#include <string.h>

static size_t stride_of(size_t slot_bytes)
{
	const size_t alignment = alignof(max_align_t);
	return (slot_bytes + alignment - 1) / alignment * alignment;
}

/* The counters run on and wrap around at SIZE_MAX + 1, which every power of two divides. */
static uint8_t *slot_at(const struct spsc_ring *ring, size_t count)
{
	return ring->slots + (count & (ring->n_slots - 1)) * ring->stride_bytes;
}

size_t spsc_ring_bytes(size_t n_slots, size_t slot_bytes)
{
	assert(slot_bytes >= 1 && n_slots <= SIZE_MAX / stride_of(slot_bytes));
	return n_slots * stride_of(slot_bytes);
}

void spsc_ring_init(struct spsc_ring *ring, void *memory, size_t n_slots, size_t slot_bytes)
{
	assert(n_slots >= 1 && (n_slots & (n_slots - 1)) == 0);
	assert(slot_bytes >= 1);
	ring->slots = memory;
	ring->n_slots = n_slots;
	ring->slot_bytes = slot_bytes;
	ring->stride_bytes = stride_of(slot_bytes);
	atomic_init(&ring->head, 0);
	atomic_init(&ring->tail, 0);
}

void *spsc_ring_begin_push(struct spsc_ring *ring)
{
	const size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed); /* ours */
	const size_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire); /* slot free */
	return head - tail == ring->n_slots ? NULL : slot_at(ring, head);
}

void spsc_ring_commit_push(struct spsc_ring *ring)
{
	const size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed); /* ours */
	assert(head - atomic_load_explicit(&ring->tail, memory_order_relaxed) < ring->n_slots);
	atomic_store_explicit(&ring->head, head + 1, memory_order_release); /* publish */
}

const void *spsc_ring_begin_pop(struct spsc_ring *ring)
{
	const size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed); /* ours */
	const size_t head = atomic_load_explicit(&ring->head, memory_order_acquire); /* its bytes */
	return head == tail ? NULL : slot_at(ring, tail);
}

void spsc_ring_commit_pop(struct spsc_ring *ring)
{
	const size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed); /* ours */
	assert(atomic_load_explicit(&ring->head, memory_order_relaxed) != tail);
	atomic_store_explicit(&ring->tail, tail + 1, memory_order_release); /* hand back */
}

bool spsc_ring_push(struct spsc_ring *ring, const void *slot)
{
	void *const free_slot = spsc_ring_begin_push(ring);
	if (!free_slot)
		return false; /* full: the caller drops and counts */
	memcpy(free_slot, slot, ring->slot_bytes);
	spsc_ring_commit_push(ring);
	return true;
}

bool spsc_ring_pop(struct spsc_ring *ring, void *slot)
{
	const void *const oldest = spsc_ring_begin_pop(ring);
	if (!oldest)
		return false;
	memcpy(slot, oldest, ring->slot_bytes);
	spsc_ring_commit_pop(ring);
	return true;
}
