/* Which of our packets were lost, as the receiver reports it, and the pattern of the losses: how
 * many, and how they cluster.
 *
 * The history covers LOSS_HISTORY_MS of packets. The pattern is taken from the newest stretch over
 * which the channel has stayed the same: where the newest packets fare significantly better or
 * worse than those before, the older ones are ignored. So a change is followed within a few
 * reports, and a steady channel is known well.
 * Pure; no allocation, no clock: time is counted in packets. Owner: send_stream. Thread: the
 * owner's. */
#ifndef HINDSIGHT_SENDER_PLANNING_LOSS_HISTORY_H
#define HINDSIGHT_SENDER_PLANNING_LOSS_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

enum {
	LOSS_HISTORY_MS = 32000,
	LOSS_QUIET_MS = 8000, /* after this long without a loss, the channel counts as clear */
	LOSS_HISTORY_PACKETS_MAX = LOSS_HISTORY_MS * 2 / 5, /* in frames of 2.5 ms */
	LOSS_GAPS = 32 /* largest gap between two losses that is examined, in packets */
};

struct loss_pattern {
	double loss; /* share of the packets that are lost, 0..1 */
	/* [g]: P(packet i + g is lost | packet i is lost). [0] is 1; then it falls towards `loss`,
	 * its value for independent losses. */
	double follow[LOSS_GAPS + 1];
	int n_packets; /* that this was learned from; 0: nothing is known */
	int n_lost;    /* of them */
};

struct loss_history { /* private to loss_history.c */
	int packet_samples;
	int64_t n_packets; /* since the start */
	double owed; /* fraction of a lost packet not yet entered, where only shares are reported */
	uint32_t random; /* state of the generator that places those losses */
	uint64_t lost[LOSS_HISTORY_PACKETS_MAX / 64]; /* a ring of bits */
};

/* packet_samples: what a packet lasts, 120..2880. */
void loss_history_init(struct loss_history *h, int packet_samples);

/* Whether the next packet was lost, in order of sequence numbers, each once. */
void loss_history_add(struct loss_history *h, bool lost);

/* For the next n_packets only the lost share is known, 0..1. The losses are taken as independent,
 * so nothing is learned about bursts. */
void loss_history_add_share(struct loss_history *h, int n_packets, double lost_share);

void loss_history_pattern(const struct loss_history *h, struct loss_pattern *pattern);

/* P(packet i + gap is lost | packet i is), for any gap >= 0. */
double loss_pattern_follow(const struct loss_pattern *pattern, int gap);

/* How much losses cluster: 0 where they are independent, 1 where each is followed by another. */
double loss_pattern_memory(const struct loss_pattern *pattern);

#endif
