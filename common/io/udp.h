/* UDP sockets: the only socket code.
 *
 *     sender    udp_open_sender(host, port)     sends to one target; reports come back on it
 *     receiver  udp_open_receiver([host,] port) takes from anyone; answers by udp_send_to()
 *     relay     one of each, and udp_wait() on both
 *
 * IPv4, IPv6, names, unicast and multicast (the group is a host too). The arrival time is the
 * kernel's time stamp, so it does not contain how late this thread woke up.
 * A network that refuses, drops or is away is everyday life: it is counted, never fatal. So is one
 * that moves: a sender connects again when its own address or its interface has changed, a receiver
 * answers from the address that was called, and joins its group again.
 * Thread: one thread may send while another receives; the counters may be read by any.
 * Owner: the caller holds the struct and closes it. */
#ifndef HINDSIGHT_COMMON_IO_UDP_H
#define HINDSIGHT_COMMON_IO_UDP_H

#include "common/io/io_error.h"
#include "common/io/udp_address.h"
#include "common/io/udp_group.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	UDP_TTL_DEFAULT = -1, /* multicast 1 (this link only), unicast the system's */
	UDP_SOCKETS_MAX = 8   /* that udp_wait() watches at once */
};

struct udp_socket {
	int fd;			   /* readable when a datagram is there; for poll() beside others */
	struct udp_address target; /* of a sender; n_bytes 0 in a receiver */
	char interface[UDP_INTERFACE_BYTES]; /* of a sender, as it was asked for; "": none */
	int ttl;
	bool is_connected;	     /* the kernel knows the target and filters the peers by it */
	bool is_dual_stack;	     /* an IPv6 socket that takes IPv4 as well */
	struct udp_group group;	     /* of a receiver; address.n_bytes 0: none */
	_Atomic uint64_t reconnects; /* of a sender: its own end or its way has changed */
	_Atomic uint64_t refused;    /* "port unreachable" (ICMP): nobody listens there, yet */
	_Atomic uint64_t send_failures; /* datagrams the system did not take, by udp_send() alone */
	_Atomic uint64_t receive_failures; /* errors other than those */
};

/* What udp_receive() learned besides the bytes. */
struct udp_arrival {
	size_t n_bytes;		  /* in the buffer; 0 is a valid datagram */
	int64_t arrival_us;	  /* monotonic, from the kernel's receive time stamp */
	struct udp_address peer;  /* who sent it */
	struct udp_address local; /* to which of our addresses; n_bytes 0: unknown, or a group's */
	bool is_truncated;	  /* it was longer than the buffer: the rest is lost */
};

enum udp_result {
	UDP_RECEIVED, /* *arrival is written */
	UDP_NOTHING,  /* timed out, a signal came, or the peer refused what was sent to it */
	UDP_FAILED    /* the socket is broken; counted, and the caller may try again later */
};

/* A socket that sends to the target from a port of the system's choice, and receives what comes
 * back. A unicast target alone is heard on it; a multicast target's members answer from their own
 * addresses, so there everyone is. interface: a name such as "eth0" for multicast and link-local
 * addresses, or NULL for the system's choice. ttl: 0..255 (0: multicast stays on this machine), or
 * UDP_TTL_DEFAULT. Asks for expedited forwarding (DSCP 46), as voice does. Where there is no route
 * to the target it opens all the same, and udp_send() looks for one each time.
 * False: *socket is closed, *error names the target, interface or number and what is wrong. */
bool udp_open_sender_to(struct udp_socket *socket, const struct udp_address *target,
	const char *interface, int ttl, struct io_error *error);

/* The same to host:port, the first address of the host's. */
bool udp_open_sender(struct udp_socket *socket, const char *host, uint16_t port,
	const char *interface, int ttl, struct io_error *error);

/* A sender's next datagrams go to another unicast target of the same family or not; the counts
 * remain. False: the socket stays as it was, *error says why. */
bool udp_change_target(
	struct udp_socket *socket, const struct udp_address *target, struct io_error *error);

/* A socket bound to host:port, or to all IPv6 and IPv4 addresses where host is NULL. A multicast
 * host is joined (on `interface`, or the system's choice where NULL) and may be bound several
 * times on a machine, and beside one that is bound to the machine's own addresses. Where it cannot
 * be joined yet, socket->group.is_joined is false; see udp_rejoin(). Port 0: one of the system's
 * choice, told by udp_port().
 * False: *socket is closed, *error says why ("port 5004: Address already in use"). */
bool udp_open_receiver(struct udp_socket *socket, const char *host, uint16_t port,
	const char *interface, struct io_error *error);

/* A receiver of a group, about once a second: joins it where it is not a member any more, because
 * the interface was made anew, or could not be one before. True: it has just joined. */
bool udp_rejoin(struct udp_socket *socket);

/* A sender, about once a second: where this machine's way to the target begins at another address
 * now (another network, a new lease), connects again from there. udp_send() does so by itself where
 * the system refuses a datagram; it takes those of an IPv6 address that has gone. True: it has. */
bool udp_follow_route(struct udp_socket *socket);

/* A port of 127.0.0.1 that nobody has at present, for a program that is about to be started;
 * another one may take it before. False: *error says why. */
bool udp_free_port(uint16_t *port, struct io_error *error);

/* Closing twice, or what did not open, does nothing. */
void udp_close(struct udp_socket *socket);

/* The local port. */
uint16_t udp_port(const struct udp_socket *socket);

/* This machine's address on the way to a sender's target; its port means nothing. False where there
 * is no way. */
bool udp_local_address(const struct udp_socket *socket, struct udp_address *local);

/* Sends one datagram to the sender's target; never waits. False: not sent, counted in
 * send_failures; *error (may be NULL) says why. A refusal by an earlier datagram's ICMP answer is
 * counted in `refused` and does not keep this one from being sent; nor does an address of our own
 * that has gone, where there is another. */
bool udp_send(struct udp_socket *socket, const void *bytes, size_t n_bytes, struct io_error *error);

/* The same to any address, from a receiver (an answer to arrival.peer, from arrival.local). from:
 * NULL or n_bytes 0 for the system's choice, which is made, too, where it is ours no more. An IPv4
 * address is fine on a dual-stack socket. */
bool udp_send_to(struct udp_socket *socket, const struct udp_address *to,
	const struct udp_address *from, const void *bytes, size_t n_bytes, struct io_error *error);

/* Takes one datagram into `bytes`, straight into a ring's slot if that is what it points to.
 * timeout_us: how long to wait, 0 not at all. A signal ends the wait with UDP_NOTHING. */
enum udp_result udp_receive(struct udp_socket *socket, void *bytes, size_t n_bytes_max,
	struct udp_arrival *arrival, int64_t timeout_us);

/* Waits until one of the sockets can be received from, the time is over or a signal comes.
 * Returns a bit for each that can (1 << index), 0 for none. n_sockets <= UDP_SOCKETS_MAX. */
unsigned udp_wait(const struct udp_socket *const sockets[], size_t n_sockets, int64_t timeout_us);

#endif
