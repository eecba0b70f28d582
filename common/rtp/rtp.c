#include "common/rtp/rtp.h"

#include "common/base/bytes.h"

#include <assert.h>

enum {
	RTP_VERSION = 2,
	/* RFC 8285, 4.2: elements begin with a byte of ID and length less one; then come the
	 * data. */
	ONE_BYTE_PROFILE = 0xBEDE,
	ONE_BYTE_PADDING = 0,
	ONE_BYTE_END = 15,	  /* an ID that ends the extension */
	CAPTURE_TIME_BYTES = 8,	  /* UQ32.32 */
	CAPTURE_TIME_BYTES_2 = 16 /* and the sender's estimate of another clock, which we ignore */
};

/* The first capture time of an extension; false: none, or malformed before it came. */
static bool read_capture_time(struct byte_reader extension, uint64_t *capture_ntp)
{
	while (extension.n_left > 0) {
		const uint8_t head = byte_reader_u8(&extension);
		if (head == ONE_BYTE_PADDING)
			continue;
		if (head >> 4 == ONE_BYTE_END)
			return false;
		const size_t n_bytes = (size_t)(head & 0x0F) + 1;
		struct byte_reader element =
			byte_reader_over(byte_reader_take(&extension, n_bytes), n_bytes);
		if (extension.failed)
			return false;
		if (head >> 4 == RTP_CAPTURE_TIME_ID &&
			(n_bytes == CAPTURE_TIME_BYTES || n_bytes == CAPTURE_TIME_BYTES_2)) {
			*capture_ntp = byte_reader_u64(&element);
			return true;
		}
	}
	return false;
}

enum status rtp_parse(struct rtp_packet *packet, const uint8_t *datagram, size_t n_bytes)
{
	struct byte_reader r = byte_reader_over(datagram, n_bytes);
	const uint8_t flags = byte_reader_u8(&r);
	const uint8_t type = byte_reader_u8(&r);
	const uint16_t seq = byte_reader_u16(&r);
	const uint32_t timestamp = byte_reader_u32(&r);
	const uint32_t ssrc = byte_reader_u32(&r);
	const size_t n_csrcs = flags & 0x0F;
	const bool has_extension = flags & 0x10;
	const bool has_padding = flags & 0x20;
	struct byte_reader extension = byte_reader_over(NULL, 0);
	uint64_t capture_ntp = 0;

	if (r.failed)
		return STATUS_TRUNCATED;
	if (flags >> 6 != RTP_VERSION) /* RFC 3550, 5.1: the version is two */
		return STATUS_MALFORMED;
	byte_reader_take(&r, n_csrcs * 4);
	if (has_extension) { /* RFC 3550, 5.3.1: 16 bits of profile, then the length in words */
		const uint16_t profile = byte_reader_u16(&r);
		const size_t n_extension = (size_t)byte_reader_u16(&r) * 4;
		const uint8_t *const bytes = byte_reader_take(&r, n_extension);
		if (bytes && profile == ONE_BYTE_PROFILE)
			extension = byte_reader_over(bytes, n_extension);
	}
	if (r.failed)
		return STATUS_TRUNCATED;
	size_t n_padding = 0;
	if (has_padding) { /* RFC 3550, 5.1: the last byte counts itself and the ones before it */
		n_padding = r.n_left > 0 ? r.at[r.n_left - 1] : 0;
		if (n_padding == 0 || n_padding > r.n_left)
			return STATUS_MALFORMED;
	}
	const bool has_capture_time = read_capture_time(extension, &capture_ntp);
	*packet = (struct rtp_packet){
		.marker = type >> 7,
		.payload_type = type & 0x7F,
		.seq = seq,
		.timestamp = timestamp,
		.ssrc = ssrc,
		.has_capture_time = has_capture_time,
		.capture_ntp = capture_ntp,
		.payload = r.at,
		.payload_bytes = r.n_left - n_padding,
	};
	return STATUS_OK;
}

void rtp_write_header(uint8_t header[RTP_HEADER_BYTES], const struct rtp_packet *packet)
{
	assert(packet->payload_type <= 0x7F);
	struct byte_writer w = byte_writer_over(header, RTP_HEADER_BYTES);
	byte_writer_u8(&w, (uint8_t)(RTP_VERSION << 6 | (packet->has_capture_time ? 0x10 : 0)));
	byte_writer_u8(&w, (uint8_t)((packet->marker ? 0x80 : 0) | packet->payload_type));
	byte_writer_u16(&w, packet->seq);
	byte_writer_u32(&w, packet->timestamp);
	byte_writer_u32(&w, packet->ssrc);
}

void rtp_write_capture_time(uint8_t extension[RTP_EXTENSION_BYTES], uint64_t capture_ntp)
{
	struct byte_writer w = byte_writer_over(extension, RTP_EXTENSION_BYTES);
	byte_writer_u16(&w, ONE_BYTE_PROFILE);
	byte_writer_u16(&w, RTP_EXTENSION_BYTES / 4 - 1);
	byte_writer_u8(&w, RTP_CAPTURE_TIME_ID << 4 | (CAPTURE_TIME_BYTES - 1));
	byte_writer_u64(&w, capture_ntp);
	while (w.n_left > 0)
		byte_writer_u8(&w, ONE_BYTE_PADDING);
}

bool rtp_is_rtcp(const uint8_t *datagram, size_t n_bytes)
{
	return n_bytes >= 2 && datagram[0] >> 6 == RTP_VERSION && datagram[1] >= 192 &&
	       datagram[1] <= 223;
}
