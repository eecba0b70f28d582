/* Recorded speech, over and over, as the receiver's benchmark has it sent: voice in frames of 20 ms at
 * 64 kbit/s in all. Thread: one at a time. */
#ifndef HINDSIGHT_TOOLS_BENCH_MADE_SPEECH_H
#define HINDSIGHT_TOOLS_BENCH_MADE_SPEECH_H

#include "tools/sim/rehearsed_stream.h"

#include <stdbool.h>

enum { BENCH_SPEECH_FRAMES = 6000 }; /* of one round, at most */

/* path: a sound file. copies: their number and distances. dtx: nothing is sent in silence, and each
 * fourth second is silent. Ends the program with a message where that cannot be had; the stream
 * ends with rehearsed_stream_end(). */
struct rehearsed_stream bench_speech_encode(
	const char *path, const struct redundancy *copies, bool dtx, double seconds);

#endif
