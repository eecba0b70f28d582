/* From which of this machine's addresses, and on which interface, a sender's datagrams leave. What
 * the socket code shares beneath udp.h. Thread: as there. */
#ifndef HINDSIGHT_COMMON_IO_UDP_CONNECTION_H
#define HINDSIGHT_COMMON_IO_UDP_CONNECTION_H

#include "common/io/udp.h"

#include <stdbool.h>

/* Of an errno: what may be otherwise in a moment, as there is no route, or no address of ours to send
 * from. */
bool udp_is_no_route(int why);

/* The kernel forgets the target and the address of our own that it chose, and chooses anew; a group's
 * sender chooses with each datagram, but has to be told its interface. False: errno says why. */
bool udp_connect_anew(struct udp_socket *socket);

/* Of a socket that is bound or connected. */
bool udp_own_address(int fd, struct udp_address *own);

#endif
