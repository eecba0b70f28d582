/* A relay in real time: what comes to its port goes through a link to one target.
 *
 *     client ~~> listener -> link (delay, loss, ...) -> departure time -> forward ~~> target
 *     client <~~ listener <------------- unchanged, at once ------------- forward <~~ target
 *
 * The client is whoever sent last; answers go there, from the address that it sent to. Arrival times are the kernel's, so a
 * delay counts from when the packet came, not from when this thread woke up; how late packets leave
 * nevertheless is measured and reported. Owner: the program; one thread. */
#ifndef HINDSIGHT_TOOLS_IMPAIR_RELAY_H
#define HINDSIGHT_TOOLS_IMPAIR_RELAY_H

#include "common/app/cli.h"
#include "common/io/io_error.h"
#include "common/io/udp.h"
#include "tools/impair/fate_log.h"
#include "tools/channel/link.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	RELAY_QUEUE_MAX = 10000,     /* datagrams in flight, unless the limit is lower */
	RELAY_DATAGRAM_BYTES = 65536 /* no UDP datagram is longer */
};

struct relay_counters {
	uint64_t packets, delivered, lost, limited; /* packets = delivered + lost + limited */
	uint64_t duplicated, corrupted;
	uint64_t reordered;  /* left before a packet that came earlier */
	uint64_t overtaken;  /* left after one that came later: what a receiver calls reordered */
	uint64_t departures; /* copies that left, each with its lateness */
	int64_t lateness_us, lateness_max_us;
	uint64_t returned; /* answers, passed on to the client */
	uint64_t stray;	   /* answers while no client was known */
};

struct relay {
	struct udp_socket listener, forward;
	struct udp_address client; /* n_bytes 0: nobody sent yet */
	struct udp_address called; /* which of our addresses it sends to */
	struct link link;
	void *link_memory; /* the relay's */
	uint8_t *datagram; /* the one being received, the relay's */
	struct fate_log log;
	struct relay_counters counters;
	int64_t latest_arrival_us;
	uint64_t highest_left; /* of the numbers of the packets that left */
};

struct relay_config {
	struct cli_endpoint listen; /* host "": all addresses; port 0: of the system's choice */
	struct cli_endpoint to;
	struct channel_spec spec;
	uint64_t seed;
};

/* Opens both sockets and takes the memory. False: *error names the option and says what is wrong;
 * relay_close() is due all the same. */
bool relay_open(struct relay *relay, const struct relay_config *config, struct io_error *error);

/* Lets leave what is due, waits until something comes, something is due, a signal comes or
 * until_us, and takes what came. False: the log could not be written, *error says why. */
bool relay_step(struct relay *relay, int64_t until_us, struct io_error *error);

/* The log is closed by its own function, whose failure matters. */
void relay_close(struct relay *relay);

#endif
