/* Reads RTCP: a datagram as a flat sequence of items, whatever packets and blocks they were nested
 * in: the reporter, and one thing reported. Unknown packets and blocks are skipped.
 * Pure: no allocation, no clock. Thread: any. */
#ifndef HINDSIGHT_COMMON_RTP_RTCP_READER_H
#define HINDSIGHT_COMMON_RTP_RTCP_READER_H

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/rtp/rtcp_item.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Private to rtcp_reader.c; the datagram is the caller's and must live as long. */
struct rtcp_reader {
	struct byte_reader datagram; /* packets to come */
	struct byte_reader packet;   /* the rest of the present one */
	struct byte_reader block;    /* of an XR packet */
	uint8_t type;		     /* of the packet; 0: there is none */
	uint8_t n_left;		     /* reports, chunks or SSRCs to come */
	int stage;		     /* which part of the packet is next */
	uint32_t from;
};

/* Checks the framing of the whole datagram (RFC 3550, A.2; RFC 5506's reduced size is allowed)
 * before any of it is believed. STATUS_OK: *reader is at the first item. STATUS_TRUNCATED,
 * STATUS_MALFORMED. */
enum status rtcp_open(struct rtcp_reader *reader, const uint8_t *datagram, size_t n_bytes);

/* The next item; false: there is none. A block or packet whose contents contradict its length is
 * skipped. */
bool rtcp_next(struct rtcp_reader *reader, struct rtcp_item *item);

#endif
