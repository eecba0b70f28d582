/* The relay over loopback sockets: what goes in comes out, and what the target answers comes back.
 * Waits are bounded by seconds and nothing is asserted of times. */
#include "common/io/monotonic.h"
#include "tools/impair/relay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { PATIENCE_US = 5000000 };

struct line { /* client <-> relay <-> target */
	struct udp_socket client, target;
	struct relay relay;
};

static void open_line(struct line *line, const char *host, const char *text)
{
	struct io_error error = { "" };
	char message[CHANNEL_SPEC_MESSAGE_BYTES] = "";
	struct relay_config config = { .seed = 1 };
	assert_int_equal(
		channel_spec_parse(&config.spec, text, message, sizeof message), STATUS_OK);
	snprintf(config.listen.host, sizeof config.listen.host, "%s", host);
	snprintf(config.to.host, sizeof config.to.host, "%s", host);
	if (!udp_open_receiver(&line->target, host, 0, NULL, &error))
		fail_msg("%s", error.text);
	config.to.port = udp_port(&line->target);
	if (!relay_open(&line->relay, &config, &error))
		fail_msg("%s", error.text);
	if (!udp_open_sender(&line->client, host, udp_port(&line->relay.listener), NULL,
		    UDP_TTL_DEFAULT, &error))
		fail_msg("%s", error.text);
}

static void close_line(struct line *line)
{
	relay_close(&line->relay);
	udp_close(&line->client);
	udp_close(&line->target);
}

/* Runs the relay until the socket has a datagram. */
static void await(struct line *line, struct udp_socket *socket, void *bytes, size_t n_bytes_max,
	struct udp_arrival *arrival)
{
	const int64_t end_us = monotonic_now_us() + PATIENCE_US;
	while (monotonic_now_us() < end_us) {
		struct io_error error;
		assert_true(relay_step(&line->relay, monotonic_now_us() + 1000, &error));
		if (udp_receive(socket, bytes, n_bytes_max, arrival, 0) == UDP_RECEIVED)
			return;
	}
	fail_msg("nothing came within %d s", PATIENCE_US / 1000000);
}

static void test_both_ways(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "::1" };
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		static struct line line;
		struct udp_arrival arrival;
		char bytes[16];
		if (!udp_open_receiver(&line.target, hosts[i], 0, NULL, NULL)) {
			print_message("no %s on this machine: left out\n", hosts[i]);
			continue;
		}
		udp_close(&line.target);
		open_line(&line, hosts[i], "delay 1ms");
		assert_true(udp_send(&line.client, "there", 5, NULL));
		await(&line, &line.target, bytes, sizeof bytes, &arrival);
		assert_int_equal(arrival.n_bytes, 5);
		assert_memory_equal(bytes, "there", 5);
		assert_true(udp_send_to(&line.target, &arrival.peer, NULL, "back", 4, NULL));
		await(&line, &line.client, bytes, sizeof bytes, &arrival);
		assert_int_equal(arrival.n_bytes, 4);
		assert_memory_equal(bytes, "back", 4);
		assert_int_equal(line.relay.counters.packets, 1);
		assert_int_equal(line.relay.counters.delivered, 1);
		assert_int_equal(line.relay.counters.returned, 1);
		close_line(&line);
	}
}

/* A client that calls another of the relay's addresses hears that one alone. */
static void test_answers_come_from_where_it_was_called(void **state)
{
	static struct line line;
	struct udp_arrival arrival;
	char bytes[16];
	(void)state;
	open_line(&line, "127.0.0.1", "");
	const uint16_t port = udp_port(&line.relay.listener);
	udp_close(&line.relay.listener);
	udp_close(&line.client);
	assert_true(udp_open_receiver(&line.relay.listener, NULL, port, NULL, NULL));
	assert_true(udp_open_sender(&line.client, "127.0.0.2", port, NULL, UDP_TTL_DEFAULT, NULL));
	assert_true(udp_send(&line.client, "there", 5, NULL));
	await(&line, &line.target, bytes, sizeof bytes, &arrival);
	assert_true(udp_send_to(&line.target, &arrival.peer, NULL, "back", 4, NULL));
	await(&line, &line.client, bytes, sizeof bytes, &arrival);
	assert_memory_equal(bytes, "back", 4);
	close_line(&line);
}

static void test_every_size(void **state)
{
	static const size_t sizes[] = { 0, 1, 11, 12, 1200, 1473, 9000, 65507 };
	static struct line line;
	static uint8_t sent[65507], received[65536];
	(void)state;
	open_line(&line, "127.0.0.1", "");
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct udp_arrival arrival;
		memset(sent, (int)(0x80 + i), sizeof sent);
		assert_true(udp_send(&line.client, sent, sizes[i], NULL));
		await(&line, &line.target, received, sizeof received, &arrival);
		assert_int_equal(arrival.n_bytes, sizes[i]);
		assert_memory_equal(received, sent, sizes[i]);
	}
	close_line(&line);
}

/* Nobody listens at the target: the relay counts it and goes on. */
static void test_a_refusing_target(void **state)
{
	static struct line line;
	struct io_error error;
	(void)state;
	open_line(&line, "127.0.0.1", "");
	udp_close(&line.target);
	const int64_t end_us = monotonic_now_us() + PATIENCE_US;
	uint64_t n_sent = 0;
	while (line.relay.counters.packets < 20 && monotonic_now_us() < end_us) {
		udp_send(&line.client, "x", 1, NULL);
		n_sent++;
		assert_true(relay_step(&line.relay, monotonic_now_us() + 1000, &error));
	}
	assert_true(line.relay.counters.packets >= 20);
	assert_true(line.relay.counters.packets <= n_sent);
	close_line(&line);
}

static void test_refuses_itself_and_a_port_in_use(void **state)
{
	static struct line line;
	static struct relay second;
	struct relay_config config = { .seed = 1, .spec = { .limit_packets = 10 } };
	struct io_error error = { "" };
	(void)state;
	open_line(&line, "127.0.0.1", "");
	strcpy(config.listen.host, "127.0.0.1");
	strcpy(config.to.host, "127.0.0.1");
	config.listen.port = udp_port(&line.relay.listener);
	config.to.port = 9;
	assert_false(relay_open(&second, &config, &error));
	assert_non_null(strstr(error.text, "--listen"));
	relay_close(&second);
	close_line(&line);

	config.to.port = config.listen.port; /* free again by now */
	assert_false(relay_open(&second, &config, &error));
	assert_non_null(strstr(error.text, "own"));
	relay_close(&second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_answers_come_from_where_it_was_called),
		cmocka_unit_test(test_every_size),
		cmocka_unit_test(test_a_refusing_target),
		cmocka_unit_test(test_refuses_itself_and_a_port_in_use),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
