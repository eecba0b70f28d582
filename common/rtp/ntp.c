#include "common/rtp/ntp.h"

uint64_t ntp_from_us(uint64_t us)
{
	const uint64_t seconds = us / 1000000;
	const uint64_t fraction = ((us % 1000000) << 32) / 1000000;

	return seconds << 32 | fraction;
}

uint64_t ntp_to_us(uint64_t ntp)
{
	/* Rounds to nearest, so that a time made from microseconds converts back exactly. */
	const uint64_t rounded = ((ntp & 0xFFFFFFFF) * 1000000 + UINT64_C(0x80000000)) >> 32;

	return (ntp >> 32) * 1000000 + rounded;
}

int64_t ntp_diff_us(uint64_t a, uint64_t b)
{
	const uint64_t ahead = a - b;

	return ahead >> 63 ? -(int64_t)ntp_to_us(b - a) : (int64_t)ntp_to_us(ahead);
}

uint32_t ntp_delay_units(int64_t us)
{
	const int64_t us_max = INT64_C(65535) * 1000000;
	const int64_t bounded_us = us < 0 ? 0 : us > us_max ? us_max : us;

	return (uint32_t)((bounded_us * 65536 + 500000) / 1000000);
}

uint32_t ntp_middle(uint64_t ntp)
{
	return (uint32_t)(ntp >> 16);
}

int64_t ntp_round_trip_us(uint64_t arrival_ntp, uint32_t last, uint32_t delay_since)
{
	const uint32_t units = ntp_middle(arrival_ntp) - last - delay_since; /* 1/65536 s */

	if (last == 0)
		return -1;
	if (units >= UINT32_C(0x80000000)) /* rounding three times can give -2 */
		return units >= UINT32_C(0xFFFFFFFE) ? 0 : -1;
	return (int64_t)((uint64_t)units * 1000000 >> 16);
}
