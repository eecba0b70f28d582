#include "common/rtp/red.h"

#include "common/base/bytes.h"

#include <assert.h>

enum status red_parse(struct red_payload *red, const uint8_t *payload, size_t n_bytes)
{
	struct byte_reader r = byte_reader_over(payload, n_bytes);
	struct red_payload parsed;
	uint8_t first;

	parsed.n_blocks = 0;
	do {
		if (parsed.n_blocks == RED_BLOCKS_MAX)
			return STATUS_MALFORMED;
		struct red_block *const block = &parsed.blocks[parsed.n_blocks++];
		first = byte_reader_u8(&r);
		*block = (struct red_block){ .payload_type = first & 0x7F };
		if (first & 0x80) { /* RFC 2198, 3: another header follows this one */
			const uint8_t high = byte_reader_u8(&r);
			const uint16_t low = byte_reader_u16(&r);
			block->offset_samples = (uint16_t)(high << 6 | low >> 10);
			block->n_bytes = low & 0x3FF;
		}
		if (r.failed)
			return STATUS_TRUNCATED;
	} while (first & 0x80);

	for (size_t i = 0; i + 1 < parsed.n_blocks; i++)
		parsed.blocks[i].data = byte_reader_take(&r, parsed.blocks[i].n_bytes);
	if (r.failed)
		return STATUS_TRUNCATED;
	parsed.blocks[parsed.n_blocks - 1].data = r.at; /* RFC 2198, 3: the primary is the rest */
	parsed.blocks[parsed.n_blocks - 1].n_bytes = r.n_left;
	*red = parsed;
	return STATUS_OK;
}

enum status red_write(
	const struct red_payload *red, uint8_t *payload, size_t size, size_t *n_written)
{
	assert(red->n_blocks >= 1 && red->n_blocks <= RED_BLOCKS_MAX);
	struct byte_writer w = byte_writer_over(payload, size);
	for (size_t i = 0; i + 1 < red->n_blocks; i++) {
		const struct red_block *const block = &red->blocks[i];
		assert(block->payload_type <= 0x7F);
		assert(block->offset_samples <= RED_OFFSET_SAMPLES_MAX);
		assert(block->n_bytes <= RED_BLOCK_BYTES_MAX);
		byte_writer_u32(&w, UINT32_C(0x80000000) | (uint32_t)block->payload_type << 24 |
					    (uint32_t)block->offset_samples << 10 |
					    (uint32_t)block->n_bytes);
	}
	byte_writer_u8(&w, red->blocks[red->n_blocks - 1].payload_type & 0x7F);
	for (size_t i = 0; i < red->n_blocks; i++)
		byte_writer_put(&w, red->blocks[i].data, red->blocks[i].n_bytes);
	if (w.failed)
		return STATUS_NO_ROOM;
	*n_written = size - w.n_left;
	return STATUS_OK;
}
