#include "sender/outlook.h"

#include "sender/redundancy.h"

#include <assert.h>

/* How a receiver learns its delay (receiver/playout_delay.h), in ms of delay: what a frame costs that
 * comes so late that it is missing, and one that is waited for, for itself and for each ms. */
#define MISSING_COST_MS	 5000.0
#define WAIT_COST_MS	 800.0
#define WAIT_COST_PER_MS 35.0
#define WAIT_MAX_MS	 60.0

#define RUN_MAX 50.0 /* then all is silent anyway */

enum { FORMS_MAX = REDUNDANCY_COPIES_MAX + 2 }; /* the primary, FEC and copies */

/* The forms of a frame in order of time. */
struct forms {
	int n;
	double at_ms[FORMS_MAX]; /* after the primary */
	double share[FORMS_MAX]; /* of the frames for which this is the first that comes */
};

/* If the receiver played with this delay. */
static double patience(const struct forms *f, double delay_ms, double *too_late)
{
	double cost_ms = delay_ms;

	*too_late = 0;
	for (int i = 0; i < f->n; i++) {
		const double late_ms = f->at_ms[i] - delay_ms;
		if (late_ms > WAIT_MAX_MS)
			*too_late += f->share[i];
		else if (late_ms > 0)
			cost_ms += f->share[i] * (WAIT_COST_MS + WAIT_COST_PER_MS * late_ms);
	}
	return cost_ms;
}

static void choose_delay(const struct forms *f, struct outlook *o, double *too_late)
{
	double least = -1;

	for (int i = 0; i < f->n; i++) {
		double late;
		const double cost_ms = patience(f, f->at_ms[i], &late);
		if (least >= 0 && cost_ms + MISSING_COST_MS * late >= least)
			continue;
		least = cost_ms + MISSING_COST_MS * late;
		o->delay_ms = f->at_ms[i];
		o->patience_ms = cost_ms;
		*too_late = late;
	}
}

struct outlook outlook_of(const struct loss_pattern *pattern, const int *distances, int n_copies,
	bool fec, double frame_ms)
{
	struct forms f = { .n = 1, .share = { 1 - pattern->loss } };
	struct outlook o = { .primary = 1 - pattern->loss };
	double lost = pattern->loss; /* of all forms so far */
	double too_late = 0;
	/* The next frame is missing, too, where each of its forms follows a lost one into loss. */
	double goes_on = loss_pattern_follow(pattern, 1);
	int last = 0;

	assert(n_copies <= REDUNDANCY_COPIES_MAX);
	for (int i = fec ? -1 : 0; i < n_copies; i++) {
		/* All before are lost, and this given the one before it, as in a Markov chain. */
		const int distance = i < 0 ? 1 : distances[i];
		const double still_lost = lost * loss_pattern_follow(pattern, distance - last);
		f.at_ms[f.n] = distance * frame_ms;
		f.share[f.n++] = lost - still_lost;
		lost = still_lost;
		goes_on *= loss_pattern_follow(pattern, 1);
		last = distance;
	}
	/* As a frame sees it: the mean of runs weighed by their lengths. */
	o.missing_run = goes_on < 1 ? (1 + goes_on) / (1 - goes_on) : RUN_MAX;
	if (o.missing_run > RUN_MAX)
		o.missing_run = RUN_MAX;
	choose_delay(&f, &o, &too_late);
	o.fec = fec ? f.share[1] : 0;
	o.missing = lost + too_late;
	o.copies = pattern->loss - o.fec - o.missing;
	return o;
}
