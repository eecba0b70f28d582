/* Datagrams on probation: a stream is believed only when some of its packets have come in sequence
 * (RFC 3550, A.1), and then those before the last one are played, too. They wait here.
 * Pure; memory inside the struct. Owner: recv_stream. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_ARRIVAL_WAITING_H
#define HINDSIGHT_RECEIVER_ARRIVAL_WAITING_H

#include <stddef.h>
#include <stdint.h>

enum {
	WAITING_MAX = 4,
	WAITING_BYTES_MAX = 2048 /* of a datagram; no shorter than recv_stream takes */
};

struct waiting_datagram {
	int64_t arrival_us;
	size_t n_bytes;
	uint8_t bytes[WAITING_BYTES_MAX];
};

struct waiting {
	int n_datagrams;
	struct waiting_datagram datagrams[WAITING_MAX]; /* in sequence */
};

/* Keeps a copy of the datagram, n_bytes <= WAITING_BYTES_MAX, as the last of n_in_sequence >= 1; those
 * that were not of this sequence, or have no room, are dropped: how many. */
int waiting_keep(struct waiting *w, const uint8_t *datagram, size_t n_bytes, int64_t arrival_us,
	int n_in_sequence);

/* Drops those that have waited for more than 200 ms: they are no beginning of what follows. How many. */
int waiting_drop_old(struct waiting *w, int64_t now_us);

#endif
