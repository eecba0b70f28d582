/* splitmix64 (Steele, Lea and Flood, 2014; Vigna's constants): a hash of a counter, so the m-th
 * random number can be computed without those before it.
 * Pure. */
#ifndef HINDSIGHT_COMMON_BASE_SPLITMIX_H
#define HINDSIGHT_COMMON_BASE_SPLITMIX_H

#include <stdint.h>

#define SPLITMIX_STEP UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t splitmix_hash(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

#endif
