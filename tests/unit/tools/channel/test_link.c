/* The order in which datagrams leave a link, and what they carry. */
#include "tools/channel/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { DATAGRAM_BYTES = 64 };

static void *open_link(struct link *link, size_t n_datagrams, const char *text, uint64_t seed)
{
	struct channel_spec spec;
	char message[CHANNEL_SPEC_MESSAGE_BYTES];
	if (channel_spec_parse(&spec, text, message, sizeof message) != STATUS_OK)
		fail_msg("\"%s\": %s", text, message);
	void *const memory = malloc(link_bytes(n_datagrams, DATAGRAM_BYTES));
	assert_non_null(memory);
	assert_int_equal(
		link_init(link, memory, n_datagrams, DATAGRAM_BYTES, &spec, seed), STATUS_OK);
	return memory;
}

static enum channel_outcome send_text(struct link *link, const char *text, int64_t now_us)
{
	struct channel_fate fate;
	link_send(link, text, strlen(text), now_us, &fate);
	return fate.outcome;
}

static void assert_next(struct link *link, const char *text, int64_t departure_us)
{
	struct link_delivery delivery;
	assert_int_equal(link_next_departure_us(link), departure_us);
	assert_false(link_receive(link, &delivery, departure_us - 1));
	assert_true(link_receive(link, &delivery, departure_us));
	assert_int_equal(delivery.departure_us, departure_us);
	assert_int_equal(delivery.n_bytes, strlen(text));
	assert_memory_equal(delivery.bytes, text, strlen(text));
}

static void test_delay_keeps_the_order(void **state)
{
	(void)state;
	struct link link;
	void *const memory = open_link(&link, 8, "delay 20ms", 1);
	assert_int_equal(link_next_departure_us(&link), INT64_MAX);
	send_text(&link, "first", 1000);
	send_text(&link, "second", 2000);
	send_text(&link, "third", 2000); /* a tie: in the order they came */
	send_text(&link, "", 3000);	 /* an empty datagram is one */
	assert_int_equal(link_queued(&link), 4);
	assert_next(&link, "first", 21000);
	assert_next(&link, "second", 22000);
	assert_next(&link, "third", 22000);
	assert_next(&link, "", 23000);
	assert_int_equal(link_queued(&link), 0);
	struct link_delivery delivery;
	assert_false(link_receive(&link, &delivery, INT64_MAX));
	free(memory);
}

static void test_ties_of_many(void **state)
{
	(void)state;
	struct link link;
	void *const memory = open_link(&link, 101, "delay 20ms limit 100", 1);
	struct channel_fate fate;
	for (uint8_t i = 0; i < 100; i++)
		link_send(&link, &i, 1, 0, &fate);
	for (uint8_t i = 0; i < 100; i++) {
		struct link_delivery delivery;
		assert_true(link_receive(&link, &delivery, 20000));
		assert_int_equal(delivery.bytes[0], i);
		assert_int_equal(delivery.n, i);
	}
	free(memory);
}

static void test_a_new_spec_overtakes(void **state)
{
	(void)state;
	struct link link;
	void *const memory = open_link(&link, 8, "delay 50ms", 1);
	struct channel_spec faster = { .delay_us = 5000, .limit_packets = 8 };
	send_text(&link, "slow", 0);
	link_set_spec(&link, &faster);
	struct channel_fate fate;
	link_send(&link, "fast", 4, 1000, &fate);
	assert_int_equal(fate.n, 1);
	assert_true(fate.is_reordered);
	assert_next(&link, "fast", 6000);
	assert_next(&link, "slow", 50000);
	free(memory);
}

static void test_copies_and_the_corrupted_bit(void **state)
{
	(void)state;
	struct link link;
	void *const memory = open_link(&link, 8, "delay 10ms duplicate 100% corrupt 100%", 5);
	struct channel_fate fate;
	const uint8_t sent[4] = { 0x11, 0x22, 0x33, 0x44 };
	link_send(&link, sent, sizeof sent, 0, &fate);
	assert_int_equal(fate.n_copies, 2);
	assert_true(fate.is_corrupted);
	assert_true(fate.corrupted_bit < 8 * sizeof sent);
	uint8_t corrupted[4];
	memcpy(corrupted, sent, sizeof sent);
	corrupted[fate.corrupted_bit / 8] ^= (uint8_t)(1 << fate.corrupted_bit % 8);
	struct link_delivery delivery;
	assert_true(link_receive(&link, &delivery, 10000));
	assert_memory_equal(delivery.bytes, corrupted, sizeof corrupted);
	assert_true(link_receive(&link, &delivery, 10000));
	assert_memory_equal(delivery.bytes, sent, sizeof sent); /* the copy is whole */
	assert_int_equal(delivery.n, 0);
	free(memory);
}

static void test_limit_and_capacity(void **state)
{
	(void)state;
	struct link link;
	void *memory = open_link(&link, 4, "delay 10ms limit 3", 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(send_text(&link, "x", 0), CHANNEL_DELIVERED);
	assert_int_equal(send_text(&link, "y", 0), CHANNEL_LIMITED);
	assert_next(&link, "x", 10000);
	assert_int_equal(send_text(&link, "z", 10000), CHANNEL_DELIVERED);
	free(memory);

	/* Fewer slots than the limit: the link refuses before a copy could find no place. */
	memory = open_link(&link, 3, "delay 10ms duplicate 100%", 1);
	assert_int_equal(send_text(&link, "x", 0), CHANNEL_DELIVERED);
	assert_int_equal(send_text(&link, "y", 0), CHANNEL_LIMITED);
	assert_int_equal(link_queued(&link), 2);
	free(memory);
}

static void test_init_bounds(void **state)
{
	(void)state;
	struct link link;
	const struct channel_spec spec = { .limit_packets = 1 };
	_Alignas(max_align_t) uint8_t memory[4096];
	assert_true(link_bytes(2, 100) <= sizeof memory);
	assert_int_equal(link_init(&link, memory, 1, 100, &spec, 1), STATUS_BAD_CONFIG);
	assert_int_equal(link_init(&link, memory, 2, 100, &spec, 1), STATUS_OK);
}

/* Ten thousand packets with jitter: whatever goes in comes out once, by departure time. */
static void test_order_under_jitter(void **state)
{
	(void)state;
	struct link link;
	void *const memory =
		open_link(&link, 33, "delay 30ms 25ms loss 5% duplicate 5% limit 32", 9);
	int64_t last_us = 0;
	uint64_t n_in = 0, n_out = 0;
	for (int64_t now_us = 0; now_us < 10000 * 2500; now_us += 2500) {
		struct channel_fate fate;
		struct link_delivery delivery;
		link_send(&link, &now_us, sizeof now_us, now_us, &fate);
		n_in += fate.n_copies;
		while (link_receive(&link, &delivery, now_us)) {
			int64_t sent_us;
			assert_int_equal(delivery.n_bytes, sizeof sent_us);
			memcpy(&sent_us, delivery.bytes, sizeof sent_us);
			assert_int_equal(delivery.n * 2500, sent_us);
			assert_in_range(delivery.departure_us - sent_us, 5000, 55000);
			assert_true(delivery.departure_us >= last_us);
			last_us = delivery.departure_us;
			n_out++;
		}
		assert_int_equal(n_in - n_out, link_queued(&link));
	}
	assert_true(n_out > 9900);
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delay_keeps_the_order),
		cmocka_unit_test(test_ties_of_many),
		cmocka_unit_test(test_a_new_spec_overtakes),
		cmocka_unit_test(test_copies_and_the_corrupted_bit),
		cmocka_unit_test(test_limit_and_capacity),
		cmocka_unit_test(test_init_bounds),
		cmocka_unit_test(test_order_under_jitter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
