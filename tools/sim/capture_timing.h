/* The pace of a captured stream: its timestamps' clock, and how late each packet was.
 * Nobody knows when packets were sent, but the timestamps tell how much later each one came than
 * the fastest did: that one has the delay 0. Where the timestamps leave the time for good (a call
 * on hold, a source that begins anew) a new fastest one is looked for: a new baseline.
 * Allocates while it works. Thread: one at a time. */
#ifndef HINDSIGHT_TOOLS_SIM_CAPTURE_TIMING_H
#define HINDSIGHT_TOOLS_SIM_CAPTURE_TIMING_H

#include "tools/sim/capture_streams.h"
#include "tools/sim/trace.h"

/* The usual rate, in Hz, by which the timestamps go on as the arrivals do; 0 where none does, or
 * where there are fewer than three packets. -1: no memory. */
int64_t capture_timing_clock_rate(const struct capture_beat *beats, size_t n_beats);

/* Adds the beats' delays and losses to a trace. *n_baselines: 1 and one more for each leap. */
bool capture_timing_trace(struct trace *trace, const struct capture_beat *beats, size_t n_beats,
	int64_t clock_rate, size_t *n_baselines, struct io_error *error);

#endif
