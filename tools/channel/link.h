/* A one-way link: a channel and the datagrams in flight on it, which leave by departure time and,
 * at the same time, in the order they came.
 *
 *     link_send() -> channel: fate -> slots in flight -> link_receive()
 *
 * The relay drives it by the clock, the simulator by its own time; so it is pure: the time is the
 * last argument, and all memory is given at init. One owner, one thread. */
#ifndef HINDSIGHT_TOOLS_CHANNEL_LINK_H
#define HINDSIGHT_TOOLS_CHANNEL_LINK_H

#include "common/base/status.h"
#include "tools/channel/channel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link_slot;

struct link { /* private to link.c */
	struct channel channel;
	size_t n_slots;
	size_t slot_bytes;
	size_t n_queued; /* slots in flight: the first of `order` */
	uint64_t n_sent; /* copies ever in flight; breaks ties */
	struct link_slot *slots;
	uint32_t *order; /* slot numbers: a heap of those in flight, then the free ones */
	uint8_t *bytes;
};

/* What came out at the far end. */
struct link_delivery {
	const uint8_t *bytes; /* the link's, valid until the next link_send() */
	size_t n_bytes;
	uint64_t n; /* the packet's number, as in its fate */
	int64_t departure_us;
};

/* How many bytes of memory a link needs that holds n_datagrams in flight, of at most
 * datagram_bytes each. For every limit of a specification to count, n_datagrams is the limit plus
 * one: as in netem a last packet's copy may exceed the limit. */
size_t link_bytes(size_t n_datagrams, size_t datagram_bytes);

/* memory: the caller's, link_bytes() of it, aligned as malloc() does it, kept as long as the link.
 * It is touched only as far as it is used. STATUS_BAD_CONFIG: n_datagrams is not 2..2^32-1. */
enum status link_init(struct link *link, void *memory, size_t n_datagrams, size_t datagram_bytes,
	const struct channel_spec *spec, uint64_t seed);

/* Another specification for what is sent from now on. */
void link_set_spec(struct link *link, const struct channel_spec *spec);

/* A datagram of at most datagram_bytes enters; *fate tells what becomes of it. A link without room
 * for a packet and its copy has reached its limit. now_us never goes back. */
void link_send(struct link *link, const void *bytes, size_t n_bytes, int64_t now_us,
	struct channel_fate *fate);

/* The same with a fate that somebody else has decided: a trace. There is room for its copies. */
void link_carry(
	struct link *link, const void *bytes, size_t n_bytes, const struct channel_fate *fate);

/* When the next datagram leaves; INT64_MAX while none is in flight. */
int64_t link_next_departure_us(const struct link *link);

/* Takes the next datagram that has left by now. False: none has. */
bool link_receive(struct link *link, struct link_delivery *delivery, int64_t now_us);

/* Datagrams in flight. */
size_t link_queued(const struct link *link);

#endif
