#include "sender/candidates.h"

#include "common/units.h"
#include "sender/outlook.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* In quality, a millisecond of delay, and how much more where a conversation begins to suffer (G.114:
 * 150 ms from mouth to ear; network and devices have theirs). */
#define DELAY_PRICE 0.0005
#define FAR_PRICE   0.002
#define FAR_MS	    100.0

/* What gaps take of the quality beyond what frames that are guessed sound like, where they are rare enough
 * that each is heard for itself: of the share of frames between these two. Where bits are few they go where
 * the sound is best; who spends more wants no gaps, and the price rises evenly in between. Where losses
 * cluster, wholly (1) or in part, gaps are longer: they count up to a larger share, and a little more. */
#define RARE_FROM	0.002
#define RARE_TO		0.016
#define RARE_TO_CLUSTER 0.8
#define RARE_PRICE_LEAN 6.0
#define RARE_PRICE_RICH 17.5
#define PRICE_CLUSTER	0.15
#define LEAN_BPS	48000
#define RICH_BPS	64000

/* The copies' rates that are tried, those that the frame length allows. */
static const int rates_bps[] = { 6000, 7000, 8000, 9000, 10000, 11000, 12000, 14000, 16000, 18000,
	20000, 24000, 28000, 32000, 40000, 48000, 64000, 96000 };

enum { N_RATES = sizeof rates_bps / sizeof *rates_bps, GAPS_MAX = 6 };

/* Single primaries are smaller than the mean, and by so much (1 / 8) only few of them go without. */
enum { FEC_MARGIN = 8 };

/* The gaps between one form of a frame and the next that are tried, in frames: before the nearest copy
 * all, so that it is beyond most bursts, between copies the first n_between. Short frames pay so much for
 * headers that they have few copies, and bursts outlast many of them. */
struct menu {
	int frame_samples, n_copies_max, n_gaps, n_between;
	int gaps[GAPS_MAX];
};

static const struct menu menus[] = {
	{ 120, 3, 5, 5, { 1, 2, 4, 8, 16 } },
	{ 240, 4, 5, 5, { 1, 2, 4, 6, 8 } },
	{ 480, 5, 5, 5, { 1, 2, 3, 4, 6 } },
	{ 960, 6, 6, 4, { 1, 2, 3, 4, 5, 6 } },
	{ 1920, 5, 3, 3, { 1, 2, 3 } },
	{ 2880, 5, 2, 2, { 1, 2 } },
};

/* The copies behind the nearest are heard in far fewer frames: they have as many bits, or so many
 * eighths of them. */
static const int far_eighths[] = { 8, 5, 4 };

enum { FAR_RATES = sizeof far_eighths / sizeof *far_eighths };

/* How the forms sound, where n copies have one of the rates. */
struct prices {
	struct redundancy redundancy; /* its rates; the distances do not matter */
	struct sound primary, copy, far_copy, fec_primary, fec, concealed;
	bool affords_fec;
};

static int channel_bps(const struct candidates *c, int bps)
{
	return c->n_channels == 2 ? bps * 2 / 3 : bps; /* as coding_for_copy() counts */
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
	p->copy = p->far_copy = (struct sound){ 0, 0 }; /* heard in no frame */
	if (p->redundancy.n_copies > 0)
		p->copy = quality_copy(
			c->quality, primary_bps, channel_bps(c, p->redundancy.copy_bps[0]));
	if (p->redundancy.n_copies > 1)
		p->far_copy = quality_copy(
			c->quality, primary_bps, channel_bps(c, p->redundancy.copy_bps[1]));
}

/* Copies of loud frames are larger ones, and in a loud packet most of them are; what they take is the
 * primary's. Where a copy has nearly the primary's rate, or all together have far more than it, it suffers more
 * than its mean rate tells: at a random 30 %, rates of 18, 11 and 11 beside a primary of 19: 4 %. */
static bool squeezes(const struct redundancy *r)
{
	const int copies_bps = r->copy_bps[0] + (r->n_copies - 1) * r->copy_bps[1];
	return r->copy_bps[0] * 5 > r->primary_bps * 4 || copies_bps * 4 > r->primary_bps * 7;
}

/* False where the budget does not allow n copies of these rates, or they squeeze the primary. */
static bool find_prices(
	const struct candidates *c, int n_copies, int copy_bps, int far_copy_bps, struct prices *p)
{
	int limit;

	p->redundancy = (struct redundancy){ .n_copies = n_copies };
	for (int i = 0; i < n_copies; i++)
		p->redundancy.distances[i] = i + 1;
	const enum redundancy_fault fault =
		far_copy_bps > 0 ? redundancy_share_two(&p->redundancy, c->frame_samples,
					   c->budget_bps, copy_bps, far_copy_bps, &limit)
				 : redundancy_share(&p->redundancy, c->frame_samples, c->budget_bps,
					   copy_bps, &limit);
	if (fault != REDUNDANCY_OK)
		return false;
	if (n_copies > 0 &&
		(p->redundancy.primary_bps < c->primary_bps_min || squeezes(&p->redundancy)))
		return false;
	set_prices(c, p);
	return true;
}

/* What is left of the quality after the gaps. */
static double spared_by_gaps(const struct candidates *c, double missing)
{
	const double cluster = loss_pattern_memory(c->pattern);
	const double richness =
		(double)(channel_bps(c, c->budget_bps) - LEAN_BPS) / (RICH_BPS - LEAN_BPS);
	const double price =
		RARE_PRICE_LEAN + (RARE_PRICE_RICH - RARE_PRICE_LEAN) * fmax(0, fmin(1, richness));
	const double rare = fmin(missing, RARE_TO * (1 + RARE_TO_CLUSTER * cluster)) - RARE_FROM;

	return 1 - price * (1 + PRICE_CLUSTER * cluster) * fmax(0, rare);
}

static void add(struct sound *sum, double share, struct sound sound)
{
	sum->intelligibility += share * sound.intelligibility;
	sum->power += share * sound.power;
}

static void value(const struct candidates *c, const struct outlook *o, const struct prices *p,
	struct candidate *candidate)
{
	struct sound heard = { 0, 0 };

	add(&heard, o->primary, candidate->fec ? p->fec_primary : p->primary);
	add(&heard, o->fec, p->fec);
	add(&heard, o->nearest, p->copy);
	add(&heard, o->copies - o->nearest, p->far_copy);
	add(&heard, o->missing, p->concealed);
	candidate->quality = quality_of_sound(heard);
	candidate->missing = o->missing;
	candidate->delay_ms = o->delay_ms;
	candidate->value = candidate->quality * spared_by_gaps(c, o->missing) -
			   DELAY_PRICE * o->delay_ms - FAR_PRICE * fmax(0, o->delay_ms - FAR_MS);
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
	if (!find_prices(c, r->n_copies, r->copy_bps[0], r->copy_bps[1], &p) ||
		(candidate->fec && !p.affords_fec))
		return false;
	const struct outlook o = look(c, candidate);
	r->primary_bps = p.redundancy.primary_bps;
	memcpy(r->copy_bps, p.redundancy.copy_bps, sizeof r->copy_bps);
	value(c, &o, &p, candidate);
	return true;
}

/* The distances of these copies, at all rates. */
static void try_rates(const struct candidates *c, const struct prices *prices, int n_prices,
	struct candidate *tried, struct candidate *best)
{
	const struct outlook o = look(c, tried);

	for (int i = 0; i < n_prices; i++) {
		if (tried->fec && !prices[i].affords_fec)
			continue;
		value(c, &o, &prices[i], tried);
		if (tried->value <= best->value)
			continue;
		*best = *tried;
		memcpy(best->redundancy.copy_bps, prices[i].redundancy.copy_bps,
			sizeof best->redundancy.copy_bps);
		best->redundancy.primary_bps = prices[i].redundancy.primary_bps;
	}
}

/* The number-th way of choosing each of the gaps from the menu. False: it reaches too far. */
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

/* All that the budget affords for so many copies: how many. In CELT they have one rate. */
static int find_all_prices(
	const struct candidates *c, int n_copies, struct prices prices[N_RATES * FAR_RATES])
{
	const bool has_two = n_copies > 1 && c->quality->coding.mode != CODING_CELT;
	int n = 0;

	if (n_copies == 0)
		return find_prices(c, 0, 0, 0, prices);
	for (int i = 0; i < N_RATES; i++)
		for (int k = 0; k < (has_two ? FAR_RATES : 1); k++)
			n += find_prices(c, n_copies, rates_bps[i],
				rates_bps[i] * far_eighths[k] / 8, &prices[n]);
	return n;
}

static void try_copies(
	const struct candidates *c, const struct menu *menu, int n_copies, struct candidate *best)
{
	struct prices prices[N_RATES * FAR_RATES];
	const int n_prices = find_all_prices(c, n_copies, prices);
	int n_ways = 1;

	for (int i = 0; i < n_copies; i++)
		n_ways *= i == 0 ? menu->n_gaps : menu->n_between;
	for (int number = 0; n_prices > 0 && number < n_ways; number++) {
		struct candidate tried = { .redundancy = { .n_copies = n_copies } };
		if (!set_distances(c, menu, number, &tried.redundancy))
			continue;
		try_rates(c, prices, n_prices, &tried, best);
		/* In-band FEC stands alone. Beside copies it takes as many bits from the primary as a
		 * copy that sounds like it, and it covers active frames only. */
		if (n_copies > 0)
			continue;
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
	assert(is_granted);				    /* planner_config promises it */
	(void)is_granted;
	if (c->pattern->loss <= 0)
		return best;
	for (int n_copies = 0; n_copies <= menu->n_copies_max; n_copies++)
		try_copies(c, menu, n_copies, &best);
	return best;
}
