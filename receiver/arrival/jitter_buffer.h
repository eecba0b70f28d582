/* The frames that have come and are not played yet, each in the best forms there are, in the order
 * of their timestamps. Knows no clock and makes no decision: it stores and finds.
 * Memory inside the struct; no allocation. Owner: recv_stream. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_ARRIVAL_JITTER_BUFFER_H
#define HINDSIGHT_RECEIVER_ARRIVAL_JITTER_BUFFER_H

#include "common/rtp/red.h"
#include "common/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	JITTER_BUFFER_FRAMES = 1024, /* 20 s of 20 ms frames, 2.5 s of 2.5 ms ones */
	PRIMARY_BYTES_MAX = 1500     /* an Opus packet in a datagram of one Ethernet frame */
};

/* One frame. At least one of the two forms is there. Valid until the next call that changes the
 * buffer. */
struct buffered_frame {
	int64_t timestamp;    /* unwrapped */
	int64_t seq;	      /* of the packet with the primary; -1 while there is only a copy */
	int64_t available_us; /* when its first form arrived */
	int64_t carrier_timestamp; /* of the packet that it came in: its own, but for a copy */
	int n_samples;		   /* 120..5760 */
	size_t primary_bytes;	   /* 0: not there */
	size_t copy_bytes;	   /* 0: not there */
	uint8_t primary[PRIMARY_BYTES_MAX];
	uint8_t copy[RED_BLOCK_BYTES_MAX];
};

struct jitter_buffer { /* private to jitter_buffer.c */
	size_t n_frames;
	uint16_t order[JITTER_BUFFER_FRAMES]; /* indices into frames, ascending timestamps */
	uint16_t free[JITTER_BUFFER_FRAMES];  /* the other indices, a stack */
	struct buffered_frame frames[JITTER_BUFFER_FRAMES];
};

void jitter_buffer_init(struct jitter_buffer *jb);

/* One form of a frame as it arrived. */
struct frame_form {
	int64_t timestamp;	   /* of the frame, unwrapped */
	int64_t seq;		   /* the primary's, >= 0; FRAME_IS_COPY */
	int64_t carrier_timestamp; /* of the packet that it came in: its own, but for a copy */
	int64_t arrival_us;
	int n_samples; /* 120..5760 */
	const uint8_t *bytes;
	size_t n_bytes; /* 1..PRIMARY_BYTES_MAX, of a copy 1..RED_BLOCK_BYTES_MAX */
};

enum { FRAME_IS_COPY = -1 };

/* Stores a copy of one form. Where the buffer is full the oldest frame goes and *n_dropped counts it;
 * STATUS_LATE where the new frame itself would be the oldest; STATUS_DUPLICATE where that form, or a
 * copy's primary, is there already; STATUS_MALFORMED where it is not as long as the frame's other
 * form. *is_first: this is the frame's first form. */
enum status jitter_buffer_put(struct jitter_buffer *jb, const struct frame_form *form,
	bool *is_first, int64_t *n_dropped);

/* What is to be played at this timestamp: of the frames that have begun and not ended by then the
 * one that began last (some senders' first frames overlap), else the next one to begin; NULL where
 * there is none. */
const struct buffered_frame *jitter_buffer_from(const struct jitter_buffer *jb, int64_t timestamp);

/* Forgets all frames that end by this timestamp. */
void jitter_buffer_drop_before(struct jitter_buffer *jb, int64_t timestamp);

#endif
