/* The sender's whole core: PCM in, datagrams out, reports in and out.
 *
 *   push_pcm() --> frame being filled --> encoder (primary + copy) --> packetizer --> next_datagram()
 *                                           ^       ^                     |   ^
 *                                           |       +---- bit_budget <----+   |
 *                                           +----------- planner -------------+
 *   on_rtcp() --> audience (who lost what) -> circuit_breaker
 *                    +--> next_rtcp()
 *
 * Sans-I/O: no socket, clock, thread or allocation; time comes in as the last argument. Memory is
 * the caller's. Thread: one at a time. */
#ifndef HINDSIGHT_SENDER_SEND_STREAM_H
#define HINDSIGHT_SENDER_SEND_STREAM_H

#include "common/rtp/rtcp_session.h"
#include "common/base/status.h"
#include "sender/coding/bit_budget.h"
#include "sender/coding/encoder.h"
#include "sender/coding/packetizer.h"
#include "sender/coding/redundancy.h"
#include "sender/send_stats.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct send_stream;

struct send_stream_config {
	enum profile profile;
	int n_channels;		      /* 1 or 2, of push_pcm() too */
	int frame_samples;	      /* 120 240 480 960 1920 2880 */
	int budget_bps;		      /* the whole RTP payload */
	struct redundancy redundancy; /* as filled in by redundancy_share() for this budget */
	bool fec;		      /* in-band FEC, too; where adaptive, the planner decides */
	bool adaptive;		      /* the planner chooses the redundancy by the reports */
	bool dtx;
	bool no_breaker;	      /* not even where RFC 8083 asks for it: for laboratories */
	int dred_ms;		      /* as encoder_config says; 0: none */
	struct packetizer_config rtp; /* random SSRC, first sequence number and timestamp */
	/* Lent by the owner of both streams of a two-way call, must live as long; its SSRC is the
	 * stream's. NULL: the stream has a session of its own. */
	struct rtcp_session *session;
	/* For its own session; ssrc and session_bps are filled in by the stream. */
	struct rtcp_session_config rtcp;
};

/* Bytes of memory that send_stream_init() needs. */
size_t send_stream_bytes(const struct send_stream_config *config);

/* memory: send_stream_bytes() bytes, aligned as by malloc(); the stream lives in it and needs no
 * destructor. *stream is set on STATUS_OK only; else STATUS_BAD_CONFIG, STATUS_CODEC. */
enum status send_stream_init(
	struct send_stream **stream, void *memory, const struct send_stream_config *config);

/* Takes interleaved samples, full scale +-1, until a frame is full; capture_us: when the first of
 * them was captured. Returns how many samples per channel it took: fewer than n_samples once a
 * frame is full; then next_datagram() makes room. */
size_t send_stream_push_pcm(
	struct send_stream *s, const float *samples, size_t n_samples, int64_t capture_us);

/* Sound was lost before it came here: so many samples, whole frames of 2.5 ms. The timestamps
 * move on, as in silence that is not sent, so that what follows is not taken for late. */
void send_stream_skip(struct send_stream *s, int64_t n_samples);

/* The datagram of the frame that is full, encoded now; 0 where none is, or where the frame is
 * silence that is not sent. datagram: PACKETIZER_DATAGRAM_BYTES_MAX bytes. */
size_t send_stream_next_datagram(struct send_stream *s, uint8_t *datagram, int64_t now_us);

/* The datagram last handed out has left, or was refused: the delay within the sender ends here. */
void send_stream_on_left(struct send_stream *s, int64_t now_us);

/* The datagram last given out was not taken by the network: it does not count as sent. */
void send_stream_on_unsent(struct send_stream *s);

/* ---- reports: of a stream whose session is its own ---- */

/* An RTCP datagram has arrived, whatever it holds; a new plan applies from the next frame on. The
 * result is for tests and logs: everything is counted already. */
enum status send_stream_on_rtcp(
	struct send_stream *s, const uint8_t *datagram, size_t n_bytes, int64_t now_us);

/* Writes the report that is due; 0: none is. Call it after each frame, and in silence too.
 * datagram: RTCP_DATAGRAM_BYTES_MAX bytes. */
size_t send_stream_next_rtcp(struct send_stream *s, uint8_t *datagram, int64_t now_us);

/* From the next frame on: another budget, with the redundancy that redundancy_share() filled in for
 * it; NULL: the planner's. The coding stays as it began: STATUS_UNSUPPORTED, and nothing changes,
 * where a stream that did not begin adaptive shall be planned, or where its coding does not allow
 * these copies, or as many rates of them. */
enum status send_stream_change(
	struct send_stream *s, int budget_bps, const struct redundancy *redundancy, int64_t now_us);

/* Writes the BYE at the end; 0 where nothing was ever sent. */
size_t send_stream_bye(struct send_stream *s, uint8_t *datagram);

/* ---- reports: for a stream with a lent session, beside those of the other stream ---- */

/* Reads a datagram that the session has taken. */
void send_stream_read_reports(
	struct send_stream *s, const struct rtcp_reader *reader, int64_t now_us);

/* Adds the stream's parts to a report that the session has begun. */
void send_stream_write_report(struct send_stream *s, struct rtcp_compound *report, int64_t now_us);

/* ---- its delay and statistics ---- */

/* Samples that coding adds before the first one comes out at the other end. */
int send_stream_lookahead_samples(const struct send_stream *s);

/* overruns is 0: the shell fills it in. */
void send_stream_stats(const struct send_stream *s, struct send_stats *stats);

#endif
