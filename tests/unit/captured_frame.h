/* Frames as a capture holds them, built layer by layer for the tests. */
#ifndef HINDSIGHT_TESTS_UNIT_CAPTURED_FRAME_H
#define HINDSIGHT_TESTS_UNIT_CAPTURED_FRAME_H

#include "common/base/bytes.h"
#include "tools/sim/dissect.h"

#include <stddef.h>
#include <stdint.h>

enum { CAPTURED_BYTES_MAX = 256, CAPTURED_PAYLOAD_BYTES = 20 };

enum captured_ip {
	CAPTURED_IPV4,
	CAPTURED_IPV4_OPTIONS,
	CAPTURED_IPV6,
	CAPTURED_IPV6_EXTENSIONS /* hop by hop, and destination options of 16 bytes */
};

static inline void captured_put_zeros(struct byte_writer *w, size_t n_bytes)
{
	while (n_bytes-- > 0)
		byte_writer_u8(w, 0);
}

static inline void captured_put_link(
	struct byte_writer *w, enum dissect_link link, int n_vlans, uint16_t type)
{
	switch (link) {
	case DISSECT_ETHERNET:
		captured_put_zeros(w, 12);
		for (int i = n_vlans; i > 0; i--) {
			byte_writer_u16(w, i == 2 ? 0x88a8 : 0x8100);
			byte_writer_u16(w, 42);
		}
		byte_writer_u16(w, type);
		break;
	case DISSECT_COOKED:
		captured_put_zeros(w, 14);
		byte_writer_u16(w, type);
		break;
	case DISSECT_COOKED_2:
		byte_writer_u16(w, type);
		captured_put_zeros(w, 18);
		break;
	case DISSECT_LOOPBACK:
		byte_writer_u32(w, 0x02000000);
		break;
	default:
		break;
	}
}

static inline void captured_put_ip(struct byte_writer *w, enum captured_ip ip, uint8_t protocol)
{
	if (ip == CAPTURED_IPV4 || ip == CAPTURED_IPV4_OPTIONS) {
		byte_writer_u8(w, ip == CAPTURED_IPV4 ? 0x45 : 0x47);
		captured_put_zeros(w, 5);
		byte_writer_u16(w, 0x4000); /* "do not fragment" is no fragment */
		byte_writer_u8(w, 64);
		byte_writer_u8(w, protocol);
		captured_put_zeros(w, ip == CAPTURED_IPV4 ? 10 : 18);
		return;
	}
	byte_writer_u8(w, 0x60);
	captured_put_zeros(w, 5);
	byte_writer_u8(w, ip == CAPTURED_IPV6 ? protocol : 0);
	byte_writer_u8(w, 64);
	captured_put_zeros(w, 32);
	if (ip == CAPTURED_IPV6)
		return;
	byte_writer_u8(w, 60);
	captured_put_zeros(w, 7);
	byte_writer_u8(w, protocol);
	byte_writer_u8(w, 1);
	captured_put_zeros(w, 14);
}

static inline void captured_put_rtp(struct byte_writer *w, const struct dissected *rtp)
{
	byte_writer_u16(w, 4000);
	byte_writer_u16(w, rtp->port);
	byte_writer_u16(w, 8 + 12 + CAPTURED_PAYLOAD_BYTES);
	byte_writer_u16(w, 0);
	byte_writer_u8(w, 0x80);
	byte_writer_u8(w, 111);
	byte_writer_u16(w, rtp->seq);
	byte_writer_u32(w, rtp->timestamp);
	byte_writer_u32(w, rtp->ssrc);
	captured_put_zeros(w, CAPTURED_PAYLOAD_BYTES);
}

/* A whole frame; returns its length. */
static inline size_t captured_frame(uint8_t bytes[CAPTURED_BYTES_MAX], enum dissect_link link,
	int n_vlans, enum captured_ip ip, const struct dissected *rtp)
{
	const uint16_t type = ip <= CAPTURED_IPV4_OPTIONS ? 0x0800 : 0x86dd;
	struct byte_writer w = byte_writer_over(bytes, CAPTURED_BYTES_MAX);

	captured_put_link(&w, link, n_vlans, type);
	captured_put_ip(&w, ip, 17);
	captured_put_rtp(&w, rtp);
	return (size_t)(w.at - bytes);
}

#endif
