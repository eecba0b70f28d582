/* Captured frames: every link and IP, and what is no RTP. */
#include "tests/unit/unit.h"

#include "tests/unit/captured_frame.h"

#include <string.h>

static const struct dissected sample = { 5004, 65535, 0xfffffc40, 0x12345678 };

static void test_links_and_protocols(void **state)
{
	static const struct {
		const char *name;
		enum dissect_link link;
		int n_vlans;
		enum captured_ip ip;
	} rows[] = {
		{ "Ethernet, IPv4", DISSECT_ETHERNET, 0, CAPTURED_IPV4 },
		{ "Ethernet, IPv4 with options", DISSECT_ETHERNET, 0, CAPTURED_IPV4_OPTIONS },
		{ "Ethernet, IPv6", DISSECT_ETHERNET, 0, CAPTURED_IPV6 },
		{ "Ethernet, IPv6 extensions", DISSECT_ETHERNET, 0, CAPTURED_IPV6_EXTENSIONS },
		{ "a VLAN", DISSECT_ETHERNET, 1, CAPTURED_IPV4 },
		{ "a VLAN within another", DISSECT_ETHERNET, 2, CAPTURED_IPV6 },
		{ "Linux cooked", DISSECT_COOKED, 0, CAPTURED_IPV4 },
		{ "Linux cooked 2", DISSECT_COOKED_2, 0, CAPTURED_IPV6 },
		{ "loopback", DISSECT_LOOPBACK, 0, CAPTURED_IPV4 },
		{ "loopback, IPv6", DISSECT_LOOPBACK, 0, CAPTURED_IPV6 },
		{ "raw", DISSECT_RAW, 0, CAPTURED_IPV4 },
		{ "raw, IPv6", DISSECT_RAW, 0, CAPTURED_IPV6 },
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		uint8_t frame[CAPTURED_BYTES_MAX];
		struct dissected rtp = { 0 };
		const size_t n =
			captured_frame(frame, rows[i].link, rows[i].n_vlans, rows[i].ip, &sample);
		if (!dissect_rtp(&rtp, rows[i].link, frame, n))
			fail_msg("\"%s\" is no RTP", rows[i].name);
		assert_memory_equal(&rtp, &sample, sizeof rtp);
		/* Cut behind the RTP header it is RTP still, before its end it is not. */
		const size_t n_least = n - CAPTURED_PAYLOAD_BYTES;
		if (!dissect_rtp(&rtp, rows[i].link, frame, n_least))
			fail_msg("\"%s\" is no RTP once cut", rows[i].name);
		for (size_t k = 0; k < n_least; k++)
			if (dissect_rtp(&rtp, rows[i].link, frame, k))
				fail_msg("\"%s\" is RTP in %zu bytes", rows[i].name, k);
	}
}

/* Each row spoils one byte of an IPv4 frame on Ethernet: 14 of link, 20 of IP, 8 of UDP, RTP. */
static void test_what_is_no_rtp(void **state)
{
	static const struct {
		const char *name;
		size_t at;
		uint8_t byte;
	} rows[] = {
		{ "ARP", 13, 0x06 },
		{ "IPv4's version in doubt", 14, 0x55 },
		{ "IPv4's header too short", 14, 0x44 },
		{ "more fragments", 20, 0x20 },
		{ "a later fragment", 21, 0x01 },
		{ "TCP", 23, 6 },
		{ "a UDP too short for RTP", 39, 19 },
		{ "RTP's version", 42, 0x40 },
		{ "RTCP", 43, 200 },
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		uint8_t frame[CAPTURED_BYTES_MAX];
		struct dissected rtp = { .seq = 7 };
		const size_t n = captured_frame(frame, DISSECT_ETHERNET, 0, CAPTURED_IPV4, &sample);
		frame[rows[i].at] = rows[i].byte;
		if (dissect_rtp(&rtp, DISSECT_ETHERNET, frame, n))
			fail_msg("\"%s\" is RTP", rows[i].name);
		assert_int_equal(rtp.seq, 7);
	}
}

/* Nothing is read beyond the bytes there are: the sanitizer watches a copy of just that size. */
static void test_random_bytes(void **state)
{
	struct dice dice = { 20 };
	struct dissected rtp;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint8_t bytes[96];
		const size_t n = dice_below(&dice, sizeof bytes);
		for (size_t k = 0; k < n; k++)
			bytes[k] = (uint8_t)dice_u32(&dice);
		if (n > 14 && dice_below(&dice, 2)) {
			memcpy(bytes + 12, "\x86\xdd\x60", 3);
			if (n > 20)
				bytes[20] = (uint8_t)(dice_below(&dice, 2) ? 0 : 60);
		}
		uint8_t *const copy = test_malloc(n ? n : 1);
		memcpy(copy, bytes, n);
		for (int link = DISSECT_ETHERNET; link <= DISSECT_RAW; link++)
			dissect_rtp(&rtp, (enum dissect_link)link, copy, n);
		test_free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links_and_protocols),
		cmocka_unit_test(test_what_is_no_rtp),
		cmocka_unit_test(test_random_bytes),
	};
	return cmocka_run_group_tests_name("dissect", tests, NULL, NULL);
}
