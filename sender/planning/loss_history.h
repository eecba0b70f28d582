/* What became of the packets we sent, as the receiver reports it, and the pattern in it: how much
 * is lost, and how the losses cluster.
 *
 * The fates are kept for LOSS_HISTORY_MS of packets. Counted is the stretch of them, from now back,
 * over which the channel has been the same: where the newest packets fare significantly better or
 * worse than those before, the older ones are left out. So a change is followed within some
 * reports, and a steady channel is known well. Pure; no allocation, no clock: time is counted in
 * packets. Owner: send_stream. Thread: the owner's. */
#ifndef HINDSIGHT_SENDER_PLANNING_LOSS_HISTORY_H
#define HINDSIGHT_SENDER_PLANNING_LOSS_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

enum {
	LOSS_HISTORY_MS = 32000,
	LOSS_QUIET_MS = 8000, /* so long without a loss, and there is none to speak of */
	LOSS_HISTORY_PACKETS_MAX = LOSS_HISTORY_MS * 2 / 5, /* in frames of 2.5 ms */
	LOSS_GAPS = 32 /* how far apart two losses are compared, in packets */
};

struct loss_pattern {
	double loss; /* share of the packets that are lost, 0..1 */
	/* [g]: how likely packet i+g is lost if packet i is; [0] is 1, then it falls towards
	 * `loss`, which is what it is where losses are independent. */
	double follow[LOSS_GAPS + 1];
	int n_packets; /* from which this was learned; 0: nothing is known */
	int n_lost;    /* of them */
};

struct loss_history { /* private to loss_history.c */
	int packet_samples;
	int64_t n_packets; /* since the start */
	double owed;	   /* of a lost packet, where only shares are told */
	uint32_t dice;	   /* where they are put */
	uint64_t lost[LOSS_HISTORY_PACKETS_MAX / 64]; /* a ring of bits */
};

/* packet_samples: what a packet lasts, 120..2880. */
void loss_history_init(struct loss_history *h, int packet_samples);

/* The fate of the next packet, in order of sequence numbers, each once. */
void loss_history_add(struct loss_history *h, bool lost);

/* Of the next n_packets only the share that was lost is known, 0..1: they are taken for
 * independent, so nothing is learned of bursts. */
void loss_history_add_share(struct loss_history *h, int n_packets, double lost_share);

void loss_history_pattern(const struct loss_history *h, struct loss_pattern *pattern);

/* P(packet i + gap is lost | packet i is), for any gap >= 0. */
double loss_pattern_follow(const struct loss_pattern *pattern, int gap);

/* How much losses cluster: 0 where they are independent, 1 where each is followed by another. */
double loss_pattern_memory(const struct loss_pattern *pattern);

#endif
