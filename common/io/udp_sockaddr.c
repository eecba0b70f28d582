#include "common/io/udp_sockaddr.h"

#include <assert.h>
#include <net/if.h>
#include <string.h>

union udp_sockaddr udp_sockaddr_of(const struct udp_address *address)
{
	union udp_sockaddr sockaddr = { .ipv6 = { .sin6_family = AF_UNSPEC } };
	assert(address->n_bytes <= sizeof sockaddr);
	memcpy(&sockaddr, address->bytes, address->n_bytes);
	return sockaddr;
}

struct udp_address udp_address_of(const union udp_sockaddr *sockaddr, socklen_t n_bytes)
{
	struct udp_address address = { .n_bytes = n_bytes };
	union udp_sockaddr plain = *sockaddr;

	if (n_bytes == sizeof plain.ipv6 && sockaddr->any.sa_family == AF_INET6 &&
		IN6_IS_ADDR_V4MAPPED(&sockaddr->ipv6.sin6_addr)) {
		plain.ipv4 = (struct sockaddr_in){ .sin_family = AF_INET,
			.sin_port = sockaddr->ipv6.sin6_port };
		memcpy(&plain.ipv4.sin_addr, &sockaddr->ipv6.sin6_addr.s6_addr[12],
			sizeof plain.ipv4.sin_addr);
		address.n_bytes = sizeof plain.ipv4;
	}
	memcpy(address.bytes, &plain, address.n_bytes);
	return address;
}

socklen_t udp_sockaddr_map_into_ipv6(union udp_sockaddr *sockaddr)
{
	const struct sockaddr_in ipv4 = sockaddr->ipv4;
	sockaddr->ipv6 =
		(struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = ipv4.sin_port };
	sockaddr->ipv6.sin6_addr.s6_addr[10] = 0xff;
	sockaddr->ipv6.sin6_addr.s6_addr[11] = 0xff;
	memcpy(&sockaddr->ipv6.sin6_addr.s6_addr[12], &ipv4.sin_addr, sizeof ipv4.sin_addr);
	return sizeof sockaddr->ipv6;
}

bool udp_set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

unsigned udp_interface_index(const char *name)
{
	return name && *name ? if_nametoindex(name) : 0;
}

void udp_set_scope(struct udp_address *address, unsigned interface_index)
{
	union udp_sockaddr sockaddr = udp_sockaddr_of(address);
	const struct in6_addr *const ip = &sockaddr.ipv6.sin6_addr;

	if (sockaddr.any.sa_family != AF_INET6 || sockaddr.ipv6.sin6_scope_id)
		return;
	if (!IN6_IS_ADDR_LINKLOCAL(ip) && !IN6_IS_ADDR_MULTICAST(ip))
		return;
	sockaddr.ipv6.sin6_scope_id = interface_index;
	memcpy(address->bytes, &sockaddr, address->n_bytes);
}
