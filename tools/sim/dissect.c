#include "tools/sim/dissect.h"

#include "common/base/bytes.h"
#include "common/rtp/rtp.h"

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_VLAN = 0x8100,    /* IEEE 802.1Q */
	ETHERTYPE_SERVICE = 0x88a8, /* IEEE 802.1ad, the outer one of two */
	ETHERNET_ADDRESSES_BYTES = 12,
	COOKED_BEFORE_TYPE_BYTES = 14, /* packet type, ARPHRD, address length and address */
	COOKED_2_AFTER_TYPE_BYTES = 18,
	LOOPBACK_BYTES = 4,
	IPV4_BYTES = 20,
	IPV6_ADDRESSES_BYTES = 32,
	PROTOCOL_UDP = 17,
	IPV6_HOP_BY_HOP = 0,
	IPV6_ROUTING = 43,
	IPV6_DESTINATION = 60,
	IPV6_EXTENSIONS_MAX = 8,
	RTP_VERSION = 2
};

/* Moves to the IP header; false: something else is in the frame. */
static bool skip_link(struct byte_reader *r, enum dissect_link link)
{
	uint16_t type = 0;

	switch (link) {
	case DISSECT_ETHERNET:
		byte_reader_take(r, ETHERNET_ADDRESSES_BYTES);
		type = byte_reader_u16(r);
		while (type == ETHERTYPE_VLAN || type == ETHERTYPE_SERVICE) {
			byte_reader_u16(r); /* priority and VLAN */
			type = byte_reader_u16(r);
		}
		break;
	case DISSECT_COOKED:
		byte_reader_take(r, COOKED_BEFORE_TYPE_BYTES);
		type = byte_reader_u16(r);
		break;
	case DISSECT_COOKED_2:
		type = byte_reader_u16(r);
		byte_reader_take(r, COOKED_2_AFTER_TYPE_BYTES);
		break;
	case DISSECT_LOOPBACK: /* the family's number differs between systems; IP tells itself */
		byte_reader_take(r, LOOPBACK_BYTES);
		return !r->failed;
	default:
		return true;
	}
	return !r->failed && (type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6);
}

/* RFC 791, 3.1; a fragment is none of ours. */
static bool skip_ipv4(struct byte_reader *r, uint8_t first)
{
	const int header_bytes = (first & 0x0f) * 4;

	byte_reader_take(r, 5); /* service, length, identification */
	const uint16_t fragment = byte_reader_u16(r);
	byte_reader_u8(r); /* time to live */
	const uint8_t protocol = byte_reader_u8(r);
	byte_reader_take(r, 10); /* checksum and addresses */
	if (header_bytes < IPV4_BYTES)
		return false;
	byte_reader_take(r, (size_t)(header_bytes - IPV4_BYTES));
	return !r->failed && protocol == PROTOCOL_UDP && (fragment & 0x3fff) == 0;
}

/* RFC 8200, 3 and 4. */
static bool skip_ipv6(struct byte_reader *r)
{
	byte_reader_take(r, 5); /* the rest of class and flow, length */
	uint8_t next = byte_reader_u8(r);
	byte_reader_u8(r); /* hop limit */
	byte_reader_take(r, IPV6_ADDRESSES_BYTES);
	for (int i = 0; i < IPV6_EXTENSIONS_MAX; i++) {
		if (next != IPV6_HOP_BY_HOP && next != IPV6_ROUTING && next != IPV6_DESTINATION)
			break;
		next = byte_reader_u8(r);
		const size_t eights = byte_reader_u8(r); /* beyond the first eight bytes */
		byte_reader_take(r, 6 + 8 * eights);
	}
	return !r->failed && next == PROTOCOL_UDP;
}

bool dissect_rtp(
	struct dissected *rtp, enum dissect_link link, const uint8_t *frame, size_t n_bytes)
{
	struct byte_reader r = byte_reader_over(frame, n_bytes);

	if (!skip_link(&r, link))
		return false;
	const uint8_t first = byte_reader_u8(&r); /* version, and IPv4's header length */
	if (!(first >> 4 == 4 && skip_ipv4(&r, first)) && !(first >> 4 == 6 && skip_ipv6(&r)))
		return false;
	byte_reader_u16(&r); /* from port */
	const uint16_t port = byte_reader_u16(&r);
	const uint16_t udp_bytes = byte_reader_u16(&r); /* with its own header of eight */
	byte_reader_u16(&r);				/* checksum */
	const uint8_t *const header = r.at;
	const size_t n_left = r.n_left;
	const uint8_t flags = byte_reader_u8(&r);
	byte_reader_u8(&r); /* marker and payload type */
	const struct dissected found = {
		.port = port,
		.seq = byte_reader_u16(&r),
		.timestamp = byte_reader_u32(&r),
		.ssrc = byte_reader_u32(&r),
	};
	if (r.failed || udp_bytes < 8 + RTP_HEADER_BYTES || flags >> 6 != RTP_VERSION ||
		rtp_is_rtcp(header, n_left))
		return false;
	*rtp = found;
	return true;
}
