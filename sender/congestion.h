/* Whether the queue on the way is ours: a round trip that rises together with loss says so, and one
 * that rises beyond all bounds. Then less is sent, at once and by a factor; what was taken is given
 * back slowly.
 * Pure. Owner: planner. Thread: the owner's. */
#ifndef HINDSIGHT_SENDER_CONGESTION_H
#define HINDSIGHT_SENDER_CONGESTION_H

#include <stdbool.h>
#include <stdint.h>

enum { CONGESTION_LOWS = 8 };

#define CONGESTION_SHARE_MIN 0.25

struct congestion {   /* private to congestion.c, but for the share */
	double share; /* of the budget that may be used: CONGESTION_SHARE_MIN..1 */
	int64_t lows_us[CONGESTION_LOWS]; /* shortest round trip of each of the last periods */
	int64_t low_period;		  /* number of the present one; < 0: none was seen */
	double smooth_us;		  /* round trip of late */
	int64_t changed_us;		  /* when the share last changed */
};

void congestion_init(struct congestion *c);

/* A report has come. round_trip_us < 0: unknown. jitter_us: of single packets, so that it is not
 * taken for a queue. loss: share of late. True while the queue is ours. */
bool congestion_on_report(struct congestion *c, int64_t round_trip_us, int64_t jitter_us,
	double loss, int64_t now_us);

#endif
