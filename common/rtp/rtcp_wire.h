/* RTCP's numbers and the layout of its packets, as rtcp_reader.c reads and rtcp_writer.c writes
 * them (RFC 3550, 6; RFC 3611). All numbers are big-endian; lengths in the headers count 32-bit
 * words after the first one. */
#ifndef HINDSIGHT_COMMON_RTP_RTCP_WIRE_H
#define HINDSIGHT_COMMON_RTP_RTCP_WIRE_H

enum { RTCP_VERSION = 2, RTCP_WORD_BYTES = 4, RTCP_SSRC_BYTES = 4 };

/*  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|  count  |      type     |            length             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * The count is of reports (SR, RR), of chunks (SDES) or of SSRCs (BYE); XR has none. */
enum {
	RTCP_HEADER_BYTES = 4,
	RTCP_TYPE_SR = 200,
	RTCP_TYPE_RR = 201,
	RTCP_TYPE_SDES = 202,
	RTCP_TYPE_BYE = 203,
	RTCP_TYPE_APP = 204,
	RTCP_TYPE_XR = 207
};

/* SR and RR (RFC 3550, 6.4): the SSRC of the reporter, in an SR the sender's information, report
 * blocks.
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |              NTP timestamp, most significant word             |
 * |             NTP timestamp, least significant word             |
 * |                         RTP timestamp                         |
 * |                     sender's packet count                     |
 * |                      sender's octet count                     |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * |                   SSRC of the source heard                    |
 * | fraction lost |       cumulative number of packets lost       |
 * |           extended highest sequence number received           |
 * |                      interarrival jitter                      |
 * |                         last SR (LSR)                         |
 * |                   delay since last SR (DLSR)                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ */
enum {
	RTCP_SENDER_INFO_BYTES = 20,
	RTCP_REPORT_BYTES = 24,
	RTCP_PACKETS_LOST_MAX = 0x7FFFFF, /* 24 bits, signed */
	RTCP_PACKETS_LOST_MIN = -0x800000
};

/* A chunk of SDES (RFC 3550, 6.5): SSRC, items of type, length and text, then one to four zeros
 * up to the next word. */
enum { RTCP_SDES_END = 0, RTCP_SDES_CNAME = 1, RTCP_SDES_HEADER_BYTES = 2 };

/* APP (RFC 3550, 6.7) with the name "HSLT" and subtype 0, in the place of the count: our extension,
 * the sender's parts of the delay in microseconds.
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                SSRC of the sender of the sound                |
 * |      'H'      |      'S'      |      'L'      |      'T'      |
 * |                        capture device                         |
 * |                            framing                            |
 * |                      encoder's look-ahead                     |
 * |                         sender's queue                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ */
enum {
	RTCP_APP_NAME = 0x48534C54,
	RTCP_APP_NAME_BYTES = 4,
	RTCP_APP_SENDER_DELAY = 0,
	RTCP_APP_SENDER_DELAY_BYTES = 20 /* the name included */
};

/* The same with subtype 1: what a receiver says about itself. C: concealment, 0 plain, 1 neural,
 * others count as plain; T: the transit is known. A longer packet is of a later version, and the
 * rest of it is skipped.
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      SSRC of the receiver                     |
 * |      'H'      |      'S'      |      'L'      |      'T'      |
 * |       C       |T|                reserved, zero               |
 * |      fastest transit since the last report, microseconds      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ */
enum {
	RTCP_APP_RECEIVER = 1,
	RTCP_APP_RECEIVER_BYTES = 12, /* the name included */
	RTCP_APP_HAS_TRANSIT = 0x800000
};

/* Blocks of XR (RFC 3611, 3), after the SSRC of the reporter:
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  block type   | type-specific |         block length          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ */
enum {
	RTCP_XR_LOSS_RLE = 1,
	RTCP_XR_REFERENCE_TIME = 4,
	RTCP_XR_DLRR = 5,
	RTCP_XR_VOIP_METRICS = 7
};

/* Loss RLE (RFC 3611, 4.1); T, the thinning, is zero:
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     BT=1      | rsvd. |   T   |         block length          |
 * |                        SSRC of source                         |
 * |           begin_seq           |   end_seq (one past the last) |
 * |            chunk 1            |            chunk 2            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * A chunk is a run |0|R|length (14)|, R: all came; a vector |1|bits (15)|, the first packet in the
 * highest bit; or null, which ends an odd number of chunks. */
enum {
	RTCP_LOSS_RLE_FIXED_BYTES = 8,
	RTCP_CHUNK_NULL = 0,
	RTCP_CHUNK_IS_VECTOR = 0x8000,
	RTCP_CHUNK_RUN_RECEIVED = 0x4000,
	RTCP_RUN_PACKETS_MAX = 0x3FFF,
	RTCP_VECTOR_PACKETS = 15
};

/* Receiver reference time (RFC 3611, 4.4): an NTP timestamp. DLRR (4.5): any number of
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                 SSRC of the answered receiver                 |
 * |                         last RR (LRR)                         |
 * |                   delay since last RR (DLRR)                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ */
enum { RTCP_REFERENCE_TIME_BYTES = 8, RTCP_DLRR_BYTES = 12 };

/* VoIP metrics (RFC 3611, 4.7):
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     BT=7      |   reserved    |       block length = 8        |
 * |                        SSRC of source                         |
 * |   loss rate   | discard rate  | burst density |  gap density  |
 * |       burst duration          |         gap duration          |
 * |     round trip delay          |       end system delay        |
 * | signal level  |  noise level  |     RERL      |     Gmin      |
 * |   R factor    | ext. R factor |    MOS-LQ     |    MOS-CQ     |
 * |   RX config   |   reserved    |          JB nominal           |
 * |          JB maximum           |          JB abs max           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ */
enum { RTCP_VOIP_METRICS_BYTES = 32 };

#endif
