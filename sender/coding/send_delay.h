/* What the sender's own side adds to the delay, and when the packets should tell the capture time.
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

/* Sums from the start; snapshots of it are subtracted for what happened in between. */
struct send_delay_sums {
	int64_t n_frames, framing_us, capture_us;
	int64_t n_left, queue_us;
};

struct send_delay { /* private to send_delay.c, but for sums, to be read */
	struct send_delay_sums sums;
	struct send_delay_sums told; /* with the last report, and when */
	int64_t reported_us;
	int64_t begun_us,
		ended_us; /* capture of the frame's first sample, and of its last one's end */
	int64_t taken_us; /* when the program had the last one; < 0: no datagram is open */
	bool has_told;	  /* of the capture time below */
	int64_t told_captured_us;
	uint32_t told_timestamp;
};

void send_delay_init(struct send_delay *d);

/* Samples came that were captured from captured_us on; is_first: a frame begins with them. */
void send_delay_on_samples(
	struct send_delay *d, bool is_first, int64_t captured_us, size_t n_samples);

/* The frame is full, and is encoded from now on. */
void send_delay_on_frame(struct send_delay *d, int64_t now_us);

/* Its datagram, if there was one, has left. */
void send_delay_on_left(struct send_delay *d, int64_t now_us);

/* Whether the packet of the present frame should tell its capture time: the first one, one a
 * second, and one where the capture leapt against the timestamps (the device stood still). */
bool send_delay_should_tell(const struct send_delay *d, uint32_t timestamp);
void send_delay_told(struct send_delay *d, uint32_t timestamp);

/* The means since the last report; false: no datagram has left since, or that was less than a second
 * ago. Then the report is sent. */
bool send_delay_report(struct send_delay *d, int lookahead_samples, int64_t now_us,
	struct rtcp_sender_delay *delay);

#endif
