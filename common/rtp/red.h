/* Redundant audio data: several Opus frames in one RTP payload (RFC 2198).
 * Pure: no allocation; parsed blocks point into the payload, which the caller keeps. */
#ifndef HINDSIGHT_COMMON_RTP_RED_H
#define HINDSIGHT_COMMON_RTP_RED_H

#include "common/base/status.h"

#include <stddef.h>
#include <stdint.h>

enum {
	RED_HEADER_BYTES = 4,		/* of every block but the last */
	RED_LAST_HEADER_BYTES = 1,	/* of the last one, the primary */
	RED_OFFSET_SAMPLES_MAX = 16383, /* 14 bits: 341 ms at 48 kHz */
	RED_BLOCK_BYTES_MAX = 1023,	/* 10 bits, for every block but the last */
	RED_BLOCKS_MAX = 32		/* our limit: a packet with more blocks is not audio */
};

/*  0                   1                    2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3  4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |1|   block PT  |  timestamp offset         |   block length    |   a copy
 * |0|   block PT  |                                                   the primary, last */
struct red_block {
	uint8_t payload_type;	 /* 0..127 */
	uint16_t offset_samples; /* how far before the packet's timestamp; 0 for the primary */
	const uint8_t *data;
	size_t n_bytes;
};

struct red_payload {
	struct red_block blocks[RED_BLOCKS_MAX]; /* as sent: oldest first, the primary last */
	size_t n_blocks;			 /* >= 1 */
};

/* Fills *red on STATUS_OK only; else STATUS_TRUNCATED, or STATUS_MALFORMED for more blocks than
 * RED_BLOCKS_MAX. Empty blocks are legal (RFC 2198 does not forbid them). */
enum status red_parse(struct red_payload *red, const uint8_t *payload, size_t n_bytes);

/* Writes the payload; *n_written is set on STATUS_OK only. STATUS_NO_ROOM where `size` is too
 * small. The caller guarantees that n_blocks, offsets and lengths fit the format. */
enum status red_write(
	const struct red_payload *red, uint8_t *payload, size_t size, size_t *n_written);

#endif
