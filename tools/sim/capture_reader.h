/* The RTP packets of a capture file, in its order: pcap by libpcap, pcapng, and rtpdump, the
 * form of rtptools. Allocates. Thread: one at a time. */
#ifndef HINDSIGHT_TOOLS_SIM_CAPTURE_READER_H
#define HINDSIGHT_TOOLS_SIM_CAPTURE_READER_H

#include "common/io/io_error.h"
#include "tools/sim/capture_streams.h"

struct capture_packets { /* {0} is an empty one */
	struct capture_packet *packets;
	size_t n_packets;
	size_t n_room;
	struct io_error end; /* why the file ended early; "" where it did not */
};

/* Adds those to the port (0: to any); path "-" is stdin. False: *error says why, without the
 * path. */
bool capture_reader_load(
	struct capture_packets *all, const char *path, uint16_t port, struct io_error *error);

void capture_reader_end(struct capture_packets *all);

#endif
