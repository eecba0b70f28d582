/* The sender's statistics in one line for people. Thread: any but the audio callback. */
#ifndef HINDSIGHT_SENDER_APP_STATS_TEXT_H
#define HINDSIGHT_SENDER_APP_STATS_TEXT_H

#include "common/text/text_buffer.h"
#include "sender/send_stats.h"

#include <stdbool.h>

/* Puts the line, without line end; before, interval_s ago: what rate and level are counted from. */
void send_stats_text(struct text_buffer *text, const struct send_stats *now,
	const struct send_stats *before, double time_s, double interval_s, bool is_summary);

#endif
