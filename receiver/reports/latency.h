/* How old the sound is when it is heard, and where the time went: of each frame played, from the
 * capture of its first sample until that sample is heard.
 *
 *   captured   frame full   program has it   datagram leaves   arrives   decoded   its turn   heard
 *       |  framing  |  capture   |  sender queue   |  network  |  jitter |  decoded |  device  |
 *
 * and the encoder's look-ahead, by which what is decoded lags behind. The whole is their sum, to the
 * microsecond. A frame whose first form was a copy waited at the sender for the packet that carried
 * it: that is time in the sender's queue. Where the sender's clock or what it adds is not known, or is
 * told such that it cannot be, only what is ours is counted: nothing here changes what is heard.
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

/* How much is known of a frame. */
enum latency_knowledge {
	LATENCY_OURS,	     /* jitter buffer and what is decoded */
	LATENCY_OURS_HEARD,  /* and the device */
	LATENCY_WHOLE_ALONE, /* and the whole, but the sender does not tell its parts */
	LATENCY_ALL,
	LATENCY_KNOWLEDGES
};

/* Sums over frames. */
struct latency_frames {
	int64_t n_frames, whole_us;
	int64_t parts_us[LATENCY_PARTS];
};

/* Sums from the start; snapshots of it are subtracted for what happened in between. Each frame is in
 * one of them. Those heard before the sender first told its parts go over to LATENCY_ALL when it does:
 * that report is about them. */
struct latency_sums {
	struct latency_frames frames[LATENCY_KNOWLEDGES];
	int64_t n_ways, way_us; /* of packets, from departure to arrival */
	int64_t uncertainty_us; /* of the sender's clock, now; < 0: unknown */
	double skew_ppm;	/* now; NAN: unknown */
};

/* Milliseconds; NAN: unknown. */
struct latency_means {
	double whole_ms, way_ms, uncertainty_ms;
	double skew_ppm; /* the playout device runs faster than the sender's by so much */
	double parts_ms[LATENCY_PARTS];
};

struct latency { /* private to latency.c */
	struct latency_sums sums;
	struct latency_frames untold; /* of this stream, until the sender tells its parts */
	struct capture_clock clock;
	struct clock_skew skew;
	bool same_clock;
	int64_t lead_samples; /* of the sender's timestamps before ours */
	int64_t newest_timestamp;
	int64_t device_us; /* < 0: unknown */
	int64_t n_pulled;  /* samples, since the start */
	uint64_t n_read;   /* records of the history */
};

/* same_clock: the sender's clock is known to show what ours does. */
void latency_init(struct latency *l, bool same_clock);
void latency_begin_stream(struct latency *l);

/* From when a pull is answered until its first sample is heard, from now on; < 0: unknown, as it is
 * at first. */
void latency_set_device(struct latency *l, int64_t device_us);

/* By how much the timestamps that the sender tells are ahead of those told here, from now on. */
void latency_set_lead(struct latency *l, int64_t lead_samples);

/* A packet was taken into the stream. timestamp: its own, unwrapped. */
void latency_on_packet(struct latency *l, const struct sender_news *news,
	const struct rtp_packet *packet, int64_t timestamp, int64_t arrival_us);

/* How long after its capture, by the sender's clock, a packet came, by ours: the clocks' distance is
 * in it, and that changes hardly. False: the sender tells no capture times. */
bool latency_transit(
	const struct latency *l, int64_t timestamp, int64_t arrival_us, int64_t *transit_us);

/* n_samples were handed out at now_us; what was played for it stands in the history. */
void latency_on_pull(struct latency *l, const struct sender_news *news,
	const struct playout_history *history, size_t n_samples, int64_t now_us);

/* What has been summed, and what holds now. */
struct latency_sums latency_sums(const struct latency *l);

/* Between two snapshots: all of the same frames, those of which most is known. */
struct latency_means latency_means(
	const struct latency_sums *now, const struct latency_sums *before);

#endif
