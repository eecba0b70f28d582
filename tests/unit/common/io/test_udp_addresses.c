/* udp where a machine has several addresses: which one answers, which ports are shared, and where a sender
 * goes on. Real loopback sockets. */
#include "common/io/udp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { WAIT_US = 2000000 };

static bool has_ipv6(void)
{
	struct udp_socket probe;
	const bool has = udp_open_receiver(&probe, "::1", 0, NULL, NULL);
	udp_close(&probe);
	return has;
}

/* Linux has all of 127.0.0.0/8. A connected sender hears the address alone that it sends to. */
static void an_answer_comes_from_where_it_was_called(void **state)
{
	static const char *const rows[][2] = { { NULL, "127.0.0.1" }, { NULL, "127.0.0.2" },
		{ "127.0.0.3", "127.0.0.3" } };
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct udp_socket receiver;
		struct udp_socket sender;
		struct udp_arrival arrival;
		struct udp_address not_ours;
		char bytes[16];
		char text[UDP_ADDRESS_TEXT_BYTES];

		assert_true(udp_open_receiver(&receiver, rows[i][0], 0, NULL, NULL));
		assert_true(udp_open_sender(
			&sender, rows[i][1], udp_port(&receiver), NULL, UDP_TTL_DEFAULT, NULL));
		assert_true(udp_send(&sender, "there", 5, NULL));
		assert_int_equal(udp_receive(&receiver, bytes, sizeof bytes, &arrival, WAIT_US),
			UDP_RECEIVED);
		udp_address_host_text(&arrival.local, text);
		assert_string_equal(text, rows[i][1]);
		const struct udp_address peer = arrival.peer;
		assert_true(udp_send_to(&receiver, &peer, &arrival.local, "back", 4, NULL));
		assert_int_equal(
			udp_receive(&sender, bytes, sizeof bytes, &arrival, WAIT_US), UDP_RECEIVED);
		assert_true(udp_address_equal(&arrival.peer, &sender.target));

		/* An address that is ours no more is no reason to say nothing. */
		assert_true(udp_resolve(&not_ours, "192.0.2.77", 0, NULL));
		assert_true(udp_send_to(&receiver, &peer, &not_ours, "back", 4, NULL));
		assert_int_equal(receiver.send_failures, 0);
		udp_close(&sender);
		udp_close(&receiver);
	}
}

/* In either order; and two calls on one port are two too many, in either order. */
static void a_group_and_a_call_on_one_port(void **state)
{
	(void)state;
	for (int call_first = 0; call_first < 2; call_first++) {
		struct udp_socket call, group, sender, second;
		struct udp_arrival arrival;
		struct io_error error = { "" };
		char bytes[16];
		uint16_t port = 0;

		for (int i = 0; i < 2; i++) {
			const bool is_call = (i == 0) == (call_first == 1);
			struct udp_socket *const s = is_call ? &call : &group;
			if (!udp_open_receiver(s, is_call ? NULL : "239.255.77.1", port,
				    is_call ? NULL : "lo", &error))
				fail_msg("%s", error.text);
			port = udp_port(s);
		}
		assert_false(udp_open_receiver(&second, NULL, port, NULL, &error));
		assert_non_null(strstr(error.text, "in use"));
		assert_false(udp_open_receiver(&second, "127.0.0.1", port, NULL, &error));
		assert_non_null(strstr(error.text, "in use"));
		assert_false(udp_rejoin(&group)); /* it is a member */

		assert_true(udp_open_sender(&sender, "239.255.77.1", port, "lo", 0, &error));
		assert_true(udp_send(&sender, "all", 3, NULL));
		assert_int_equal(
			udp_receive(&group, bytes, sizeof bytes, &arrival, WAIT_US), UDP_RECEIVED);
		assert_int_equal(arrival.local.n_bytes, 0);
		assert_int_equal(udp_receive(&call, bytes, sizeof bytes, &arrival, 0), UDP_NOTHING);
		udp_close(&sender);
		assert_true(
			udp_open_sender(&sender, "127.0.0.1", port, NULL, UDP_TTL_DEFAULT, &error));
		assert_true(udp_send(&sender, "one", 3, NULL));
		assert_int_equal(
			udp_receive(&call, bytes, sizeof bytes, &arrival, WAIT_US), UDP_RECEIVED);
		assert_int_equal(
			udp_receive(&group, bytes, sizeof bytes, &arrival, 0), UDP_NOTHING);
		udp_close(&sender);
		udp_close(&call);
		udp_close(&group);
	}
}

/* The counts go on, and what is sent goes to the other one, be it of another family. */
static void change_of_target(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "127.0.0.2", "::1" };
	const size_t n_hosts = has_ipv6() ? 3 : 2;
	struct udp_socket receiver, sender;
	struct udp_arrival arrival;
	struct udp_address target;
	char bytes[16];

	(void)state;
	assert_true(udp_open_receiver(&receiver, NULL, 0, NULL, NULL));
	assert_true(udp_open_sender(
		&sender, hosts[0], udp_port(&receiver), NULL, UDP_TTL_DEFAULT, NULL));
	sender.refused = 7;
	for (size_t i = 0; i < n_hosts; i++) {
		assert_true(udp_resolve(&target, hosts[i], udp_port(&receiver), NULL));
		assert_true(udp_change_target(&sender, &target, NULL));
		assert_true(udp_send(&sender, "there", 5, NULL));
		assert_int_equal(udp_receive(&receiver, bytes, sizeof bytes, &arrival, WAIT_US),
			UDP_RECEIVED);
		assert_true(udp_address_host_equal(&arrival.local, &target));
		assert_false(udp_follow_route(&sender)); /* it is the best one */
	}
	assert_int_equal(sender.refused, 7);
	assert_int_equal(sender.reconnects, 0);
	udp_close(&sender);
	udp_close(&receiver);
}

static void all_addresses_of_a_host(void **state)
{
	struct udp_address addresses[4];
	struct io_error error = { "" };
	(void)state;
	assert_int_equal(udp_resolve_all(addresses, 4, "127.0.0.2", 5004, &error), 1);
	const size_t n = udp_resolve_all(addresses, 4, "localhost", 5004, &error);
	assert_in_range(n, 1, 4);
	for (size_t i = 1; i < n; i++)
		assert_false(udp_address_host_equal(&addresses[0], &addresses[i]));
	assert_int_equal(udp_resolve_all(addresses, 4, "nobody.invalid", 5004, &error), 0);
	assert_non_null(strstr(error.text, "nobody.invalid"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_comes_from_where_it_was_called),
		cmocka_unit_test(a_group_and_a_call_on_one_port),
		cmocka_unit_test(change_of_target),
		cmocka_unit_test(all_addresses_of_a_host),
	};
	return cmocka_run_group_tests_name("udp_addresses", tests, NULL, NULL);
}
