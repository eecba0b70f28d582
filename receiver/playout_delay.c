#include "receiver/playout_delay.h"

#include <string.h>

/* Buckets of 0.5 s, 16 of them: remembers 7.5 to 8 s. Long enough to see several talk spurts,
 * short enough that a clock skew of 300 ppm moves the origin by 2.4 ms at most. */
#define BUCKET_US (500 * US_PER_MS)

#define BIN_US INT64_C(500)

struct playout_delay_tuning playout_delay_tuning(void)
{
	return (struct playout_delay_tuning){
		.price_us = PLAYOUT_PRICE_MISSING_US,
		.wait_price_us = PLAYOUT_PRICE_WAIT_US,
		.wait_price = PLAYOUT_PRICE_WAIT_PER_US,
		/* So the delay is down again within ten seconds after the channel became better. */
		.window_us = 8 * US_PER_SECOND,
		.hysteresis_us = 2 * US_PER_MS,
		.fall_share = 0.4,
	};
}

/* Of a packet's length, at most. */
#define HYSTERESIS_PARTS 4

/* Before so much has been heard, a few frames are no distribution. */
#define FIRST_HEARD_US (1 * US_PER_SECOND)
#define FIRST_DELAY_US (40 * US_PER_MS)

/* Of fewer frames a share says nothing: one that came late among the first ten is not one in ten. */
#define FRAMES_MIN 100

/* The memory of late and lost frames, as a factor for each. */
#define MISSING_KEPT 0.9

/* Of the longest lateness of late, and a little more. */
#define WAIT_MARGIN   1.2
#define WAIT_LEAST_US (5 * US_PER_MS)

/* A distance at which no copy was seen for so long is not used any more. */
#define COPY_KEPT_US (1 * US_PER_SECOND)

/* A packet is lost when it has not come so long after the fastest would have: some times the mean
 * lateness, and a little more. */
#define LATENESS_FACTOR	   3.0
#define LATENESS_KEPT	   (15.0 / 16)
#define LATENESS_MARGIN_US (2 * US_PER_MS)

static void extreme_clear(struct recent_extreme *e)
{
	for (int i = 0; i < EXTREME_BUCKETS; i++)
		e->bucket_numbers[i] = -1;
}

static void extreme_add(struct recent_extreme *e, int64_t value, int64_t at_us)
{
	const int64_t number = floor_div(at_us, BUCKET_US);
	const int slot = (int)((uint64_t)number % EXTREME_BUCKETS);

	if (e->bucket_numbers[slot] != number || value < e->values[slot])
		e->values[slot] = value;
	e->bucket_numbers[slot] = number;
}

/* Of the buckets that are not too old. One was added at now_us, so there is one. */
static int64_t extreme_smallest(const struct recent_extreme *e, int64_t now_us)
{
	const int64_t newest = floor_div(now_us, BUCKET_US);
	int64_t smallest = INT64_MAX;

	for (int i = 0; i < EXTREME_BUCKETS; i++) {
		const int64_t age = newest - e->bucket_numbers[i];
		if (e->bucket_numbers[i] >= 0 && age < EXTREME_BUCKETS && e->values[i] < smallest)
			smallest = e->values[i];
	}
	return smallest;
}

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
	extreme_clear(&d->fastest);
	d->heard_us = 0;
	d->packet_us = 0;
	d->fastest_us = 0;
	d->n_first = 0;
	d->n_end = 0;
	d->n_late = 1; /* at first, what is not there is believed to be late, and by much */
	d->n_never = 0;
	d->late_us = (double)PLAYOUT_WAIT_MAX_US;
	d->lateness_us = 0;
	for (int i = 0; i < COPY_OFFSETS; i++)
		d->copies[i].heard_us = -1;
	memset(d->counts, 0, sizeof d->counts);
	d->target_us = bounded(d, FIRST_DELAY_US);
}

void playout_delay_on_packet(struct playout_delay *d, int64_t transit_us, int n_samples)
{
	d->packet_us = us_from_samples(n_samples);
	d->heard_us += d->packet_us;
	extreme_add(&d->fastest, transit_us, d->heard_us);
	d->fastest_us = extreme_smallest(&d->fastest, d->heard_us);
	d->lateness_us = LATENESS_KEPT * d->lateness_us +
			 (1 - LATENESS_KEPT) * (double)(transit_us - d->fastest_us);
}

void playout_delay_on_copy(struct playout_delay *d, int offset_samples)
{
	int oldest = 0;

	for (int i = 0; i < COPY_OFFSETS; i++) {
		if (d->copies[i].offset_samples == offset_samples) {
			oldest = i;
			break;
		}
		if (d->copies[i].heard_us < d->copies[oldest].heard_us)
			oldest = i;
	}
	d->copies[oldest].offset_samples = offset_samples;
	d->copies[oldest].heard_us = d->heard_us;
}

static uint16_t *count_of(struct playout_delay *d, int64_t bin)
{
	return &d->counts[(uint64_t)bin % PLAYOUT_DELAY_BINS];
}

static void forget_oldest(struct playout_delay *d)
{
	(*count_of(d, d->frames[d->n_first % PLAYOUT_DELAY_FRAMES].bin))--;
	d->n_first++;
}

/* The frames of the window that a delay does not cover, bin by bin of their transit time. */
struct later {
	int64_t n;	      /* all of them */
	int64_t n_waited;     /* of these: those that come within the wait */
	int64_t waited_bins;  /* sum of their bins, from the first one of all */
	int64_t wait_end_bin; /* the wait covers the bins before this one */
};

/* What this delay costs, whose last bin is `bin`. */
static int64_t cost_us(
	const struct playout_delay *d, const struct later *later, int64_t bin, int64_t delay_us)
{
	const int64_t n_known = (int64_t)(d->n_end - d->n_first);
	const int64_t n_frames = n_known < FRAMES_MIN ? FRAMES_MIN : n_known;
	const double wait_us = (double)((later->waited_bins - later->n_waited * bin) * BIN_US);
	const double price_us = (double)((later->n - later->n_waited) * d->tuning.price_us) +
				(double)(later->n_waited * d->tuning.wait_price_us) +
				wait_us * d->tuning.wait_price;
	return playout_price_of_delay_us(delay_us) + (int64_t)(price_us / (double)n_frames);
}

/* By how much another delay must cost less than the present one. Less where packets are short: 2 ms are
 * nearly a whole frame of 2.5 ms. */
static int64_t hysteresis_us(const struct playout_delay *d, int64_t delay_us)
{
	const int64_t part_us = d->packet_us / HYSTERESIS_PARTS;
	const int64_t least_us =
		part_us < d->tuning.hysteresis_us ? part_us : d->tuning.hysteresis_us;
	const int64_t saved_us =
		playout_price_of_delay_us(d->target_us) - playout_price_of_delay_us(delay_us);

	return saved_us > 0 ? least_us + (int64_t)(d->tuning.fall_share * (double)saved_us)
			    : least_us;
}

/* The delay of least cost, and the present one unless that is clearly cheaper. */
static int64_t cheapest_us(const struct playout_delay *d)
{
	const int64_t first_bin = floor_div(d->fastest_us, BIN_US);
	const int64_t into_bin_us = d->fastest_us - first_bin * BIN_US;
	const int64_t max_bin = (d->config.max_us + into_bin_us) / BIN_US;
	struct later later = { .n = (int64_t)(d->n_end - d->n_first) };
	int64_t best_us = 0, best_cost = INT64_MAX, present_cost = INT64_MAX;

	for (int64_t i = 0; i < PLAYOUT_DELAY_BINS && i <= max_bin; i++) {
		const int64_t wait_bins = PLAYOUT_WAIT_LONGEST_US / BIN_US;
		int64_t wait_end = i + 1 + wait_bins;
		if (wait_end > max_bin + 1)
			wait_end = max_bin + 1;
		if (wait_end > PLAYOUT_DELAY_BINS)
			wait_end = PLAYOUT_DELAY_BINS;
		for (; later.wait_end_bin < wait_end; later.wait_end_bin++) {
			const int64_t n = d->counts[(uint64_t)(first_bin + later.wait_end_bin) %
						    PLAYOUT_DELAY_BINS];
			later.n_waited += n;
			later.waited_bins += n * later.wait_end_bin;
		}
		const int64_t n = d->counts[(uint64_t)(first_bin + i) % PLAYOUT_DELAY_BINS];
		later.n -= n;
		later.n_waited -= n;
		later.waited_bins -= n * i;
		/* The upper edge of the bin: all that is counted in it is there by then. */
		const int64_t delay_us = (i + 1) * BIN_US - into_bin_us;
		const int64_t cost = cost_us(d, &later, i, delay_us);
		if (cost < best_cost) {
			best_cost = cost;
			best_us = delay_us;
		}
		if (delay_us <= d->target_us) /* the nearest below the present one */
			present_cost = cost + playout_price_of_delay_us(d->target_us) -
				       playout_price_of_delay_us(delay_us);
		if (later.n == 0)
			break;
	}
	return present_cost <= best_cost + hysteresis_us(d, best_us) ? d->target_us : best_us;
}

void playout_delay_on_frame(struct playout_delay *d, int64_t transit_us)
{
	int64_t bin = floor_div(transit_us, BIN_US);
	const int64_t fastest_bin = floor_div(d->fastest_us, BIN_US);

	/* The circle of bins is one second: what is slower than that counts as that slow. */
	if (bin < fastest_bin)
		bin = fastest_bin;
	if (bin > fastest_bin + PLAYOUT_DELAY_BINS - 1)
		bin = fastest_bin + PLAYOUT_DELAY_BINS - 1;
	while (d->n_end > d->n_first &&
		(d->n_end - d->n_first == PLAYOUT_DELAY_FRAMES ||
			d->heard_us - d->frames[d->n_first % PLAYOUT_DELAY_FRAMES].heard_us >
				d->tuning.window_us))
		forget_oldest(d);
	d->frames[d->n_end % PLAYOUT_DELAY_FRAMES].bin = bin;
	d->frames[d->n_end % PLAYOUT_DELAY_FRAMES].heard_us = d->heard_us;
	d->n_end++;
	(*count_of(d, bin))++;
	int64_t wanted_us = cheapest_us(d);
	if (d->heard_us < FIRST_HEARD_US && wanted_us < FIRST_DELAY_US)
		wanted_us = FIRST_DELAY_US;
	d->target_us = bounded(d, wanted_us);
}

void playout_delay_on_missing(struct playout_delay *d, int64_t late_us)
{
	const bool came = late_us >= 0 && late_us <= PLAYOUT_WAIT_MAX_US;

	d->n_late = MISSING_KEPT * d->n_late + came;
	d->n_never = MISSING_KEPT * d->n_never + !came;
	d->late_us *= MISSING_KEPT;
	if (came && (double)late_us > d->late_us)
		d->late_us = (double)late_us;
}

bool playout_delay_is_fixed(const struct playout_delay *d)
{
	return d->config.fixed_us >= 0;
}

int64_t playout_delay_wait_us(const struct playout_delay *d)
{
	const int64_t wait_us = (int64_t)(WAIT_MARGIN * d->late_us) + WAIT_LEAST_US;

	if (playout_delay_is_fixed(d) || d->n_late < d->n_never)
		return 0;
	return wait_us < PLAYOUT_WAIT_MAX_US ? wait_us : PLAYOUT_WAIT_MAX_US;
}

int64_t playout_delay_longest_us(const struct playout_delay *d)
{
	const int64_t longest_us = d->target_us + PLAYOUT_WAIT_LONGEST_US;

	return playout_delay_is_fixed(d) || longest_us < d->config.max_us ? longest_us
									  : d->config.max_us;
}

int64_t playout_delay_hope_us(const struct playout_delay *d, int64_t timestamp, int64_t now_us)
{
	const int64_t late_us = (int64_t)(LATENESS_FACTOR * d->lateness_us) + LATENESS_MARGIN_US;
	const int64_t longest_us = playout_delay_longest_us(d);
	int64_t hope_us = 0;

	for (int i = 0; i < COPY_OFFSETS && !playout_delay_is_fixed(d); i++) {
		const int64_t offset_us = us_from_samples(d->copies[i].offset_samples);
		const int64_t due_us =
			us_from_samples(timestamp) + offset_us + d->fastest_us + late_us - now_us;
		if (d->copies[i].heard_us < 0 || offset_us > longest_us ||
			d->heard_us - d->copies[i].heard_us > COPY_KEPT_US)
			continue;
		if (due_us > 0 && (hope_us == 0 || due_us < hope_us))
			hope_us = due_us;
	}
	return hope_us;
}

int64_t playout_delay_fastest_us(const struct playout_delay *d)
{
	return d->fastest_us;
}

int64_t playout_delay_target_us(const struct playout_delay *d)
{
	return d->target_us;
}
