/* Frames as a capture holds them, built layer by layer for the tests. */
#ifndef HINDSIGHT_TESTS_UNIT_CAPTURED_FRAME_H
#define HINDSIGHT_TESTS_UNIT_CAPTURED_FRAME_H

#include "common/base/bytes.h"
#include "tools/sim/dissect.h"

#include <stddef.h>
#include <stdint.h>

enum { CAPTURED_BYTES_MAX = 256, CAPTURED_PAYLOAD_BYTES = 20 /* unless a test has its own */ };

enum captured_ip {
	CAPTURED_IPV4,
	CAPTURED_IPV4_OPTIONS,
	CAPTURED_IPV6,
	CAPTURED_IPV6_EXTENSIONS, /* hop by hop, and destination options of 16 bytes */
	CAPTURED_IPV6_FRAGMENT	  /* the only one, which is the whole packet */
};

/* Ethernet and IPv4 around another one. */
enum captured_tunnel {
	CAPTURED_PPPOE,
	CAPTURED_MPLS, /* two labels */
	CAPTURED_GRE,  /* with a key */
	CAPTURED_GRE_ETHERNET,
	CAPTURED_IP_IN_IP,
	CAPTURED_VXLAN,
	CAPTURED_TURN,
	CAPTURED_TUNNELS
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
	case DISSECT_PPP:
		byte_writer_u16(w, 0xff03);
		byte_writer_u16(w, type == 0x0800 ? 0x0021 : 0x0057);
		break;
	default:
		break;
	}
}

static inline void captured_put_ipv4(
	struct byte_writer *w, size_t n_options, uint8_t protocol, const struct dissected *rtp)
{
	byte_writer_u8(w, (uint8_t)(0x45 + n_options / 4));
	captured_put_zeros(w, 5);
	byte_writer_u16(w, 0x4000); /* "do not fragment" is no fragment */
	byte_writer_u8(w, 64);
	byte_writer_u8(w, protocol);
	byte_writer_u16(w, 0);
	byte_writer_put(w, rtp->from, 4);
	byte_writer_put(w, rtp->to, 4);
	captured_put_zeros(w, n_options);
}

static inline void captured_put_ip(
	struct byte_writer *w, enum captured_ip ip, uint8_t protocol, const struct dissected *rtp)
{
	if (ip == CAPTURED_IPV4 || ip == CAPTURED_IPV4_OPTIONS) {
		captured_put_ipv4(w, ip == CAPTURED_IPV4 ? 0 : 8, protocol, rtp);
		return;
	}
	byte_writer_u8(w, 0x60);
	captured_put_zeros(w, 5);
	byte_writer_u8(w, ip == CAPTURED_IPV6 ? protocol : ip == CAPTURED_IPV6_FRAGMENT ? 44 : 0);
	byte_writer_u8(w, 64);
	byte_writer_put(w, rtp->from, 16);
	byte_writer_put(w, rtp->to, 16);
	if (ip == CAPTURED_IPV6)
		return;
	byte_writer_u8(w, ip == CAPTURED_IPV6_FRAGMENT ? protocol : 60);
	captured_put_zeros(w, 7);
	if (ip == CAPTURED_IPV6_FRAGMENT)
		return;
	byte_writer_u8(w, protocol);
	byte_writer_u8(w, 1);
	captured_put_zeros(w, 14);
}

static inline void captured_put_udp(
	struct byte_writer *w, uint16_t from, uint16_t to, size_t n_bytes)
{
	byte_writer_u16(w, from);
	byte_writer_u16(w, to);
	byte_writer_u16(w, (uint16_t)(8 + n_bytes));
	byte_writer_u16(w, 0);
}

static inline void captured_put_rtp(struct byte_writer *w, const struct dissected *rtp)
{
	byte_writer_u8(w, 0x80);
	byte_writer_u8(w, rtp->type);
	byte_writer_u16(w, rtp->seq);
	byte_writer_u32(w, rtp->timestamp);
	byte_writer_u32(w, rtp->ssrc);
	captured_put_zeros(w, rtp->payload_bytes);
}

/* A whole frame; returns its length. */
static inline size_t captured_frame(uint8_t bytes[CAPTURED_BYTES_MAX], enum dissect_link link,
	int n_vlans, enum captured_ip ip, const struct dissected *rtp)
{
	const uint16_t type = ip <= CAPTURED_IPV4_OPTIONS ? 0x0800 : 0x86dd;
	struct byte_writer w = byte_writer_over(bytes, CAPTURED_BYTES_MAX);

	captured_put_link(&w, link, n_vlans, type);
	captured_put_ip(&w, ip, 17, rtp);
	captured_put_udp(&w, rtp->from_port, rtp->port, 12U + rtp->payload_bytes);
	captured_put_rtp(&w, rtp);
	return (size_t)(w.at - bytes);
}

/* The same through a tunnel, over IPv4 within and without. */
static inline size_t captured_tunnelled(
	uint8_t bytes[CAPTURED_BYTES_MAX], enum captured_tunnel tunnel, const struct dissected *rtp)
{
	static const struct dissected outer = { .from = { 1 }, .to = { 2 } };
	struct byte_writer w = byte_writer_over(bytes, CAPTURED_BYTES_MAX);
	const size_t n_inner = 12U + rtp->payload_bytes;
	const bool is_turn = tunnel == CAPTURED_TURN;

	captured_put_link(&w, DISSECT_ETHERNET, 0,
		tunnel == CAPTURED_PPPOE  ? 0x8864
		: tunnel == CAPTURED_MPLS ? 0x8847
					  : 0x0800);
	switch (tunnel) {
	case CAPTURED_PPPOE:
		captured_put_zeros(&w, 6);
		byte_writer_u16(&w, 0x0021);
		break;
	case CAPTURED_MPLS:
		byte_writer_u32(&w, 0x00010040);
		byte_writer_u32(&w, 0x00011140);
		break;
	case CAPTURED_GRE:
	case CAPTURED_GRE_ETHERNET:
		captured_put_ipv4(&w, 0, 47, &outer);
		byte_writer_u16(&w, 0x2000);
		byte_writer_u16(&w, tunnel == CAPTURED_GRE ? 0x0800 : 0x6558);
		byte_writer_u32(&w, 42);
		break;
	case CAPTURED_IP_IN_IP:
		captured_put_ipv4(&w, 0, 4, &outer);
		break;
	case CAPTURED_VXLAN:
		captured_put_ipv4(&w, 0, 17, &outer);
		captured_put_udp(&w, 50000, 4789, 8 + 14 + 20 + 8 + n_inner);
		byte_writer_u32(&w, 0x08000000);
		byte_writer_u32(&w, 42 << 8);
		break;
	default:
		break;
	}
	if (tunnel == CAPTURED_VXLAN || tunnel == CAPTURED_GRE_ETHERNET)
		captured_put_link(&w, DISSECT_ETHERNET, 0, 0x0800);
	captured_put_ipv4(&w, 0, 17, rtp);
	captured_put_udp(&w, rtp->from_port, rtp->port, n_inner + (is_turn ? 4 : 0));
	if (is_turn) {
		byte_writer_u16(&w, 0x4001);
		byte_writer_u16(&w, (uint16_t)n_inner);
	}
	captured_put_rtp(&w, rtp);
	return (size_t)(w.at - bytes);
}

#endif
