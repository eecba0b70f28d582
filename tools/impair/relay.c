#include "tools/impair/relay.h"

#include "common/io/monotonic.h"

#include <stdlib.h>
#include <string.h>

enum {
	BURST = 64 /* datagrams taken in a row, before departures get their turn again */
};

/* A relay that sends to itself would fill the machine with one packet's copies. */
static bool sends_to_itself(const struct relay *relay, const struct cli_endpoint *listen)
{
	char to[UDP_ADDRESS_TEXT_BYTES];
	struct udp_address own;
	const uint16_t own_port = udp_port(&relay->listener);
	if (udp_address_port(&relay->forward.target) != own_port)
		return false;
	udp_address_text(&relay->forward.target, to);
	if (strncmp(to, "127.", 4) == 0 || strncmp(to, "[::1]", 5) == 0)
		return true;
	return *listen->host != '\0' && udp_resolve(&own, listen->host, own_port, NULL) &&
	       udp_address_equal(&own, &relay->forward.target);
}

bool relay_open(struct relay *relay, const struct relay_config *config, struct io_error *error)
{
	const struct cli_endpoint *const listen = &config->listen;
	struct io_error why;
	memset(relay, 0, sizeof *relay);
	relay->listener.fd = -1;
	relay->forward.fd = -1;
	if (!udp_open_receiver(&relay->listener, *listen->host ? listen->host : NULL, listen->port,
		    NULL, &why))
		return io_error_set(error, "--listen %s", why.text);
	if (!udp_open_sender(
		    &relay->forward, config->to.host, config->to.port, NULL, UDP_TTL_DEFAULT, &why))
		return io_error_set(error, "--to %s", why.text);
	if (sends_to_itself(relay, listen))
		return io_error_set(error, "--to %s: port %u is this relay's own, choose another",
			config->to.host, config->to.port);

	/* Untouched pages cost nothing: much address space, little memory. */
	const size_t n_queued_max = config->spec.limit_packets < RELAY_QUEUE_MAX
					    ? config->spec.limit_packets
					    : RELAY_QUEUE_MAX;
	const size_t n_datagrams = n_queued_max + CHANNEL_COPIES_MAX;
	relay->link_memory = malloc(link_bytes(n_datagrams, RELAY_DATAGRAM_BYTES));
	relay->datagram = malloc(RELAY_DATAGRAM_BYTES);
	if (!relay->link_memory || !relay->datagram)
		return io_error_set(error, "no memory for a queue of %zu packets", n_queued_max);
	link_init(&relay->link, relay->link_memory, n_datagrams, RELAY_DATAGRAM_BYTES,
		&config->spec, config->seed);
	return true;
}

static void count_fate(struct relay_counters *counters, const struct channel_fate *fate)
{
	counters->packets++;
	counters->delivered += fate->outcome == CHANNEL_DELIVERED;
	counters->lost += fate->outcome == CHANNEL_LOST;
	counters->limited += fate->outcome == CHANNEL_LIMITED;
	counters->duplicated += fate->n_copies == 2;
	counters->corrupted += fate->is_corrupted;
	counters->reordered += fate->is_reordered;
}

static bool take_arrivals(struct relay *relay, struct io_error *error)
{
	struct udp_arrival arrival;
	for (int i = 0; i < BURST; i++) {
		if (udp_receive(&relay->listener, relay->datagram, RELAY_DATAGRAM_BYTES, &arrival,
			    0) != UDP_RECEIVED)
			return true;
		struct channel_fate fate;
		relay->client = arrival.peer;
		relay->called = arrival.local;
		/* A wall clock that is set moves the kernel's time stamps: never back here. */
		if (arrival.arrival_us > relay->latest_arrival_us)
			relay->latest_arrival_us = arrival.arrival_us;
		link_send(&relay->link, relay->datagram, arrival.n_bytes, relay->latest_arrival_us,
			&fate);
		count_fate(&relay->counters, &fate);
		if (!fate_log_write(&relay->log, &fate, relay->datagram, arrival.n_bytes,
			    relay->latest_arrival_us, error))
			return false;
	}
	return true;
}

static void let_leave(struct relay *relay)
{
	struct relay_counters *const counters = &relay->counters;
	struct link_delivery delivery;
	int64_t now_us = monotonic_now_us();
	while (link_receive(&relay->link, &delivery, now_us)) {
		const int64_t lateness_us = now_us - delivery.departure_us;
		udp_send(&relay->forward, delivery.bytes, delivery.n_bytes, NULL); /* counts */
		counters->departures++;
		counters->lateness_us += lateness_us;
		if (lateness_us > counters->lateness_max_us)
			counters->lateness_max_us = lateness_us;
		if (delivery.n < relay->highest_left)
			counters->overtaken++;
		else
			relay->highest_left = delivery.n;
		now_us = monotonic_now_us();
	}
}

static void return_answers(struct relay *relay)
{
	struct udp_arrival arrival;
	for (int i = 0; i < BURST; i++) {
		if (udp_receive(&relay->forward, relay->datagram, RELAY_DATAGRAM_BYTES, &arrival,
			    0) != UDP_RECEIVED)
			return;
		if (relay->client.n_bytes == 0) {
			relay->counters.stray++;
			continue;
		}
		relay->counters.returned++;
		udp_send_to(&relay->listener, &relay->client, &relay->called, relay->datagram,
			arrival.n_bytes, NULL);
	}
}

bool relay_step(struct relay *relay, int64_t until_us, struct io_error *error)
{
	const struct udp_socket *const sockets[] = { &relay->listener, &relay->forward };
	let_leave(relay);
	const int64_t next_us = link_next_departure_us(&relay->link);
	const int64_t wake_us = next_us < until_us ? next_us : until_us;
	const int64_t wait_us = wake_us - monotonic_now_us();
	const unsigned readable = udp_wait(sockets, 2, wait_us > 0 ? wait_us : 0);
	if (readable & 2)
		return_answers(relay);
	return !(readable & 1) || take_arrivals(relay, error);
}

void relay_close(struct relay *relay)
{
	udp_close(&relay->listener);
	udp_close(&relay->forward);
	free(relay->link_memory);
	free(relay->datagram);
	relay->link_memory = NULL;
	relay->datagram = NULL;
}
