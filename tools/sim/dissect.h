/* From a captured frame of some link down to the RTP header in it.
 *
 *     Ethernet (VLAN) | Linux cooked v1, v2 | loopback | raw  ->  IPv4 | IPv6  ->  UDP  ->  RTP
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
	DISSECT_RAW	  /* IP at once */
};

struct dissected {
	uint16_t port; /* UDP, of the destination */
	uint16_t seq;
	uint32_t timestamp;
	uint32_t ssrc;
};

/* False, and *rtp untouched, where the frame holds no RTP (or a fragment of it). */
bool dissect_rtp(
	struct dissected *rtp, enum dissect_link link, const uint8_t *frame, size_t n_bytes);

#endif
