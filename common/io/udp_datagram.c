#include "common/io/udp.h"

#include "common/io/monotonic.h"
#include "common/io/udp_connection.h"
#include "common/io/udp_sockaddr.h"
#include "common/base/units.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
	/* A socket holds one pending ICMP error; another may come in while that is told. */
	SEND_ATTEMPTS_MAX = 3
};

/* Whether another attempt from another address could fare better. */
static bool is_about_the_way(int why)
{
	return why != EAGAIN && why != EWOULDBLOCK && why != ENOBUFS && why != EMSGSIZE &&
	       why != EINTR;
}

static bool give_up(struct udp_socket *s, struct io_error *error)
{
	s->send_failures++;
	return io_error_set(error, "cannot send: %s", strerror(errno));
}

static bool attempt(struct udp_socket *s, const struct msghdr *message)
{
	for (int i = 0; i < SEND_ATTEMPTS_MAX; i++) {
		if (sendmsg(s->fd, message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
			return true;
		if (errno != ECONNREFUSED)
			return false;
		s->refused++; /* what an earlier datagram met: this one is not sent yet */
	}
	return false;
}

bool udp_send(struct udp_socket *s, const void *bytes, size_t n_bytes, struct io_error *error)
{
	struct iovec part = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = n_bytes };
	union udp_sockaddr sockaddr = udp_sockaddr_of(&s->target);
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	const bool is_group = udp_address_is_multicast(&s->target);

	assert(s->target.n_bytes > 0);
	if (is_group) {
		message.msg_name = &sockaddr;
		message.msg_namelen = s->target.n_bytes;
	}
	if (is_group || s->is_connected) {
		if (attempt(s, &message))
			return true;
		if (!is_about_the_way(errno))
			return give_up(s, error);
	}
	if (!udp_connect_anew(s) || !attempt(s, &message))
		return give_up(s, error);
	s->reconnects++;
	return true;
}

/* The address that the datagram is to come from, for sendmsg(). */
union udp_origin {
	struct cmsghdr aligned;
	char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

static void set_origin(
	struct msghdr *message, union udp_origin *origin, const union udp_sockaddr *from)
{
	memset(origin, 0, sizeof *origin);
	message->msg_control = origin;
	message->msg_controllen = sizeof *origin;
	struct cmsghdr *const c = CMSG_FIRSTHDR(message);
	if (from->any.sa_family == AF_INET6) {
		const struct in6_pktinfo info = { .ipi6_addr = from->ipv6.sin6_addr,
			.ipi6_ifindex = from->ipv6.sin6_scope_id };
		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof info);
		memcpy(CMSG_DATA(c), &info, sizeof info);
	} else {
		const struct in_pktinfo info = { .ipi_spec_dst = from->ipv4.sin_addr };
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof info);
		memcpy(CMSG_DATA(c), &info, sizeof info);
	}
	message->msg_controllen = CMSG_SPACE(c->cmsg_len - CMSG_LEN(0));
}

bool udp_send_to(struct udp_socket *s, const struct udp_address *to, const struct udp_address *from,
	const void *bytes, size_t n_bytes, struct io_error *error)
{
	union udp_sockaddr sockaddr = udp_sockaddr_of(to), own;
	union udp_origin origin;
	struct iovec part = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = n_bytes };
	struct msghdr message = {
		.msg_name = &sockaddr, .msg_namelen = to->n_bytes, .msg_iov = &part, .msg_iovlen = 1
	};
	const bool is_mapped = s->is_dual_stack && sockaddr.any.sa_family == AF_INET;

	if (is_mapped)
		message.msg_namelen = udp_sockaddr_map_into_ipv6(&sockaddr);
	if (from && from->n_bytes > 0) {
		own = udp_sockaddr_of(from);
		if (is_mapped && own.any.sa_family == AF_INET)
			(void)udp_sockaddr_map_into_ipv6(&own);
		set_origin(&message, &origin, &own);
		if (attempt(s, &message))
			return true;
		if (!is_about_the_way(errno))
			return give_up(s, error);
		message.msg_control = NULL; /* that address is ours no more */
		message.msg_controllen = 0;
	}
	return attempt(s, &message) || give_up(s, error);
}

/* What the kernel says beside the bytes: when they came, and to which of our addresses. */
static void take_control(struct msghdr *message, struct udp_arrival *arrival)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		union udp_sockaddr local = { .ipv6 = { .sin6_family = AF_UNSPEC } };
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
			struct timespec stamp;
			memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
			arrival->arrival_us = monotonic_from_realtime_ns(
				(int64_t)stamp.tv_sec * INT64_C(1000000000) + stamp.tv_nsec);
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;
			memcpy(&info, CMSG_DATA(c), sizeof info);
			local.ipv6.sin6_family = AF_INET6;
			local.ipv6.sin6_addr = info.ipi6_addr;
			if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
				local.ipv6.sin6_scope_id = (uint32_t)info.ipi6_ifindex;
			arrival->local = udp_address_of(&local, sizeof local.ipv6);
		} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;
			memcpy(&info, CMSG_DATA(c), sizeof info);
			local.ipv4.sin_family = AF_INET;
			local.ipv4.sin_addr = info.ipi_addr;
			arrival->local = udp_address_of(&local, sizeof local.ipv4);
		}
	}
	if (udp_address_is_multicast(&arrival->local))
		arrival->local.n_bytes = 0; /* nothing is sent from there */
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

	union udp_sockaddr peer = { .ipv6 = { .sin6_family = AF_UNSPEC } };
	union {
		struct cmsghdr aligned;
		char bytes[CMSG_SPACE(sizeof(struct timespec)) +
			   CMSG_SPACE(sizeof(struct in6_pktinfo)) +
			   CMSG_SPACE(sizeof(struct in_pktinfo)) + 64];
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
		.arrival_us = monotonic_now_us(), /* where the kernel gives no stamp */
		.peer = udp_address_of(&peer, message.msg_namelen),
		.is_truncated = (message.msg_flags & MSG_TRUNC) != 0 };
	take_control(&message, arrival);
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
