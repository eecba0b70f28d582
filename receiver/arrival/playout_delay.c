#include "receiver/arrival/playout_delay.h"

#include <math.h>
#include <string.h>

#define BIN_US INT64_C(500)

/* Where the origin has moved up, earlier frames lie below it by less than this. */
#define EARLY_BINS 64

struct playout_delay_tuning playout_delay_tuning(void)
{
	return (struct playout_delay_tuning){
		.price_us = PLAYOUT_PRICE_MISSING_US,
		.window_us = 30 * US_PER_SECOND,
		.hysteresis_us = 2 * US_PER_MS,
		.fall_share = 0.8,
	};
}

/* Of a packet's length, at most. */
#define HYSTERESIS_PARTS 4
#define MARGIN_PARTS	 10

#define MARGIN_US (1 * US_PER_MS)

/* Until this much sound has been received, the frames are too few for a distribution. */
#define FIRST_RECEIVED_US (1 * US_PER_SECOND)
#define FIRST_DELAY_US	  (42 * US_PER_MS)

/* At first, once a few packets have arrived, the delay is at least this many mean deviations above
 * the packets' mean: three standard deviations of a normal distribution. And for as long after
 * copies have begun to reach farther, it is at least as long as they reach. */
#define FORESIGHT_RECEIVED_US (10 * US_PER_SECOND)
#define FORESIGHT_PACKETS_MIN 8
#define FORESIGHT_MAX_US      (120 * US_PER_MS) /* a wider scatter says little */
#define FORESIGHT_DEVIATIONS  3.75

/* The share of fewer frames means nothing: one late frame among the first ten is not one in ten. */
#define FRAMES_MIN 100

void playout_delay_init(struct playout_delay *d, const struct playout_delay_config *config)
{
	d->config = *config;
	d->tuning = config->tuning ? *config->tuning : playout_delay_tuning();
	playout_delay_restart(d);
}

static int64_t bounded(const struct playout_delay *d, int64_t delay_us)
{
	if (d->config.fixed_us >= 0)
		return d->config.fixed_us;
	if (delay_us < d->config.min_us)
		delay_us = d->config.min_us;
	return delay_us > d->config.max_us ? d->config.max_us : delay_us;
}

void playout_delay_restart(struct playout_delay *d)
{
	origin_init(&d->origin);
	d->received_us = 0;
	d->packet_us = 0;
	d->reach_us = 0;
	memset(&d->farthest, 0, sizeof d->farthest);
	d->fastest_level_us = 0;
	memset(&d->levels, 0, sizeof d->levels);
	d->n_first = 0;
	d->n_end = 0;
	memset(d->counts, 0, sizeof d->counts);
	d->target_us = bounded(d, FIRST_DELAY_US);
}

static void note_level(struct playout_delay *d, int64_t level_us)
{
	if (d->levels.n == 0)
		d->levels.first_us = level_us;
	const double beyond_us = (double)(level_us - d->levels.first_us);
	d->levels.n++;
	d->levels.sum += beyond_us;
	d->levels.deviation_sum += fabs(beyond_us - d->levels.sum / d->levels.n);
}

/* Predicts the slowest packets, which are yet to come, from the scatter of the others. */
static int64_t foreseen_us(const struct playout_delay *d)
{
	if (d->levels.n < FORESIGHT_PACKETS_MIN || d->received_us > FORESIGHT_RECEIVED_US)
		return 0;
	const int64_t delay_us =
		d->levels.first_us - d->fastest_level_us +
		(int64_t)((d->levels.sum + FORESIGHT_DEVIATIONS * d->levels.deviation_sum) /
			  d->levels.n);
	return delay_us < FORESIGHT_MAX_US ? delay_us : FORESIGHT_MAX_US;
}

/* A margin, so that a packet a little later than all before is still in time. */
static int64_t margin_us(const struct playout_delay *d)
{
	const int64_t part_us = d->packet_us / MARGIN_PARTS;
	return part_us < MARGIN_US ? part_us : MARGIN_US;
}

/* Copies that reach farther than any before are a reaction to losses: the frames they will bring
 * are anticipated. */
static int64_t foreseen_by_copies_us(const struct playout_delay *d)
{
	if (d->reach_us == 0 || d->received_us - d->farthest.received_us > FORESIGHT_RECEIVED_US)
		return 0;
	return (d->reach_us < FORESIGHT_MAX_US ? d->reach_us : FORESIGHT_MAX_US) + margin_us(d);
}

void playout_delay_on_copies(struct playout_delay *d, int64_t reach_us)
{
	d->reach_us = reach_us;
	if (reach_us <= d->farthest.reach_us)
		return;
	d->farthest.reach_us = reach_us;
	d->farthest.received_us = d->received_us;
	if (d->received_us <= d->packet_us) /* those of the first packet are no reaction */
		d->farthest.received_us = -FORESIGHT_RECEIVED_US;
}

void playout_delay_on_packet(struct playout_delay *d, int64_t transit_us, int n_samples)
{
	d->packet_us = us_from_samples(n_samples);
	d->received_us += d->packet_us;
	origin_on_packet(&d->origin, transit_us, d->packet_us);
	const int64_t level_us = origin_level_us(&d->origin, origin_fastest_us(&d->origin));
	/* Where the origin moves, the frames are still played as before. */
	if (d->n_end > d->n_first)
		d->target_us = bounded(d, d->target_us + d->fastest_level_us - level_us);
	d->fastest_level_us = level_us;
	note_level(d, origin_level_us(&d->origin, transit_us));
}

static uint16_t circle_of(int64_t bin)
{
	return (uint16_t)((uint64_t)bin % PLAYOUT_DELAY_BINS);
}

static uint32_t heard_ms(const struct playout_delay *d)
{
	return (uint32_t)(d->received_us / US_PER_MS);
}

static void forget_oldest(struct playout_delay *d)
{
	d->counts[d->frames[d->n_first % PLAYOUT_DELAY_FRAMES].bin]--;
	d->n_first++;
}

/* The cost of a delay for which n_later frames of the window arrive too late. */
static int64_t cost_us(const struct playout_delay *d, int64_t delay_us, int64_t n_later)
{
	const int64_t n_known = (int64_t)(d->n_end - d->n_first);
	const int64_t n_frames = n_known < FRAMES_MIN ? FRAMES_MIN : n_known;

	return playout_price_of_delay_us(delay_us) + n_later * d->tuning.price_us / n_frames;
}

/* By how much another delay must be cheaper than the present one: a shorter delay, by a good part
 * of the price of the difference. Less where packets are short: 2 ms are nearly a whole frame of
 * 2.5 ms. */
static int64_t hysteresis_us(const struct playout_delay *d, int64_t delay_us)
{
	const int64_t part_us = d->packet_us / HYSTERESIS_PARTS;
	const int64_t least_us =
		part_us < d->tuning.hysteresis_us ? part_us : d->tuning.hysteresis_us;
	const int64_t saved_us =
		playout_price_of_delay_us(d->target_us) - playout_price_of_delay_us(delay_us);
	const int64_t fall_us = (int64_t)(d->tuning.fall_share * (double)saved_us);

	return fall_us > least_us ? fall_us : least_us;
}

/* The delay of least cost, or the present one unless the other is clearly cheaper. */
static int64_t cheapest_us(const struct playout_delay *d)
{
	const int64_t first_bin = floor_div(d->fastest_level_us, BIN_US);
	const int64_t into_bin_us = d->fastest_level_us - first_bin * BIN_US;
	const int64_t max_bin = (d->config.max_us + into_bin_us) / BIN_US;
	int64_t n_later = (int64_t)(d->n_end - d->n_first);
	int64_t best_us = 0, best_cost = INT64_MAX, present_cost = INT64_MAX;

	for (int64_t i = -EARLY_BINS; i < 0; i++)
		n_later -= d->counts[circle_of(first_bin + i)];
	for (int64_t i = 0; i < PLAYOUT_DELAY_BINS - EARLY_BINS && i <= max_bin && n_later > 0;
		i++) {
		n_later -= d->counts[circle_of(first_bin + i)];
		/* The upper edge of the bin: everything counted in it has arrived by then. */
		const int64_t delay_us = (i + 1) * BIN_US - into_bin_us + margin_us(d);
		const int64_t cost = cost_us(d, delay_us, n_later);
		if (cost < best_cost) {
			best_cost = cost;
			best_us = delay_us;
		}
		if (delay_us <= d->target_us) /* the nearest delay below the present one */
			present_cost = cost + playout_price_of_delay_us(d->target_us) -
				       playout_price_of_delay_us(delay_us);
	}
	return present_cost <= best_cost + hysteresis_us(d, best_us) ? d->target_us : best_us;
}

void playout_delay_on_frame(struct playout_delay *d, int64_t transit_us)
{
	int64_t bin = floor_div(origin_level_us(&d->origin, transit_us), BIN_US);
	const int64_t fastest_bin = floor_div(d->fastest_level_us, BIN_US);

	/* The circle of bins covers about one second: slower frames count as that slow. */
	if (bin > fastest_bin + PLAYOUT_DELAY_BINS - EARLY_BINS - 1)
		bin = fastest_bin + PLAYOUT_DELAY_BINS - EARLY_BINS - 1;
	/* And one that came before the origin, which nothing bears out, as that fast. */
	if (bin < fastest_bin - EARLY_BINS)
		bin = fastest_bin - EARLY_BINS;
	while (d->n_end > d->n_first &&
		(d->n_end - d->n_first == PLAYOUT_DELAY_FRAMES ||
			heard_ms(d) - d->frames[d->n_first % PLAYOUT_DELAY_FRAMES].heard_ms >
				d->tuning.window_us / US_PER_MS))
		forget_oldest(d);
	d->frames[d->n_end % PLAYOUT_DELAY_FRAMES].bin = circle_of(bin);
	d->frames[d->n_end % PLAYOUT_DELAY_FRAMES].heard_ms = heard_ms(d);
	d->n_end++;
	d->counts[circle_of(bin)]++;
	int64_t wanted_us = cheapest_us(d);
	if (d->received_us < FIRST_RECEIVED_US && wanted_us < FIRST_DELAY_US)
		wanted_us = FIRST_DELAY_US;
	if (wanted_us < foreseen_us(d))
		wanted_us = foreseen_us(d);
	if (wanted_us < foreseen_by_copies_us(d))
		wanted_us = foreseen_by_copies_us(d);
	d->target_us = bounded(d, wanted_us);
}

bool playout_delay_is_fixed(const struct playout_delay *d)
{
	return d->config.fixed_us >= 0;
}

int64_t playout_delay_fastest_us(const struct playout_delay *d)
{
	return origin_fastest_us(&d->origin);
}

int64_t playout_delay_target_us(const struct playout_delay *d)
{
	return d->target_us;
}
