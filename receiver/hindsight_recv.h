/* What our own programs and tests reach behind <hindsight/recv.h>: the stream, for the log of frames
 * and statistics by their published names. Not of the library. */
#ifndef HINDSIGHT_RECEIVER_HINDSIGHT_RECV_H
#define HINDSIGHT_RECEIVER_HINDSIGHT_RECV_H

#include <hindsight/recv.h>

#include "receiver/recv_stream.h"

struct recv_stream *recv_stream_behind(const struct hindsight_recv *recv);

/* The other direction: a stream's configuration as a caller of the library would give it. The
 * benchmark's tuning is not of it. */
struct hindsight_recv_config recv_config_for(const struct recv_stream_config *stream);

#endif
