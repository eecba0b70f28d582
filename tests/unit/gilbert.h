/* Gilbert's channel: good or bad, and in the bad state every packet is lost. Its losses from dice,
 * and its pattern in closed form. Header-only. */
#ifndef HINDSIGHT_TESTS_UNIT_GILBERT_H
#define HINDSIGHT_TESTS_UNIT_GILBERT_H

#include "sender/planning/loss_history.h"
#include "tests/unit/unit.h"

struct gilbert {
	double to_bad, to_good; /* chances with each packet; to_bad + to_good is 1: independent */
	struct dice dice;
	bool is_bad;
};

static inline struct gilbert gilbert_of(double loss, double mean_burst, uint64_t seed)
{
	return (struct gilbert){
		.to_bad = loss / (1 - loss) / mean_burst,
		.to_good = 1 / mean_burst,
		.dice = { seed },
	};
}

/* Independent losses. */
static inline struct gilbert gilbert_random(double loss, uint64_t seed)
{
	return (struct gilbert){ .to_bad = loss, .to_good = 1 - loss, .dice = { seed } };
}

static inline bool gilbert_loses(struct gilbert *g)
{
	const double chance = dice_u32(&g->dice) / 4294967296.0;
	g->is_bad = g->is_bad ? chance >= g->to_good : chance < g->to_bad;
	return g->is_bad;
}

/* The true pattern of the channel. */
static inline struct loss_pattern gilbert_pattern(const struct gilbert *g)
{
	struct loss_pattern pattern = { .n_packets = 800 };
	double memory = 1;

	pattern.loss = g->to_bad / (g->to_bad + g->to_good);
	pattern.n_lost = (int)(pattern.loss * pattern.n_packets);
	for (int gap = 0; gap <= LOSS_GAPS; gap++) {
		pattern.follow[gap] = pattern.loss + (1 - pattern.loss) * memory;
		memory *= 1 - g->to_bad - g->to_good;
	}
	return pattern;
}

#endif
