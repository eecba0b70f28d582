/* The receivers and what they report: the sender's end of RTCP (RFC 3550, RFC 3611).
 * For each receiver it keeps which packets arrived, the round trip, the jitter, the queue on the
 * path to it and the delay that it allows. Where there are many receivers, the worst tenth counts.
 * Their reference times are answered. The network is hostile: a report about packets that were not
 * sent is not believed, and receivers beyond the room for them are counted, but their reports are
 * ignored.
 * Pure: no clock, no allocation. Owner: send_stream. Thread: the owner's. */
#ifndef HINDSIGHT_SENDER_REPORTS_AUDIENCE_H
#define HINDSIGHT_SENDER_REPORTS_AUDIENCE_H

#include "common/base/concealment.h"
#include "common/rtp/rtcp_session.h"
#include "sender/planning/loss_history.h"
#include "sender/planning/queue_meter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AUDIENCE_MAX = 64 };

struct audience_member { /* private to audience.c */
	uint32_t ssrc;
	bool is_there;
	bool has_map;	  /* it sends loss maps, so its fractions are not needed */
	int64_t seen_us;  /* when its last report came */
	int64_t next_seq; /* unwrapped; the fates of packets before it are known */
	bool has_report;
	int64_t highest_seq; /* unwrapped */
	double fraction_lost;
	int64_t round_trip_us; /* < 0: unknown */
	int64_t jitter_us;
	struct queue_meter queue;
	bool has_transit;   /* the queue is measured by transits, else by round trips */
	int64_t transit_us; /* the last one, unwrapped */
	enum concealment concealment;
	int64_t delay_bound_us; /* 0: unknown */
	uint32_t reference;	/* middle 32 bits of its reference time; 0: none to answer */
	int64_t reference_us;	/* when that came */
	struct loss_history history;
	int64_t n_weighed; /* packets that `loss` is based on */
	double loss;	   /* loss in the pattern of these packets */
};

/* What one receiver reports. */
struct audience_view {
	struct loss_pattern pattern;
	uint32_t highest_seq;  /* extended, the highest that any receiver reports */
	double fraction_lost;  /* of its last report */
	int64_t round_trip_us; /* < 0: unknown */
	int64_t queue_us;      /* how long packets wait on the path to it; < 0: unknown */
	int64_t jitter_us;
	int64_t delay_bound_us;	      /* 0: unknown */
	enum concealment concealment; /* of all receivers: plain if any one is plain */
};

struct audience {			    /* private to audience.c */
	const struct rtcp_session *session; /* our SSRC and clock */
	int packet_samples;
	int64_t first_seq, next_seq; /* unwrapped, of the packets sent: [first, next) */
	bool has_sent;
	bool was_left; /* the last receiver left with a BYE */
	struct audience_member members[AUDIENCE_MAX];
};

/* session: must live as long. */
void audience_init(struct audience *a, const struct rtcp_session *session, int packet_samples);

/* A packet went out. */
void audience_on_packet(struct audience *a, uint16_t seq);

/* A datagram that the session has taken, whatever it holds. True: it had news about our packets. */
bool audience_read(struct audience *a, const struct rtcp_reader *reader, int64_t now_us);

/* The representative receiver: the 90th percentile by loss, of those that audience_size() counts.
 * False: no receiver reports. */
bool audience_view(struct audience *a, int64_t now_us, struct audience_view *view);

/* Receivers that report at present; those silent for long are forgotten. */
int audience_size(struct audience *a, int64_t now_us);

/* Adds DLRR answers to the reference times that have come since the last call. */
void audience_write_dlrr(struct audience *a, struct rtcp_compound *report, int64_t now_us);

#endif
