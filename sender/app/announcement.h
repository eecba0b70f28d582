/* The session description for --sdp: what this sender will send, and where to. */
#ifndef HINDSIGHT_SENDER_APP_ANNOUNCEMENT_H
#define HINDSIGHT_SENDER_APP_ANNOUNCEMENT_H

#include "common/io/udp.h"
#include "sender/app/options.h"

#include <stdbool.h>

/* Writes it to options->sdp_path; the socket is open. False: *error says why. */
bool announcement_write(const struct send_options *options, const struct udp_socket *socket,
	struct io_error *error);

#endif
