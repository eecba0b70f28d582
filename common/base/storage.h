/* States laid out one after the other in the caller's memory: each begins a whole number of cache
 * lines after the first, so it is aligned like the first.
 * Pure. */
#ifndef HINDSIGHT_COMMON_BASE_STORAGE_H
#define HINDSIGHT_COMMON_BASE_STORAGE_H

#include <stddef.h>

enum { STORAGE_ALIGNMENT = 64 };

/* The bytes from the beginning of a state of n_bytes to that of the next. */
static inline size_t storage_bytes(size_t n_bytes)
{
	return (n_bytes + STORAGE_ALIGNMENT - 1) & ~(size_t)(STORAGE_ALIGNMENT - 1);
}

#endif
