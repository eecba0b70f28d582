/* A compound datagram byte by byte after RFC 3550, 6, and RFC 3611, 4, and the items of any
 * datagram: what the tests of reading and of writing both want. */
#ifndef HINDSIGHT_TESTS_UNIT_RTCP_COMPOUND_H
#define HINDSIGHT_TESTS_UNIT_RTCP_COMPOUND_H

#include "common/rtp/rtcp_reader.h"
#include "tests/unit/unit.h"

enum { ITEMS_MAX = 400 };

static struct rtcp_item items[ITEMS_MAX];

/* All items of a datagram, into items[]; -1: it was refused. Of the exact size, so that a sanitizer
 * sees a read beyond the end. */
static int read_all(const uint8_t *bytes, size_t n_bytes)
{
	struct rtcp_reader reader;
	int n_items = 0;

	if (rtcp_open(&reader, bytes, n_bytes) != STATUS_OK)
		return -1;
	while (rtcp_next(&reader, &items[n_items]))
		assert_true(++n_items < ITEMS_MAX);
	assert_false(rtcp_next(&reader, &items[n_items])); /* the end stays the end */
	return n_items;
}

static const uint8_t compound[] = {
	/* SR, one report: V=2 P=0 RC=1, 200, 12 words */
	0x81, 200, 0, 12, 0x11, 0x12, 0x13, 0x14,	/* SSRC of the sender */
	0xE0, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, /* NTP */
	0x21, 0x22, 0x23, 0x24,				/* RTP timestamp */
	0x00, 0x00, 0x01, 0x00, 0x00, 0x01, 0x02, 0x03, /* packets, octets */
	0x31, 0x32, 0x33, 0x34,				/* of whom */
	0x40, 0xFF, 0xFF, 0xFE,				/* a quarter lost; -2 in all */
	0x00, 0x02, 0x80, 0x00,				/* twice around, and 32768 */
	0x00, 0x00, 0x00, 0x60,				/* jitter */
	0x02, 0x03, 0x04, 0x05, 0x00, 0x01, 0x80, 0x00, /* LSR, DLSR of 1.5 s */
	/* SDES, one chunk: CNAME "me@x", NAME "N", END, padded */
	0x81, 202, 0, 4, 0x11, 0x12, 0x13, 0x14, 1, 4, 'm', 'e', '@', 'x', 2, 1, 'N', 0, 0, 0,
	/* XR: 207, 24 words */
	0x80, 207, 0, 24, 0x11, 0x12, 0x13, 0x14,
	/* Loss RLE: 20 packets from 65530 on: the first lost, 14 came, as a vector; 5 came as a
	 * run */
	1, 0, 0, 3, 0x31, 0x32, 0x33, 0x34, 0xFF, 0xFA, 0x00, 0x0E, 0xBF, 0xFF, 0x40, 0x05,
	/* receiver reference time */
	4, 0, 0, 2, 0xE0, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x08,
	/* DLRR, two answers */
	5, 0, 0, 6, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6,
	/* VoIP metrics */
	7, 0, 0, 8, 0x31, 0x32, 0x33, 0x34, 1, 2, 3, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0xE2, 0xBA, 127, 16,
	93, 127, 43, 42, 0x30, 0, 0, 60, 1, 0, 1, 0xF4,
	/* BYE of two, with a reason */
	0x82, 203, 0, 3, 0x11, 0x12, 0x13, 0x14, 0x51, 0x52, 0x53, 0x54, 3, 'b', 'y', 'e'
};

#endif
