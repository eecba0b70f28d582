/* Mouth-to-ear delay and its parts: for each frame played, from the capture of its first sample
 * until that sample leaves the loudspeaker.
 *
 *   captured   frame full   program has it   datagram leaves   arrives   decoded   its turn   heard
 *       |  framing  |  capture   |  sender queue   |  network  |  jitter |  decoded |  device  |
 *
 * and the encoder's look-ahead, by which the decoded sound lags behind. The whole is their sum,
 * exact to the microsecond. A frame whose first form was a copy waited at the sender for the packet
 * that carried it: that counts as time in the sender's queue. Where the sender's clock or its parts
 * are unknown or impossible, only our own parts are counted. Nothing here affects playout.
 * Pure: no clock, no allocation. Owner: recv_stream. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_REPORTS_LATENCY_H
#define HINDSIGHT_RECEIVER_REPORTS_LATENCY_H

#include "common/rtp/rtp.h"
#include "receiver/reports/capture_clock.h"
#include "receiver/reports/clock_skew.h"
#include "receiver/playout/playout_history.h"
#include "receiver/reports/sender_news.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum latency_part {
	LATENCY_CAPTURE, /* the sender's device */
	LATENCY_FRAMING,
	LATENCY_LOOKAHEAD,
	LATENCY_SENDER_QUEUE,
	LATENCY_NETWORK,
	LATENCY_JITTER_BUFFER,
	LATENCY_DECODED, /* waits for the samples before it */
	LATENCY_PLAYOUT_DEVICE,
	LATENCY_PARTS /* how many there are */
};

/* How much is known about a frame's delay. */
enum latency_knowledge {
	LATENCY_OURS,		 /* jitter buffer and decoded samples */
	LATENCY_OURS_AND_DEVICE, /* and the device */
	LATENCY_WHOLE_ALONE,	 /* and the whole, but not the sender's parts */
	LATENCY_ALL,
	LATENCY_KNOWLEDGES
};

/* Sums over frames. */
struct latency_frames {
	int64_t n_frames, whole_us;
	int64_t parts_us[LATENCY_PARTS];
};

/* Sums since the start; the difference of two snapshots covers the time between them. Each frame is
 * in one of frames[]. Frames played before the sender first reported its parts move to LATENCY_ALL
 * when it does, since that report covers them. */
struct latency_sums {
	struct latency_frames frames[LATENCY_KNOWLEDGES];
	int64_t n_one_way, one_way_us; /* one-way delay of packets, from departure to arrival */
	int64_t uncertainty_us;	       /* of the sender's clock, now; < 0: unknown */
	double skew_ppm;	       /* now; NAN: unknown */
};

/* Milliseconds; NAN: unknown. */
struct latency_means {
	double whole_ms, one_way_ms, uncertainty_ms;
	double skew_ppm; /* how much faster the playout device runs than the sender's */
	double parts_ms[LATENCY_PARTS];
};

struct latency { /* private to latency.c */
	struct latency_sums sums;
	struct latency_frames pending; /* of this stream, until the sender reports its parts */
	struct capture_clock clock;
	struct clock_skew skew;
	bool same_clock;
	int64_t lead_samples; /* of the sender's timestamps before ours */
	int64_t newest_timestamp;
	int64_t device_us; /* < 0: unknown */
	int64_t n_pulled;  /* samples, since the start */
	uint64_t n_read;   /* records of the history */
};

/* same_clock: the sender's clock is known to be ours. */
void latency_init(struct latency *l, bool same_clock);
void latency_begin_stream(struct latency *l);

/* The time from a pull until its first sample leaves the loudspeaker, from now on; < 0: unknown, as
 * initially. */
void latency_set_device(struct latency *l, int64_t device_us);

/* By how much the timestamps that the sender tells are ahead of those told here, from now on. */
void latency_set_lead(struct latency *l, int64_t lead_samples);

/* A packet was taken into the stream. timestamp: its own, unwrapped. */
void latency_on_packet(struct latency *l, const struct sender_news *news,
	const struct rtp_packet *packet, int64_t timestamp, int64_t arrival_us);

/* The time from a packet's capture by the sender's clock to its arrival by ours. It includes the
 * nearly constant offset of the clocks. False: no capture time is known. */
bool latency_transit(
	const struct latency *l, int64_t timestamp, int64_t arrival_us, int64_t *transit_us);

/* n_samples were handed out at now_us; the history has the frames played for them. */
void latency_on_pull(struct latency *l, const struct sender_news *news,
	const struct playout_history *history, size_t n_samples, int64_t now_us);

/* The sums, and the present uncertainty and skew. */
struct latency_sums latency_sums(const struct latency *l);

/* Means between two snapshots: all over the same frames, those about which most is known. */
struct latency_means latency_means(
	const struct latency_sums *now, const struct latency_sums *before);

#endif
