#include "sender/outlook.h"

#include "common/playout_price.h"
#include "sender/redundancy.h"

#include <assert.h>
#include <math.h>

/* The receiver chooses by what came in the last seconds, which is never quite what is to be expected:
 * of two delays that cost this much more and less it takes the dearer one at times. */
#define CHOICE_MS 15.0

/* libopus gives in-band FEC to active frames only; measured in calls, of the lost ones. */
#define FEC_COVERAGE 0.8

enum { FORMS_MAX = REDUNDANCY_COPIES_MAX + 2 }; /* the primary, FEC and copies */

/* The forms of a frame in order of time. */
struct forms {
	int n;
	double at_ms[FORMS_MAX]; /* after the primary */
	double share[FORMS_MAX]; /* of the frames for which this is the first that comes */
};

static double ms(int64_t us)
{
	return (double)us / US_PER_MS;
}

/* The share of the frames that comes too late for this delay. */
static double later(const struct forms *f, double delay_ms)
{
	double share = 0;

	for (int i = 0; i < f->n; i++)
		share += f->at_ms[i] > delay_ms ? f->share[i] : 0;
	return share;
}

/* Each delay that lets one more form in, as often as it will be taken. */
static void choose_delay(const struct forms *f, struct outlook *o, double *too_late)
{
	double late[FORMS_MAX], costs_ms[FORMS_MAX], shares[FORMS_MAX];
	double least_ms = INFINITY, sum = 0;

	for (int i = 0; i < f->n; i++) {
		const int64_t delay_us = (int64_t)(f->at_ms[i] * US_PER_MS);
		late[i] = later(f, f->at_ms[i]);
		costs_ms[i] = ms(playout_price_of_delay_us(delay_us)) +
			      ms(PLAYOUT_PRICE_MISSING_US) * late[i];
		least_ms = fmin(least_ms, costs_ms[i]);
	}
	for (int i = 0; i < f->n; i++) {
		shares[i] = exp(-(costs_ms[i] - least_ms) / CHOICE_MS);
		sum += shares[i];
	}
	*too_late = 0;
	for (int i = 0; i < f->n; i++) {
		const double share = shares[i] / sum;
		o->delay_ms += share * f->at_ms[i];
		*too_late += share * late[i];
	}
}

struct outlook outlook_of(const struct loss_pattern *pattern, const int *distances, int n_copies,
	bool fec, double frame_ms)
{
	struct forms f = { .n = 1, .share = { 1 - pattern->loss } };
	struct outlook o = { .primary = 1 - pattern->loss };
	double lost = pattern->loss; /* of all forms so far */
	double too_late = 0;
	int last = 0;

	assert(n_copies <= REDUNDANCY_COPIES_MAX);
	for (int i = fec ? -1 : 0; i < n_copies; i++) {
		/* All before are lost, and this given the one before it, as in a Markov chain. */
		const int distance = i < 0 ? 1 : distances[i];
		const double follow = loss_pattern_follow(pattern, distance - last);
		const double still_lost = lost * (i < 0 ? 1 - FEC_COVERAGE * (1 - follow) : follow);
		f.at_ms[f.n] = distance * frame_ms;
		f.share[f.n++] = lost - still_lost;
		lost = still_lost;
		last = distance;
	}
	choose_delay(&f, &o, &too_late);
	o.fec = fec ? f.share[1] : 0;
	o.missing = lost + too_late;
	o.copies = pattern->loss - o.fec - o.missing;
	o.nearest = n_copies > 0 ? fmin(f.share[fec ? 2 : 1], o.copies) : 0;
	return o;
}
