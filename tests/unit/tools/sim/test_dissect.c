/* Captured frames: every link and IP, and what is no RTP. */
#include "tests/unit/unit.h"

#include "tests/unit/captured_frame.h"

#include <string.h>

/* Packets of IPv6 have these addresses too, with zeros behind the first four bytes. */
static const struct dissected sample = {
	.from = { 192, 0, 2, 1 },
	.to = { 192, 0, 2, 2 },
	.ip_version = 4,
	.type = 111,
	.from_port = 40000,
	.port = 5004,
	.payload_bytes = CAPTURED_PAYLOAD_BYTES,
	.seq = 65535,
	.timestamp = 0xfffffc40,
	.ssrc = 0x12345678,
};

static void assert_same(const struct dissected *a, const struct dissected *b)
{
	assert_memory_equal(a->from, b->from, sizeof a->from);
	assert_memory_equal(a->to, b->to, sizeof a->to);
	assert_int_equal(a->ip_version, b->ip_version);
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->from_port, b->from_port);
	assert_int_equal(a->port, b->port);
	assert_int_equal(a->payload_bytes, b->payload_bytes);
	assert_int_equal(a->seq, b->seq);
	assert_int_equal(a->timestamp, b->timestamp);
	assert_int_equal(a->ssrc, b->ssrc);
}

/* The frame of n bytes is the sample's; cut behind the RTP header it is so still, before its end it
 * is no RTP. */
static void check_frame(const char *name, enum dissect_link link, const uint8_t *frame, size_t n,
	uint8_t ip_version)
{
	const size_t n_least = n - CAPTURED_PAYLOAD_BYTES;
	struct dissected expected = sample, rtp = { 0 };

	expected.ip_version = ip_version;
	if (!dissect_rtp(&rtp, link, frame, n))
		fail_msg("\"%s\" is no RTP", name);
	assert_same(&rtp, &expected);
	memset(&rtp, 0, sizeof rtp);
	if (!dissect_rtp(&rtp, link, frame, n_least))
		fail_msg("\"%s\" is no RTP once cut", name);
	assert_same(&rtp, &expected);
	for (size_t k = 0; k < n_least; k++)
		if (dissect_rtp(&rtp, link, frame, k))
			fail_msg("\"%s\" is RTP in %zu bytes", name, k);
}

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
		{ "PPP", DISSECT_PPP, 0, CAPTURED_IPV4 },
		{ "PPP, IPv6", DISSECT_PPP, 0, CAPTURED_IPV6 },
		{ "IPv6, a fragment alone", DISSECT_ETHERNET, 0, CAPTURED_IPV6_FRAGMENT },
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		uint8_t frame[CAPTURED_BYTES_MAX];
		const size_t n =
			captured_frame(frame, rows[i].link, rows[i].n_vlans, rows[i].ip, &sample);
		check_frame(rows[i].name, rows[i].link, frame, n,
			rows[i].ip <= CAPTURED_IPV4_OPTIONS ? 4 : 6);
	}
}

static void test_tunnels(void **state)
{
	static const char *const names[CAPTURED_TUNNELS] = { "PPPoE", "MPLS", "GRE",
		"Ethernet in GRE", "IP in IP", "VXLAN", "TURN" };

	(void)state;
	for (int tunnel = 0; tunnel < CAPTURED_TUNNELS; tunnel++) {
		uint8_t frame[CAPTURED_BYTES_MAX];
		const size_t n = captured_tunnelled(frame, (enum captured_tunnel)tunnel, &sample);
		check_frame(names[tunnel], DISSECT_ETHERNET, frame, n, 4);
	}
}

/* rtpdump's packets, with contributors and an extension: what is behind them is the payload. */
static void test_payload(void **state)
{
	static const uint8_t packet[] = { 0x92, 0x80 | 101, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 0, 0,
		1, 0, 0, 0, 2, 0xbe, 0xde, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4 };
	struct dissected rtp = { 0 };

	(void)state;
	assert_true(dissect_rtp(&rtp, DISSECT_RTP, packet, sizeof packet));
	assert_int_equal(rtp.type, 101);
	assert_int_equal(rtp.seq, 0x0102);
	assert_int_equal(rtp.timestamp, 0x03040506);
	assert_int_equal(rtp.ssrc, 0x0708090a);
	assert_int_equal(rtp.payload_bytes, 4);
	assert_int_equal(rtp.ip_version, 0);
}

/* A tunnel in a tunnel in a tunnel ends somewhere. */
static void test_endless_tunnel(void **state)
{
	uint8_t frame[20 * 40];
	struct byte_writer w = byte_writer_over(frame, sizeof frame);
	struct dissected rtp;

	(void)state;
	for (int i = 0; i < 40; i++)
		captured_put_ipv4(&w, 0, 4, &sample);
	assert_false(dissect_rtp(&rtp, DISSECT_RAW, frame, sizeof frame));
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
		for (int link = DISSECT_ETHERNET; link <= DISSECT_RTP; link++)
			dissect_rtp(&rtp, (enum dissect_link)link, copy, n);
		test_free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links_and_protocols),
		cmocka_unit_test(test_tunnels),
		cmocka_unit_test(test_payload),
		cmocka_unit_test(test_endless_tunnel),
		cmocka_unit_test(test_what_is_no_rtp),
		cmocka_unit_test(test_random_bytes),
	};
	return cmocka_run_group_tests_name("dissect", tests, NULL, NULL);
}
