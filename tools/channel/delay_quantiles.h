/* The shapes of netem's delay distributions, as tables of quantiles: entry i is the value that
 * i / 4096 of all draws stay below, in units of 1/8192 of the jitter.
 * To within one unit they are tc's files normal.dist, pareto.dist and paretonormal.dist; computed
 * with integers and plain additions and multiplications, so that every machine has the same.
 * Pure. */
#ifndef HINDSIGHT_TOOLS_CHANNEL_DELAY_QUANTILES_H
#define HINDSIGHT_TOOLS_CHANNEL_DELAY_QUANTILES_H

#include "tools/channel/channel_spec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DELAY_QUANTILES = 4096,
	DELAY_QUANTILE_SHIFT = 20,     /* a draw's upper 12 bits choose among them */
	DELAY_QUANTILE_SCALE = 8192,   /* one jitter; netem's NETEM_DIST_SCALE */
	DELAY_TABLE_VALUES_MAX = 16384 /* that tc takes */
};

/* Fills the table of a distribution that has one and that is no table of one's own. */
void delay_quantiles_fill(
	int16_t quantiles[DELAY_QUANTILES], enum channel_distribution distribution);

/* The same from the text of one of tc's own tables: values in any order, one drawn as often as the
 * others, with lines of comment that begin with #. It has room for n_room values, of which it makes
 * use. False: no value, more than there is room for, or something else than numbers of 16 bits. */
bool delay_quantiles_read(int16_t quantiles[DELAY_QUANTILES], const char *text, size_t n_chars,
	int16_t *values, size_t n_room);

/* delay plus or minus jitter, as the distribution has it, in us and not below 0. quantiles: its
 * table, unused for CHANNEL_UNIFORM; draw: even. */
int64_t delay_quantiles_draw(enum channel_distribution distribution,
	const int16_t quantiles[DELAY_QUANTILES], int64_t delay_us, int64_t jitter_us,
	uint32_t draw);

#endif
