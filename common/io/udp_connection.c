#include "common/io/udp_connection.h"

#include "common/io/udp_sockaddr.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

bool udp_is_no_route(int why)
{
	return why == ENETUNREACH || why == EHOSTUNREACH || why == EADDRNOTAVAIL ||
	       why == ENETDOWN || why == ENODEV;
}

bool udp_connect_anew(struct udp_socket *s)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	const unsigned index = udp_interface_index(s->interface);
	struct udp_address target = s->target;

	if (udp_address_is_multicast(&target))
		return index == 0 ||
		       udp_group_set_interface(s->fd, udp_address_is_ipv6(&target), index);
	udp_set_scope(&target, index);
	const union udp_sockaddr sockaddr = udp_sockaddr_of(&target);
	if (s->is_connected)
		(void)connect(s->fd, &nobody, sizeof nobody);
	s->is_connected = connect(s->fd, &sockaddr.any, target.n_bytes) == 0;
	return s->is_connected;
}

bool udp_own_address(int fd, struct udp_address *own)
{
	union udp_sockaddr sockaddr = { .ipv6 = { .sin6_family = AF_UNSPEC } };
	socklen_t n_bytes = sizeof sockaddr;

	if (getsockname(fd, &sockaddr.any, &n_bytes) < 0)
		return false;
	*own = udp_address_of(&sockaddr, n_bytes);
	return true;
}

bool udp_local_address(const struct udp_socket *s, struct udp_address *local)
{
	struct udp_address target = s->target;
	udp_set_scope(&target, udp_interface_index(s->interface));
	const union udp_sockaddr sockaddr = udp_sockaddr_of(&target);
	const int fd = socket(sockaddr.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* A group's sender is not connected and would tell no address, and that of another one may
	 * have gone: another socket asks. */
	const bool is_known = fd >= 0 && connect(fd, &sockaddr.any, target.n_bytes) == 0 &&
			      udp_own_address(fd, local);
	if (fd >= 0)
		close(fd);
	return is_known;
}

bool udp_follow_route(struct udp_socket *s)
{
	struct udp_address best, own;

	if (!s->is_connected || !udp_local_address(s, &best) || !udp_own_address(s->fd, &own) ||
		udp_address_host_equal(&best, &own))
		return false;
	if (!udp_connect_anew(s))
		return false;
	s->reconnects++;
	return true;
}
