#include "common/rtp.h"

#include "common/bytes.h"

#include <assert.h>

enum { RTP_VERSION = 2 };

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

	if (r.failed)
		return STATUS_TRUNCATED;
	if (flags >> 6 != RTP_VERSION) /* RFC 3550, 5.1: the version is two */
		return STATUS_MALFORMED;
	byte_reader_take(&r, n_csrcs * 4);
	if (has_extension) { /* RFC 3550, 5.3.1: 16 bits of profile, then the length in words */
		byte_reader_u16(&r);
		byte_reader_take(&r, (size_t)byte_reader_u16(&r) * 4);
	}
	if (r.failed)
		return STATUS_TRUNCATED;
	size_t n_padding = 0;
	if (has_padding) { /* RFC 3550, 5.1: the last byte counts itself and the ones before it */
		n_padding = r.n_left > 0 ? r.at[r.n_left - 1] : 0;
		if (n_padding == 0 || n_padding > r.n_left)
			return STATUS_MALFORMED;
	}
	*packet = (struct rtp_packet){
		.marker = type >> 7,
		.payload_type = type & 0x7F,
		.seq = seq,
		.timestamp = timestamp,
		.ssrc = ssrc,
		.payload = r.at,
		.payload_bytes = r.n_left - n_padding,
	};
	return STATUS_OK;
}

void rtp_write_header(uint8_t header[RTP_HEADER_BYTES], const struct rtp_packet *packet)
{
	assert(packet->payload_type <= 0x7F);
	struct byte_writer w = byte_writer_over(header, RTP_HEADER_BYTES);
	byte_writer_u8(&w, RTP_VERSION << 6);
	byte_writer_u8(&w, (uint8_t)((packet->marker ? 0x80 : 0) | packet->payload_type));
	byte_writer_u16(&w, packet->seq);
	byte_writer_u32(&w, packet->timestamp);
	byte_writer_u32(&w, packet->ssrc);
}

bool rtp_is_rtcp(const uint8_t *datagram, size_t n_bytes)
{
	return n_bytes >= 2 && datagram[0] >> 6 == RTP_VERSION && datagram[1] >= 192 &&
	       datagram[1] <= 223;
}
