/* RTCP: reading and writing the reports that both sides speak (RFC 3550, 6; RFC 3611; RFC 5506).
 *
 * A datagram is read as a flat row of items, whatever packets and blocks they were nested in: who
 * says it, and one thing said. What we do not know is passed over. A datagram is written packet by
 * packet. Pure: no allocation, no clock. Thread: any.
 * rtcp.c reads, rtcp_writer.c writes, rtcp_time.c reckons time; the layouts are drawn in rtcp_wire.h. */
#ifndef HINDSIGHT_COMMON_RTP_RTCP_READER_H
#define HINDSIGHT_COMMON_RTP_RTCP_READER_H

#include "common/base/bytes.h"
#include "common/base/concealment.h"
#include "common/base/status.h"

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

/* A report block: what `from` of the item heard of `ssrc`. */
struct rtcp_report {
	uint32_t ssrc;
	uint8_t fraction_lost; /* since its last report, /256 */
	int32_t packets_lost;  /* in all, 24 bits, signed: duplicates count as received */
	uint32_t highest_seq;  /* with the count of wrap-arounds above the low 16 bits */
	uint32_t jitter_samples;
	uint32_t last_sr;	 /* middle 32 bits of that SR's ntp; 0: none came */
	uint32_t delay_since_sr; /* 1/65536 s */
};

/* RFC 3611, 4.1: which packets of `ssrc` came, before any repair. Bit i % 64 of received[i / 64]
 * is packet begin_seq + i, 0 <= i < n_packets; bits beyond are 0 in what is read and ignored in what
 * is written. Of a longer block only its last RTCP_LOSS_MAP_PACKETS_MAX packets are read. A thinned
 * block, one of no packets and one whose chunks end too early are passed over. */
struct rtcp_loss_map {
	uint32_t ssrc;
	uint16_t begin_seq;
	uint16_t n_packets; /* 1..RTCP_LOSS_MAP_PACKETS_MAX; 0: nothing is written */
	uint64_t received[RTCP_LOSS_MAP_PACKETS_MAX / 64];
};

/* RFC 3611, 4.7: what the listener got after all repair. 127 in a level, a factor or a score:
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
	uint16_t jitter_buffer_ms;	   /* at present */
	uint16_t jitter_buffer_max_ms;	   /* of the worst packet seen */
	uint16_t jitter_buffer_abs_max_ms; /* that it can ever become: the listener's bound */
};

/* RFC 3611, 4.5: answers `ssrc`'s receiver reference time. */
struct rtcp_dlrr {
	uint32_t ssrc;
	uint32_t last_rr;	 /* middle 32 bits of its ntp; 0: none came */
	uint32_t delay_since_rr; /* 1/65536 s */
};

/* Ours: how long the sound was on its way within the sender, means since its last report. Told in
 * an APP packet (RFC 3550, 6.7), which others pass over. */
struct rtcp_sender_delay {
	uint32_t capture_us;   /* the capture device: until the program had a frame's last sample */
	uint32_t framing_us;   /* until a frame is full: as long as it lasts */
	uint32_t lookahead_us; /* of the encoder: by so much what is decoded lags behind */
	uint32_t queue_us;     /* until the datagram left: encoding and sending */
};

/* Ours: what a receiver tells of itself beside its report; in an APP packet, too. */
struct rtcp_receiver {
	enum concealment concealment;
	bool has_transit;
	/* From a packet's capture, by the sender's clock, until it came, by the receiver's; of the
	 * fastest packet since it was last told. Modulo 2^32; 0 where has_transit is false. */
	uint32_t transit_us;
};

enum rtcp_item_kind {
	RTCP_MEMBER, /* an SR or RR: `from` is there; of an SR, RTCP_SENDER_INFO comes next */
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
	uint32_t from; /* the SSRC that says it; of RTCP_CNAME and RTCP_BYE whom it is about */
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

struct rtcp_reader { /* private to rtcp.c; the datagram stays the caller's and must be alive */
	struct byte_reader datagram; /* packets to come */
	struct byte_reader packet;   /* the present one's rest */
	struct byte_reader block;    /* of an XR packet */
	uint8_t type;		     /* of the packet; 0: there is none */
	uint8_t n_left;		     /* reports, chunks or SSRCs to come */
	int stage;		     /* which part of the packet is next */
	uint32_t from;
};

/* Checks the framing of the whole datagram (RFC 3550, A.2; a reduced one of RFC 5506 is fine, too)
 * before anything of it is believed. STATUS_OK: *reader stands before the first item.
 * STATUS_TRUNCATED, STATUS_MALFORMED. */
enum status rtcp_open(struct rtcp_reader *reader, const uint8_t *datagram, size_t n_bytes);

/* The next item; false: there is none. A block or packet whose contents contradict its length is
 * passed over. */
bool rtcp_next(struct rtcp_reader *reader, struct rtcp_item *item);

/* ---- writing: a step that does not fit changes nothing but `failed`, nor does any after it ----
 *
 * Outside of an XR packet the first n_bytes are always whole packets. Counts within RFC's bounds are
 * the caller's promise. */

struct rtcp_writer { /* private to rtcp.c; the bytes are the caller's */
	uint8_t *begin;
	size_t n_bytes, n_bytes_max;
	size_t xr_at; /* where the XR packet being written begins */
	bool failed;
};

struct rtcp_writer rtcp_writer_over(uint8_t *bytes, size_t n_bytes_max);

void rtcp_write_sr(struct rtcp_writer *w, uint32_t ssrc, const struct rtcp_sender_info *info,
	const struct rtcp_report *reports, size_t n_reports);
void rtcp_write_rr(
	struct rtcp_writer *w, uint32_t ssrc, const struct rtcp_report *reports, size_t n_reports);

/* cname: 1..RTCP_CNAME_BYTES_MAX bytes, and a zero. */
void rtcp_write_cname(struct rtcp_writer *w, uint32_t ssrc, const char *cname);
void rtcp_write_bye(struct rtcp_writer *w, uint32_t ssrc);
void rtcp_write_sender_delay(
	struct rtcp_writer *w, uint32_t ssrc, const struct rtcp_sender_delay *delay);
void rtcp_write_receiver(
	struct rtcp_writer *w, uint32_t ssrc, const struct rtcp_receiver *receiver);

/* XR blocks stand between begin and end; an XR packet without a block is taken back. What did fit
 * before a failed step is a whole packet after rtcp_end_xr(). */
void rtcp_begin_xr(struct rtcp_writer *w, uint32_t ssrc);
void rtcp_write_loss_map(struct rtcp_writer *w, const struct rtcp_loss_map *map);
void rtcp_write_voip_metrics(struct rtcp_writer *w, const struct rtcp_voip_metrics *metrics);
void rtcp_write_reference_time(struct rtcp_writer *w, uint64_t ntp);
void rtcp_write_dlrr(struct rtcp_writer *w, const struct rtcp_dlrr *answers, size_t n_answers);
void rtcp_end_xr(struct rtcp_writer *w);

/* ---- time ---- */

/* 32.32 seconds from microseconds since its epoch (1900 in RFC 3550; any common one does where
 * nobody compares with a wall clock), modulo 2^32 seconds, and back to the microsecond; the middle
 * 32 bits that reports quote. */
uint64_t rtcp_ntp_from_us(uint64_t us);
uint64_t rtcp_us_from_ntp(uint64_t ntp);
uint32_t rtcp_ntp_middle(uint64_t ntp);

/* By how many microseconds a is after b; within 2^31 seconds, also across the era's end in 2036. */
int64_t rtcp_ntp_diff_us(uint64_t a, uint64_t b);

/* A delay as reports tell it, in 1/65536 s: 0 where it is negative, the most there is where it is
 * longer than 18 hours. */
uint32_t rtcp_delay_units(int64_t us);

/* A round trip beyond this is a lie, or no use. */
#define RTCP_ROUND_TRIP_MAX_US INT64_C(10000000)

/* Round trip in microseconds from what a report quotes and when it came (RFC 3550, 6.4.1); < 0:
 * it quotes nothing, or what cannot be. */
int64_t rtcp_round_trip_us(uint64_t arrival_ntp, uint32_t last, uint32_t delay_since);

#endif
