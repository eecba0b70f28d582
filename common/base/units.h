/* The one audio clock and its conversions.
 * RFC 7587, 4.1: the RTP clock of Opus is 48 kHz whatever the coded bandwidth. A sample is one
 * tick per channel; times are microseconds in int64_t, which lasts 292,000 years. */
#ifndef HINDSIGHT_COMMON_BASE_UNITS_H
#define HINDSIGHT_COMMON_BASE_UNITS_H

#include <stdint.h>

enum { SAMPLES_PER_SECOND = 48000, SAMPLES_PER_MS = 48 };

#define US_PER_MS     INT64_C(1000)
#define US_PER_SECOND INT64_C(1000000)

/* Opus frame lengths, in samples (RFC 6716, 2.1.4: 2.5 to 60 ms), and the longest packet
 * (RFC 7587, 4.2: 120 ms). */
enum { FRAME_SAMPLES_MIN = 120, FRAME_SAMPLES_MAX = 2880, PACKET_SAMPLES_MAX = 5760 };

/* Headers of a datagram on the wire, IPv4 and UDP; bit rates and RTCP (RFC 3550, 6.2) count
 * them. */
enum { IPV4_UDP_BYTES = 28 };

/* Division that rounds towards minus infinity, so that conversions of times before the origin
 * behave like those after it. divisor > 0. */
static inline int64_t floor_div(int64_t dividend, int64_t divisor)
{
	const int64_t quotient = dividend / divisor;
	return dividend % divisor < 0 ? quotient - 1 : quotient;
}

/* How far they are from one another. */
static inline int64_t apart(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

/* 48 samples are 1000 us, hence 6 to 125. Rounds down; exact for multiples of 6 samples. */
static inline int64_t us_from_samples(int64_t samples)
{
	return floor_div(samples * 125, 6);
}

/* Rounds down. */
static inline int64_t samples_from_us(int64_t us)
{
	return floor_div(us * 6, 125);
}

#endif
