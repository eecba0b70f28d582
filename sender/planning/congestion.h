/* Decides whether a queue on the path is our own: one that came together with a rise in loss, or
 * one beyond all bounds. Then the sender reduces its rate at once by a factor, and restores it
 * slowly. Loss alone is not congestion, nor is a queue while the loss stays the same.
 * Pure. Owner: planner. Thread: the owner's. */
#ifndef HINDSIGHT_SENDER_PLANNING_CONGESTION_H
#define HINDSIGHT_SENDER_PLANNING_CONGESTION_H

#include <stdbool.h>
#include <stdint.h>

#define CONGESTION_SHARE_MIN 0.25

struct congestion_report {
	int64_t queue_us;      /* how long packets wait, see queue_meter; < 0: unknown */
	int64_t round_trip_us; /* < 0: unknown */
	int64_t jitter_us;     /* of single packets, so that it is not taken for a queue */
	double loss;	       /* recent share of lost packets */
};

struct congestion {   /* private to congestion.c, except that share and loss_is_ours may be read */
	double share; /* usable share of the budget: CONGESTION_SHARE_MIN..1 */
	bool loss_is_ours; /* the queue is ours, and the loss rose with it */
	bool has_report;
	double calm_loss;    /* loss while there is no queue */
	int64_t reported_us; /* time of the last report */
	int64_t changed_us;  /* when the share last changed */
};

void congestion_init(struct congestion *c);

/* A report has come. */
void congestion_on_report(
	struct congestion *c, const struct congestion_report *report, int64_t now_us);

#endif
