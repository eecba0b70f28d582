/* A network path as it was recorded elsewhere: for each packet, in the order sent, its delay or its
 * loss. A trace that is used up begins again.
 *
 *     # a comment        one packet a line: a delay in milliseconds, or the word "lost"
 *     40.25
 *     1.5e-2 s           with another unit: s, ms, us
 *     lost
 *
 * or a record of losses alone, see trace_losses.h.
 * Owner: the caller, who ends what was begun. Thread: one at a time. */
#ifndef HINDSIGHT_TOOLS_SIM_TRACE_H
#define HINDSIGHT_TOOLS_SIM_TRACE_H

#include "common/io/io_error.h"
#include "tools/channel/channel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TRACE_PACKETS_MAX = 100000000, TRACE_LOST = -1 };

enum trace_form { TRACE_DELAYS, TRACE_DIGITS /* 0 and 1 */, TRACE_G192 };

struct trace {		    /* {0} is an empty one */
	int32_t *delays_us; /* 0..CHANNEL_TIME_MAX_US, or TRACE_LOST */
	size_t n_packets;
	size_t n_room;
	enum trace_form form; /* of the text that it was read from */
};

/* Frees it; what was never begun too. */
void trace_end(struct trace *trace);

/* One packet more, delay_us 0..CHANNEL_TIME_MAX_US or TRACE_LOST. False: no memory, or too many. */
bool trace_add(struct trace *trace, int64_t delay_us);

/* Adds what the text says, in whatever form. False: *error is one line that names the place and what
 * would be right; what was before it is added. A text without a packet is refused, and so is one that
 * is Mahimahi's: the times at which a link takes a packet. */
bool trace_parse(struct trace *trace, const char *text, size_t n_chars, struct io_error *error);

/* The same of a file. */
bool trace_load(struct trace *trace, const char *path, struct io_error *error);

/* What becomes of packet n, sent at now_us. The trace has at least one packet. */
void trace_fate(const struct trace *trace, uint64_t n, int64_t now_us, struct channel_fate *fate);

/* How many packets it may have in flight at once, where one is sent each period_us at most. */
size_t trace_packets_under_way_max(const struct trace *trace, int64_t period_us);

#endif
