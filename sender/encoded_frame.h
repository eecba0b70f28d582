/* One frame in its forms, on the way from the encoder to the packetizer. The bytes are the encoder's.
 * Header-only. Thread: the owner's. */
#ifndef HINDSIGHT_SENDER_ENCODED_FRAME_H
#define HINDSIGHT_SENDER_ENCODED_FRAME_H

#include <stddef.h>
#include <stdint.h>

struct encoded_frame {
	const uint8_t *primary;
	size_t primary_bytes;		   /* 0: DTX, nothing is to be sent */
	const uint8_t *copy, *far_copy;	   /* for the nearest copy, and for those behind it */
	size_t copy_bytes, far_copy_bytes; /* 0: no copy */
};

#endif
