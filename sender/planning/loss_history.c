#include "sender/planning/loss_history.h"

#include "common/base/units.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { WORDS_MAX = LOSS_HISTORY_PACKETS_MAX / 64 };

/* The newest stretches that are compared with what came before them, in ms. */
static const int stretches_ms[] = { 240, 500, 1000, 2000, 4000, 8000, 16000 };

/* How certain a change must be: twice the logarithm of the likelihood ratio (chi squared with one
 * degree of freedom: 8 is one in 200, 12 one in 2,000, 14 one in 5,000). Seven stretches are
 * examined with each report, so at one in 200 a steady channel would seem to get worse a few times
 * a minute; but where nothing was lost before, there is no protection yet. */
#define BEGINS_MIN 8.0
#define WORSE_MIN  14.0
#define BETTER_MIN 12.0

/* Weight, in losses, of the prior belief that losses are independent. */
#define INDEPENDENT_LOSSES 4.0

/* Where losses do cluster: the weight of the belief that bursts are long, since copies too near
 * cost more than copies too far, and that they follow Gilbert's model: the dependence falls by the
 * same factor with every packet. */
#define CLUSTER_LOSSES	   12.0
#define CLUSTER_DEPENDENCE 0.8
#define GILBERT_LOSSES	   64.0

/* Losses are taken to cluster where pairs of them exceed chance by this many standard deviations at
 * one of the nearest gaps, and never because of a single pair. */
#define CLUSTER_SIGMAS 3.5
enum { CLUSTER_GAPS = 4, CLUSTER_PAIRS_MIN = 3 };

/* The share of few packets says little, so the estimate starts as if one in twenty of this many
 * earlier packets had been lost; of more packets where losses cluster, since bursts make fewer
 * independent observations of the same number. */
#define PRIOR_PACKETS 20.0
#define PRIOR_LOST    1.0

/* The newest packets in order: bit k is the k-th of them, the newest is the last. */
struct stretch {
	int n_packets;
	uint64_t lost[WORDS_MAX + 1]; /* and a word of zeros at the end */
};

void loss_history_init(struct loss_history *h, int packet_samples)
{
	assert(packet_samples >= FRAME_SAMPLES_MIN && packet_samples <= FRAME_SAMPLES_MAX);
	memset(h, 0, sizeof *h);
	h->packet_samples = packet_samples;
}

void loss_history_add(struct loss_history *h, bool lost)
{
	const int64_t at = h->n_packets++ % LOSS_HISTORY_PACKETS_MAX;
	const uint64_t bit = UINT64_C(1) << (at % 64);

	h->lost[at / 64] = lost ? h->lost[at / 64] | bit : h->lost[at / 64] & ~bit;
}

/* Losses at regular distances would look like a rhythm of the channel, so the threshold is random:
 * a linear congruential generator (Numerical Recipes' constants). */
void loss_history_add_share(struct loss_history *h, int n_packets, double lost_share)
{
	for (int i = 0; i < n_packets; i++) {
		h->random = h->random * 1664525 + 1013904223;
		h->owed += lost_share;
		const bool lost = h->owed > h->random / 4294967296.0;
		h->owed -= lost;
		loss_history_add(h, lost);
	}
}

static int packets_in(const struct loss_history *h, int ms)
{
	const int64_t n = (int64_t)ms * SAMPLES_PER_MS / h->packet_samples;
	return (int)(n < h->n_packets ? n : h->n_packets);
}

static bool is_lost(const struct loss_history *h, int64_t packet)
{
	const int64_t at = packet % LOSS_HISTORY_PACKETS_MAX;
	return h->lost[at / 64] >> (at % 64) & 1;
}

static void take_newest(const struct loss_history *h, int n_packets, struct stretch *s)
{
	memset(s, 0, sizeof *s);
	s->n_packets = n_packets;
	for (int k = 0; k < n_packets; k++)
		if (is_lost(h, h->n_packets - n_packets + k))
			s->lost[k / 64] |= UINT64_C(1) << (k % 64);
}

/* The lost packets before the n-th. */
static int count_lost(const struct stretch *s, int n)
{
	int n_lost = 0;

	for (int w = 0; w < n / 64; w++)
		n_lost += __builtin_popcountll(s->lost[w]);
	if (n % 64 > 0)
		n_lost += __builtin_popcountll(s->lost[n / 64] & ((UINT64_C(1) << (n % 64)) - 1));
	return n_lost;
}

/* How often both packet k and packet k + gap are lost, 1 <= gap < 64. */
static int count_pairs(const struct stretch *s, int gap)
{
	int n_pairs = 0;

	for (int w = 0; w * 64 < s->n_packets; w++) {
		const uint64_t later = s->lost[w] >> gap | s->lost[w + 1] << (64 - gap);
		n_pairs += __builtin_popcountll(s->lost[w] & later);
	}
	return n_pairs;
}

/* How likely the packet `gap` after a lost one is lost, given the prior belief. */
static double estimate_follow(const struct stretch *s, int gap, double belief, double believed)
{
	const int n_lost = s->n_packets > gap ? count_lost(s, s->n_packets - gap) : 0;
	return (count_pairs(s, gap) + believed * belief) / (n_lost + believed);
}

/* 0: after a loss, another one is as likely as ever; 1: it is certain. */
static double memory_of(double follow, double loss)
{
	return follow > loss && loss < 1 ? (follow - loss) / (1 - loss) : 0;
}

double loss_pattern_memory(const struct loss_pattern *pattern)
{
	return memory_of(pattern->follow[1], pattern->loss);
}

/* How much a packet's loss depends on that of the packet before it: 0 not at all, 1 wholly. */
static double dependence(const struct stretch *s, double loss)
{
	if (loss <= 0 || loss >= 1)
		return 0;
	return memory_of(estimate_follow(s, 1, loss, INDEPENDENT_LOSSES), loss);
}

static bool is_clustered(const struct stretch *s, double loss)
{
	for (int gap = 1; gap <= CLUSTER_GAPS && s->n_packets > gap; gap++) {
		const int n_lost = count_lost(s, s->n_packets - gap);
		const int n_pairs = count_pairs(s, gap);
		const double by_chance = n_lost * loss;
		if (n_pairs >= CLUSTER_PAIRS_MIN &&
			n_pairs - by_chance > CLUSTER_SIGMAS * sqrt(by_chance * (1 - loss)))
			return true;
	}
	return false;
}

static double prior_weight(const struct stretch *s, double loss)
{
	const double rho = is_clustered(s, loss) ? dependence(s, loss) : 0;
	return (1 + rho) / (1 - rho);
}

static double log_likelihood(int n_lost, int n_packets, double loss)
{
	const double lost = n_lost > 0 ? n_lost * log(loss) : 0;
	const double received = n_packets > n_lost ? (n_packets - n_lost) * log(1 - loss) : 0;
	return lost + received;
}

/* Whether the newest n_new packets saw another channel than those before. Bursts make fewer
 * independent observations of the same number of packets. */
static bool has_changed(const struct stretch *s, int n_new)
{
	const int n_old = s->n_packets - n_new;
	const int lost_old = count_lost(s, n_old);
	const int lost_new = count_lost(s, s->n_packets) - lost_old;
	const double loss = (double)(lost_old + lost_new) / s->n_packets;

	if (lost_old + lost_new == 0 || lost_old + lost_new == s->n_packets)
		return false;
	const double loss_old = (double)lost_old / n_old;
	const double loss_new = (double)lost_new / n_new;
	const double rho = dependence(s, loss);
	const double ratio = 2 *
			     (log_likelihood(lost_old, n_old, loss_old) +
				     log_likelihood(lost_new, n_new, loss_new) -
				     log_likelihood(lost_old, n_old, loss) -
				     log_likelihood(lost_new, n_new, loss)) *
			     (1 - rho) / (1 + rho);
	if (loss_new <= loss_old)
		return ratio > BETTER_MIN;
	return ratio > (lost_old > 0 ? WORSE_MIN : BEGINS_MIN);
}

/* Drops the packets before the last change of the channel. */
static void take_steady(const struct loss_history *h, struct stretch *s)
{
	take_newest(h, packets_in(h, LOSS_HISTORY_MS), s);
	for (size_t i = 0; i < sizeof stretches_ms / sizeof *stretches_ms; i++) {
		const int n_new = packets_in(h, stretches_ms[i]);
		if (n_new > 0 && n_new < s->n_packets && has_changed(s, n_new)) {
			take_newest(h, n_new, s);
			return;
		}
	}
}

/* Makes the values non-increasing with the gap: neighbours that rise are replaced by their mean. */
static void make_falling(double follow[LOSS_GAPS + 1])
{
	double mean[LOSS_GAPS + 1];
	int width[LOSS_GAPS + 1];
	int n = 0;

	for (int g = 1; g <= LOSS_GAPS; g++) {
		mean[n] = follow[g];
		width[n++] = 1;
		while (n > 1 && mean[n - 2] < mean[n - 1]) {
			const int both = width[n - 2] + width[n - 1];
			mean[n - 2] =
				(mean[n - 2] * width[n - 2] + mean[n - 1] * width[n - 1]) / both;
			width[n - 2] = both;
			n--;
		}
	}
	for (int i = 0, g = 1; i < n; i++)
		for (int k = 0; k < width[i]; k++)
			follow[g++] = mean[i];
}

void loss_history_pattern(const struct loss_history *h, struct loss_pattern *pattern)
{
	struct stretch quiet, s;

	memset(pattern, 0, sizeof *pattern);
	pattern->follow[0] = 1;
	take_newest(h, packets_in(h, LOSS_QUIET_MS), &quiet);
	if (count_lost(&quiet, quiet.n_packets) == 0) {
		pattern->n_packets = quiet.n_packets;
		return;
	}
	take_steady(h, &s);
	pattern->n_packets = s.n_packets;
	pattern->n_lost = count_lost(&s, s.n_packets);
	/* Where loss has just ended, its return is believed less and less likely. */
	const double weight = prior_weight(&s, (double)pattern->n_lost / s.n_packets);
	const double loss = pattern->n_lost > 0 ? (pattern->n_lost + weight * PRIOR_LOST) /
							  (s.n_packets + weight * PRIOR_PACKETS)
						: 0.5 / s.n_packets;
	pattern->loss = loss;
	for (int g = 1; g <= LOSS_GAPS; g++)
		pattern->follow[g] = loss;
	if (!is_clustered(&s, loss))
		return;
	const double belief = loss + (1 - loss) * CLUSTER_DEPENDENCE;
	const double rho = memory_of(estimate_follow(&s, 1, belief, CLUSTER_LOSSES), loss);
	double gilbert = rho;
	pattern->follow[1] = loss + (1 - loss) * rho;
	for (int g = 2; g <= LOSS_GAPS; g++) {
		gilbert *= rho;
		pattern->follow[g] =
			estimate_follow(&s, g, loss + (1 - loss) * gilbert, GILBERT_LOSSES);
	}
	make_falling(pattern->follow);
	for (int g = 1; g <= LOSS_GAPS; g++)
		if (pattern->follow[g] < loss)
			pattern->follow[g] = loss;
}

double loss_pattern_follow(const struct loss_pattern *pattern, int gap)
{
	return pattern->follow[gap < LOSS_GAPS ? gap : LOSS_GAPS];
}
