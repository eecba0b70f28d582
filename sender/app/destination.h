/* Where the stream goes: the addresses of one host, of which one is sent to at a time.
 *
 *     a network that takes nothing, a refusal       the next address
 *     no answer for 2 s, to a host never heard      the next address, once through all of them
 *     an answer, or one address alone               stay
 *
 * Whoever has answered is not left for being silent: the way back alone may be cut. Where a name has
 * several addresses and none of them answers, the first one is sent to.
 * Thread: the send thread, but for destination_view(). Owner: the caller holds the struct. */
#ifndef HINDSIGHT_SENDER_APP_DESTINATION_H
#define HINDSIGHT_SENDER_APP_DESTINATION_H

#include "common/app/cli.h"
#include "common/io/udp.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DESTINATION_ADDRESSES_MAX = 8 };

struct destination { /* private to destination.c, but for the socket and the addresses */
	struct udp_socket socket;
	struct udp_address addresses[DESTINATION_ADDRESSES_MAX]; /* set before threads start */
	size_t n_addresses;
	int64_t since_us; /* when the present address was taken */
	uint64_t refused_before;
	size_t n_tried_in_silence;
	bool has_answered;
	bool is_group;
	atomic_size_t at;
	atomic_uint_fast64_t n_taken, n_answers;
	atomic_uint n_failed_in_row;
	atomic_int failure; /* errno of the last one */
};

/* What the main thread may know. */
struct destination_view {
	size_t at;		  /* of addresses[] */
	uint64_t n_taken;	  /* datagrams of sound that the network took */
	uint64_t n_answers;	  /* reports from there */
	uint64_t n_refused;	  /* "port unreachable" */
	uint64_t n_moves;	  /* times that our own end or the way has changed */
	unsigned n_failed_in_row; /* datagrams that the network did not take, up to now */
	int failure;		  /* errno of the last of them */
};

/* Asks the name server: before threads start. False: *error says why; nothing is open. */
bool destination_open(struct destination *d, const struct cli_endpoint *to, const char *interface,
	int ttl, struct io_error *error);

/* Sends a datagram; is_sound: it counts in n_taken. False: the network did not take it. */
bool destination_send(struct destination *d, const void *bytes, size_t n_bytes, bool is_sound);

/* A report has come from there. */
void destination_on_answer(struct destination *d);

/* With every frame: goes to another address where that is due. */
void destination_advance(struct destination *d, int64_t now_us);

/* Any thread. */
struct destination_view destination_view(const struct destination *d);

void destination_close(struct destination *d);

#endif
