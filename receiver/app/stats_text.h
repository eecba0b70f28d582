/* The receiver's statistics in one line for people. Pure. Thread: any but the audio callback. */
#ifndef HINDSIGHT_RECEIVER_APP_STATS_TEXT_H
#define HINDSIGHT_RECEIVER_APP_STATS_TEXT_H

#include "receiver/recv_stream.h"

#include <stdbool.h>
#include <stddef.h>

enum { RECV_STATS_TEXT_BYTES = 500 };

/* Writes the line, without line end; before: what the delay's mean is counted from. Returns its
 * length. n_bytes: at least RECV_STATS_TEXT_BYTES. */
size_t recv_stats_text(char *text, size_t n_bytes, const struct recv_stats *now,
	const struct recv_stats *before, double time_s, bool is_summary);

#endif
