#include "common/io/udp_bind.h"

#include <errno.h>
#include <ifaddrs.h>
#include <string.h>
#include <unistd.h>

/* SO_REUSEPORT is for programs of one user; other people's members of a group consent to
 * SO_REUSEADDR alone. */
static void consent(int fd, bool to_users_own, bool to_all)
{
	udp_set_option(fd, SOL_SOCKET, SO_REUSEPORT, to_users_own);
	udp_set_option(fd, SOL_SOCKET, SO_REUSEADDR, to_all);
}

/* Whether another socket that is no group's has this address, or all of them, on the port. */
static bool is_taken(const struct sockaddr *address, in_port_t port)
{
	union udp_sockaddr own = { .ipv6 = { .sin6_family = AF_UNSPEC } };
	const bool is_ipv6 = address->sa_family == AF_INET6;
	const socklen_t n_bytes = is_ipv6 ? sizeof own.ipv6 : sizeof own.ipv4;

	memcpy(&own, address, n_bytes);
	if (is_ipv6)
		own.ipv6.sin6_port = port;
	else
		own.ipv4.sin_port = port;
	const int fd = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const bool has_failed = fd >= 0 && bind(fd, &own.any, n_bytes) < 0 && errno == EADDRINUSE;
	if (fd >= 0)
		close(fd);
	return has_failed;
}

static bool is_taken_anywhere(in_port_t port)
{
	struct ifaddrs *all = NULL;
	bool is_taken_here = false;

	if (getifaddrs(&all) < 0)
		return true;
	for (const struct ifaddrs *at = all; at && !is_taken_here; at = at->ifa_next)
		if (at->ifa_addr &&
			(at->ifa_addr->sa_family == AF_INET || at->ifa_addr->sa_family == AF_INET6))
			is_taken_here = is_taken(at->ifa_addr, port);
	freeifaddrs(all);
	return is_taken_here;
}

bool udp_bind(int fd, const union udp_sockaddr *local, socklen_t n_bytes, bool is_group)
{
	const in_port_t port =
		local->any.sa_family == AF_INET6 ? local->ipv6.sin6_port : local->ipv4.sin_port;

	consent(fd, is_group, is_group);
	bool is_bound = bind(fd, &local->any, n_bytes) == 0;
	if (is_group)
		return is_bound;
	if (!is_bound && errno == EADDRINUSE) {
		if (is_taken_anywhere(port)) {
			errno = EADDRINUSE;
			return false;
		}
		consent(fd, true, true);
		is_bound = bind(fd, &local->any, n_bytes) == 0;
	}
	const int why = errno;
	consent(fd, true, false);
	errno = why;
	return is_bound;
}
