/* Session descriptions as other programs write them, and as ours does: what a receiver has to know
 * is read out of them (RFC 8866). Hostile input: bounded, and refused with the line that is wrong.
 * Pure: no allocation, no file. Thread: any. */
#ifndef HINDSIGHT_COMMON_RTP_SDP_READER_H
#define HINDSIGHT_COMMON_RTP_SDP_READER_H

#include "common/rtp/sdp.h"

#include <stdbool.h>
#include <stddef.h>

enum { SDP_REASON_BYTES = 128 };

/* Reads the first audio stream with Opus out of a description; others are passed over. Lines may end
 * in LF alone; a byte-order mark, a line "SDP:" before the first, as FFmpeg prints it, and more blanks than one are passed over. *session is set on true only. False: reason, one line of ASCII that begins with the
 * number of the line that is wrong, where it is one ("line 6: the port must be 1 to 65535"). */
bool sdp_read(struct sdp *session, const char *text, size_t n_chars, char reason[SDP_REASON_BYTES]);

#endif
