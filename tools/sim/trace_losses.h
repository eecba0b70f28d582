/* Losses as others record them: for each packet whether it arrived, and no delay.
 *
 *     0/1      one digit a line, or some in a row: 1 is lost
 *     G.192    of ITU-T, 16-bit words in either byte order or as hexadecimal text: the sync words
 *              0x6b21 (good) and 0x6b20 (lost), with or without the frame's bits behind them; or an
 *              error pattern of softbits alone: 0x007f (good) and 0x0081 (lost)
 *
 * Thread: one at a time. */
#ifndef HINDSIGHT_TOOLS_SIM_TRACE_LOSSES_H
#define HINDSIGHT_TOOLS_SIM_TRACE_LOSSES_H

#include "tools/sim/trace.h"

/* Whether the text is 0 and 1 alone: one digit a word, or a word too long for a delay in ms. */
bool trace_losses_are_digits(const char *text, size_t n_chars);

/* Adds each digit as a packet of that delay 0, or lost. False: no memory. */
bool trace_losses_add_digits(struct trace *trace, const char *text, size_t n_chars);

/* Whether it begins as G.192 does. */
bool trace_losses_are_g192(const char *text, size_t n_chars);

/* Adds each frame. False: *error names the word that is none. */
bool trace_losses_add_g192(
	struct trace *trace, const char *text, size_t n_chars, struct io_error *error);

#endif
