/* Who listens, and what they report: the sender's end of RTCP (RFC 3550, RFC 3611).
 * Of each receiver it keeps which packets came, the round trip, the jitter, whether packets wait in a
 * queue on the way to it and how much delay it allows. Where there are many, the worst tenth counts. The
 * receivers' reference times are answered. The network is hostile: a report on packets that were not sent is
 * not believed, and more receivers than there is room for are counted, not heard.
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
	bool has_map;	  /* it sends loss maps: its fractions are not needed */
	int64_t heard_us; /* last */
	int64_t next_seq; /* unwrapped; fates before it are known */
	bool has_report;
	int64_t highest_seq; /* unwrapped */
	double fraction_lost;
	int64_t round_trip_us; /* < 0: unknown */
	int64_t jitter_us;
	struct queue_meter queue;
	bool has_transit;   /* the queue's samples are transits, else round trips */
	int64_t transit_us; /* the last one, unwrapped */
	enum concealment concealment;
	int64_t delay_bound_us; /* 0: unknown */
	uint32_t reference;	/* middle 32 bits of its reference time; 0: none to be answered */
	int64_t reference_us;	/* when that came */
	struct loss_history history;
	int64_t n_weighed; /* of its packets */
	double loss;	   /* in the pattern of these */
};

/* What one receiver reports. */
struct audience_view {
	struct loss_pattern pattern;
	uint32_t highest_seq;  /* extended, that anyone has heard */
	double fraction_lost;  /* of its last report */
	int64_t round_trip_us; /* < 0: unknown */
	int64_t queue_us;      /* packets wait for so long on the way to it; < 0: unknown */
	int64_t jitter_us;
	int64_t delay_bound_us;	      /* 0: unknown */
	enum concealment concealment; /* of all receivers: one that is plain makes it plain */
};

struct audience {			    /* private to audience.c */
	const struct rtcp_session *session; /* ours: our name and our clock */
	int packet_samples;
	int64_t first_seq, next_seq; /* unwrapped, of what was sent: [first, next) */
	bool has_sent;
	bool was_left; /* by the last receiver that was there, with a goodbye */
	struct audience_member members[AUDIENCE_MAX];
};

/* session: alive as long. */
void audience_init(struct audience *a, const struct rtcp_session *session, int packet_samples);

/* A packet went out. */
void audience_on_packet(struct audience *a, uint16_t seq);

/* A datagram that the session has taken, whatever it holds. Whether it told of our packets. */
bool audience_hear(struct audience *a, const struct rtcp_reader *reader, int64_t now_us);

/* The receiver that stands for all: of each ten the worst one, at the border of the worst tenth.
 * False: nobody listens who reports. As audience_size() counts them. */
bool audience_view(struct audience *a, int64_t now_us, struct audience_view *view);

/* Receivers that report at present; those not heard for long are forgotten. */
int audience_size(struct audience *a, int64_t now_us);

/* Answers those whose reference time has come since the last time. */
void audience_tell(struct audience *a, struct rtcp_compound *report, int64_t now_us);

#endif
