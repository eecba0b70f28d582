/* The redundancy planner: what each datagram should carry, so that listening quality is best within
 * the budget at the reported loss.
 *
 *   loss_history -> loss_pattern --+
 *   queue -----> congestion -------+-> planner -> plan -> encoder, packetizer
 *   delay bound, jitter -----------+      ^
 *                                  outlook, quality (table)
 *
 * Every way of sharing the budget (number, distances and rates of the copies, in-band FEC) is
 * weighed by its expected quality, less a small price of the delay that it needs. Protection goes
 * up at once and down slowly; without loss not one bit goes into copies.
 * Pure; no allocation, no clock. Owner: send_stream. Thread: the owner's. */
#ifndef HINDSIGHT_SENDER_PLANNING_PLANNER_H
#define HINDSIGHT_SENDER_PLANNING_PLANNER_H

#include "common/base/concealment.h"
#include "sender/coding/coding.h"
#include "sender/planning/congestion.h"
#include "sender/planning/loss_history.h"
#include "sender/coding/redundancy.h"

#include <stdbool.h>
#include <stdint.h>

#define PLANNER_DELAY_BOUND_US INT64_C(200000) /* of a receiver that reports none */

enum planner_reason {
	PLANNER_UNHEARD,   /* nobody reports: a fixed protection */
	PLANNER_CLEAR,	   /* nothing was lost lately */
	PLANNER_FOLLOWS,   /* the loss that is reported */
	PLANNER_CONGESTED, /* a queue came with loss, or is endless: it is ours, sends less */
	PLANNER_BROKEN,	   /* the circuit breaker is not closed: one of the plans for that */
	PLANNER_REASONS	   /* how many there are */
};

/* What the circuit breaker asks for. */
enum planner_break {
	PLANNER_UNBROKEN,
	PLANNER_BAD_CHANNEL, /* the rate and copies of a plan for much loss: nothing is known */
	PLANNER_LEAST	     /* the least rate that speech needs, without copies */
};

struct planner_config {
	enum profile profile;
	int n_channels;	   /* 1 or 2 */
	int frame_samples; /* 120 240 480 960 1920 2880 */
	int budget_bps; /* the whole RTP payload; what redundancy_share() grants without copies */
};

/* What is known about the path and the receiver when a report has come. */
struct planner_report {
	struct loss_pattern pattern;
	int64_t round_trip_us;	/* < 0: unknown */
	int64_t queue_us;	/* how long packets wait on the path; < 0: unknown */
	int64_t jitter_us;	/* interarrival jitter as the receiver reports it; 0: unknown */
	int64_t delay_bound_us; /* the longest playout delay that the receiver allows; 0: unknown */
	enum concealment concealment; /* how the receiver conceals */
};

struct send_plan {
	struct redundancy redundancy; /* as redundancy_share() fills it, of at most the budget */
	int budget_bps;		      /* the used part of it: less under congestion */
	bool fec;		      /* in-band, of the frame before; part of primary_bps */
	int loss_percent;	      /* expected loss for the encoder */
	enum planner_reason reason;
	double expected_mos;	  /* MOS-LQO: common/base/mos_scale.h */
	double expected_delay_ms; /* the receiver's playout delay */
};

struct planner { /* private to planner.c, except that plan and coding may be read */
	struct send_plan plan;
	struct coding coding; /* of the whole stream, whichever the plan */
	struct planner_config config;
	struct congestion congestion;
	struct planner_report report;
	bool has_report; /* a report has come */
	enum planner_break broken;
	int64_t changed_us; /* when the copies last changed */
};

/* The initial plan is that of PLANNER_UNHEARD. */
void planner_init(struct planner *p, const struct planner_config *config);

/* A report has come. True: the plan has changed, for the next frame on. */
bool planner_on_report(struct planner *p, const struct planner_report *report, int64_t now_us);

/* A new budget, as in planner_config; the coding stays. True: the plan has changed. */
bool planner_set_budget(struct planner *p, int budget_bps, int64_t now_us);

/* Nobody reports any more: the plan is that of PLANNER_UNHEARD again, within the share of the budget
 * that congestion has left. True: the plan has changed. */
bool planner_on_silence(struct planner *p, int64_t now_us);

/* The circuit breaker has opened or closed. True: the plan has changed. */
bool planner_set_broken(struct planner *p, enum planner_break broken, int64_t now_us);

/* "unheard", "clear", "follows", "congested", "broken". */
const char *planner_reason_name(enum planner_reason reason);

#endif
