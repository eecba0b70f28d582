/* What the listener should know of the sender and can do something about: one line each on stderr, once.
 * Thread: main(). Owner: the caller holds the struct. */
#ifndef HINDSIGHT_RECEIVER_APP_NOTICES_H
#define HINDSIGHT_RECEIVER_APP_NOTICES_H

#include "receiver/recv_stream.h"

struct notices {
	int unannounced_type, guessed_type, clock_hz; /* that were told last; 0: none */
};

void notices_tell(struct notices *n, const struct recv_stats *stats);

#endif
