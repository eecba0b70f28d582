/* A UDP address in the form that the system's calls want: what the socket code shares beneath udp.h.
 * Thread: any. */
#ifndef HINDSIGHT_COMMON_IO_UDP_SOCKADDR_H
#define HINDSIGHT_COMMON_IO_UDP_SOCKADDR_H

#include "common/io/udp_address.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

union udp_sockaddr {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

/* AF_UNSPEC where there is none. */
union udp_sockaddr udp_sockaddr_of(const struct udp_address *address);

/* An IPv4 address within IPv6 becomes a plain one. */
struct udp_address udp_address_of(const union udp_sockaddr *sockaddr, socklen_t n_bytes);

/* The IPv4 address as an IPv6 socket has to be given it (RFC 4291, 2.5.5.2); returns its bytes. */
socklen_t udp_sockaddr_map_into_ipv6(union udp_sockaddr *sockaddr);

/* Of the whole number's kind; false: errno says why. */
bool udp_set_option(int fd, int level, int name, int value);

/* Index of an interface by its name; 0 where the name is NULL or "", and where there is none. */
unsigned udp_interface_index(const char *name);

/* A link-local address or a group means nothing without its link: that is set where it has none. */
void udp_set_scope(struct udp_address *address, unsigned interface_index);

#endif
