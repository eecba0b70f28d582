/* What a sender counts, and how it is published. Pure. Thread: any. */
#ifndef HINDSIGHT_SENDER_SEND_STATS_H
#define HINDSIGHT_SENDER_SEND_STATS_H

#include "common/base/stats_field.h"
#include "sender/coding/send_delay.h"
#include "sender/planning/circuit_breaker.h"
#include "sender/planning/planner.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Counts since the start; the difference of two snapshots covers the time between them. */
struct send_stats {
	int64_t packets_sent;
	int64_t packets_unsent;	 /* that the network did not take; not in the other counts */
	int64_t bytes_sent;	 /* of datagrams: RTP header and payload */
	int64_t payload_bytes;	 /* of RTP payload: what the budget bounds */
	int64_t frames_encoded;	 /* DTX silence included */
	int64_t frames_silent;	 /* not sent (DTX) */
	int64_t frames_withheld; /* not sent: the circuit breaker was open */
	int64_t copies_sent;
	int64_t primary_bytes;
	int64_t copy_bytes;	 /* as sent: a copy counts each time it is sent */
	int64_t encode_failures; /* frames that libopus refused: sent as DTX silence */
	int64_t refusals; /* that nothing listens there, as the network said; set by the shell */
	int64_t overruns; /* capture blocks lost before they came here; set by the shell */
	double device_latency_ms; /* that is asked of it; set by the shell, NAN without one */
	int64_t device_losses;	  /* how often it was lost; set by the shell */
	int64_t rtcp_sent;	  /* datagrams, and their bytes */
	int64_t rtcp_sent_bytes;
	int64_t rtcp_received;
	int64_t rtcp_rejected; /* not RTCP, or malformed */
	int64_t plan_changes;
	struct send_delay_sums delay;
	int64_t lookahead_us;
	double square_sum; /* of the samples, for the level */
	int64_t n_squares;
	int n_copies; /* configured at present */
	bool has_fec; /* in-band, at present */
	bool is_adaptive;
	bool is_planned; /* the present plan is the planner's; else it is fixed by hand */
	enum planner_reason reason; /* of that plan */
	double expected_mos;	    /* MOS-LQO; NAN: fixed by hand */
	double expected_delay_ms;   /* the receiver's playout delay; NAN: fixed by hand */
	enum circuit_state circuit;
	enum circuit_cause circuit_cause;
	int n_receivers;      /* that report at present */
	double reported_loss; /* 0..1, recent, of the worst tenth of them; NAN: unknown */
	double rtt_ms;	      /* NAN: unknown */
};

/* What one packet counts for. */
struct sent_packet {
	size_t n_bytes, payload_bytes, primary_bytes, copy_bytes;
	int n_copies;
};

/* sign: +1 as it is given out, -1 where the network did not take it. */
void send_stats_add(struct send_stats *stats, const struct sent_packet *packet, int sign);

/* The statistics by their published names, for the time between two snapshots (before may be all zero).
 * Returns how many there are. */
size_t send_stats_fields(const struct send_stats *now, const struct send_stats *before,
	double time_s, double interval_s, struct stats_field fields[STATS_FIELDS_MAX]);

#endif
