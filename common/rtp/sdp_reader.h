/* Reads session descriptions, those of other programs and our own, for what a receiver has to know
 * (RFC 8866). Hostile input: bounded, and refused with the line that is wrong.
 * Pure: no allocation, no file. Thread: any. */
#ifndef HINDSIGHT_COMMON_RTP_SDP_READER_H
#define HINDSIGHT_COMMON_RTP_SDP_READER_H

#include "common/rtp/sdp.h"

#include <stdbool.h>
#include <stddef.h>

enum { SDP_REASON_BYTES = 128 };

/* Finds the first audio stream with Opus; other streams are skipped. Lines may end in LF alone. A
 * byte-order mark, a line "SDP:" before the first (FFmpeg prints it) and repeated blanks are skipped.
 * *session is set on true only. False: reason is one line of ASCII that begins with the number of
 * the wrong line, if it is a single one ("line 6: the port must be 1 to 65535"). */
bool sdp_read(struct sdp *session, const char *text, size_t n_chars, char reason[SDP_REASON_BYTES]);

#endif
