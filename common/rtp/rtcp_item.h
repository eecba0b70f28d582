/* The contents of RTCP (RFC 3550, 6; RFC 3611; RFC 5506): the parts of reports of both sides, read
 * by rtcp_reader, written by rtcp_writer. Data only; rtcp_wire.h shows the layouts. */
#ifndef HINDSIGHT_COMMON_RTP_RTCP_ITEM_H
#define HINDSIGHT_COMMON_RTP_RTCP_ITEM_H

#include "common/base/concealment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RTCP_DATAGRAM_BYTES_MAX = 1200, /* ours; as RTP_PAYLOAD_BYTES_MAX */
	RTCP_CNAME_BYTES_MAX = 255,	/* RFC 3550, 6.5: the length is a byte */
	RTCP_REPORTS_MAX = 31,		/* RFC 3550, 6.4.1: the count has five bits */
	RTCP_LOSS_MAP_PACKETS_MAX = 2048
};

/* RFC 3550, 6.4.1. */
struct rtcp_sender_info {
	uint64_t ntp;		/* the sender's clock, 32.32 seconds, when this was sent */
	uint32_t rtp_timestamp; /* the same instant in RTP's units */
	uint32_t n_packets;	/* since it began to send */
	uint32_t n_payload_bytes;
};

/* A report block: what `from` of the item received from `ssrc`. */
struct rtcp_report {
	uint32_t ssrc;
	uint8_t fraction_lost; /* since its last report, /256 */
	int32_t packets_lost;  /* in total, 24 bits, signed: duplicates count as received */
	uint32_t highest_seq;  /* with the count of wrap-arounds above the low 16 bits */
	uint32_t jitter_samples;
	uint32_t last_sr;	 /* middle 32 bits of that SR's ntp; 0: none yet */
	uint32_t delay_since_sr; /* 1/65536 s */
};

/* RFC 3611, 4.1: which packets of `ssrc` arrived, before any repair. Bit i % 64 of received[i / 64]
 * is packet begin_seq + i, 0 <= i < n_packets; bits beyond are 0 in what is read and ignored in
 * what is written. Of a longer block only its last RTCP_LOSS_MAP_PACKETS_MAX packets are read. A
 * thinned block, a block of no packets and one whose chunks end too early are skipped. */
struct rtcp_loss_map {
	uint32_t ssrc;
	uint16_t begin_seq;
	uint16_t n_packets; /* 1..RTCP_LOSS_MAP_PACKETS_MAX; 0: nothing is written */
	uint64_t received[RTCP_LOSS_MAP_PACKETS_MAX / 64];
};

/* RFC 3611, 4.7: quality at the listener after all repair. 127 in a level, a factor or a score:
 * unavailable. */
struct rtcp_voip_metrics {
	uint32_t ssrc;
	uint8_t loss_rate;    /* of the network, /256 */
	uint8_t discard_rate; /* too late or too early, /256 */
	uint8_t burst_density, gap_density;
	uint16_t burst_ms, gap_ms;
	uint16_t round_trip_ms;
	uint16_t end_system_ms;
	int8_t signal_dbm, noise_dbm;
	uint8_t echo_return_db;
	uint8_t gmin;
	uint8_t r_factor, external_r_factor;
	uint8_t mos_lq, mos_cq; /* times ten */
	uint8_t rx_config;
	uint16_t jitter_buffer_ms;     /* at present */
	uint16_t jitter_buffer_max_ms; /* of the worst packet seen */
	/* The longest it may ever become: the receiver's bound. */
	uint16_t jitter_buffer_abs_max_ms;
};

/* RFC 3611, 4.5: the answer to the receiver reference time of `ssrc`. */
struct rtcp_dlrr {
	uint32_t ssrc;
	uint32_t last_rr;	 /* middle 32 bits of its ntp; 0: none yet */
	uint32_t delay_since_rr; /* 1/65536 s */
};

/* Our extension: the parts of the delay within the sender, means since its last report, in an APP
 * packet (RFC 3550, 6.7), which other programs ignore. */
struct rtcp_sender_delay {
	uint32_t capture_us;   /* the capture device: until the program had a frame's last sample */
	uint32_t framing_us;   /* until a frame is full: as long as it lasts */
	uint32_t lookahead_us; /* of the encoder: how far the decoded sound lags behind */
	uint32_t queue_us;     /* until the datagram left: encoding and sending */
};

/* Our extension: what a receiver says about itself beside its report, in an APP packet, too. */
struct rtcp_receiver {
	enum concealment concealment;
	bool has_transit;
	/* From a packet's capture by the sender's clock to its arrival by the receiver's, of the
	 * fastest packet since the last one reported. Modulo 2^32; 0 where has_transit is false. */
	uint32_t transit_us;
};

enum rtcp_item_kind {
	/* An SR or RR: `from` is a member; after an SR's, RTCP_SENDER_INFO comes next. */
	RTCP_MEMBER,
	RTCP_SENDER_INFO,
	RTCP_REPORT,
	RTCP_CNAME,
	RTCP_BYE,
	RTCP_LOSS_MAP,
	RTCP_VOIP_METRICS,
	RTCP_REFERENCE_TIME, /* RFC 3611, 4.4: `from`'s clock when this was sent */
	RTCP_DLRR,
	RTCP_SENDER_DELAY,
	RTCP_RECEIVER
};

struct rtcp_item {
	enum rtcp_item_kind kind;
	uint32_t from; /* the reporter's SSRC; of RTCP_CNAME and RTCP_BYE the SSRC it is about */
	union {
		struct rtcp_sender_info sender_info;
		struct rtcp_report report;
		struct {
			const uint8_t *bytes; /* within the datagram, not terminated */
			size_t n_bytes;	      /* 1..RTCP_CNAME_BYTES_MAX */
		} cname;
		struct rtcp_loss_map loss_map;
		struct rtcp_voip_metrics voip_metrics;
		uint64_t reference_ntp;
		struct rtcp_dlrr dlrr;
		struct rtcp_sender_delay sender_delay;
		struct rtcp_receiver receiver;
	};
};

#endif
