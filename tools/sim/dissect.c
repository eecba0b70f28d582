#include "tools/sim/dissect.h"

#include "common/base/bytes.h"
#include "common/rtp/rtp.h"

#include <string.h>

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_VLAN = 0x8100,	/* IEEE 802.1Q */
	ETHERTYPE_SERVICE = 0x88a8,	/* IEEE 802.1ad, the outer one of two */
	ETHERTYPE_SERVICE_OLD = 0x9100, /* the same before it had a standard */
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_PPPOE = 0x8864,    /* its session, RFC 2516 */
	ETHERTYPE_BRIDGING = 0x6558, /* RFC 1701: Ethernet within GRE */
	PPP_IPV4 = 0x0021,
	PPP_IPV6 = 0x0057,
	PPP_ADDRESS_CONTROL = 0xff03, /* RFC 1662, 3.1 */
	ETHERNET_ADDRESSES_BYTES = 12,
	COOKED_BEFORE_TYPE_BYTES = 14, /* packet type, ARPHRD, address length and address */
	COOKED_2_AFTER_TYPE_BYTES = 18,
	LOOPBACK_BYTES = 4,
	IPV4_BYTES = 20,
	IPV4_ADDRESS_BYTES = 4,
	PROTOCOL_IPV4 = 4, /* IP within IP, RFC 2003 */
	PROTOCOL_UDP = 17,
	PROTOCOL_IPV6 = 41, /* RFC 2473 */
	PROTOCOL_GRE = 47,
	IPV6_HOP_BY_HOP = 0,
	IPV6_ROUTING = 43,
	IPV6_FRAGMENT = 44,
	IPV6_DESTINATION = 60,
	IPV6_EXTENSIONS_MAX = 8,
	UDP_BYTES = 8,
	VXLAN_PORT = 4789,
	VXLAN_HAS_NETWORK = 0x08, /* RFC 7348, 5: the flag I */
	TURN_CHANNEL_BYTES = 4,	  /* RFC 8656, 12.4: a channel, 0x4000 to 0x4fff, and a length */
	TAGS_MAX = 8,		  /* of VLAN and MPLS one after the other */
	LAYERS_MAX = 8,		  /* a tunnel within a tunnel; who needs more wants to tire us */
	RTP_VERSION = 2
};

/* What comes next in the frame. */
enum layer { LAYER_NONE, LAYER_ETHERNET, LAYER_IP, LAYER_UDP, LAYER_RTP };

static enum layer layer_of_ppp(uint16_t protocol)
{
	return protocol == PPP_IPV4 || protocol == PPP_IPV6 ? LAYER_IP : LAYER_NONE;
}

/* RFC 3032, 2.1: labels until the one that is the bottom of the stack; IP behind it tells itself. */
static enum layer skip_mpls(struct byte_reader *r)
{
	for (int i = 0; i < TAGS_MAX; i++)
		if (byte_reader_u32(r) & 0x100)
			return LAYER_IP;
	return LAYER_NONE;
}

/* What an EtherType announces, behind its tags. */
static enum layer skip_type(struct byte_reader *r, uint16_t type)
{
	for (int i = 0; i < TAGS_MAX; i++) {
		if (type != ETHERTYPE_VLAN && type != ETHERTYPE_SERVICE &&
			type != ETHERTYPE_SERVICE_OLD)
			break;
		byte_reader_u16(r); /* priority and VLAN */
		type = byte_reader_u16(r);
	}
	switch (type) {
	case ETHERTYPE_IPV4:
	case ETHERTYPE_IPV6:
		return LAYER_IP;
	case ETHERTYPE_MPLS:
		return skip_mpls(r);
	case ETHERTYPE_PPPOE:
		byte_reader_take(r, 6); /* version, code, session, length */
		return layer_of_ppp(byte_reader_u16(r));
	case ETHERTYPE_BRIDGING:
		return LAYER_ETHERNET;
	default:
		return LAYER_NONE;
	}
}

static enum layer skip_ppp(struct byte_reader *r)
{
	uint16_t protocol = byte_reader_u16(r);

	if (protocol == PPP_ADDRESS_CONTROL)
		protocol = byte_reader_u16(r);
	return layer_of_ppp(protocol);
}

static enum layer skip_link(struct byte_reader *r, enum dissect_link link)
{
	uint16_t type;

	switch (link) {
	case DISSECT_ETHERNET:
		return LAYER_ETHERNET;
	case DISSECT_COOKED:
		byte_reader_take(r, COOKED_BEFORE_TYPE_BYTES);
		return skip_type(r, byte_reader_u16(r));
	case DISSECT_COOKED_2:
		type = byte_reader_u16(r);
		byte_reader_take(r, COOKED_2_AFTER_TYPE_BYTES);
		return skip_type(r, type);
	case DISSECT_LOOPBACK: /* the family's number differs between systems; IP tells itself */
		byte_reader_take(r, LOOPBACK_BYTES);
		return LAYER_IP;
	case DISSECT_PPP:
		return skip_ppp(r);
	case DISSECT_RTP:
		return LAYER_RTP;
	default:
		return LAYER_IP;
	}
}

static enum layer skip_ethernet(struct byte_reader *r)
{
	byte_reader_take(r, ETHERNET_ADDRESSES_BYTES);
	return skip_type(r, byte_reader_u16(r));
}

/* RFC 2784, 2 and RFC 2890, 2: checksum, key and sequence number are there where a flag says so. */
static enum layer skip_gre(struct byte_reader *r)
{
	const uint16_t flags = byte_reader_u16(r);
	const uint16_t type = byte_reader_u16(r);
	const int n_options = (flags >> 15) + (flags >> 13 & 1) + (flags >> 12 & 1);

	byte_reader_take(r, 4 * (size_t)n_options);
	return (flags & 7) == 0 ? skip_type(r, type) : LAYER_NONE; /* another version is PPTP's */
}

static void copy_address(struct byte_reader *r, uint8_t address[DISSECT_ADDRESS_BYTES], size_t n)
{
	const uint8_t *const bytes = byte_reader_take(r, n);

	memset(address, 0, DISSECT_ADDRESS_BYTES);
	if (bytes)
		memcpy(address, bytes, n);
}

/* RFC 791, 3.1; a fragment is none of ours. Returns the protocol, or -1. */
static int skip_ipv4(struct byte_reader *r, uint8_t first, struct dissected *d)
{
	const int header_bytes = (first & 0x0f) * 4;

	byte_reader_take(r, 5); /* service, length, identification */
	const uint16_t fragment = byte_reader_u16(r);
	byte_reader_u8(r); /* time to live */
	const uint8_t protocol = byte_reader_u8(r);
	byte_reader_u16(r); /* checksum */
	copy_address(r, d->from, IPV4_ADDRESS_BYTES);
	copy_address(r, d->to, IPV4_ADDRESS_BYTES);
	if (header_bytes < IPV4_BYTES || (fragment & 0x3fff) != 0)
		return -1;
	byte_reader_take(r, (size_t)(header_bytes - IPV4_BYTES));
	return protocol;
}

/* RFC 8200, 3 and 4; a fragment that is the whole packet (RFC 6946) is read. */
static int skip_ipv6(struct byte_reader *r, struct dissected *d)
{
	byte_reader_take(r, 5); /* the rest of class and flow, length */
	uint8_t next = byte_reader_u8(r);
	byte_reader_u8(r); /* hop limit */
	copy_address(r, d->from, DISSECT_ADDRESS_BYTES);
	copy_address(r, d->to, DISSECT_ADDRESS_BYTES);
	for (int i = 0; i < IPV6_EXTENSIONS_MAX; i++) {
		const bool is_fragment = next == IPV6_FRAGMENT;
		if (!is_fragment && next != IPV6_HOP_BY_HOP && next != IPV6_ROUTING &&
			next != IPV6_DESTINATION)
			break;
		next = byte_reader_u8(r);
		const size_t eights = byte_reader_u8(r); /* beyond the first eight bytes */
		if (is_fragment && (byte_reader_u16(r) & 0xfff9) != 0) /* where, and "more" */
			return -1;
		byte_reader_take(r, is_fragment ? 4 : 6 + 8 * eights);
	}
	return next;
}

static enum layer skip_ip(struct byte_reader *r, struct dissected *d)
{
	const uint8_t first = byte_reader_u8(r); /* version, and IPv4's header length */
	int protocol = -1;

	d->ip_version = first >> 4;
	if (d->ip_version == 4)
		protocol = skip_ipv4(r, first, d);
	else if (d->ip_version == 6)
		protocol = skip_ipv6(r, d);
	switch (protocol) {
	case PROTOCOL_UDP:
		return LAYER_UDP;
	case PROTOCOL_GRE:
		return skip_gre(r);
	case PROTOCOL_IPV4:
	case PROTOCOL_IPV6:
		return LAYER_IP;
	default:
		return LAYER_NONE;
	}
}

/* *n_bytes: of the datagram, as UDP's own header tells. */
static enum layer skip_udp(struct byte_reader *r, struct dissected *d, size_t *n_bytes)
{
	d->from_port = byte_reader_u16(r);
	d->port = byte_reader_u16(r);
	const uint16_t udp_bytes = byte_reader_u16(r); /* with its own header of eight */
	byte_reader_u16(r);			       /* checksum */
	if (r->failed || udp_bytes < UDP_BYTES)
		return LAYER_NONE;
	*n_bytes = udp_bytes - UDP_BYTES;
	if (d->port == VXLAN_PORT && r->n_left > 0 && *r->at == VXLAN_HAS_NETWORK) {
		byte_reader_take(r, 8); /* flags and network */
		return LAYER_ETHERNET;
	}
	struct byte_reader ahead = *r;
	const uint16_t channel = byte_reader_u16(&ahead);
	const uint16_t carried_bytes = byte_reader_u16(&ahead);
	if (!ahead.failed && channel >> 12 == 4 &&
		carried_bytes + (size_t)TURN_CHANNEL_BYTES <= *n_bytes) {
		*r = ahead;
		*n_bytes = carried_bytes;
	}
	return LAYER_RTP;
}

/* RFC 3550, 5.1. n_bytes: of the packet, of which the reader may have fewer. */
static bool read_rtp(struct byte_reader *r, size_t n_bytes, struct dissected *d)
{
	const uint8_t *const header = r->at;
	const size_t n_left = r->n_left;
	const uint8_t flags = byte_reader_u8(r);
	const uint8_t second = byte_reader_u8(r); /* marker and payload type */
	size_t header_bytes = RTP_HEADER_BYTES + 4 * (size_t)(flags & 0x0f);

	d->type = second & 0x7f;
	d->seq = byte_reader_u16(r);
	d->timestamp = byte_reader_u32(r);
	d->ssrc = byte_reader_u32(r);
	if (r->failed || n_bytes < RTP_HEADER_BYTES || flags >> 6 != RTP_VERSION ||
		rtp_is_rtcp(header, n_left))
		return false;
	if (flags & 0x10) { /* an extension, which the capture may have cut off */
		byte_reader_take(r, header_bytes - RTP_HEADER_BYTES + 2);
		header_bytes += 4 + 4 * (size_t)byte_reader_u16(r);
	}
	d->payload_bytes = (uint16_t)(n_bytes > header_bytes ? n_bytes - header_bytes : 0);
	return true;
}

bool dissect_rtp(
	struct dissected *rtp, enum dissect_link link, const uint8_t *frame, size_t n_bytes)
{
	struct byte_reader r = byte_reader_over(frame, n_bytes);
	struct dissected found = { 0 };
	size_t packet_bytes = n_bytes;
	enum layer layer = skip_link(&r, link);

	for (int i = 0; i < LAYERS_MAX && layer != LAYER_NONE && layer != LAYER_RTP; i++) {
		if (layer == LAYER_ETHERNET)
			layer = skip_ethernet(&r);
		else if (layer == LAYER_IP)
			layer = skip_ip(&r, &found);
		else
			layer = skip_udp(&r, &found, &packet_bytes);
		if (r.failed)
			return false;
	}
	if (layer != LAYER_RTP || !read_rtp(&r, packet_bytes, &found))
		return false;
	*rtp = found;
	return true;
}
