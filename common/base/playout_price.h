/* What a receiver pays for playing later, in the one currency of its choice (receiver/playout_delay):
 * milliseconds of delay beyond the first ones. The sender foresees that choice by the same prices
 * (sender/outlook). How they were found: docs/RECEIVER.md. Header-only. Thread: any. */
#ifndef HINDSIGHT_COMMON_BASE_PLAYOUT_PRICE_H
#define HINDSIGHT_COMMON_BASE_PLAYOUT_PRICE_H

#include "common/base/units.h"

#include <stdint.h>

/* Of a delay >= 0. The first 60 ms, three frames, cost half: with framing and devices about them they stay
 * near the 100 ms from mouth to ear that nobody notices (G.107, Idd is 0 up to there). So at 20 % of loss the
 * third copy is worth its frame of delay: 0.18 % concealed in place of 0.27, P.862.2 4.13. */
#define PLAYOUT_CHEAP_US (60 * US_PER_MS)

static inline int64_t playout_price_of_delay_us(int64_t delay_us)
{
	return delay_us < PLAYOUT_CHEAP_US ? delay_us / 2 : delay_us - PLAYOUT_CHEAP_US / 2;
}

/* Of one missing frame, to be divided by the number of frames: as much as 60 ms of delay where it is one
 * frame in a hundred. */
#define PLAYOUT_PRICE_MISSING_US (6 * US_PER_SECOND)

#endif
