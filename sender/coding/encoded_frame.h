/* One frame in its forms, on the way from the encoder to the packetizer. The bytes are the encoder's.
 * Header-only. Thread: the owner's. */
#ifndef HINDSIGHT_SENDER_CODING_ENCODED_FRAME_H
#define HINDSIGHT_SENDER_CODING_ENCODED_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum { ENCODED_FORMS_MAX = 4 };

struct encoded_frame {
	const uint8_t *primary;
	size_t primary_bytes; /* 0: DTX, nothing is to be sent */
	int n_forms;	      /* low-rate ones, in the order of redundancy_forms(); 0: no copy */
	struct encoded_form {
		const uint8_t *data;
		size_t n_bytes;
	} forms[ENCODED_FORMS_MAX];
};

#endif
