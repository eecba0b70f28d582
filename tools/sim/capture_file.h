/* A capture of real traffic (pcap, pcapng, rtpdump) as a trace: the arrival times and losses of one
 * RTP stream in it. Of a file that ends early what is there counts. Thread: one at a time. */
#ifndef HINDSIGHT_TOOLS_SIM_CAPTURE_FILE_H
#define HINDSIGHT_TOOLS_SIM_CAPTURE_FILE_H

#include "tools/sim/trace.h"

#include <stdint.h>
#include <stdio.h>

enum { CAPTURE_LINE_BYTES = 512 };

/* Which stream; {0}: the one of the most packets, of voice if there is any. */
struct capture_choice {
	uint16_t port; /* UDP, of the destination; 0: any */
	size_t number; /* of the list, from 1; 0: any */
	bool has_ssrc;
	uint32_t ssrc;
};

/* Fills an empty trace; path "-" is stdin. line: what was taken, for a person: addresses, SSRC,
 * payload type, clock, packets, loss and delays. False: *error is one line that says why, without
 * the path. */
bool capture_file_trace(struct trace *trace, const char *path, const struct capture_choice *choice,
	char line[CAPTURE_LINE_BYTES], struct io_error *error);

/* Writes one such line for each stream to the port, each with its number in front. */
bool capture_file_list(FILE *list, const char *path, uint16_t port, struct io_error *error);

#endif
