/* The sender's own part of the delay, and when packets should carry the capture time.
 *
 *   first sample   last sample      the program      datagram
 *   captured ------ captured ------- has them ------- leaves
 *           framing         capture          queue             and the encoder's look-ahead
 *
 * Pure: no clock, no allocation. Owner: send_stream. Thread: the owner's. */
#ifndef HINDSIGHT_SENDER_CODING_SEND_DELAY_H
#define HINDSIGHT_SENDER_CODING_SEND_DELAY_H

#include "common/rtp/rtcp_item.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sums since the start; the difference of two snapshots covers the time between them. */
struct send_delay_sums {
	int64_t n_frames, framing_us, capture_us;
	int64_t n_left, queue_us;
};

struct send_delay { /* private to send_delay.c, except that sums may be read */
	struct send_delay_sums sums;
	struct send_delay_sums reported; /* in the last report, and its time */
	int64_t reported_us;
	int64_t begun_us,
		/* Capture time of the frame's first sample, and of the end of its last one. */
		ended_us;
	int64_t taken_us; /* when the program got the last sample; < 0: no datagram is pending */
	bool has_capture_time; /* a packet has carried the capture time below */
	int64_t sent_captured_us;
	uint32_t sent_timestamp;
};

void send_delay_init(struct send_delay *d);

/* Samples arrived that were captured from captured_us on; is_first: a frame begins with them. */
void send_delay_on_samples(
	struct send_delay *d, bool is_first, int64_t captured_us, size_t n_samples);

/* The frame is full and will now be encoded. */
void send_delay_on_frame(struct send_delay *d, int64_t now_us);

/* Its datagram, if any, has left. */
void send_delay_on_left(struct send_delay *d, int64_t now_us);

/* Whether the packet of the present frame should carry its capture time: the first packet, one per
 * second, and one where the capture time leapt against the timestamps (the device stood still). */
bool send_delay_is_capture_due(const struct send_delay *d, uint32_t timestamp);
void send_delay_on_capture_sent(struct send_delay *d, uint32_t timestamp);

/* The means since the last report, which count as reported with this call; false: no datagram has
 * left since, or the report was less than a second ago. */
bool send_delay_report(struct send_delay *d, int lookahead_samples, int64_t now_us,
	struct rtcp_sender_delay *delay);

#endif
