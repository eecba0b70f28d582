/* Captures as traces: files are made here, packet by packet, and read through libpcap. */
#include "tests/unit/unit.h"

#include "tests/unit/captured_frame.h"
#include "tools/sim/capture_file.h"
#include "tools/sim/capture_ng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PACKETS_MAX = 60,
	ETHERNET = 1,
	PPP = 9,
	RAW = 101,
	COOKED = 113,
	COOKED_2 = 276,
	LOOPBACK = 0
};

#define SSRC_HEARD 0x11111111U
#define SSRC_OTHER 0x22222222U

struct packet {
	int64_t at_us;
	struct dissected rtp;
};

/* One packet of the stream that is heard, 20 ms at 48 kHz a number. */
static struct packet heard(int number, int64_t delay_us)
{
	return (struct packet){ 1000000 + number * 20000 + delay_us,
		{ .from = { 192, 0, 2, 1 },
			.to = { 192, 0, 2, 2 },
			.type = 111,
			.from_port = 4000,
			.port = 5004,
			.payload_bytes = CAPTURED_PAYLOAD_BYTES,
			.seq = (uint16_t)(65533 + number),
			.timestamp = 0xffffff00U + (uint32_t)number * 960,
			.ssrc = SSRC_HEARD } };
}

/* One of another stream, to another port, of 30 ms at 8 kHz. */
static struct packet other(int number, int64_t at_us)
{
	struct packet p = heard(0, 0);

	p.at_us = at_us;
	p.rtp.type = 0;
	p.rtp.port = 6000;
	p.rtp.seq = (uint16_t)number;
	p.rtp.timestamp = 77 + (uint32_t)number * 240;
	p.rtp.ssrc = SSRC_OTHER;
	return p;
}

static void put_u32(FILE *file, uint32_t value) /* of this machine's byte order, as both formats */
{
	assert_int_equal(fwrite(&value, sizeof value, 1, file), 1);
}

/* draft-ietf-opsawg-pcap, 4 and 5 */
static void put_pcap(FILE *file, uint32_t link_type, const struct packet *p, const uint8_t *bytes,
	uint32_t n_bytes)
{
	if (!p) {
		const uint32_t header[] = { 0xa1b2c3d4, 0x00040002, 0, 0, 65535, link_type };
		for (size_t i = 0; i < N_ROWS(header); i++)
			put_u32(file, header[i]);
		return;
	}
	put_u32(file, (uint32_t)(p->at_us / 1000000));
	put_u32(file, (uint32_t)(p->at_us % 1000000));
	put_u32(file, n_bytes);
	put_u32(file, n_bytes);
	assert_int_equal(fwrite(bytes, 1, n_bytes, file), n_bytes);
}

/* draft-ietf-opsawg-pcapng: section header, interface description, enhanced packets. */
static void put_pcapng(FILE *file, uint32_t link_type, const struct packet *p, const uint8_t *bytes,
	uint32_t n_bytes)
{
	if (!p) {
		const uint32_t head[] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 0x00000001, UINT32_MAX,
			UINT32_MAX, 28, 1, 20, link_type, 65535, 20 };
		for (size_t i = 0; i < N_ROWS(head); i++)
			put_u32(file, head[i]);
		return;
	}
	const uint32_t padded = (n_bytes + 3) / 4 * 4;
	const uint32_t head[] = { 6, 32 + padded, 0, (uint32_t)(p->at_us >> 32), (uint32_t)p->at_us,
		n_bytes, n_bytes };
	for (size_t i = 0; i < N_ROWS(head); i++)
		put_u32(file, head[i]);
	assert_int_equal(fwrite(bytes, 1, padded, file), padded);
	put_u32(file, 32 + padded);
}

static char path[] = "/tmp/hindsight-capture-XXXXXX";

static FILE *make_file(void)
{
	strcpy(path + strlen(path) - 6, "XXXXXX");
	const int fd = mkstemp(path);
	assert_true(fd >= 0);
	return fdopen(fd, "wb");
}

static void write_capture(bool is_ng, uint32_t link_type, enum dissect_link link,
	const struct packet *packets, int n_packets)
{
	FILE *const file = make_file();

	(is_ng ? put_pcapng : put_pcap)(file, link_type, NULL, NULL, 0);
	for (int i = 0; i < n_packets; i++) {
		uint8_t frame[CAPTURED_BYTES_MAX] = { 0 };
		const size_t n = captured_frame(frame, link, 0, CAPTURED_IPV4, &packets[i].rtp);
		(is_ng ? put_pcapng : put_pcap)(file, link_type, &packets[i], frame, (uint32_t)n);
	}
	assert_int_equal(fclose(file), 0);
}

static void check_trace(const char *name, const struct capture_choice *choice,
	const int64_t *delays_us, int n, const char *line_end)
{
	struct trace trace = { 0 };
	char line[CAPTURE_LINE_BYTES];
	struct io_error error;

	if (!capture_file_trace(&trace, path, choice, line, &error))
		fail_msg("\"%s\": %s", name, error.text);
	if (!strstr(line, line_end) || strchr(line, '\n'))
		fail_msg("\"%s\": \"%s\" does not say \"%s\"", name, line, line_end);
	assert_row_equal(name, trace.n_packets, n);
	for (int i = 0; i < n; i++)
		assert_row_equal(name, trace.delays_us[i], delays_us[i]);
	trace_end(&trace);
	unlink(path);
}

/* Numbers and timestamps wrap, one packet is lost, one overtaken, one comes twice; another stream
 * lies between. */
static void test_every_format(void **state)
{
	static const struct {
		const char *name;
		bool is_ng;
		uint32_t link_type;
		enum dissect_link link;
	} rows[] = {
		{ "pcap", false, ETHERNET, DISSECT_ETHERNET },
		{ "pcap, cooked", false, COOKED, DISSECT_COOKED },
		{ "pcap, cooked 2", false, COOKED_2, DISSECT_COOKED_2 },
		{ "pcap, loopback", false, LOOPBACK, DISSECT_LOOPBACK },
		{ "pcap, raw", false, RAW, DISSECT_RAW },
		{ "pcap, PPP", false, PPP, DISSECT_PPP },
		{ "pcapng", true, ETHERNET, DISSECT_ETHERNET },
		{ "pcapng, cooked 2", true, COOKED_2, DISSECT_COOKED_2 },
	};
	const struct packet packets[] = {
		heard(0, 15000),
		other(9, 1016000),
		heard(1, 10000),
		heard(2, 11500),
		heard(5, 10000), /* 3 is lost, 4 overtaken */
		heard(4, 32000),
		heard(4, 32500), /* twice */
		other(10, 1113000),
		heard(6, 10250),
	};
	static const int64_t delays_us[] = { 5000, 0, 1500, TRACE_LOST, 22000, 0, 250 };
	static const struct capture_choice any = { 0 };

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		write_capture(rows[i].is_ng, rows[i].link_type, rows[i].link, packets,
			(int)N_ROWS(packets));
		check_trace(rows[i].name, &any, delays_us, (int)N_ROWS(delays_us),
			"192.0.2.1:4000 to 192.0.2.2:5004, SSRC 0x11111111, type 111, voice of "
			"48000 Hz: 7 packets, 14.3 % lost, delays of 0.0 to 22.0 ms, median 1.5");
	}
}

/* The other stream has fewer packets: it must be chosen. Its clock is 8 kHz. */
static void test_choices(void **state)
{
	static const int64_t delays_us[] = { 0, 3000, 1000, 0, 0, 0 };
	static const struct {
		const char *name;
		struct capture_choice choice;
	} rows[] = {
		{ "port", { .port = 6000 } },
		{ "number", { .number = 2 } },
		{ "SSRC", { .has_ssrc = true, .ssrc = SSRC_OTHER } },
		{ "all", { .port = 6000, .number = 1, .has_ssrc = true, .ssrc = SSRC_OTHER } },
	};
	struct packet packets[PACKETS_MAX];
	int n = 0;

	(void)state;
	for (int i = 0; i < 10; i++)
		packets[n++] = heard(i, 0);
	for (int i = 0; i < 6; i++)
		packets[n++] = other(i, 2000000 + i * 30000 + delays_us[i]);
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		write_capture(false, ETHERNET, DISSECT_ETHERNET, packets, n);
		check_trace(rows[i].name, &rows[i].choice, delays_us, (int)N_ROWS(delays_us),
			":6000, SSRC 0x22222222, type 0, voice of 8000 Hz: 6 packets, 0.0 % lost");
	}
}

static void check_list(const char *expected, uint16_t port)
{
	char text[1000] = "";
	struct io_error error;
	FILE *const list = fmemopen(text, sizeof text, "w");

	assert_non_null(list);
	assert_true(capture_file_list(list, path, port, &error));
	fclose(list);
	assert_string_equal(text, expected);
}

/* Voice, with a key pressed in its middle, a leap of its timestamps after it, and a file that ends
 * in the last packet. */
static void test_list(void **state)
{
	struct packet packets[PACKETS_MAX];
	int n = 0;

	(void)state;
	for (int i = 0; i < 50; i++) {
		packets[n] = heard(i, i % 2 * 4000);
		if (i >= 20 && i < 28) {
			packets[n].rtp.type = 101;
			packets[n].rtp.payload_bytes = 4;
			packets[n].rtp.timestamp = packets[20].rtp.timestamp;
		}
		if (i >= 28)
			packets[n].rtp.timestamp += 999999999;
		n += i != 40;
	}
	write_capture(false, ETHERNET, DISSECT_ETHERNET, packets, n);
	const long n_all = 24 + (n - 8) * (16 + 74) + 8 * (16 + 58);
	assert_int_equal(truncate(path, n_all - 10), 0);
	check_list("1: 192.0.2.1:4000 to 192.0.2.2:5004, SSRC 0x11111111, type 111, voice of "
		   "48000 Hz: 41 packets, 2.4 % lost, delays of 0.0 to 4.0 ms, median 4.0, 1 leap "
		   "of its timestamps\n"
		   "2: 192.0.2.1:4000 to 192.0.2.2:5004, SSRC 0x11111111, type 101, keys: 8 "
		   "packets\n"
		   "the file ends early: truncated dump file; tried to read 74 captured bytes, "
		   "only got 64\n",
		0);
	unlink(path);
}

/* A pcapng file of two interfaces, one with nanoseconds, and packets of both. */
static void put_two_interfaces(FILE *file, int n_packets)
{
	const uint32_t head[] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX, 28, 1, 28,
		ETHERNET, 65535, 0x00010009, 9, 28, 1, 20, COOKED, 65535, 20, 1, 20, 105, 65535,
		20 };

	for (size_t i = 0; i < N_ROWS(head); i++)
		put_u32(file, head[i]);
	for (int i = 0; i < n_packets; i++) {
		const struct packet p = heard(i, i == 3 ? 7000 : 0);
		const enum dissect_link link = i % 2 ? DISSECT_COOKED : DISSECT_ETHERNET;
		const uint64_t ticks = (uint64_t)p.at_us * (i % 2 ? 1 : 1000);
		uint8_t frame[CAPTURED_BYTES_MAX] = { 0 };
		const uint32_t n = (uint32_t)captured_frame(frame, link, 0, CAPTURED_IPV4, &p.rtp);
		const uint32_t padded = (n + 3) / 4 * 4;
		const uint32_t block[] = { 6, 32 + padded, (uint32_t)i % 2, (uint32_t)(ticks >> 32),
			(uint32_t)ticks, n, n };
		for (size_t k = 0; k < N_ROWS(block); k++)
			put_u32(file, block[k]);
		assert_int_equal(fwrite(frame, 1, padded, file), padded);
		put_u32(file, 32 + padded);
	}
}

static void test_two_interfaces(void **state)
{
	static const struct capture_choice any = { 0 };
	static const int64_t delays_us[] = { 0, 0, 0, 7000, 0, 0, 0, 0 };
	FILE *const file = make_file();

	(void)state;
	put_two_interfaces(file, 8);
	fclose(file);
	check_trace("two interfaces", &any, delays_us, 8, "8 packets, 0.0 % lost");
}

/* Whatever stands in it, the file is read to an end, and only what is there. */
static void test_spoilt_pcapng(void **state)
{
	static char bytes[4000];
	struct dice dice = { 30 };
	FILE *file = fmemopen(bytes, sizeof bytes, "wb");

	(void)state;
	put_two_interfaces(file, 8);
	const size_t n_all = (size_t)ftell(file);
	fclose(file);
	for (int i = 0; i < 20000; i++) {
		char spoilt[sizeof bytes];
		const size_t n = i % 4 ? n_all : 1 + dice_below(&dice, (uint32_t)n_all);
		memcpy(spoilt, bytes, n);
		for (uint32_t k = dice_below(&dice, 4); k > 0; k--)
			spoilt[dice_below(&dice, (uint32_t)n)] = (char)dice_u32(&dice);
		file = fmemopen(spoilt, n, "rb");
		struct capture_ng ng = { .file = file };
		int n_packets = 0;
		while (capture_ng_next(&ng) == CAPTURE_NG_PACKET) {
			n_packets++;
			uint8_t *const copy =
				test_malloc(ng.n_bytes + 1); /* the sanitizer watches */
			memcpy(copy, ng.bytes, ng.n_bytes);
			test_free(copy);
		}
		assert_in_range(n_packets, 0, 8 + 100);
		capture_ng_end(&ng);
		fclose(file);
	}
}

/* The form is told by rtpdump(1) of rtptools. */
static void test_rtpdump(void **state)
{
	static const struct capture_choice any = { 0 };
	static const int64_t delays_us[] = { 2000, 0, 0, 1000, TRACE_LOST, 0 };
	FILE *const file = make_file();

	(void)state;
	fputs("#!rtpplay1.0 192.0.2.2/5004\n", file);
	assert_int_equal(fwrite((uint8_t[16]){ 0 }, 16, 1, file), 1);
	for (uint8_t i = 0; i < 6; i++) {
		const uint8_t ms = (uint8_t)(20 * i + delays_us[i] / 1000);
		const uint8_t record[] = { 0, 22, 0, 14, 0, 0, 0, ms, 0x80, 111, 0, i, 0, 0,
			(uint8_t)(i * 160 >> 8), (uint8_t)(i * 160), 1, 2, 3, 4, 7, 7 };
		if (i != 4)
			assert_int_equal(fwrite(record, sizeof record, 1, file), 1);
	}
	fclose(file);
	check_trace("rtpdump", &any, delays_us, 6,
		"SSRC 0x01020304, type 111, voice of 8000 Hz: 6 packets, 16.7 % lost");
}

static void check_refused(const char *name, const char *complaint)
{
	static const struct capture_choice any = { 0 };
	char line[CAPTURE_LINE_BYTES];
	struct trace trace = { 0 };
	struct io_error error;

	if (capture_file_trace(&trace, path, &any, line, &error))
		fail_msg("\"%s\" was taken", name);
	if (!strstr(error.text, complaint) || strchr(error.text, '\n'))
		fail_msg("\"%s\": \"%s\" does not say \"%s\"", name, error.text, complaint);
	trace_end(&trace);
	unlink(path);
}

static void test_what_is_refused(void **state)
{
	const struct packet one = heard(0, 0);
	struct packet jumps[PACKETS_MAX];

	(void)state;
	write_capture(false, ETHERNET, DISSECT_ETHERNET, &one, 1);
	check_refused("one packet", "no RTP stream");
	write_capture(true, ETHERNET, DISSECT_ETHERNET, &one, 0);
	check_refused("no packet", "no RTP stream");
	write_capture(false, 105, DISSECT_RAW, &one, 1);
	check_refused("Wi-Fi", "IEEE802_11 is not supported");
	fclose(make_file());
	check_refused("empty", "truncated");
	FILE *const gzip = make_file();
	fputs("\x1f\x8b\x08 and so on", gzip);
	fclose(gzip);
	check_refused("gzip", "is compressed");
	FILE *const script = make_file();
	fputs("#!/bin/sh\n", script);
	fclose(script);
	check_refused("a script", "rtpdump");
	FILE *const text = make_file();
	fputs("40\nlost\n and more than any header has\n", text);
	fclose(text);
	check_refused("a text", "unknown file format");
	for (int i = 0; i < PACKETS_MAX; i++) { /* nearly half the circle each */
		jumps[i] = heard(i, 0);
		jumps[i].rtp.timestamp = (uint32_t)i * 0x70000000U;
	}
	write_capture(false, ETHERNET, DISSECT_ETHERNET, jumps, PACKETS_MAX);
	check_refused("timestamps", "no RTP stream is in it");
	for (int i = 0; i < PACKETS_MAX; i++) { /* as it goes on, but for one packet */
		jumps[i] = heard(i, 0);
		jumps[i].rtp.timestamp -= i == 30 ? 0x40000000U : 0;
	}
	write_capture(false, ETHERNET, DISSECT_ETHERNET, jumps, PACKETS_MAX);
	check_refused("one timestamp", "its timestamps jump");
	for (int i = 0; i < PACKETS_MAX; i++) { /* only keys */
		jumps[i].rtp.timestamp = 0;
		jumps[i].rtp.payload_bytes = 4;
	}
	write_capture(false, ETHERNET, DISSECT_ETHERNET, jumps, PACKETS_MAX);
	check_refused("keys", "no voice");
	write_capture(false, ETHERNET, DISSECT_ETHERNET, jumps, 4);
	assert_int_equal(truncate(path, 24 + 16 + 82 + 16 + 10), 0);
	check_refused("cut short", "truncated");
	check_refused("not there", "No such file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_format),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_two_interfaces),
		cmocka_unit_test(test_spoilt_pcapng),
		cmocka_unit_test(test_rtpdump),
		cmocka_unit_test(test_what_is_refused),
	};
	return cmocka_run_group_tests_name("capture_file", tests, NULL, NULL);
}
