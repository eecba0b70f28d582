/* The sender's statistics as one line of text.
 * Thread: any but the audio callback. */
#ifndef HINDSIGHT_SENDER_APP_STATS_TEXT_H
#define HINDSIGHT_SENDER_APP_STATS_TEXT_H

#include "common/text/text_buffer.h"
#include "sender/send_stats.h"

#include <stdbool.h>

/* Appends the line, without line end. Rate and level cover the time since `before`, interval_s
 * ago. */
void send_stats_text(struct text_buffer *text, const struct send_stats *now,
	const struct send_stats *before, double time_s, double interval_s, bool is_summary);

#endif
