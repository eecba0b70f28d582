#include "tools/sim/capture_ng.h"

#include "common/base/units.h"

#include <stdlib.h>

enum {
	BLOCK_SECTION = 0x0a0d0d0a, /* the same in both byte orders */
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET_OLD = 2,	/* obsolete, with an interface of 16 bits */
	BLOCK_PACKET = 6,	/* enhanced; the simple one has no time */
	BLOCK_FRAME_BYTES = 12, /* type, length, and the length again */
	BLOCK_BYTES_MAX = 1 << 24,
	PACKET_HEADER_BYTES = 20,
	OPTION_END = 0,
	OPTION_TIME_RESOLUTION = 9, /* if_tsresol: 10^-n s, or 2^-n with the highest bit set */
	OPTION_TIME_OFFSET = 14,    /* if_tsoffset, in seconds */
	MAGIC_BYTES = 4
};

static uint32_t read_u32(const struct capture_ng *ng, const uint8_t *b)
{
	return ng->is_big_endian
		       ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]
		       : (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

static uint16_t read_u16(const struct capture_ng *ng, const uint8_t *b)
{
	return (uint16_t)(ng->is_big_endian ? b[0] << 8 | b[1] : b[1] << 8 | b[0]);
}

/* 0: a resolution that no clock has. */
static uint64_t ticks_per_second(uint8_t resolution)
{
	uint64_t ticks = 1;

	if (resolution & 0x80)
		return (resolution & 0x7f) < 63 ? UINT64_C(1) << (resolution & 0x7f) : 0;
	for (int i = 0; i < resolution; i++) {
		if (ticks > UINT64_MAX / 10)
			return 0;
		ticks *= 10;
	}
	return ticks;
}

/* Beyond as many interfaces as there is room for their packets are passed over. */
static void add_interface(struct capture_ng *ng, const uint8_t *body, size_t n_bytes)
{
	if (n_bytes < 8 || ng->n_interfaces == CAPTURE_NG_INTERFACES_MAX)
		return;
	const size_t i = ng->n_interfaces++;
	ng->interfaces[i].link_type = read_u16(ng, body);
	ng->interfaces[i].ticks_per_second = US_PER_SECOND;
	ng->interfaces[i].offset_s = 0;
	for (size_t at = 8; n_bytes - at >= 4;) {
		const uint16_t code = read_u16(ng, body + at);
		const size_t n = read_u16(ng, body + at + 2), n_padded = (n + 3) / 4 * 4;
		const uint8_t *const value = body + at + 4;
		if (code == OPTION_END || n_padded > n_bytes - at - 4)
			return;
		if (code == OPTION_TIME_RESOLUTION && n == 1)
			ng->interfaces[i].ticks_per_second = ticks_per_second(*value);
		if (code == OPTION_TIME_OFFSET && n == 8) /* its low half holds 68 years */
			ng->interfaces[i].offset_s =
				(int32_t)read_u32(ng, value + (ng->is_big_endian ? 4 : 0));
		at += 4 + n_padded;
	}
}

static bool take_packet(struct capture_ng *ng, uint32_t type, const uint8_t *body, size_t n_bytes)
{
	if (n_bytes < PACKET_HEADER_BYTES)
		return false;
	const uint32_t i = type == BLOCK_PACKET ? read_u32(ng, body) : read_u16(ng, body);
	const uint64_t ticks = (uint64_t)read_u32(ng, body + 4) << 32 | read_u32(ng, body + 8);
	const uint32_t n_captured = read_u32(ng, body + 12);
	if (i >= ng->n_interfaces || ng->interfaces[i].ticks_per_second == 0 ||
		n_captured > n_bytes - PACKET_HEADER_BYTES)
		return false;
	const uint64_t per_second = ng->interfaces[i].ticks_per_second;
	const uint64_t seconds = ticks / per_second;
	if (seconds > UINT32_MAX) /* the year 2106; a microsecond's product fits */
		return false;
	const double rest = (double)(ticks % per_second) / (double)per_second;
	ng->at_us = ((int64_t)seconds + ng->interfaces[i].offset_s) * US_PER_SECOND;
	ng->at_us += per_second <= UINT64_MAX / US_PER_SECOND
			     ? (int64_t)(ticks % per_second * US_PER_SECOND / per_second)
			     : (int64_t)(rest * US_PER_SECOND);
	ng->link_type = ng->interfaces[i].link_type;
	ng->bytes = body + PACKET_HEADER_BYTES;
	ng->n_bytes = n_captured;
	return true;
}

/* Room for a block of n_bytes; false: no memory. */
static bool make_room(struct capture_ng *ng, size_t n_bytes)
{
	if (n_bytes <= ng->n_room)
		return true;
	uint8_t *const larger = realloc(ng->block, n_bytes);
	if (!larger)
		return false;
	ng->block = larger;
	ng->n_room = n_bytes;
	return true;
}

/* Reads one block's body; PACKET: it is there. */
static enum capture_ng_result read_block(struct capture_ng *ng, uint32_t *type, size_t *n_body)
{
	uint8_t head[8 + MAGIC_BYTES];
	const size_t n_head = fread(head, 1, 8, ng->file);
	size_t n_read = 0;

	if (n_head < 8)
		return n_head == 0 ? CAPTURE_NG_END : CAPTURE_NG_CUT;
	*type = read_u32(ng, head);
	if (*type == BLOCK_SECTION) { /* its byte order holds for its own length too */
		n_read = fread(head + 8, 1, MAGIC_BYTES, ng->file);
		if (n_read < MAGIC_BYTES)
			return CAPTURE_NG_CUT;
		ng->is_big_endian = head[8] == 0x1a;
		ng->n_interfaces = 0;
	}
	const uint32_t n_block = read_u32(ng, head + 4);
	if (n_block < BLOCK_FRAME_BYTES + n_read || n_block > BLOCK_BYTES_MAX || n_block % 4 != 0)
		return CAPTURE_NG_CUT;
	const size_t n_rest = n_block - 8 - n_read;
	if (!make_room(ng, n_rest))
		return CAPTURE_NG_NO_MEMORY;
	if (fread(ng->block, 1, n_rest, ng->file) < n_rest)
		return CAPTURE_NG_CUT;
	*n_body = n_rest - 4;
	return CAPTURE_NG_PACKET;
}

enum capture_ng_result capture_ng_next(struct capture_ng *ng)
{
	enum capture_ng_result result;
	uint32_t type;
	size_t n_body;

	while ((result = read_block(ng, &type, &n_body)) == CAPTURE_NG_PACKET) {
		if (type == BLOCK_INTERFACE)
			add_interface(ng, ng->block, n_body);
		else if ((type == BLOCK_PACKET || type == BLOCK_PACKET_OLD) &&
			 take_packet(ng, type, ng->block, n_body))
			return CAPTURE_NG_PACKET;
	}
	return result;
}

void capture_ng_end(struct capture_ng *ng)
{
	free(ng->block);
	ng->block = NULL;
	ng->n_room = 0;
}
