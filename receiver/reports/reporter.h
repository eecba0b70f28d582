/* What the receiver reports to the sender: reception reports, which packets arrived (XR Loss RLE),
 * the quality after all repair (XR VoIP metrics), and in our APP packet how it conceals and the
 * transit of the fastest packet, by which the sender detects a queue. A report is sent when due,
 * and early when it has news of lost packets.
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
	/* Each packet is in this many reports, so that losing one costs nothing. */
	REPORTER_OVERLAP = 3,
	REPORTER_VOIP_EVERY = 4, /* in full reports: the metrics are means, and change slowly */
	REPORTER_TRANSIT_PACKETS = 10 /* the fastest of fewer packets may have been held up */
};

/* Known only to the playout. */
struct reporter_playout {
	int64_t frame_us;	/* duration of a frame */
	int64_t delay_us;	/* playout delay, target */
	int64_t delay_worst_us; /* the longest so far */
	int64_t delay_bound_us; /* the longest it may ever become */
	bool is_adaptive;	/* the delay */
	enum concealment concealment;
	double discard_share; /* packets that arrived too late, of those expected */
};

struct reporter { /* private to reporter.c, except that the sender's news may be read */
	struct rtcp_session *session; /* lent by its owner */
	struct sender_news news;
	int n_streams; /* as in reception_source; 0: no stream yet */
	uint32_t source_ssrc;
	int64_t expected_before, received_before; /* at the last report */
	int64_t reported_until[REPORTER_OVERLAP]; /* sequence numbers; the newest first */
	uint64_t n_full;			  /* full reports written */
	struct burst_meter bursts;
	int n_transits; /* packets since the last reported transit, and the fastest of them */
	int64_t fastest_us;
};

/* session: must live as long, and must have begun before the calls below. */
void reporter_init(struct reporter *r, struct rtcp_session *session);

/* A packet of the stream has arrived. */
void reporter_on_packet(struct reporter *r, const struct reception *reception,
	size_t datagram_bytes, int64_t now_us);

/* The time from a packet's capture by the sender's clock to its arrival by ours, of any origin, the
 * same for all packets. */
void reporter_on_transit(struct reporter *r, int64_t transit_us);

/* A frame was played, or is certain to be missing. */
void reporter_on_frame(struct reporter *r, bool is_missing);

/* Reads a datagram that the session has taken, whatever it holds. True: the played stream ends with
 * a BYE. */
bool reporter_read(struct reporter *r, const struct rtcp_reader *reader, int64_t arrival_us);

/* Adds the report on the stream that is played; nothing before its first packet. */
void reporter_write(struct reporter *r, const struct reception *reception,
	const struct reporter_playout *playout, struct rtcp_compound *report, int64_t now_us);

#endif
