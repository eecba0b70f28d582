/* The address of a UDP peer: IPv4 or IPv6 with its port.
 * A plain value to copy, keep and compare. An IPv4 peer of an IPv6 socket is an IPv4 address here.
 * Thread: any. */
#ifndef HINDSIGHT_COMMON_IO_UDP_ADDRESS_H
#define HINDSIGHT_COMMON_IO_UDP_ADDRESS_H

#include "common/io/io_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	UDP_ADDRESS_BYTES = 28,	    /* sizeof(struct sockaddr_in6), the larger of the two */
	UDP_ADDRESS_TEXT_BYTES = 80 /* "[address%interface]:port" and the final zero */
};

struct udp_address {
	/* A struct sockaddr, private to udp_address.c and udp.c. */
	uint8_t bytes[UDP_ADDRESS_BYTES];
	uint32_t n_bytes; /* 0: none */
};

/* The first address of a host (name, IPv4, IPv6 with or without %interface) that this machine can
 * send to. May ask a name server, which can take seconds. False: *error says why. */
bool udp_resolve(
	struct udp_address *address, const char *host, uint16_t port, struct io_error *error);

/* The same for all of the host's addresses, in that order, but no more than fit. 0: unknown, with
 * why. */
size_t udp_resolve_all(struct udp_address *addresses, size_t n_addresses_max, const char *host,
	uint16_t port, struct io_error *error);

/* "192.0.2.1:5004", "[2001:db8::1]:5004"; an IPv4 peer of an IPv6 socket is told as IPv4. */
void udp_address_text(const struct udp_address *address, char text[UDP_ADDRESS_TEXT_BYTES]);

/* The address alone: "192.0.2.1", "2001:db8::1". */
void udp_address_host_text(const struct udp_address *address, char text[UDP_ADDRESS_TEXT_BYTES]);

bool udp_address_is_ipv6(const struct udp_address *address);

/* The same address and port (IPv4 within IPv6 is the same as IPv4). */
bool udp_address_equal(const struct udp_address *a, const struct udp_address *b);

/* The same address, whatever the ports. */
bool udp_address_host_equal(const struct udp_address *a, const struct udp_address *b);

bool udp_address_is_multicast(const struct udp_address *address);

uint16_t udp_address_port(const struct udp_address *address);

#endif
