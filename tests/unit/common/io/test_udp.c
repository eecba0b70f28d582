/* udp: real loopback sockets, IPv4 and IPv6, unicast and multicast. No test needs a network. */
#include "common/io/monotonic.h"
#include "common/io/udp.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

enum { WAIT_US = 2000000, DATAGRAM_BYTES_MAX = 1500 };

static bool has_ipv6(void)
{
	struct udp_socket probe;
	const bool has = udp_open_receiver(&probe, "::1", 0, NULL, NULL);
	udp_close(&probe);
	return has;
}

/* There and back between a sender and a receiver, with the peer's address. */
static void exchange(const char *listen_on, const char *send_to, const char *peer_begins_with)
{
	struct udp_socket receiver;
	struct udp_socket sender;
	struct udp_arrival arrival;
	struct io_error error = { "" };
	char bytes[DATAGRAM_BYTES_MAX];
	char text[UDP_ADDRESS_TEXT_BYTES];

	if (!udp_open_receiver(&receiver, listen_on, 0, NULL, &error))
		fail_msg("%s", error.text);
	assert_true(udp_port(&receiver) != 0);
	if (!udp_open_sender(&sender, send_to, udp_port(&receiver), NULL, UDP_TTL_DEFAULT, &error))
		fail_msg("%s", error.text);

	const int64_t sent_us = monotonic_now_us();
	assert_true(udp_send(&sender, "there", 5, &error));
	const struct udp_socket *const both[] = { &sender, &receiver };
	assert_int_equal(udp_wait(both, 2, WAIT_US), 1 << 1);
	assert_int_equal(
		udp_receive(&receiver, bytes, sizeof bytes, &arrival, WAIT_US), UDP_RECEIVED);
	const int64_t received_us = monotonic_now_us();

	assert_int_equal(arrival.n_bytes, 5);
	assert_memory_equal(bytes, "there", 5);
	assert_false(arrival.is_truncated);
	assert_in_range(arrival.arrival_us - sent_us + 1000, 0, received_us - sent_us + 1000);
	assert_int_equal(udp_address_port(&arrival.peer), udp_port(&sender));
	udp_address_text(&arrival.peer, text);
	assert_memory_equal(text, peer_begins_with, strlen(peer_begins_with));

	assert_true(udp_send_to(&receiver, &arrival.peer, &arrival.local, "back", 4, &error));
	assert_int_equal(
		udp_receive(&sender, bytes, sizeof bytes, &arrival, WAIT_US), UDP_RECEIVED);
	assert_int_equal(arrival.n_bytes, 4);
	assert_true(udp_address_equal(&arrival.peer, &sender.target));

	udp_close(&sender);
	udp_close(&receiver);
	udp_close(&receiver); /* twice does nothing */
}

/* RFC 2474, 3: the six upper bits of the byte are the DSCP, 46 for voice (RFC 3246). */
static void test_voice_is_marked(void **state)
{
	enum { EXPEDITED_FORWARDING = 46 << 2 };
	static const struct {
		const char *host;
		int level, option;
	} rows[] = {
		{ "127.0.0.1", IPPROTO_IP, IP_TOS }, { "239.255.77.1", IPPROTO_IP, IP_TOS },
		{ "::1", IPPROTO_IPV6, IPV6_TCLASS },
		{ "::1", IPPROTO_IP, IP_TOS }, /* of the IPv4 datagrams of a socket for both */
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct udp_socket sender;
		int value = -1;
		socklen_t n_bytes = sizeof value;
		if (strchr(rows[i].host, ':') && !has_ipv6())
			continue;
		assert_true(
			udp_open_sender(&sender, rows[i].host, 5004, NULL, UDP_TTL_DEFAULT, NULL));
		assert_int_equal(
			getsockopt(sender.fd, rows[i].level, rows[i].option, &value, &n_bytes), 0);
		if (value != EXPEDITED_FORWARDING)
			fail_msg("%s, option %d: traffic class %d, not %d", rows[i].host,
				rows[i].option, value, EXPEDITED_FORWARDING);
		udp_close(&sender);
	}
}

static void test_exchange(void **state)
{
	(void)state;
	exchange("127.0.0.1", "127.0.0.1", "127.0.0.1:");
	exchange(NULL, "127.0.0.1", "127.0.0.1:"); /* IPv4 on a socket for both */
	exchange("localhost", "localhost", "");
	if (has_ipv6()) {
		exchange("::1", "::1", "[::1]:");
		exchange(NULL, "::1", "[::1]:");
	}
}

/* The stamp is the arrival's, however long the datagram lay in the socket. The kernel begins to
 * stamp only a moment after the first socket asked for it, and until then says when the datagram
 * was read: the first ones do not count. */
static void test_arrival_is_when_it_came(void **state)
{
	(void)state;
	struct udp_socket receiver;
	struct udp_socket sender;
	struct udp_arrival arrival;
	char bytes[DATAGRAM_BYTES_MAX];

	assert_true(udp_open_receiver(&receiver, "127.0.0.1", 0, NULL, NULL));
	assert_true(udp_open_sender(
		&sender, "127.0.0.1", udp_port(&receiver), NULL, UDP_TTL_DEFAULT, NULL));
	bool stamped = false;
	for (int attempt = 0; attempt < 20 && !stamped; attempt++) {
		assert_true(udp_send(&sender, "a", 1, NULL));
		monotonic_sleep_until_us(monotonic_now_us() + 100000);
		const int64_t taken_us = monotonic_now_us();
		assert_int_equal(
			udp_receive(&receiver, bytes, sizeof bytes, &arrival, 0), UDP_RECEIVED);
		stamped = arrival.arrival_us <= taken_us - 50000; /* it lay there for 100 ms */
	}
	assert_true(stamped);
	udp_close(&sender);
	udp_close(&receiver);
}

static void test_lengths(void **state)
{
	(void)state;
	static const struct {
		size_t n_sent, n_buffer, n_received;
		bool is_truncated;
	} rows[] = {
		{ 0, 100, 0, false },
		{ 1, 100, 1, false },
		{ 100, 100, 100, false },
		{ 101, 100, 100, true },
		{ 1400, 100, 100, true },
		{ 1, 0, 0, true },
	};
	struct udp_socket receiver;
	struct udp_socket sender;
	static char sent[DATAGRAM_BYTES_MAX];
	char bytes[100 + 1];

	assert_true(udp_open_receiver(&receiver, "127.0.0.1", 0, NULL, NULL));
	assert_true(udp_open_sender(
		&sender, "127.0.0.1", udp_port(&receiver), NULL, UDP_TTL_DEFAULT, NULL));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct udp_arrival arrival;
		memset(bytes, '#', sizeof bytes);
		assert_true(udp_send(&sender, sent, rows[i].n_sent, NULL));
		assert_int_equal(udp_receive(&receiver, bytes, rows[i].n_buffer, &arrival, WAIT_US),
			UDP_RECEIVED);
		assert_int_equal(arrival.n_bytes, rows[i].n_received);
		assert_int_equal(arrival.is_truncated, rows[i].is_truncated);
		assert_int_equal(bytes[rows[i].n_buffer], '#');
	}
	udp_close(&sender);
	udp_close(&receiver);
}

static void test_nothing_comes(void **state)
{
	(void)state;
	struct udp_socket receiver;
	struct udp_arrival arrival;
	char byte;

	assert_true(udp_open_receiver(&receiver, "127.0.0.1", 0, NULL, NULL));
	const int64_t begin_us = monotonic_now_us();
	assert_int_equal(udp_receive(&receiver, &byte, 1, &arrival, 0), UDP_NOTHING);
	assert_int_equal(udp_receive(&receiver, &byte, 1, &arrival, 20000), UDP_NOTHING);
	assert_true(monotonic_now_us() - begin_us >= 20000);
	const struct udp_socket *const sockets[] = { &receiver };
	assert_int_equal(udp_wait(sockets, 1, 1000), 0);
	udp_close(&receiver);
}

/* No listener: counted, and every later datagram is still sent, to be received once there is a
 * listener. */
static void test_refused_is_no_failure(void **state)
{
	(void)state;
	struct udp_socket receiver;
	struct udp_socket sender;
	struct udp_arrival arrival;
	char bytes[16];

	assert_true(udp_open_receiver(&receiver, "127.0.0.1", 0, NULL, NULL));
	const uint16_t port = udp_port(&receiver);
	udp_close(&receiver);
	assert_true(udp_open_sender(&sender, "127.0.0.1", port, NULL, UDP_TTL_DEFAULT, NULL));
	for (int i = 0; i < 5; i++)
		assert_true(udp_send(&sender, "lost", 4, NULL));
	assert_int_equal(udp_receive(&sender, bytes, sizeof bytes, &arrival, 1000), UDP_NOTHING);
	assert_true(sender.refused >= 1);

	assert_true(udp_open_receiver(&receiver, "127.0.0.1", port, NULL, NULL));
	assert_true(udp_send(&sender, "heard", 5, NULL));
	assert_int_equal(
		udp_receive(&receiver, bytes, sizeof bytes, &arrival, WAIT_US), UDP_RECEIVED);
	assert_memory_equal(bytes, "heard", 5);
	assert_int_equal(sender.send_failures, 0);
	assert_int_equal(sender.receive_failures, 0);
	udp_close(&sender);
	udp_close(&receiver);
}

static void test_too_long_is_told(void **state)
{
	(void)state;
	struct udp_socket sender;
	struct io_error error = { "" };
	static char bytes[70000];

	assert_true(udp_open_sender(&sender, "127.0.0.1", 9, NULL, UDP_TTL_DEFAULT, NULL));
	assert_false(udp_send(&sender, bytes, sizeof bytes, &error));
	assert_non_null(strstr(error.text, "too long"));
	assert_int_equal(sender.send_failures, 1);
	udp_close(&sender);
}

/* Each message is one line that names the requested value. */
static void test_refusals(void **state)
{
	(void)state;
	struct udp_socket taken;
	struct udp_socket s;
	struct io_error error;
	char port_text[16];

	assert_false(udp_open_sender(&s, "nobody.invalid", 5004, NULL, UDP_TTL_DEFAULT, &error));
	assert_non_null(strstr(error.text, "nobody.invalid"));
	assert_int_equal(s.fd, -1);
	assert_false(udp_open_sender(&s, "300.1.2.3", 5004, NULL, UDP_TTL_DEFAULT, &error));
	assert_non_null(strstr(error.text, "300.1.2.3"));

	assert_false(udp_open_sender(&s, "239.1.2.3", 5004, "nolink7", UDP_TTL_DEFAULT, &error));
	assert_non_null(strstr(error.text, "nolink7"));
	assert_false(udp_open_receiver(&s, "239.1.2.3", 5004, "nolink7", &error));
	assert_non_null(strstr(error.text, "nolink7"));
	assert_false(udp_open_sender(&s, "239.1.2.3", 5004, NULL, 256, &error));
	assert_non_null(strstr(error.text, "time to live"));

	/* Documentation's own address (RFC 5737): no machine has it. */
	assert_false(udp_open_receiver(&s, "192.0.2.77", 5004, NULL, &error));
	assert_non_null(strstr(error.text, "192.0.2.77"));

	assert_true(udp_open_receiver(&taken, NULL, 0, NULL, &error));
	snprintf(port_text, sizeof port_text, "%u", (unsigned)udp_port(&taken));
	assert_false(udp_open_receiver(&s, NULL, udp_port(&taken), NULL, &error));
	assert_non_null(strstr(error.text, port_text));
	assert_non_null(strstr(error.text, "in use"));
	assert_false(udp_open_receiver(&s, "127.0.0.1", udp_port(&taken), NULL, &error));
	assert_non_null(strstr(error.text, "in use"));
	udp_close(&taken);
}

/* Two members of a group on one machine both hear; one of another group on the port does not. */
static void multicast(const char *group, const char *other_group)
{
	struct udp_socket members[2];
	struct udp_socket stranger;
	struct udp_socket sender;
	struct udp_arrival arrival;
	struct io_error error = { "" };
	char bytes[16];

	if (!udp_open_receiver(&members[0], group, 0, "lo", &error)) {
		print_message("%s: not on this machine: %s\n", group, error.text);
		return;
	}
	const uint16_t port = udp_port(&members[0]);
	assert_true(udp_open_receiver(&members[1], group, port, "lo", &error));
	assert_true(udp_open_receiver(&stranger, other_group, port, "lo", &error));
	assert_true(udp_open_sender(&sender, group, port, "lo", 0, &error));
	assert_true(udp_address_is_multicast(&sender.target));

	if (!udp_send(&sender, "all", 3, &error)) {
		print_message("%s: not on this machine: %s\n", group, error.text);
	} else {
		for (int i = 0; i < 2; i++) {
			assert_int_equal(
				udp_receive(&members[i], bytes, sizeof bytes, &arrival, WAIT_US),
				UDP_RECEIVED);
			assert_memory_equal(bytes, "all", 3);
			assert_true(udp_send_to(
				&members[i], &arrival.peer, &arrival.local, "me", 2, &error));
			assert_int_equal(
				udp_receive(&sender, bytes, sizeof bytes, &arrival, WAIT_US),
				UDP_RECEIVED);
			assert_false(udp_address_is_multicast(&arrival.peer));
		}
		assert_int_equal(
			udp_receive(&stranger, bytes, sizeof bytes, &arrival, 0), UDP_NOTHING);
	}
	udp_close(&sender);
	udp_close(&stranger);
	udp_close(&members[0]);
	udp_close(&members[1]);
}

static void test_multicast(void **state)
{
	(void)state;
	multicast("239.255.77.1", "239.255.77.2");
	if (has_ipv6())
		multicast("ff12::77:1", "ff12::77:2");
}

static void test_local_address(void **state)
{
	struct udp_socket s;
	struct udp_address local;
	char text[UDP_ADDRESS_TEXT_BYTES];
	(void)state;
	assert_true(udp_open_sender(&s, "127.0.0.1", 5004, NULL, UDP_TTL_DEFAULT, NULL));
	assert_true(udp_local_address(&s, &local));
	udp_address_host_text(&local, text);
	assert_string_equal(text, "127.0.0.1");
	udp_close(&s);
}

static void test_address(void **state)
{
	(void)state;
	static const struct {
		const char *host;
		uint16_t port;
		const char *text;
		bool is_multicast;
	} rows[] = {
		{ "192.0.2.1", 5004, "192.0.2.1:5004", false },
		{ "2001:db8::1", 65535, "[2001:db8::1]:65535", false },
		{ "224.0.0.0", 1, "224.0.0.0:1", true },
		{ "223.255.255.255", 1, "223.255.255.255:1", false },
		{ "239.255.255.255", 1, "239.255.255.255:1", true },
		{ "240.0.0.0", 1, "240.0.0.0:1", false },
		{ "ff02::1", 1, "[ff02::1]:1", true },
	};
	struct udp_address previous = { .n_bytes = 0 };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct udp_address address;
		char text[UDP_ADDRESS_TEXT_BYTES];
		assert_true(udp_resolve(&address, rows[i].host, rows[i].port, NULL));
		udp_address_host_text(&address, text);
		assert_string_equal(text, rows[i].host);
		assert_int_equal(udp_address_is_ipv6(&address), rows[i].text[0] == '[');
		udp_address_text(&address, text);
		assert_string_equal(text, rows[i].text);
		assert_int_equal(udp_address_port(&address), rows[i].port);
		assert_int_equal(udp_address_is_multicast(&address), rows[i].is_multicast);
		assert_true(udp_address_equal(&address, &address));
		assert_false(udp_address_equal(&address, &previous));
		previous = address;
	}
}

static void test_free_port(void **state)
{
	struct udp_socket socket;
	uint16_t port = 0;

	(void)state;
	assert_true(udp_free_port(&port, NULL));
	assert_int_not_equal(port, 0);
	assert_true(udp_open_receiver(&socket, "127.0.0.1", port, NULL, NULL));
	udp_close(&socket);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exchange),
		cmocka_unit_test(test_voice_is_marked),
		cmocka_unit_test(test_arrival_is_when_it_came),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_nothing_comes),
		cmocka_unit_test(test_refused_is_no_failure),
		cmocka_unit_test(test_too_long_is_told),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_multicast),
		cmocka_unit_test(test_local_address),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_free_port),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
