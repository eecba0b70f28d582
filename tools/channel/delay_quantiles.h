/* The shapes of netem's delay distributions, as tables of quantiles: entry i is the value that
 * i / 4096 of all draws stay below, in units of 1/8192 of the jitter.
 * To within one unit they are tc's files normal.dist, pareto.dist and paretonormal.dist; computed
 * with integers and plain additions and multiplications, so that every machine has the same.
 * Pure. */
#ifndef HINDSIGHT_TOOLS_CHANNEL_DELAY_QUANTILES_H
#define HINDSIGHT_TOOLS_CHANNEL_DELAY_QUANTILES_H

#include "tools/channel/channel_spec.h"

#include <stdint.h>

enum {
	DELAY_QUANTILES = 4096,
	DELAY_QUANTILE_SCALE = 8192 /* one jitter; netem's NETEM_DIST_SCALE */
};

/* Fills the table of a distribution other than CHANNEL_UNIFORM, which needs none. */
void delay_quantiles_fill(
	int16_t quantiles[DELAY_QUANTILES], enum channel_distribution distribution);

#endif
