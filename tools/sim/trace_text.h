/* A trace's lines, each a packet: a delay or the word lost. Thread: one at a time. */
#ifndef HINDSIGHT_TOOLS_SIM_TRACE_TEXT_H
#define HINDSIGHT_TOOLS_SIM_TRACE_TEXT_H

#include "tools/sim/trace.h"

/* Adds what the lines say. False: *error names the line and what would be right. */
bool trace_text_add(struct trace *trace, const char *text, size_t n_chars, struct io_error *error);

/* Whether the lines are times that never fall, as Mahimahi's are, and no delays: whole numbers,
 * twenty at least, of which half or more are above the one before. */
bool trace_text_is_mahimahi(const char *text, size_t n_chars);

#endif
