#include "common/io/udp.h"

#include "common/io/monotonic.h"
#include "common/base/units.h"

#include <assert.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	/* Some seconds of datagrams; the system may grant less. Standing there makes nothing late:
	 * the arrival time is the kernel's. */
	RECEIVE_BUFFER_BYTES = 1 << 20,
	/* RFC 4594, 4.1: telephony asks for expedited forwarding, DSCP 46, the upper six bits. */
	TRAFFIC_CLASS_VOICE = 46 << 2,
	/* A socket holds one pending ICMP error; another may come in while that is told. */
	SEND_ATTEMPTS_MAX = 3
};

union any_address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

static union any_address sockaddr_of(const struct udp_address *address)
{
	union any_address sockaddr = { .ipv6 = { .sin6_family = AF_UNSPEC } };
	assert(address->n_bytes <= sizeof sockaddr);
	memcpy(&sockaddr, address->bytes, address->n_bytes);
	return sockaddr;
}

static struct udp_address address_of(const union any_address *sockaddr, socklen_t n_bytes)
{
	struct udp_address address = { .n_bytes = n_bytes };
	union any_address plain = *sockaddr;

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

/* The IPv4 address as an IPv6 socket has to be given it (RFC 4291, 2.5.5.2). */
static socklen_t map_into_ipv6(union any_address *sockaddr)
{
	const struct sockaddr_in ipv4 = sockaddr->ipv4;
	sockaddr->ipv6 =
		(struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = ipv4.sin_port };
	sockaddr->ipv6.sin6_addr.s6_addr[10] = 0xff;
	sockaddr->ipv6.sin6_addr.s6_addr[11] = 0xff;
	memcpy(&sockaddr->ipv6.sin6_addr.s6_addr[12], &ipv4.sin_addr, sizeof ipv4.sin_addr);
	return sizeof sockaddr->ipv6;
}

static bool set_option(const struct udp_socket *s, int level, int name, int value)
{
	return setsockopt(s->fd, level, name, &value, sizeof value) == 0;
}

/* What every socket has. The options that only help may be refused. */
static bool open_socket(struct udp_socket *s, int family, struct io_error *error)
{
	*s = (struct udp_socket){ .fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0) };
	if (s->fd < 0)
		return io_error_set(error, "cannot open an %s socket: %s",
			family == AF_INET6 ? "IPv6" : "IPv4", strerror(errno));
	set_option(s, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
	set_option(s, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	set_option(s, IPPROTO_IP, IP_TOS, TRAFFIC_CLASS_VOICE);
	if (family == AF_INET6)
		set_option(s, IPPROTO_IPV6, IPV6_TCLASS, TRAFFIC_CLASS_VOICE);
	return true;
}

static bool find_interface(const char *interface, unsigned *index, struct io_error *error)
{
	*index = interface ? if_nametoindex(interface) : 0;
	return !interface || *index ||
	       io_error_set(error, "interface %s: %s", interface, strerror(errno));
}

/* A link-local address means nothing without its link. */
static void set_scope(struct udp_address *address, unsigned interface_index)
{
	union any_address sockaddr = sockaddr_of(address);
	const struct in6_addr *const ip = &sockaddr.ipv6.sin6_addr;

	if (sockaddr.any.sa_family != AF_INET6 || sockaddr.ipv6.sin6_scope_id)
		return;
	if (!IN6_IS_ADDR_LINKLOCAL(ip) && !IN6_IS_ADDR_MULTICAST(ip))
		return;
	sockaddr.ipv6.sin6_scope_id = interface_index;
	memcpy(address->bytes, &sockaddr, address->n_bytes);
}

static bool set_ttl(const struct udp_socket *s, int ttl)
{
	const bool is_multicast = udp_address_is_multicast(&s->target);
	if (ttl == UDP_TTL_DEFAULT)
		return true;
	if (s->target.n_bytes == sizeof(struct sockaddr_in))
		return set_option(s, IPPROTO_IP, is_multicast ? IP_MULTICAST_TTL : IP_TTL, ttl);
	return set_option(
		s, IPPROTO_IPV6, is_multicast ? IPV6_MULTICAST_HOPS : IPV6_UNICAST_HOPS, ttl);
}

static bool set_multicast_interface(const struct udp_socket *s, unsigned index)
{
	if (s->target.n_bytes == sizeof(struct sockaddr_in6))
		return set_option(s, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)index);
	const struct ip_mreqn request = { .imr_ifindex = (int)index };
	return setsockopt(s->fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request) == 0;
}

bool udp_open_sender(struct udp_socket *s, const char *host, uint16_t port, const char *interface,
	int ttl, struct io_error *error)
{
	struct udp_address target;
	unsigned interface_index = 0;

	*s = (struct udp_socket){ .fd = -1 };
	if (!find_interface(interface, &interface_index, error) ||
		!udp_resolve(&target, host, port, error))
		return false;
	set_scope(&target, interface_index);

	union any_address sockaddr = sockaddr_of(&target);
	if (!open_socket(s, sockaddr.any.sa_family, error))
		return false;
	s->target = target;

	const char *step = NULL;
	if (!set_ttl(s, ttl)) {
		step = "its time to live";
	} else if (!udp_address_is_multicast(&target)) {
		s->is_connected = connect(s->fd, &sockaddr.any, target.n_bytes) == 0;
		if (!s->is_connected)
			step = "the way there";
	} else if (interface && !set_multicast_interface(s, interface_index)) {
		step = "its interface";
	}
	if (step) {
		io_error_set(error, "host %s: %s: %s", host, step, strerror(errno));
		udp_close(s);
	}
	return !step;
}

static bool join_group(
	const struct udp_socket *s, const struct udp_address *group, unsigned interface_index)
{
	const union any_address sockaddr = sockaddr_of(group);
	struct group_req request = { .gr_interface = interface_index };
	memcpy(&request.gr_group, &sockaddr, sizeof sockaddr);
	return setsockopt(s->fd, sockaddr.any.sa_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP,
		       MCAST_JOIN_GROUP, &request, sizeof request) == 0;
}

/* One socket for both families where there is IPv6, else one for IPv4. */
static bool open_on_all_addresses(struct udp_socket *s, uint16_t port, struct io_error *error)
{
	const struct sockaddr_in6 ipv6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_ANY_INIT
	};
	const struct sockaddr_in ipv4 = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_ANY)
	};

	if (open_socket(s, AF_INET6, NULL)) {
		s->is_dual_stack = set_option(s, IPPROTO_IPV6, IPV6_V6ONLY, 0);
		if (s->is_dual_stack &&
			bind(s->fd, (const struct sockaddr *)&ipv6, sizeof ipv6) == 0)
			return true;
		if (errno == EADDRINUSE || errno == EACCES)
			goto failed;
		udp_close(s);
	}
	if (!open_socket(s, AF_INET, error))
		return false;
	if (bind(s->fd, (const struct sockaddr *)&ipv4, sizeof ipv4) == 0)
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
	set_scope(&local, interface_index);
	udp_address_text(&local, text);

	const union any_address sockaddr = sockaddr_of(&local);
	const bool is_group = udp_address_is_multicast(&local);
	if (!open_socket(s, sockaddr.any.sa_family, error))
		return false;
	/* A unicast port taken twice would be heard by one program only: not shared. */
	if (is_group)
		set_option(s, SOL_SOCKET, SO_REUSEADDR, 1);
	/* Bound to the group itself, so that other traffic on the port stays outside. */
	if (bind(s->fd, &sockaddr.any, local.n_bytes) < 0) {
		io_error_set(error, "address %s: %s", text, strerror(errno));
		udp_close(s);
	} else if (is_group && !join_group(s, &local, interface_index)) {
		io_error_set(error, "cannot join %s on %s: %s", text,
			interface ? interface : "the system's choice of interface",
			strerror(errno));
		udp_close(s);
	}
	return s->fd >= 0;
}

void udp_close(struct udp_socket *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

uint16_t udp_port(const struct udp_socket *s)
{
	union any_address local = { .ipv6 = { .sin6_family = AF_UNSPEC } };
	socklen_t n_bytes = sizeof local;
	if (getsockname(s->fd, &local.any, &n_bytes) < 0)
		return 0;
	const struct udp_address address = address_of(&local, n_bytes);
	return udp_address_port(&address);
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

bool udp_local_address(const struct udp_socket *s, struct udp_address *local)
{
	const union any_address target = sockaddr_of(&s->target);
	union any_address own = { .ipv6 = { .sin6_family = AF_UNSPEC } };
	socklen_t n_bytes = sizeof own;
	const int fd = socket(target.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* A group's sender is not connected and would tell no address: another socket asks. */
	const bool is_known = fd >= 0 && connect(fd, &target.any, s->target.n_bytes) == 0 &&
			      getsockname(fd, &own.any, &n_bytes) == 0;
	if (fd >= 0)
		close(fd);
	if (is_known)
		*local = address_of(&own, n_bytes);
	return is_known;
}

static bool send_bytes(struct udp_socket *s, const struct sockaddr *to, socklen_t to_bytes,
	const void *bytes, size_t n_bytes, struct io_error *error)
{
	for (int attempt = 0; attempt < SEND_ATTEMPTS_MAX; attempt++) {
		if (sendto(s->fd, bytes, n_bytes, MSG_DONTWAIT | MSG_NOSIGNAL, to, to_bytes) >= 0)
			return true;
		if (errno !=
			ECONNREFUSED) /* what an earlier datagram met: this one is not sent yet */
			break;
		s->refused++;
	}
	s->send_failures++;
	return io_error_set(error, "cannot send: %s", strerror(errno));
}

bool udp_send(struct udp_socket *s, const void *bytes, size_t n_bytes, struct io_error *error)
{
	assert(s->target.n_bytes > 0);
	if (s->is_connected)
		return send_bytes(s, NULL, 0, bytes, n_bytes, error);
	return udp_send_to(s, &s->target, bytes, n_bytes, error);
}

bool udp_send_to(struct udp_socket *s, const struct udp_address *to, const void *bytes,
	size_t n_bytes, struct io_error *error)
{
	union any_address sockaddr = sockaddr_of(to);
	socklen_t to_bytes = to->n_bytes;
	if (s->is_dual_stack && sockaddr.any.sa_family == AF_INET)
		to_bytes = map_into_ipv6(&sockaddr);
	return send_bytes(s, &sockaddr.any, to_bytes, bytes, n_bytes, error);
}

static int64_t arrival_us_of(struct msghdr *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
			struct timespec stamp;
			memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
			return monotonic_from_realtime_ns(
				(int64_t)stamp.tv_sec * INT64_C(1000000000) + stamp.tv_nsec);
		}
	}
	return monotonic_now_us();
}

static int poll_until(struct pollfd *polled, size_t n_polled, int64_t timeout_us)
{
	const int64_t wait_us = timeout_us > 0 ? timeout_us : 0;
	const struct timespec wait = { .tv_sec = (time_t)(wait_us / US_PER_SECOND),
		.tv_nsec = (long)(wait_us % US_PER_SECOND * 1000) };
	return ppoll(polled, (nfds_t)n_polled, &wait, NULL);
}

enum udp_result udp_receive(struct udp_socket *s, void *bytes, size_t n_bytes_max,
	struct udp_arrival *arrival, int64_t timeout_us)
{
	struct pollfd polled = { .fd = s->fd, .events = POLLIN };
	if (timeout_us > 0 && poll_until(&polled, 1, timeout_us) <= 0)
		return UDP_NOTHING; /* nothing came, or a signal */

	union any_address peer = { .ipv6 = { .sin6_family = AF_UNSPEC } };
	union {
		struct cmsghdr aligned;
		char bytes[CMSG_SPACE(sizeof(struct timespec)) + 64];
	} control;
	struct iovec part = { .iov_base = bytes, .iov_len = n_bytes_max };
	struct msghdr message = { .msg_name = &peer,
		.msg_namelen = sizeof peer,
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control };

	const ssize_t n_bytes = recvmsg(s->fd, &message, MSG_DONTWAIT);
	if (n_bytes < 0) {
		if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
			return UDP_NOTHING;
		if (errno == ECONNREFUSED) {
			s->refused++;
			return UDP_NOTHING;
		}
		s->receive_failures++;
		return UDP_FAILED;
	}
	*arrival = (struct udp_arrival){ .n_bytes = (size_t)n_bytes,
		.arrival_us = arrival_us_of(&message),
		.peer = address_of(&peer, message.msg_namelen),
		.is_truncated = (message.msg_flags & MSG_TRUNC) != 0 };
	return UDP_RECEIVED;
}

unsigned udp_wait(const struct udp_socket *const sockets[], size_t n_sockets, int64_t timeout_us)
{
	struct pollfd polled[UDP_SOCKETS_MAX];
	unsigned readable = 0;

	assert(n_sockets <= UDP_SOCKETS_MAX);
	for (size_t i = 0; i < n_sockets; i++)
		polled[i] = (struct pollfd){ .fd = sockets[i]->fd, .events = POLLIN };
	if (poll_until(polled, n_sockets, timeout_us) <= 0)
		return 0;
	for (size_t i = 0; i < n_sockets; i++)
		if (polled[i].revents)
			readable |= 1U << i;
	return readable;
}
