/* One frame in all its forms, from the encoder to the packetizer. The encoder owns the bytes.
 * Header-only. Thread: the owner's. */
#ifndef HINDSIGHT_SENDER_CODING_ENCODED_FRAME_H
#define HINDSIGHT_SENDER_CODING_ENCODED_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum { ENCODED_FORMS_MAX = 4 };

struct encoded_frame {
	const uint8_t *primary;
	size_t primary_bytes; /* 0: DTX, nothing to send */
	int n_forms;	      /* low-rate forms, in the order of redundancy_forms(); 0: no copy */
	struct encoded_form {
		const uint8_t *data;
		size_t n_bytes;
	} forms[ENCODED_FORMS_MAX];
};

#endif
