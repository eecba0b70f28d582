/* For our own programs and tests: the stream behind <hindsight/send.h>, for statistics by their
 * published names. Not part of the library. */
#ifndef HINDSIGHT_SENDER_HINDSIGHT_SEND_H
#define HINDSIGHT_SENDER_HINDSIGHT_SEND_H

#include <hindsight/send.h>

#include "sender/send_stream.h"

const struct send_stream *send_stream_behind(const struct hindsight_send *send);

/* The reverse: a stream's configuration as a caller of the library would give it. */
struct hindsight_send_config send_config_for(const struct send_stream_config *stream);

#endif
