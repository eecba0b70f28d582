/* Whether the queue on the way is ours: one that came together with more loss than there was without
 * it, and one beyond all bounds. Then less is sent, at once and by a factor; what was taken is given
 * back slowly. Loss alone is no congestion, nor is a queue beside a loss that stays as it was.
 * Pure. Owner: planner. Thread: the owner's. */
#ifndef HINDSIGHT_SENDER_PLANNING_CONGESTION_H
#define HINDSIGHT_SENDER_PLANNING_CONGESTION_H

#include <stdbool.h>
#include <stdint.h>

#define CONGESTION_SHARE_MIN 0.25

struct congestion_report {
	int64_t queue_us;      /* packets wait for so long, see queue_meter; < 0: unknown */
	int64_t round_trip_us; /* < 0: unknown */
	int64_t jitter_us;     /* of single packets, so that it is not taken for a queue */
	double loss;	       /* share of late */
};

struct congestion {	   /* private to congestion.c, but for the share and the loss being ours */
	double share;	   /* of the budget that may be used: CONGESTION_SHARE_MIN..1 */
	bool loss_is_ours; /* the queue is, and the loss rose with it */
	bool is_heard;
	double calm_loss;   /* what is lost while there is no queue */
	int64_t heard_us;   /* last */
	int64_t changed_us; /* when the share last changed */
};

void congestion_init(struct congestion *c);

/* A report has come. */
void congestion_on_report(
	struct congestion *c, const struct congestion_report *report, int64_t now_us);

#endif
