/* For our own programs and tests: the stream behind <hindsight/recv.h>, for the frame log and
 * statistics by their published names. Not part of the library. */
#ifndef HINDSIGHT_RECEIVER_HINDSIGHT_RECV_H
#define HINDSIGHT_RECEIVER_HINDSIGHT_RECV_H

#include <hindsight/recv.h>

#include "receiver/recv_stream.h"

struct recv_stream *recv_stream_behind(const struct hindsight_recv *recv);

/* The reverse: a stream's configuration as a caller of the library would give it. It does not
 * include the benchmark's tuning. */
struct hindsight_recv_config recv_config_for(const struct recv_stream_config *stream);

#endif
