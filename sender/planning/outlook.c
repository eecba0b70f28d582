#include "sender/planning/outlook.h"

#include "common/base/playout_price.h"

#include <assert.h>
#include <math.h>

/* The receiver chooses its delay by recent arrivals, which are a sample of the channel: between two
 * delays whose costs differ by less than this it sometimes takes the dearer one. */
#define CHOICE_MS 15.0

enum { REACHES_MAX = REDUNDANCY_COPIES_MAX + 2 }; /* no form, FEC, each copy */

/* What is played if the receiver's delay beyond the network's is at_ms. */
struct reach {
	double at_ms;
	int n_copies; /* copies that arrive in time */
	double fec;   /* share of the frames that FEC and none of these copies brings */
	double missing;
};

static double ms(int64_t us)
{
	return (double)us / US_PER_MS;
}

/* lost[k]: of the frames that are lost, the share whose first k copies are lost, too. Each loss
 * depends on the one before it, as in a Markov chain. */
static void find_lost(const struct loss_pattern *pattern, const int *distances, int n_copies,
	double lost[REDUNDANCY_COPIES_MAX + 1])
{
	lost[0] = 1;
	for (int k = 0; k < n_copies; k++)
		lost[k + 1] = lost[k] * loss_pattern_follow(pattern,
						distances[k] - (k > 0 ? distances[k - 1] : 0));
}

/* Of the frames that are lost: the share whose next packet arrived and whose first n copies, all of
 * them farther back, are lost. */
static double fec_alone(const struct loss_pattern *pattern, const int *distances, int n)
{
	const double loss = pattern->loss;
	double share = 1 - loss_pattern_follow(pattern, 1);

	if (n > 0 && loss < 1) /* lost, given that a packet this gap earlier arrived */
		share *= loss * (1 - loss_pattern_follow(pattern, distances[0] - 1)) / (1 - loss);
	for (int i = 1; i < n; i++)
		share *= loss_pattern_follow(pattern, distances[i] - distances[i - 1]);
	return share;
}

/* Fills in what is played at each delay that admits one more form, and returns their number. lost:
 * from find_lost(). */
static int find_reaches(const struct loss_pattern *pattern, const int *distances, int n_copies,
	bool fec, double frame_ms, const double *lost, struct reach reaches[REACHES_MAX])
{
	int n = 0;

	for (int k = fec ? -1 : 0; k <= n_copies; k++) {
		struct reach *const r = &reaches[n++];
		const int frames = k > 0 ? distances[k - 1] : k == 0 && fec;
		r->at_ms = frames * frame_ms;
		r->n_copies = k > 0 ? k : 0;
		r->fec = fec && frames > 0
				 ? pattern->loss * fec_alone(pattern, distances, r->n_copies)
				 : 0;
		r->missing = pattern->loss * lost[r->n_copies] - r->fec;
	}
	return n;
}

struct outlook outlook_of(const struct loss_pattern *pattern, const int *distances, int n_copies,
	bool fec, double frame_ms)
{
	struct reach reaches[REACHES_MAX];
	struct outlook o = { .primary = 1 - pattern->loss };
	double weights[REACHES_MAX], costs_ms[REACHES_MAX], lost[REDUNDANCY_COPIES_MAX + 1];
	double least_ms = INFINITY, sum = 0;

	assert(n_copies <= REDUNDANCY_COPIES_MAX);
	find_lost(pattern, distances, n_copies, lost);
	const int n = find_reaches(pattern, distances, n_copies, fec, frame_ms, lost, reaches);
	for (int i = 0; i < n; i++) {
		costs_ms[i] =
			ms(playout_price_of_delay_us((int64_t)(reaches[i].at_ms * US_PER_MS))) +
			ms(PLAYOUT_PRICE_MISSING_US) * reaches[i].missing;
		least_ms = fmin(least_ms, costs_ms[i]);
	}
	for (int i = 0; i < n; i++)
		sum += weights[i] = exp(-(costs_ms[i] - least_ms) / CHOICE_MS);
	for (int i = 0; i < n; i++) {
		const struct reach *const r = &reaches[i];
		const double weight = weights[i] / sum;
		o.delay_ms += weight * r->at_ms;
		o.fec += weight * r->fec;
		o.missing += weight * r->missing;
		for (int k = 0; k < r->n_copies; k++)
			o.copies[k] += weight * pattern->loss * (lost[k] - lost[k + 1]);
	}
	return o;
}
