/* What the receiver tells the sender: reception reports, which packets came (XR Loss RLE), and what
 * the listener got after all repair (XR VoIP metrics), how it conceals and how
 * long the fastest packet was on its way, by which the sender sees a queue (our APP packet).
 * A report goes out in its turn, and early when packets were lost that no report has told of.
 * Pure: no clock, no allocation. Owner: recv_stream. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_REPORTS_REPORTER_H
#define HINDSIGHT_RECEIVER_REPORTS_REPORTER_H

#include "common/base/concealment.h"
#include "common/rtp/rtcp_session.h"
#include "common/base/status.h"
#include "receiver/reports/burst_meter.h"
#include "receiver/arrival/reception.h"
#include "receiver/reports/sender_news.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	REPORTER_OVERLAP =
		3, /* so many reports tell of each packet: one that is lost costs nothing */
	REPORTER_VOIP_EVERY = 4,      /* full reports: the metrics are means, and change slowly */
	REPORTER_TRANSIT_PACKETS = 10 /* the fastest of fewer may be one that was held up */
};

/* What only the playout knows. */
struct reporter_playout {
	int64_t frame_us;	/* a frame lasts */
	int64_t delay_us;	/* playout delay, target */
	int64_t delay_worst_us; /* the longest so far */
	int64_t delay_bound_us; /* that it can ever become */
	bool is_adaptive;	/* the delay */
	enum concealment concealment;
	double discard_share; /* packets that came too late, of those expected */
};

struct reporter {		      /* private to reporter.c, but for what the sender told */
	struct rtcp_session *session; /* ours, lent */
	struct sender_news news;
	int n_streams; /* as reception_source says; 0: nobody has been heard */
	uint32_t source_ssrc;
	int64_t expected_before, received_before; /* at the last report */
	int64_t told_until[REPORTER_OVERLAP];	  /* sequence numbers; the newest first */
	uint64_t n_full;			  /* reports told in */
	struct burst_meter bursts;
	int n_transits; /* since a transit was told last, and of those packets the fastest */
	int64_t fastest_us;
};

/* session: alive as long; begun before what follows. */
void reporter_init(struct reporter *r, struct rtcp_session *session);

/* A packet of the stream came. */
void reporter_on_packet(struct reporter *r, const struct reception *reception,
	size_t datagram_bytes, int64_t now_us);

/* How long after its capture, by the sender's clock, a packet came, by ours: an origin of any kind,
 * and the same for all packets. */
void reporter_on_transit(struct reporter *r, int64_t transit_us);

/* A frame's fate is certain. */
void reporter_on_frame(struct reporter *r, bool is_missing);

/* A datagram that the session has taken, whatever it holds. True: the stream heard says that it ends. */
bool reporter_hear(struct reporter *r, const struct rtcp_reader *reader, int64_t arrival_us);

/* What there is to tell of the stream that is heard; nothing before the first packet. */
void reporter_tell(struct reporter *r, const struct reception *reception,
	const struct reporter_playout *playout, struct rtcp_compound *report, int64_t now_us);

#endif
