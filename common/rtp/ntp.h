/* Time in RTP and RTCP: NTP's 32.32 seconds, the middle 32 bits that reports quote, and what is
 * computed from these (RFC 3550, 4 and 6.4.1). Pure. Thread: any. */
#ifndef HINDSIGHT_COMMON_RTP_NTP_H
#define HINDSIGHT_COMMON_RTP_NTP_H

#include <stdint.h>

/* From microseconds since an epoch, modulo 2^32 seconds; and back, exact to the microsecond. In RFC
 * 3550 the epoch is 1900; any common one will do where times are not compared with a wall clock. */
uint64_t ntp_from_us(uint64_t us);
uint64_t ntp_to_us(uint64_t ntp);

/* The middle 32 bits of a time, which reports quote. */
uint32_t ntp_middle(uint64_t ntp);

/* By how many microseconds a is after b; within 2^31 seconds, also across the era's end in 2036. */
int64_t ntp_diff_us(uint64_t a, uint64_t b);

/* A delay as reports carry it, in 1/65536 s: 0 where it is negative, the maximum where it exceeds
 * 18 hours. */
uint32_t ntp_delay_units(int64_t us);

/* A longer round trip is false or useless. */
#define NTP_ROUND_TRIP_US_MAX INT64_C(10000000)

/* Round trip in microseconds from what a report quotes and when it arrived (RFC 3550, 6.4.1); < 0:
 * it quotes nothing, or something impossible. */
int64_t ntp_round_trip_us(uint64_t arrival_ntp, uint32_t last, uint32_t delay_since);

#endif
