#include "common/io/udp.h"

#include "common/io/udp_bind.h"
#include "common/io/udp_connection.h"
#include "common/io/udp_sockaddr.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	/* Some seconds of datagrams; the system may grant less. Standing there makes nothing late:
	 * the arrival time is the kernel's. */
	RECEIVE_BUFFER_BYTES = 1 << 20,
	/* RFC 4594, 4.1: telephony asks for expedited forwarding, DSCP 46, the upper six bits. */
	TRAFFIC_CLASS_VOICE = 46 << 2
};

/* What every socket has. The options that only help may be refused. */
static bool open_socket(struct udp_socket *s, int family, struct io_error *error)
{
	*s = (struct udp_socket){ .fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0) };
	if (s->fd < 0)
		return io_error_set(error, "cannot open an %s socket: %s",
			family == AF_INET6 ? "IPv6" : "IPv4", strerror(errno));
	udp_set_option(s->fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
	udp_set_option(s->fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	udp_set_option(s->fd, IPPROTO_IP, IP_TOS, TRAFFIC_CLASS_VOICE);
	if (family == AF_INET6)
		udp_set_option(s->fd, IPPROTO_IPV6, IPV6_TCLASS, TRAFFIC_CLASS_VOICE);
	return true;
}

static bool find_interface(const char *interface, unsigned *index, struct io_error *error)
{
	*index = udp_interface_index(interface);
	return !interface || *index ||
	       io_error_set(error, "interface %s: %s", interface, strerror(errno));
}

static bool set_ttl(const struct udp_socket *s)
{
	const bool is_multicast = udp_address_is_multicast(&s->target);
	if (s->ttl == UDP_TTL_DEFAULT)
		return true;
	if (!udp_address_is_ipv6(&s->target))
		return udp_set_option(
			s->fd, IPPROTO_IP, is_multicast ? IP_MULTICAST_TTL : IP_TTL, s->ttl);
	return udp_set_option(s->fd, IPPROTO_IPV6,
		is_multicast ? IPV6_MULTICAST_HOPS : IPV6_UNICAST_HOPS, s->ttl);
}

bool udp_open_sender_to(struct udp_socket *s, const struct udp_address *target,
	const char *interface, int ttl, struct io_error *error)
{
	unsigned interface_index = 0;
	char text[UDP_ADDRESS_TEXT_BYTES];

	*s = (struct udp_socket){ .fd = -1 };
	if (!find_interface(interface, &interface_index, error) ||
		!open_socket(s, udp_address_is_ipv6(target) ? AF_INET6 : AF_INET, error))
		return false;
	s->target = *target;
	if (interface)
		snprintf(s->interface, sizeof s->interface, "%s", interface);
	s->ttl = ttl;
	udp_address_host_text(target, text);
	if (!set_ttl(s)) {
		io_error_set(error, "host %s: its time to live: %s", text, strerror(errno));
		udp_close(s);
	} else if (!udp_connect_anew(s) && !udp_is_no_route(errno)) {
		io_error_set(error, "host %s: the way there: %s", text, strerror(errno));
		udp_close(s);
	}
	return s->fd >= 0;
}

bool udp_change_target(
	struct udp_socket *s, const struct udp_address *target, struct io_error *error)
{
	struct udp_socket other;

	if (!udp_open_sender_to(&other, target, *s->interface ? s->interface : NULL, s->ttl, error))
		return false;
	udp_close(s);
	s->fd = other.fd;
	s->target = other.target;
	s->is_connected = other.is_connected;
	return true;
}

bool udp_open_sender(struct udp_socket *s, const char *host, uint16_t port, const char *interface,
	int ttl, struct io_error *error)
{
	struct udp_address target;

	*s = (struct udp_socket){ .fd = -1 };
	return udp_resolve(&target, host, port, error) &&
	       udp_open_sender_to(s, &target, interface, ttl, error);
}

/* What a receiver has, besides: it is told which of our addresses was called, and hears no group that
 * another socket has joined (where the system would hand that on). */
static bool bind_receiver(
	struct udp_socket *s, const union udp_sockaddr *local, socklen_t n_bytes, bool is_group)
{
	udp_set_option(s->fd, IPPROTO_IP, IP_PKTINFO, 1);
	udp_set_option(s->fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
	if (local->any.sa_family == AF_INET6) {
		udp_set_option(s->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
		udp_set_option(s->fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
	}
	return udp_bind(s->fd, local, n_bytes, is_group);
}

/* One socket for both families where there is IPv6, else one for IPv4. */
static bool open_on_all_addresses(struct udp_socket *s, uint16_t port, struct io_error *error)
{
	const union udp_sockaddr ipv6 = { .ipv6 = { .sin6_family = AF_INET6,
						  .sin6_port = htons(port),
						  .sin6_addr = IN6ADDR_ANY_INIT } };
	const union udp_sockaddr ipv4 = { .ipv4 = { .sin_family = AF_INET,
						  .sin_port = htons(port),
						  .sin_addr.s_addr = htonl(INADDR_ANY) } };

	if (open_socket(s, AF_INET6, NULL)) {
		s->is_dual_stack = udp_set_option(s->fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
		if (s->is_dual_stack && bind_receiver(s, &ipv6, sizeof ipv6.ipv6, false))
			return true;
		if (errno == EADDRINUSE || errno == EACCES)
			goto failed;
		udp_close(s);
	}
	if (!open_socket(s, AF_INET, error))
		return false;
	if (bind_receiver(s, &ipv4, sizeof ipv4.ipv4, false))
		return true;
failed:
	io_error_set(error, "port %u: %s", (unsigned)port, strerror(errno));
	udp_close(s);
	return false;
}

bool udp_open_receiver(struct udp_socket *s, const char *host, uint16_t port, const char *interface,
	struct io_error *error)
{
	struct udp_address local;
	unsigned interface_index = 0;
	char text[UDP_ADDRESS_TEXT_BYTES];

	*s = (struct udp_socket){ .fd = -1 };
	if (!find_interface(interface, &interface_index, error))
		return false;
	if (!host)
		return open_on_all_addresses(s, port, error);
	if (!udp_resolve(&local, host, port, error))
		return false;
	udp_set_scope(&local, interface_index);
	udp_address_text(&local, text);

	const union udp_sockaddr sockaddr = udp_sockaddr_of(&local);
	const bool is_group = udp_address_is_multicast(&local);
	if (!open_socket(s, sockaddr.any.sa_family, error))
		return false;
	/* Bound to the group itself, so that other traffic on the port stays outside. */
	if (!bind_receiver(s, &sockaddr, local.n_bytes, is_group)) {
		io_error_set(error, "address %s: %s", text, strerror(errno));
		udp_close(s);
		return false;
	}
	if (!is_group)
		return true;
	s->group.address = local;
	if (interface)
		snprintf(s->group.interface, sizeof s->group.interface, "%s", interface);
	if (!udp_group_join(&s->group, s->fd) && !udp_is_no_route(errno)) {
		io_error_set(error, "cannot join %s on %s: %s", text,
			interface ? interface : "the system's choice of interface",
			strerror(errno));
		udp_close(s);
	}
	return s->fd >= 0;
}

bool udp_rejoin(struct udp_socket *s)
{
	return s->group.address.n_bytes > 0 && udp_group_join(&s->group, s->fd);
}

void udp_close(struct udp_socket *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

uint16_t udp_port(const struct udp_socket *s)
{
	struct udp_address own;

	return udp_own_address(s->fd, &own) ? udp_address_port(&own) : 0;
}

bool udp_free_port(uint16_t *port, struct io_error *error)
{
	struct udp_socket socket;

	if (!udp_open_receiver(&socket, "127.0.0.1", 0, NULL, error))
		return false;
	*port = udp_port(&socket);
	udp_close(&socket);
	return true;
}
