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

/* Checks the whole payload before anything of it is taken. Blocks of another codec and empty ones are
 * left out. *payload is written on STATUS_OK only; STATUS_UNSUPPORTED: another payload type;
 * STATUS_TRUNCATED, STATUS_MALFORMED: no RED, no Opus, or a copy that reaches into the primary. */
enum status payload_parse(struct payload *payload, const struct rtp_packet *packet,
	const struct payload_types *types);

/* Whether a copy claims a time at which no frame can begin: but for the stream's first frame, which
 * began at began_timestamp, frames follow one another in steps of 2.5 ms without overlapping.
 * timestamp: the packet's, unwrapped. */
bool payload_has_impossible_copy(
	const struct payload *payload, int64_t timestamp, int64_t began_timestamp);

#endif
