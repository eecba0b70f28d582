/* Which sockets may share a port of this machine.
 *
 *     a group and a group     yes: each member on the machine hears its own copy
 *     a group and a call      yes: what is sent to the group and to the machine is told apart
 *     a call and a call       no: one of them alone would hear what comes
 *
 * The system knows only whether both sockets consent, not what for; so a call asks alone and consents
 * once it has the port, and asks again where none of the machine's own addresses is taken there.
 * Thread: any. */
#ifndef HINDSIGHT_COMMON_IO_UDP_BIND_H
#define HINDSIGHT_COMMON_IO_UDP_BIND_H

#include "common/io/udp_sockaddr.h"

#include <stdbool.h>

/* Binds the socket; a group's address is shared with all, any other with groups alone.
 * False: errno says why. */
bool udp_bind(int fd, const union udp_sockaddr *local, socklen_t n_bytes, bool is_group);

#endif
