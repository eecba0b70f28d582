/* A capture of real traffic (pcap, pcapng) as a trace: the arrival times and losses of the RTP
 * stream in it. Nobody knows when its packets were sent, but the timestamps tell how much later
 * each one came than the fastest did: that one has the delay 0. Numbers that are missing were lost.
 * Thread: one at a time. */
#ifndef HINDSIGHT_TOOLS_SIM_CAPTURE_FILE_H
#define HINDSIGHT_TOOLS_SIM_CAPTURE_FILE_H

#include "tools/sim/trace.h"

#include <stdint.h>

/* Fills an empty trace with the stream of the most packets, of those to this UDP port (0: to any).
 * Its clock is the one of the usual rates that fits the arrivals best. False: *error is one line
 * that says why, without the path. */
bool capture_file_trace(
	struct trace *trace, const char *path, uint16_t port, struct io_error *error);

#endif
