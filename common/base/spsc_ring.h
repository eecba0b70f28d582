/* A lock-free ring of fixed-size slots between one writing and one reading thread.
 * It connects the callbacks with the threads: no call waits or allocates, and the only failures are
 * "full" and "empty".
 *
 *     writer:  begin_push -> fill the slot in place -> commit_push      or  push (copies)
 *     reader:  begin_pop  -> use the slot in place  -> commit_pop       or  pop (copies)
 *
 * Thread: the push side belongs to one thread, the pop side to one (other or same) thread.
 * Owner: the caller, of the struct and of the slots' memory; both stay in place while in use. */
#ifndef HINDSIGHT_COMMON_BASE_SPSC_RING_H
#define HINDSIGHT_COMMON_BASE_SPSC_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CACHE_LINE_BYTES = 64 };

/* Private to spsc_ring.c. The padding keeps each index on a cache line of its own wherever the
 * struct lies; alignas would forbid the heap. */
struct spsc_ring {
	uint8_t *slots;
	size_t n_slots;
	size_t slot_bytes;   /* as given by the caller: what push and pop copy */
	size_t stride_bytes; /* slot_bytes rounded up, so that every slot is aligned */
	uint8_t padding_before_head[CACHE_LINE_BYTES];
	atomic_size_t head; /* slots ever pushed; only the writer writes it */
	uint8_t padding_before_tail[CACHE_LINE_BYTES];
	atomic_size_t tail; /* slots ever popped; only the reader writes it */
	uint8_t padding_after_tail[CACHE_LINE_BYTES];
};

/* Bytes of memory that the slots need: a slot begins at a multiple of alignof(max_align_t). */
size_t spsc_ring_bytes(size_t n_slots, size_t slot_bytes);

/* memory: spsc_ring_bytes() bytes, aligned as by malloc(). n_slots: a power of two; all of them can
 * be full at once. slot_bytes >= 1. Call it before either thread uses the ring. */
void spsc_ring_init(struct spsc_ring *ring, void *memory, size_t n_slots, size_t slot_bytes);

/* Copies one slot in. False: full, nothing changed; the caller drops and counts. */
bool spsc_ring_push(struct spsc_ring *ring, const void *slot);

/* Copies the oldest slot out. False: empty, *slot untouched. */
bool spsc_ring_pop(struct spsc_ring *ring, void *slot);

/* The next free slot, to be filled in place, or NULL where the ring is full. Only commit_push makes
 * it visible to the reader; without a commit the next begin returns the same slot. */
void *spsc_ring_begin_push(struct spsc_ring *ring);
void spsc_ring_commit_push(struct spsc_ring *ring);

/* The oldest slot, to be read in place, or NULL where the ring is empty. It belongs to the reader
 * until commit_pop returns it to the writer. */
const void *spsc_ring_begin_pop(struct spsc_ring *ring);
void spsc_ring_commit_pop(struct spsc_ring *ring);

#endif
