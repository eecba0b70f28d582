/* A host with several addresses, over loopback: which of them is sent to. Time is made up; the kernel's
 * refusals are awaited, seconds at most. */
#include "sender/app/destination.h"

#include "common/base/units.h"
#include "common/io/monotonic.h"
#include "tests/unit/unit.h"

#include <string.h>

enum { PATIENCE_US = 5000000 };

/* 127.0.0.1, 127.0.0.2, 127.0.0.3, of which some are listened on. */
struct scene {
	struct destination to;
	struct udp_socket listeners[3];
	int64_t now_us;
};

static struct scene *begin(const bool listens[3])
{
	static const char *const hosts[] = { "127.0.0.1", "127.0.0.2", "127.0.0.3" };
	static struct scene s;
	uint16_t port;

	memset(&s, 0, sizeof s);
	assert_true(udp_free_port(&port, NULL));
	s.to.n_addresses = 3;
	for (size_t i = 0; i < 3; i++) {
		assert_true(udp_resolve(&s.to.addresses[i], hosts[i], port, NULL));
		s.listeners[i].fd = -1;
		if (listens[i])
			assert_true(udp_open_receiver(&s.listeners[i], hosts[i], port, NULL, NULL));
	}
	assert_true(
		udp_open_sender_to(&s.to.socket, &s.to.addresses[0], NULL, UDP_TTL_DEFAULT, NULL));
	s.now_us = US_PER_SECOND;
	return &s;
}

static void end(struct scene *s)
{
	destination_close(&s->to);
	for (size_t i = 0; i < 3; i++)
		udp_close(&s->listeners[i]);
}

/* So many packets of 20 ms; where the address refuses, until the kernel has said so. */
static void send_for(struct scene *s, int n_packets)
{
	for (int i = 0; i < n_packets; i++, s->now_us += 20 * US_PER_MS) {
		(void)destination_send(&s->to, "sound", 5, true);
		destination_advance(&s->to, s->now_us);
	}
}

static size_t at(const struct scene *s)
{
	return destination_view(&s->to).at;
}

static void await_address(struct scene *s, size_t address)
{
	const int64_t end_us = monotonic_now_us() + PATIENCE_US;

	while (at(s) != address && monotonic_now_us() < end_us)
		send_for(s, 1);
	assert_int_equal(at(s), address);
}

static void who_refuses_is_left_for_the_next(void **state)
{
	const bool listens[] = { false, false, true };
	struct scene *const s = begin(listens);
	struct udp_arrival arrival;
	char bytes[16];

	(void)state;
	await_address(s, 2);
	assert_true(s->now_us <= 3 * US_PER_SECOND); /* some hundred ms each */
	destination_on_answer(&s->to);
	send_for(s, 1000);
	assert_int_equal(at(s), 2);
	assert_int_equal(udp_receive(&s->listeners[2], bytes, sizeof bytes, &arrival, PATIENCE_US),
		UDP_RECEIVED);
	end(s);
}

static void who_is_silent_is_left_once(void **state)
{
	const bool listens[] = { true, true, true };
	struct scene *const s = begin(listens);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(at(s), i);
		send_for(s, 101); /* two seconds */
	}
	assert_int_equal(at(s), 0);
	send_for(s, 5000); /* none of them reports: that is no reason to change for ever */
	assert_int_equal(at(s), 0);
	end(s);
}

static void who_has_answered_may_be_silent(void **state)
{
	const bool listens[] = { true, true, true };
	struct scene *const s = begin(listens);

	(void)state;
	send_for(s, 50);
	destination_on_answer(&s->to);
	send_for(s, 5000);
	assert_int_equal(at(s), 0);
	/* But one that refuses has gone. */
	udp_close(&s->listeners[0]);
	await_address(s, 1);
	end(s);
}

static void one_address_is_kept(void **state)
{
	const bool listens[] = { false, false, false };
	struct scene *const s = begin(listens);

	(void)state;
	s->to.n_addresses = 1;
	send_for(s, 5000);
	assert_int_equal(at(s), 0);
	end(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_refuses_is_left_for_the_next),
		cmocka_unit_test(who_is_silent_is_left_once),
		cmocka_unit_test(who_has_answered_may_be_silent),
		cmocka_unit_test(one_address_is_kept),
	};
	return cmocka_run_group_tests_name("destination", tests, NULL, NULL);
}
