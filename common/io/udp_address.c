#include "common/io/udp_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

_Static_assert(sizeof(struct sockaddr_in6) <= UDP_ADDRESS_BYTES, "an address fits");
_Static_assert(sizeof(struct sockaddr_in) <= UDP_ADDRESS_BYTES, "an address fits");

static sa_family_t family_of(const struct udp_address *address)
{
	struct sockaddr any = { .sa_family = AF_UNSPEC };
	if (address->n_bytes >= sizeof(struct sockaddr_in))
		memcpy(&any, address->bytes, sizeof any);
	return any.sa_family;
}

static struct sockaddr_in ipv4_of(const struct udp_address *address)
{
	struct sockaddr_in ipv4;
	memcpy(&ipv4, address->bytes, sizeof ipv4);
	return ipv4;
}

static struct sockaddr_in6 ipv6_of(const struct udp_address *address)
{
	struct sockaddr_in6 ipv6;
	memcpy(&ipv6, address->bytes, sizeof ipv6);
	return ipv6;
}

size_t udp_resolve_all(struct udp_address *addresses, size_t n_addresses_max, const char *host,
	uint16_t port, struct io_error *error)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV };
	char service[8];
	struct addrinfo *found = NULL;
	size_t n = 0;
	snprintf(service, sizeof service, "%u", (unsigned)port);

	/* The C library sorts them by RFC 6724: those without a route come last. */
	const int failure = getaddrinfo(host, service, &hints, &found);
	if (failure) {
		io_error_set(error, "host %s: %s", host,
			failure == EAI_SYSTEM ? strerror(errno) : gai_strerror(failure));
		return 0;
	}
	for (const struct addrinfo *at = found; at && n < n_addresses_max; at = at->ai_next) {
		if (at->ai_addrlen > UDP_ADDRESS_BYTES)
			continue;
		addresses[n] = (struct udp_address){ .n_bytes = (uint32_t)at->ai_addrlen };
		memcpy(addresses[n++].bytes, at->ai_addr, at->ai_addrlen);
	}
	freeaddrinfo(found);
	if (n == 0)
		io_error_set(error, "host %s: has no IPv4 or IPv6 address", host);
	return n;
}

bool udp_resolve(
	struct udp_address *address, const char *host, uint16_t port, struct io_error *error)
{
	return udp_resolve_all(address, 1, host, port, error) == 1;
}

void udp_address_text(const struct udp_address *address, char text[UDP_ADDRESS_TEXT_BYTES])
{
	char host[INET6_ADDRSTRLEN] = "?";
	char scope[IF_NAMESIZE + 1] = "";

	switch (family_of(address)) {
	case AF_INET: {
		const struct sockaddr_in ipv4 = ipv4_of(address);
		inet_ntop(AF_INET, &ipv4.sin_addr, host, sizeof host);
		snprintf(text, UDP_ADDRESS_TEXT_BYTES, "%s:%u", host, ntohs(ipv4.sin_port));
		break;
	}
	case AF_INET6: {
		const struct sockaddr_in6 ipv6 = ipv6_of(address);
		inet_ntop(AF_INET6, &ipv6.sin6_addr, host, sizeof host);
		if (ipv6.sin6_scope_id && if_indextoname(ipv6.sin6_scope_id, scope + 1))
			scope[0] = '%';
		snprintf(text, UDP_ADDRESS_TEXT_BYTES, "[%s%s]:%u", host, scope,
			ntohs(ipv6.sin6_port));
		break;
	}
	default:
		snprintf(text, UDP_ADDRESS_TEXT_BYTES, "no address");
	}
}

void udp_address_host_text(const struct udp_address *address, char text[UDP_ADDRESS_TEXT_BYTES])
{
	snprintf(text, UDP_ADDRESS_TEXT_BYTES, "?");
	if (family_of(address) == AF_INET) {
		const struct sockaddr_in ipv4 = ipv4_of(address);
		inet_ntop(AF_INET, &ipv4.sin_addr, text, UDP_ADDRESS_TEXT_BYTES);
	} else if (family_of(address) == AF_INET6) {
		const struct sockaddr_in6 ipv6 = ipv6_of(address);
		inet_ntop(AF_INET6, &ipv6.sin6_addr, text, UDP_ADDRESS_TEXT_BYTES);
	}
}

bool udp_address_is_ipv6(const struct udp_address *address)
{
	return family_of(address) == AF_INET6;
}

bool udp_address_host_equal(const struct udp_address *a, const struct udp_address *b)
{
	if (family_of(a) != family_of(b))
		return false;
	if (family_of(a) == AF_INET)
		return ipv4_of(a).sin_addr.s_addr == ipv4_of(b).sin_addr.s_addr;
	if (family_of(a) != AF_INET6)
		return a->n_bytes == b->n_bytes; /* none and none */
	const struct sockaddr_in6 ipv6_a = ipv6_of(a);
	const struct sockaddr_in6 ipv6_b = ipv6_of(b);
	return memcmp(&ipv6_a.sin6_addr, &ipv6_b.sin6_addr, sizeof ipv6_a.sin6_addr) == 0 &&
	       ipv6_a.sin6_scope_id == ipv6_b.sin6_scope_id;
}

bool udp_address_equal(const struct udp_address *a, const struct udp_address *b)
{
	return udp_address_host_equal(a, b) && udp_address_port(a) == udp_address_port(b);
}

bool udp_address_is_multicast(const struct udp_address *address)
{
	if (family_of(address) == AF_INET)
		return IN_MULTICAST(ntohl(ipv4_of(address).sin_addr.s_addr));
	if (family_of(address) != AF_INET6)
		return false;
	const struct sockaddr_in6 ipv6 = ipv6_of(address);
	return IN6_IS_ADDR_MULTICAST(&ipv6.sin6_addr);
}

uint16_t udp_address_port(const struct udp_address *address)
{
	switch (family_of(address)) {
	case AF_INET:
		return ntohs(ipv4_of(address).sin_port);
	case AF_INET6:
		return ntohs(ipv6_of(address).sin6_port);
	default:
		return 0;
	}
}
