/* The packets of a pcapng file (draft-ietf-opsawg-pcapng), of whatever interfaces: libpcap reads one
 * link type a file, and stops at an interface of another one even if nothing came through it.
 * Allocates. Thread: one at a time. */
#ifndef HINDSIGHT_TOOLS_SIM_CAPTURE_NG_H
#define HINDSIGHT_TOOLS_SIM_CAPTURE_NG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum capture_ng_result {
	CAPTURE_NG_PACKET,
	CAPTURE_NG_END,
	CAPTURE_NG_CUT, /* the file ends within a block, or goes on with what is none */
	CAPTURE_NG_NO_MEMORY
};

enum { CAPTURE_NG_INTERFACES_MAX = 64 };

struct capture_ng { /* {0} and the file; private to capture_ng.c but for the packet */
	FILE *file;
	bool is_big_endian;
	uint8_t *block;
	size_t n_room;
	struct {
		uint16_t link_type; /* LINKTYPE_..., as in pcap */
		uint64_t ticks_per_second;
		int64_t offset_s;
	} interfaces[CAPTURE_NG_INTERFACES_MAX];
	size_t n_interfaces;

	/* The packet, until the next step. */
	const uint8_t *bytes;
	size_t n_bytes;
	uint16_t link_type;
	int64_t at_us;
};

enum capture_ng_result capture_ng_next(struct capture_ng *ng);

void capture_ng_end(struct capture_ng *ng); /* the file stays the caller's */

#endif
