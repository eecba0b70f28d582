/* From a captured frame of some link down to the RTP header in it.
 *
 *     Ethernet | Linux cooked v1, v2 | loopback | PPP | raw
 *       -> VLAN, PPPoE, MPLS -> IPv4 | IPv6 (-> GRE -> IP) -> UDP (-> VXLAN -> Ethernet) -> RTP
 *
 * Captures are often cut short behind the headers: the RTP payload need not be there.
 * Pure: the bytes come from outside and are not trusted. Thread: any. */
#ifndef HINDSIGHT_TOOLS_SIM_DISSECT_H
#define HINDSIGHT_TOOLS_SIM_DISSECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dissect_link {
	DISSECT_ETHERNET,
	DISSECT_COOKED,	  /* LINUX_SLL: the device "any" of older tools */
	DISSECT_COOKED_2, /* LINUX_SLL2 */
	DISSECT_LOOPBACK, /* four bytes of address family, of either byte order */
	DISSECT_PPP,	  /* with or without HDLC's address and control */
	DISSECT_RAW,	  /* IP at once */
	DISSECT_RTP	  /* RTP at once, as rtpdump has it: without addresses and ports */
};

enum { DISSECT_ADDRESS_BYTES = 16 };

struct dissected {
	/* Of the innermost IP: the first four bytes for IPv4, the rest is 0. */
	uint8_t from[DISSECT_ADDRESS_BYTES], to[DISSECT_ADDRESS_BYTES];
	uint8_t ip_version;	/* 4, 6; 0: there was none */
	uint8_t type;		/* the RTP payload's, 0..127 */
	uint16_t from_port;	/* UDP */
	uint16_t port;		/* of the destination */
	uint16_t payload_bytes; /* behind the RTP header, also where the capture is cut */
	uint16_t seq;
	uint32_t timestamp;
	uint32_t ssrc;
};

/* False, and *rtp untouched, where the frame holds no RTP (or a fragment of it). */
bool dissect_rtp(
	struct dissected *rtp, enum dissect_link link, const uint8_t *frame, size_t n_bytes);

#endif
