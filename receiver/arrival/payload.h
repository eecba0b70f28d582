/* What an RTP packet's payload carries: the forms of frames, each with its length in time. Opus alone,
 * or RED with low-rate copies in front (RFC 2198).
 * Pure: no allocation; the forms point into the datagram, which the caller keeps. */
#ifndef HINDSIGHT_RECEIVER_ARRIVAL_PAYLOAD_H
#define HINDSIGHT_RECEIVER_ARRIVAL_PAYLOAD_H

#include "common/base/status.h"
#include "common/rtp/red.h"
#include "common/rtp/rtp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct payload_types {
	uint8_t opus, red;
};

struct payload_form {
	const uint8_t *bytes;
	size_t n_bytes;	    /* >= 1 */
	int n_samples;	    /* how long it is, 120..5760 */
	int offset_samples; /* how far before the packet's timestamp it begins; 0: the primary */
};

struct payload {
	struct payload_form primary;
	struct payload_form copies[RED_BLOCKS_MAX]; /* oldest first */
	size_t n_copies;
};

/* Finds the primary and the copies. A copy that is another codec's, empty, no Opus, or said to begin with
 * the primary is left out: the primary is as good without it. *payload is written on STATUS_OK only;
 * STATUS_UNSUPPORTED: another payload type, or nothing in it; STATUS_TRUNCATED, STATUS_MALFORMED: no
 * RED, or a primary that is no Opus. */
enum status payload_parse(struct payload *payload, const struct rtp_packet *packet,
	const struct payload_types *types);

#endif
