/* A session description: where a stream can be received and under which payload types, and its text
 * for other programs (RFC 8866; for Opus RFC 7587, 7; for RED RFC 2198, 5). sdp_reader reads it.
 * Pure: no allocation, no file. Thread: any. */
#ifndef HINDSIGHT_COMMON_RTP_SDP_H
#define HINDSIGHT_COMMON_RTP_SDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SDP_BYTES_MAX = 16384, /* ours: a longer one is refused; FFmpeg's bound is the same */
	SDP_ADDRESS_BYTES = 256
};

/* Known to writer and reader. */
struct sdp {
	/* The c= line: a multicast group, or the receiver's address or name. */
	char address[SDP_ADDRESS_BYTES];
	bool is_ipv6;	   /* the address's family */
	uint16_t port;	   /* the receiver's, 1..65535 */
	uint8_t opus_type; /* payload type of Opus: 35..63 or 96..127 */
	uint8_t red_type;  /* of RED that carries this Opus; 0: none is described */
};

/* What only the sender adds. */
struct sdp_details {
	const char *origin; /* the sender's own address, numeric */
	bool origin_is_ipv6;
	/* RFC 8866, 5.2: unique for the origin, as NTP's seconds are. */
	uint64_t session_id;
	const char *tool;  /* "hindsight 0.1.0" */
	int ttl;	   /* of datagrams to an IPv4 group, 0..255 */
	int n_channels;	   /* 1 or 2 */
	int frame_samples; /* in a packet: 120..2880 */
	int payload_bps;   /* the whole RTP payload, which bounds its Opus */
	bool dtx;
	bool in_band_fec; /* may come */
};

/* Writes the description of one stream, lines ending in CR LF, and a final zero. Returns its length
 * without the zero; 0 where `size` is too small, with text[0] = 0. */
size_t sdp_write(
	char *text, size_t size, const struct sdp *session, const struct sdp_details *details);

static inline bool sdp_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Whether a payload type is unassigned and does not collide with RTCP on the same port. */
bool sdp_is_free_type(uint64_t type);

/* Whether the address is a multicast group's; a name counts as a single host. */
bool sdp_is_multicast(const struct sdp *session);

#endif
