/* Makes datagrams from encoded frames. Owns SSRC, sequence number, timestamp and the copies of
 * earlier frames (RFC 3550, RFC 2198, RFC 7587).
 * Pure; no allocation. Owner: send_stream. */
#ifndef HINDSIGHT_SENDER_CODING_PACKETIZER_H
#define HINDSIGHT_SENDER_CODING_PACKETIZER_H

#include "common/rtp/red.h"
#include "common/rtp/rtp.h"
#include "common/base/units.h"
#include "sender/coding/encoded_frame.h"
#include "sender/coding/redundancy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PACKETIZER_DISTANCE_MAX = RED_OFFSET_SAMPLES_MAX / FRAME_SAMPLES_MIN, /* 136 frames */
	PACKETIZER_SLOTS = PACKETIZER_DISTANCE_MAX + 1,
	PACKETIZER_DATAGRAM_BYTES_MAX =
		RTP_HEADER_BYTES + RTP_EXTENSION_BYTES + RTP_PAYLOAD_BYTES_MAX
};

struct packetizer { /* private to packetizer.c */
	struct redundancy redundancy;
	int form_of[REDUNDANCY_COPIES_MAX]; /* the form of each copy */
	uint32_t ssrc;
	uint32_t timestamp;    /* of the next frame */
	uint16_t seq;	       /* of the next packet */
	bool talk_spurt;       /* false: the next packet starts one */
	bool has_capture_time; /* of the next packet */
	uint64_t capture_ntp;
	uint64_t n_frames;
	int left_behind; /* frames back up to which copies of an earlier plan may be owed */
	struct packetizer_slot {
		uint32_t timestamp;
		bool was_copied; /* a copy of it has been sent */
		struct packetizer_form {
			size_t n_bytes;
			uint8_t data[RED_BLOCK_BYTES_MAX];
		} forms[ENCODED_FORMS_MAX];
		int n_forms; /* 0: this frame has no copy */
	} slots[PACKETIZER_SLOTS];
};

struct packetizer_config {
	uint32_t ssrc; /* all three random (RFC 3550, 5.1) */
	uint16_t first_seq;
	uint32_t first_timestamp;
};

void packetizer_init(struct packetizer *p, const struct packetizer_config *config);

/* From the next packet on. Distances <= PACKETIZER_DISTANCE_MAX. A frame whose copy the earlier
 * distances promised and these skip is sent once in addition, one such copy per packet. */
void packetizer_set_redundancy(struct packetizer *p, const struct redundancy *redundancy);

/* A new SSRC, after a collision (RFC 3550, 8.2). */
void packetizer_set_ssrc(struct packetizer *p, uint32_t ssrc);

/* The next packet carries the time at which its frame's first sample was captured, in 32.32 seconds
 * of the clock that our reports use. */
void packetizer_set_capture_time(struct packetizer *p, uint64_t capture_ntp);

/* Bytes of copies and headers in the next packet's payload. */
size_t packetizer_overhead_bytes(const struct packetizer *p);

/* The timestamp of the next frame. */
uint32_t packetizer_next_timestamp(const struct packetizer *p);

struct packed { /* a datagram as written */
	size_t n_bytes, payload_bytes;
	uint16_t seq;
	uint32_t timestamp;
	int n_copies;
};

/* Writes the datagram for one frame: the copies of earlier frames that exist and fit, then its
 * primary. primary_bytes >= 1 and fits with the headers; a form has at most RED_BLOCK_BYTES_MAX. A
 * frame encoded before the rates changed is sent in the form it has. datagram:
 * PACKETIZER_DATAGRAM_BYTES_MAX. */
struct packed packetizer_pack(struct packetizer *p, const struct encoded_frame *frame,
	int frame_samples, uint8_t *datagram);

/* The timestamp of the next frame moves on by so much: sound is missing before it. */
void packetizer_leap(struct packetizer *p, uint32_t n_samples);

/* A frame that is not sent (DTX): the timestamp moves on, the sequence number does not. */
void packetizer_skip(struct packetizer *p, int frame_samples);

#endif
