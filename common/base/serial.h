/* Serial number arithmetic (RFC 1982): comparing and unwrapping counters that wrap around.
 * RTP sequence numbers (16 bits) wrap every 22 minutes at 20 ms, timestamps (32 bits) every
 * 25 hours: the core unwraps each once, on arrival, and computes in int64_t from there on. */
#ifndef HINDSIGHT_COMMON_BASE_SERIAL_H
#define HINDSIGHT_COMMON_BASE_SERIAL_H

#include <stdint.h>

/* How far a is ahead of b, in -32768..32767. At exactly half the circle, which RFC 1982 leaves
 * undefined, the result is -32768. */
static inline int seq_diff(uint16_t a, uint16_t b)
{
	const uint16_t ahead = (uint16_t)(a - b);
	return ahead < 0x8000 ? (int)ahead : (int)ahead - 0x10000;
}

/* How far a is ahead of b, in -2^31..2^31-1. */
static inline int64_t timestamp_diff(uint32_t a, uint32_t b)
{
	const uint32_t ahead = a - b;
	return ahead < UINT32_C(0x80000000) ? (int64_t)ahead
					    : (int64_t)ahead - INT64_C(0x100000000);
}

/* The unwrapped value nearest to `near` whose low bits are `wrapped`. */
static inline int64_t seq_unwrap(uint16_t wrapped, int64_t near)
{
	return near + seq_diff(wrapped, (uint16_t)(uint64_t)near);
}

static inline int64_t timestamp_unwrap(uint32_t wrapped, int64_t near)
{
	return near + timestamp_diff(wrapped, (uint32_t)(uint64_t)near);
}

#endif
