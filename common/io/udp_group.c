#include "common/io/udp_group.h"

#include "common/io/udp_sockaddr.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

_Static_assert(IF_NAMESIZE <= UDP_INTERFACE_BYTES, "a name fits");

bool udp_group_set_interface(int fd, bool is_ipv6, unsigned index)
{
	const struct ip_mreqn request = { .imr_ifindex = (int)index };

	if (is_ipv6)
		return udp_set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)index);
	return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request) == 0;
}

static bool change_membership(const struct udp_group *g, int fd, int change)
{
	const union udp_sockaddr sockaddr = udp_sockaddr_of(&g->address);
	const bool is_ipv6 = udp_address_is_ipv6(&g->address);
	struct group_req request = { .gr_interface = g->index };

	memcpy(&request.gr_group, &sockaddr, sizeof sockaddr);
	return setsockopt(fd, is_ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, change, &request,
		       sizeof request) == 0;
}

bool udp_group_join(struct udp_group *g, int fd)
{
	const unsigned index = udp_interface_index(g->interface);

	if (*g->interface && index == 0) {
		g->is_joined = false;
		errno = ENODEV;
		return false;
	}
	if (g->is_joined && index != g->index) { /* what has gone still counts until it is left */
		(void)change_membership(g, fd, MCAST_LEAVE_GROUP);
		g->is_joined = false;
	}
	/* Where the system chooses, it may choose another interface now. */
	if (g->is_joined && index != 0)
		return false;
	g->index = index;
	const bool has_joined = change_membership(g, fd, MCAST_JOIN_GROUP);
	g->is_joined = has_joined || errno == EADDRINUSE;
	return has_joined &&
	       (index == 0 || udp_group_set_interface(fd, udp_address_is_ipv6(&g->address), index));
}
