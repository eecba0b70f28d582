/* States that lie one behind the other in the caller's memory: each begins a whole number of cache lines
 * after the first, so that whatever is in it is as well aligned as that. Pure. */
#ifndef HINDSIGHT_COMMON_BASE_STORAGE_H
#define HINDSIGHT_COMMON_BASE_STORAGE_H

#include <stddef.h>

enum { STORAGE_ALIGNMENT = 64 };

/* The room that a state of n_bytes takes before the next one. */
static inline size_t storage_bytes(size_t n_bytes)
{
	return (n_bytes + STORAGE_ALIGNMENT - 1) & ~(size_t)(STORAGE_ALIGNMENT - 1);
}

#endif
