/* Membership of a multicast group: joined, and joined again after its interface was made anew or
 * where there was no route before. Owner: the socket that is its member. Thread: the owner's. */
#ifndef HINDSIGHT_COMMON_IO_UDP_GROUP_H
#define HINDSIGHT_COMMON_IO_UDP_GROUP_H

#include "common/io/udp_address.h"

#include <stdbool.h>

enum { UDP_INTERFACE_BYTES = 16 }; /* IF_NAMESIZE */

struct udp_group {
	struct udp_address address;	     /* n_bytes 0: none */
	char interface[UDP_INTERFACE_BYTES]; /* "": the system's choice */
	unsigned index; /* of the interface, when it was joined; 0: the system's choice */
	bool is_joined;
};

/* Joins where the socket is not a member on the interface as it is now; the socket's own datagrams to
 * the group then leave there, too. To be asked again now and then. True: it has just joined. False: it
 * was a member before, or cannot be one now; errno says why. */
bool udp_group_join(struct udp_group *group, int fd);

/* Datagrams to groups leave on this interface; 0: the system's choice. False: errno says why. */
bool udp_group_set_interface(int fd, bool is_ipv6, unsigned index);

#endif
