/* The receiver's statistics in one line for people. Thread: any but the audio callback. */
#ifndef HINDSIGHT_RECEIVER_APP_STATS_TEXT_H
#define HINDSIGHT_RECEIVER_APP_STATS_TEXT_H

#include "common/text/text_buffer.h"
#include "receiver/recv_stats.h"

#include <stdbool.h>

/* Puts the line, without line end; before: what the delay's mean is counted from. */
void recv_stats_text(struct text_buffer *text, const struct recv_stats *now,
	const struct recv_stats *before, double time_s, bool is_summary);

#endif
