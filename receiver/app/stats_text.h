/* The receiver's statistics as one line of text.
 * Thread: any but the audio callback. */
#ifndef HINDSIGHT_RECEIVER_APP_STATS_TEXT_H
#define HINDSIGHT_RECEIVER_APP_STATS_TEXT_H

#include "common/text/text_buffer.h"
#include "receiver/recv_stats.h"

#include <stdbool.h>

/* Appends the line, without line end. The mean delays cover the time since `before`.
 * mouth_to_ear_ms: mean; NAN: unknown. uncertainty_ms: of it; shown above 2 ms. */
void recv_stats_text(struct text_buffer *text, const struct recv_stats *now,
	const struct recv_stats *before, double mouth_to_ear_ms, double uncertainty_ms,
	double time_s, bool is_summary);

#endif
