/* A bounds-checked cursor over big-endian bytes, for reading and for writing.
 * A step past the end changes nothing but `failed`; so a parser may read a whole header and ask
 * once. Owner: the caller, who also owns the bytes and keeps them alive. */
#ifndef HINDSIGHT_COMMON_BASE_BYTES_H
#define HINDSIGHT_COMMON_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct byte_reader {
	const uint8_t *at;
	size_t n_left;
	bool failed;
};

static inline struct byte_reader byte_reader_over(const uint8_t *bytes, size_t n_bytes)
{
	return (struct byte_reader){ bytes, n_bytes, false };
}

/* The next n_bytes as they are, or NULL (and `failed`) where there are fewer. */
static inline const uint8_t *byte_reader_take(struct byte_reader *r, size_t n_bytes)
{
	if (r->failed || r->n_left < n_bytes) {
		r->failed = true;
		return NULL;
	}
	const uint8_t *const taken = r->at;
	r->at += n_bytes;
	r->n_left -= n_bytes;
	return taken;
}

static inline uint8_t byte_reader_u8(struct byte_reader *r)
{
	const uint8_t *const b = byte_reader_take(r, 1);
	return b ? b[0] : 0;
}

static inline uint16_t byte_reader_u16(struct byte_reader *r)
{
	const uint8_t *const b = byte_reader_take(r, 2);
	if (!b)
		return 0;
	return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t byte_reader_u32(struct byte_reader *r)
{
	const uint8_t *const b = byte_reader_take(r, 4);
	return b ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3] : 0;
}

static inline uint64_t byte_reader_u64(struct byte_reader *r)
{
	const uint64_t high = byte_reader_u32(r);
	return high << 32 | byte_reader_u32(r);
}

struct byte_writer {
	uint8_t *at;
	size_t n_left;
	bool failed;
};

static inline struct byte_writer byte_writer_over(uint8_t *bytes, size_t n_bytes)
{
	return (struct byte_writer){ bytes, n_bytes, false };
}

static inline void byte_writer_put(struct byte_writer *w, const void *bytes, size_t n_bytes)
{
	if (w->failed || w->n_left < n_bytes) {
		w->failed = true;
		return;
	}
	if (n_bytes > 0) /* bytes may be NULL then, which memcpy() forbids */
		memcpy(w->at, bytes, n_bytes);
	w->at += n_bytes;
	w->n_left -= n_bytes;
}

static inline void byte_writer_u8(struct byte_writer *w, uint8_t value)
{
	byte_writer_put(w, &value, 1);
}

static inline void byte_writer_u16(struct byte_writer *w, uint16_t value)
{
	const uint8_t b[] = { (uint8_t)(value >> 8), (uint8_t)value };
	byte_writer_put(w, b, sizeof b);
}

static inline void byte_writer_u32(struct byte_writer *w, uint32_t value)
{
	const uint8_t b[] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
		(uint8_t)value };
	byte_writer_put(w, b, sizeof b);
}

static inline void byte_writer_u64(struct byte_writer *w, uint64_t value)
{
	byte_writer_u32(w, (uint32_t)(value >> 32));
	byte_writer_u32(w, (uint32_t)value);
}

#endif
