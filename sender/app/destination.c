#include "sender/app/destination.h"

#include "common/base/units.h"

#include <errno.h>
#include <string.h>

/* How long an address is tried at least, at a refusal, and at most without an answer. */
#define TRIED_US_MIN (300 * US_PER_MS)
#define TRIED_US_MAX (2 * US_PER_SECOND)

enum {
	FAILED_ENOUGH = 3, /* datagrams in a row that the network did not take */
	REFUSED_ENOUGH = 2
};

bool destination_open(struct destination *d, const struct cli_endpoint *to, const char *interface,
	int ttl, struct io_error *error)
{
	memset(d, 0, sizeof *d);
	d->socket.fd = -1;
	d->n_addresses =
		udp_resolve_all(d->addresses, DESTINATION_ADDRESSES_MAX, to->host, to->port, error);
	if (d->n_addresses == 0)
		return false;
	d->is_group = udp_address_is_multicast(&d->addresses[0]);
	if (d->is_group)
		d->n_addresses = 1;
	return udp_open_sender_to(&d->socket, &d->addresses[0], interface, ttl, error);
}

bool destination_send(struct destination *d, const void *bytes, size_t n_bytes, bool is_sound)
{
	const bool is_taken = udp_send(&d->socket, bytes, n_bytes, NULL);

	if (!is_taken) {
		atomic_store_explicit(&d->failure, errno, memory_order_relaxed);
		atomic_fetch_add_explicit(&d->n_failed_in_row, 1, memory_order_relaxed);
		return false;
	}
	atomic_store_explicit(&d->n_failed_in_row, 0, memory_order_relaxed);
	if (is_sound)
		atomic_fetch_add_explicit(&d->n_taken, 1, memory_order_relaxed);
	return true;
}

void destination_on_answer(struct destination *d)
{
	d->has_answered = true;
	d->n_tried_in_silence = 0;
	atomic_fetch_add_explicit(&d->n_answers, 1, memory_order_relaxed);
}

static void go_on(struct destination *d, int64_t now_us)
{
	const size_t at = atomic_load_explicit(&d->at, memory_order_relaxed);
	const size_t next = (at + 1) % d->n_addresses;

	/* One that cannot be sent to at all counts as tried. */
	if (!udp_change_target(&d->socket, &d->addresses[next], NULL))
		d->socket.send_failures++;
	d->since_us = now_us;
	d->refused_before = d->socket.refused;
	d->has_answered = false;
	atomic_store_explicit(&d->at, next, memory_order_relaxed);
}

void destination_advance(struct destination *d, int64_t now_us)
{
	if (d->n_addresses < 2)
		return;
	if (d->since_us == 0)
		d->since_us = now_us;
	const int64_t tried_us = now_us - d->since_us;
	const bool is_refused = d->socket.refused - d->refused_before >= REFUSED_ENOUGH;
	const bool is_failed =
		atomic_load_explicit(&d->n_failed_in_row, memory_order_relaxed) >= FAILED_ENOUGH;

	if ((is_refused || is_failed) && tried_us >= TRIED_US_MIN) {
		go_on(d, now_us);
	} else if (!d->has_answered && tried_us >= TRIED_US_MAX &&
		   d->n_tried_in_silence < d->n_addresses) {
		d->n_tried_in_silence++;
		go_on(d, now_us);
	}
}

struct destination_view destination_view(const struct destination *d)
{
	return (struct destination_view){
		.at = atomic_load_explicit(&d->at, memory_order_relaxed),
		.n_taken = atomic_load_explicit(&d->n_taken, memory_order_relaxed),
		.n_answers = atomic_load_explicit(&d->n_answers, memory_order_relaxed),
		.n_refused = d->socket.refused,
		.n_moves = d->socket.reconnects,
		.n_failed_in_row = atomic_load_explicit(&d->n_failed_in_row, memory_order_relaxed),
		.failure = atomic_load_explicit(&d->failure, memory_order_relaxed),
	};
}

void destination_close(struct destination *d)
{
	if (d->n_addresses > 0) /* it was opened */
		udp_close(&d->socket);
}
