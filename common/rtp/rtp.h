/* RTP data packets: parse and write them (RFC 3550, 5.1), and distinguish them from RTCP on one
 * port.
 * Pure: no allocation; the parsed packet points into the datagram, which the caller keeps. */
#ifndef HINDSIGHT_COMMON_RTP_RTP_H
#define HINDSIGHT_COMMON_RTP_RTP_H

#include "common/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RTP_PORT_DEFAULT = 5004,  /* RFC 3551, 8 */
	RTP_HEADER_BYTES = 12,	  /* without CSRCs and header extension */
	RTP_EXTENSION_BYTES = 16, /* of our own, where present */
	RTP_CAPTURE_TIME_ID = 1,  /* of the element in it, as a=extmap says */
	/* Ours: fits any path's MTU with IPv6, UDP and an extension. */
	RTP_PAYLOAD_BYTES_MAX = 1200,
	RTP_TYPE_OPUS = 111, /* dynamic: opus/48000/2 (RFC 7587) */
	RTP_TYPE_RED = 63    /* dynamic: red/48000/2 (RFC 2198) */
};

/*  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 * |                           timestamp                           |
 * |           synchronization source (SSRC) identifier            |
 * |            contributing source (CSRC) identifiers             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ */
#define RTP_CAPTURE_TIME_URI "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"

struct rtp_packet {
	bool marker;	      /* for audio: the first packet of a talk spurt (RFC 3551, 4.1) */
	uint8_t payload_type; /* 0..127 */
	uint16_t seq;
	uint32_t timestamp; /* 48 kHz ticks, of the primary's first sample */
	uint32_t ssrc;
	bool has_capture_time;
	uint64_t capture_ntp;	/* when the first sample was captured, sender's clock, 32.32 s */
	const uint8_t *payload; /* padding removed */
	size_t payload_bytes;	/* 0 is possible */
};

/* Fills *packet on STATUS_OK only; else STATUS_TRUNCATED or STATUS_MALFORMED. CSRCs are ignored,
 * and so is a header extension except for its capture time. An extension says nothing about the
 * sound, so malformed elements invalidate the extension, not the packet. */
enum status rtp_parse(struct rtp_packet *packet, const uint8_t *datagram, size_t n_bytes);

/* Writes the twelve header bytes. The caller appends the rest: with has_capture_time the extension,
 * then the payload. packet->payload_type <= 127. ->payload is not read. */
void rtp_write_header(uint8_t header[RTP_HEADER_BYTES], const struct rtp_packet *packet);

/* One-byte header extension (RFC 8285, 4.2) with the capture time:
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |             0xBEDE            |           length = 3          |
 * |  ID=1 | len=7 |       capture_ntp, eight bytes ...            |
 * |                              ...                              |
 * |      ...      |                 padding = 0                   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ */
void rtp_write_capture_time(uint8_t extension[RTP_EXTENSION_BYTES], uint64_t capture_ntp);

/* RFC 5761, 4: on a port that carries both, RTCP's packet types 192..223 take the place of RTP's
 * marker and payload type; so payload types 64..95 are not used. */
bool rtp_is_rtcp(const uint8_t *datagram, size_t n_bytes);

#endif
