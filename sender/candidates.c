#include "sender/candidates.h"

#include "common/units.h"
#include "sender/outlook.h"

#include <assert.h>
#include <string.h>

/* In quality: what a concealed frame costs beyond what it is worth less than it should be, since a
 * syllable that is gone is no mere distortion; and a millisecond of delay. */
#define MISSING_PRICE 3.0
#define RARE_PRICE    8.0 /* and this of the first hundredth: where gaps are rare, each is heard */
#define RARE_SHARE    0.01
#define DELAY_PRICE   0.001

/* A guess that runs on fades away. tools/calibrate measures holes of one to four frames, 2.5 as a
 * frame sees it; measured in calls: 80 % of that distance (squared) where holes are single, and
 * 220 % in bursts of 3.3 frames, 5.7 as a frame sees it. */
#define RUN_MEASURED 2.5
#define RUN_COST     0.3

/* For fewer gaps and less delay this share of the best quality may be given up, and beyond it only
 * where each part given up saves as much as so many. */
#define GIVEN_UP_MAX 0.03
#define STRICTNESS   10.0

/* The copies' rates that are tried, those that the frame length allows. */
static const int rates_bps[] = { 6000, 8000, 9000, 10000, 11000, 12000, 14000, 16000, 18000, 20000,
	24000, 28000, 32000, 40000, 48000, 64000, 96000 };

enum { N_RATES = sizeof rates_bps / sizeof *rates_bps, GAPS_MAX = 5 };

/* Single primaries are smaller than the mean, and by so much (1 / 8) only few of them go without. */
enum { FEC_MARGIN = 8 };

/* The gaps between one form of a frame and the next that are tried, in frames. Short frames pay so
 * much for headers that they have few copies, and bursts outlast many of them. */
struct menu {
	int frame_samples, n_copies_max, n_gaps;
	int gaps[GAPS_MAX];
};

static const struct menu menus[] = {
	{ 120, 3, 5, { 1, 2, 4, 8, 16 } },
	{ 240, 4, 5, { 1, 2, 4, 6, 8 } },
	{ 480, 5, 5, { 1, 2, 3, 4, 6 } },
	{ 960, 6, 4, { 1, 2, 3, 4 } },
	{ 1920, 5, 3, { 1, 2, 3 } },
	{ 2880, 5, 2, { 1, 2 } },
};

/* How the forms sound, where n copies have one of the rates. */
struct prices {
	struct redundancy redundancy; /* its rates; the distances do not matter */
	struct sound primary, copy, fec_primary, fec, concealed;
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
	p->copy = p->redundancy.n_copies > 0 ? quality_copy(c->quality, primary_bps,
						       channel_bps(c, p->redundancy.copy_bps))
					     : (struct sound){ 0, 0 }; /* heard in no frame */
}

/* False where the budget does not allow n copies of this rate, or more for a copy than for the
 * primary. */
static bool find_prices(const struct candidates *c, int n_copies, int copy_bps, struct prices *p)
{
	int limit;

	p->redundancy = (struct redundancy){ .n_copies = n_copies };
	for (int i = 0; i < n_copies; i++)
		p->redundancy.distances[i] = i + 1;
	if (redundancy_share(&p->redundancy, c->frame_samples, c->budget_bps, copy_bps, &limit) !=
		REDUNDANCY_OK)
		return false;
	if (n_copies > 0 && (p->redundancy.primary_bps < copy_bps ||
				    p->redundancy.primary_bps < c->primary_bps_min))
		return false;
	set_prices(c, p);
	return true;
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
	add(&heard, o->copies, p->copy);
	struct sound concealed = p->concealed;
	concealed.power *= 1 + RUN_COST * (o->missing_run - RUN_MEASURED);
	add(&heard, o->missing, concealed);
	candidate->quality = quality_of_sound(heard);
	candidate->missing = o->missing;
	candidate->delay_ms = o->delay_ms;
	const double too_low = c->quality_best * (1 - GIVEN_UP_MAX) - candidate->quality;
	const double rare = o->missing < RARE_SHARE ? o->missing : RARE_SHARE;
	candidate->value = candidate->quality - MISSING_PRICE * o->missing - RARE_PRICE * rare -
			   DELAY_PRICE * o->patience_ms - (too_low > 0 ? STRICTNESS * too_low : 0);
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
	if (!find_prices(c, r->n_copies, r->copy_bps, &p) || (candidate->fec && !p.affords_fec))
		return false;
	const struct outlook o = look(c, candidate);
	r->primary_bps = p.redundancy.primary_bps;
	r->copy_bps = p.redundancy.copy_bps;
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
		if (c->quality_best > 0 ? tried->value <= best->value
					: tried->quality <= best->quality)
			continue;
		*best = *tried;
		best->redundancy.copy_bps = prices[i].redundancy.copy_bps;
		best->redundancy.primary_bps = prices[i].redundancy.primary_bps;
	}
}

/* The number-th way of choosing each of the gaps from the menu. False: it reaches too far. */
static bool set_distances(
	const struct candidates *c, const struct menu *menu, int number, struct redundancy *r)
{
	int distance = 0;

	for (int i = 0; i < r->n_copies; i++) {
		distance += menu->gaps[number % menu->n_gaps];
		number /= menu->n_gaps;
		r->distances[i] = distance;
	}
	return distance <= c->reach_frames_max;
}

static void try_copies(
	const struct candidates *c, const struct menu *menu, int n_copies, struct candidate *best)
{
	struct prices prices[N_RATES];
	int n_prices = 0, n_ways = 1;

	for (int i = 0; i < (n_copies > 0 ? N_RATES : 1); i++)
		n_prices += find_prices(
			c, n_copies, n_copies > 0 ? rates_bps[i] : 0, &prices[n_prices]);
	for (int i = 0; i < n_copies; i++)
		n_ways *= menu->n_gaps;
	for (int number = 0; n_prices > 0 && number < n_ways; number++) {
		struct candidate tried = { .redundancy = { .n_copies = n_copies } };
		if (!set_distances(c, menu, number, &tried.redundancy))
			continue;
		try_rates(c, prices, n_prices, &tried, best);
		/* In-band FEC stands alone. Beside copies it saves bits, but receivers wait for copies
		 * that are known to come, not for it: at 20 % loss they played 20 ms later with it. */
		if (n_copies > 0)
			continue;
		tried.fec = true;
		try_rates(c, prices, n_prices, &tried, best);
	}
}

void candidates_survey(struct candidates *c)
{
	c->quality_best = 0;
	c->quality_best = candidates_best(c).quality;
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
