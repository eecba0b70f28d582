#include "sender/planning/candidates.h"

#include "common/base/mos_scale.h"
#include "common/base/units.h"
#include "sender/planning/outlook.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* The price of a millisecond of delay in MOS, and how much it rises with each millisecond before
 * it, since a conversation suffers ever more as the delay grows (G.114: from 150 ms mouth to ear,
 * of which network and devices take their part). So another 20 ms cost 0.08 MOS at a delay of 40
 * ms, 0.11 at 80 and 0.15 at 120. */
#define DELAY_PRICE	 0.0015
#define DELAY_PRICE_RISE 0.000045

/* The copies' rates to try, where the frame length allows them. */
static const int rates_bps[] = { 6000, 7000, 8000, 9000, 10000, 11000, 12000, 13000, 14000, 15000,
	16000, 18000, 20000, 24000, 28000, 32000, 40000, 48000, 64000, 96000 };

enum { N_RATES = sizeof rates_bps / sizeof *rates_bps, GAPS_MAX = 6 };

/* Single primaries are smaller than the mean. With a margin of 1/8 only few of them fall below the
 * rate that FEC needs. */
enum { FEC_MARGIN = 8 };

/* The gaps to try between one form of a frame and the next, in frames: all of them before the
 * nearest copy, so that it lies beyond most bursts, and the first n_between between copies. Short
 * frames pay so much for headers that they have few copies, and a burst covers many of them. */
struct menu {
	int frame_samples, n_copies_max, n_gaps, n_between;
	int gaps[GAPS_MAX];
};

static const struct menu menus[] = {
	{ 120, 3, 5, 5, { 1, 2, 4, 8, 16 } },
	{ 240, 4, 5, 5, { 1, 2, 4, 6, 8 } },
	{ 480, 4, 5, 5, { 1, 2, 3, 4, 6 } },
	{ 960, 4, 6, 4, { 1, 2, 3, 4, 5, 6 } },
	{ 1920, 4, 3, 3, { 1, 2, 3 } },
	{ 2880, 4, 2, 2, { 1, 2 } },
};

/* A farther copy is played in fewer frames, so each copy gets this many eighths of the bits of the
 * copy before it. */
static const int decline_eighths[] = { 8, 7, 6, 5, 4 };

enum { DECLINES = sizeof decline_eighths / sizeof *decline_eighths };

/* How each form sounds when the copies have these rates, as squared disturbance. */
struct prices {
	struct redundancy redundancy; /* the rates; its distances are unused */
	double primary, fec_primary, fec, concealed;
	double copies[REDUNDANCY_COPIES_MAX];
	bool affords_fec;
};

static int channel_bps(const struct candidates *c, int bps)
{
	return c->n_channels == 2 ? bps * 2 / 3 : bps; /* as in coding_for_copy() */
}

static void set_prices(const struct candidates *c, struct prices *p)
{
	const int primary_bps = channel_bps(c, p->redundancy.primary_bps);
	const int fec_bps = coding_fec_bps_min(c->quality->coding, c->frame_samples);

	p->primary = quality_primary(c->quality, primary_bps);
	p->fec_primary = quality_fec_primary(c->quality, primary_bps);
	p->fec = quality_fec(c->quality, primary_bps);
	p->concealed = quality_concealed(c->quality, primary_bps);
	p->affords_fec = fec_bps > 0 && c->reach_frames_max >= 1 &&
			 p->redundancy.primary_bps >= fec_bps + fec_bps / FEC_MARGIN;
	for (int i = 0; i < p->redundancy.n_copies; i++)
		p->copies[i] = quality_copy(
			c->quality, primary_bps, channel_bps(c, p->redundancy.copy_bps[i]));
}

/* copy_bps: n_copies rates. False where the budget does not allow them, or where a copy would sound
 * better than the primary. */
static bool find_prices(
	const struct candidates *c, int n_copies, const int *copy_bps, struct prices *p)
{
	int limit;

	p->redundancy = (struct redundancy){ .n_copies = n_copies };
	for (int i = 0; i < n_copies; i++)
		p->redundancy.distances[i] = i + 1;
	if (redundancy_share_rates(&p->redundancy, c->frame_samples, c->budget_bps, copy_bps,
		    &limit) != REDUNDANCY_OK)
		return false;
	if (n_copies > 0 && (p->redundancy.primary_bps < c->primary_bps_min ||
				    p->redundancy.primary_bps < copy_bps[0]))
		return false;
	set_prices(c, p);
	return true;
}

/* The expected squared disturbance. */
static double disturbance_power(const struct outlook *o, const struct prices *p, bool fec)
{
	const double gaps = o->missing / (1 + QUALITY_GAPS_OVERLAP * o->missing);
	double sum = o->primary * (fec ? p->fec_primary : p->primary) + o->fec * p->fec +
		     gaps * p->concealed;

	for (int i = 0; i < p->redundancy.n_copies; i++)
		sum += o->copies[i] * p->copies[i];
	return fmax(0, sum);
}

static void value(const struct outlook *o, const struct prices *p, struct candidate *candidate)
{
	candidate->mos = mos_of_disturbance(sqrt(disturbance_power(o, p, candidate->fec)));
	candidate->missing = o->missing;
	candidate->delay_ms = o->delay_ms;
	candidate->value = candidate->mos - DELAY_PRICE * o->delay_ms -
			   DELAY_PRICE_RISE / 2 * o->delay_ms * o->delay_ms;
}

static struct outlook look(const struct candidates *c, const struct candidate *candidate)
{
	return outlook_of(c->pattern, candidate->redundancy.distances,
		candidate->redundancy.n_copies, candidate->fec,
		(double)c->frame_samples / SAMPLES_PER_MS);
}

bool candidates_weigh(const struct candidates *c, struct candidate *candidate)
{
	struct redundancy *const r = &candidate->redundancy;
	struct prices p;

	if (r->n_copies > 0 && r->distances[r->n_copies - 1] > c->reach_frames_max)
		return false;
	if (candidate->fec && r->n_copies > 0 && r->distances[0] < 2)
		return false;
	if (!find_prices(c, r->n_copies, r->copy_bps, &p) || (candidate->fec && !p.affords_fec))
		return false;
	const struct outlook o = look(c, candidate);
	r->primary_bps = p.redundancy.primary_bps;
	value(&o, &p, candidate);
	return true;
}

/* Weighs these distances at all rates. */
static void try_rates(const struct candidates *c, const struct prices *prices, int n_prices,
	struct candidate *tried, struct candidate *best)
{
	const struct outlook o = look(c, tried);

	for (int i = 0; i < n_prices; i++) {
		if (tried->fec && !prices[i].affords_fec)
			continue;
		value(&o, &prices[i], tried);
		if (tried->value <= best->value)
			continue;
		*best = *tried;
		memcpy(best->redundancy.copy_bps, prices[i].redundancy.copy_bps,
			sizeof best->redundancy.copy_bps);
		best->redundancy.primary_bps = prices[i].redundancy.primary_bps;
	}
}

/* The number-th choice of gaps from the menu. False: it reaches too far. */
static bool set_distances(
	const struct candidates *c, const struct menu *menu, int number, struct redundancy *r)
{
	int distance = 0;

	for (int i = 0; i < r->n_copies; i++) {
		const int n_gaps = i == 0 ? menu->n_gaps : menu->n_between;
		distance += menu->gaps[number % n_gaps];
		number /= n_gaps;
		r->distances[i] = distance;
	}
	return distance <= c->reach_frames_max;
}

/* The rates of n copies: the first one given, the others declining. False: a smaller decline gives
 * the same rates; in CELT all copies have one rate. */
static bool set_rates(
	const struct candidates *c, int first_bps, int eighths, int n_copies, int *copy_bps)
{
	if (eighths < 8 && (n_copies < 2 || c->quality->coding.mode == CODING_CELT))
		return false;
	copy_bps[0] = first_bps;
	for (int i = 1; i < n_copies; i++)
		copy_bps[i] = copy_bps[i - 1] * eighths / 8;
	return true;
}

/* All sets of rates that the budget affords for n copies; returns their number. */
static int find_all_prices(
	const struct candidates *c, int n_copies, struct prices prices[N_RATES * DECLINES])
{
	int copy_bps[REDUNDANCY_COPIES_MAX] = { 0 };
	int n = 0;

	if (n_copies == 0)
		return find_prices(c, 0, copy_bps, prices);
	for (int i = 0; i < N_RATES; i++)
		for (int k = 0; k < DECLINES; k++)
			if (set_rates(c, rates_bps[i], decline_eighths[k], n_copies, copy_bps))
				n += find_prices(c, n_copies, copy_bps, &prices[n]);
	return n;
}

static void try_copies(
	const struct candidates *c, const struct menu *menu, int n_copies, struct candidate *best)
{
	struct prices prices[N_RATES * DECLINES];
	const int n_prices = find_all_prices(c, n_copies, prices);
	int n_choices = 1;

	for (int i = 0; i < n_copies; i++)
		n_choices *= i == 0 ? menu->n_gaps : menu->n_between;
	for (int number = 0; n_prices > 0 && number < n_choices; number++) {
		struct candidate tried = { .redundancy = { .n_copies = n_copies } };
		if (!set_distances(c, menu, number, &tried.redundancy))
			continue;
		try_rates(c, prices, n_prices, &tried, best);
		if (n_copies > 0 && tried.redundancy.distances[0] < 2)
			continue; /* FEC is a copy of the frame before */
		tried.fec = true;
		try_rates(c, prices, n_prices, &tried, best);
	}
}

struct candidate candidates_best(const struct candidates *c)
{
	const struct menu *menu = menus;
	struct candidate best = { .redundancy = { .n_copies = 0 } };

	while (menu->frame_samples < c->frame_samples)
		menu++;
	const bool is_granted = candidates_weigh(c, &best); /* without copies */
	assert(is_granted);				    /* guaranteed by planner_config */
	(void)is_granted;
	if (c->pattern->loss <= 0)
		return best;
	for (int n_copies = 0; n_copies <= menu->n_copies_max; n_copies++)
		try_copies(c, menu, n_copies, &best);
	return best;
}
