/* What a receiver pays for playing later, in the unit of its choice of delay
 * (receiver/arrival/playout_delay): milliseconds of delay beyond the first 60. The sender predicts
 * that choice by the same prices (sender/planning/outlook). How they were found: docs/RECEIVER.md.
 * Header-only.
 * Thread: any. */
#ifndef HINDSIGHT_COMMON_BASE_PLAYOUT_PRICE_H
#define HINDSIGHT_COMMON_BASE_PLAYOUT_PRICE_H

#include "common/base/units.h"

#include <stdint.h>

/* The price of a delay >= 0. The first 60 ms, three frames, cost half: together with framing and
 * devices they stay near the 100 ms mouth to ear that nobody notices (G.107: Idd is 0 up to there).
 * So at 20 % loss the third copy is worth its frame of delay: 0.18 % concealed instead of 0.27,
 * P.862.2 4.13. */
#define PLAYOUT_CHEAP_US (60 * US_PER_MS)

static inline int64_t playout_price_of_delay_us(int64_t delay_us)
{
	return delay_us < PLAYOUT_CHEAP_US ? delay_us / 2 : delay_us - PLAYOUT_CHEAP_US / 2;
}

/* The price of one missing frame, to be divided by the number of frames: one missing frame in a
 * hundred costs as much as 60 ms of delay. */
#define PLAYOUT_PRICE_MISSING_US (6 * US_PER_SECOND)

#endif
