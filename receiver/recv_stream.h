/* The receiver's whole core: datagrams in, PCM out, and reports back.
 *
 *   push() -> rtp, red -> reception --> jitter_buffer --> playout_choose --> decoder --> pull()
 *                            |               |                 ^
 *                            +--> playout_delay (fastest packet, availability) --> when
 *                            +--> reporter --> next_rtcp()
 *                                    +--> latency: how old the sound is that is heard
 *
 * Sans-I/O: no socket, clock, thread or allocation; time comes in as the last argument, of one
 * clock for push() and pull(). Memory is the caller's. Thread: one at a time. */
#ifndef HINDSIGHT_RECEIVER_RECV_STREAM_H
#define HINDSIGHT_RECEIVER_RECV_STREAM_H

#include "common/rtp/rtcp_session.h"
#include "common/base/status.h"
#include "receiver/playout/playout.h"
#include "receiver/arrival/playout_delay.h"
#include "receiver/recv_stats.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RECV_CHANNELS = 2,	       /* of pull(), interleaved; mono is the same on both */
	RECV_DATAGRAM_BYTES_MAX = 2048 /* longer ones are no audio: push() rejects them */
};

struct recv_stream;

struct recv_stream_config {
	struct playout_delay_config delay;
	int decoder_complexity; /* 0..10, see decoder_init() */
	/* Lent by who holds both streams of a two-way call, and alive as long. NULL: the stream has
	 * one of its own. */
	struct rtcp_session *session;
	/* Of its own session; session_bps is measured by the stream. */
	struct rtcp_session_config rtcp;
	bool same_clock; /* the sender's clock shows what ours does: one machine, or synchronised */
	/* Payload types, 1..127; 0: RTP_TYPE_OPUS, RTP_TYPE_RED. Where opus_type is 0, another one is
	 * played, too, once its packets have shown that they are Opus and nothing else is heard. */
	uint8_t opus_type;
	uint8_t red_type;
};

/* Bytes of memory that recv_stream_init() wants. */
size_t recv_stream_bytes(void);

/* memory: recv_stream_bytes(), aligned as malloc() does; the stream lives in it and needs no end.
 * *stream is set on STATUS_OK only; STATUS_BAD_CONFIG, STATUS_CODEC. */
enum status recv_stream_init(
	struct recv_stream **stream, void *memory, const struct recv_stream_config *config);

/* One datagram, whatever it holds; the bytes are copied. The answer is for tests and logs: all is
 * counted already. RTCP is taken here, too, where the session is the stream's own, and never changes a
 * sample. */
enum status recv_stream_push(
	struct recv_stream *s, const uint8_t *datagram, size_t n_bytes, int64_t arrival_us);

/* The next n_samples (RECV_CHANNELS interleaved, each finite and within +-1), to be heard from now_us
 * plus the device's latency on. Never waits; silence while there is nothing. */
void recv_stream_pull(struct recv_stream *s, float *pcm, size_t n_samples, int64_t now_us);

/* From the time of a pull until its first sample is heard, for the pulls from now on; < 0: unknown, as
 * it is at first. Statistics alone. */
void recv_stream_set_device_latency(struct recv_stream *s, int64_t device_us);

/* The report that is due; 0: none is. To be asked after each pull; goes to whom the stream comes
 * from. datagram: RTCP_DATAGRAM_BYTES_MAX bytes. */
size_t recv_stream_next_rtcp(struct recv_stream *s, uint8_t *datagram, int64_t now_us);

/* The goodbye at the end; 0 where nothing was ever reported. */
size_t recv_stream_bye(struct recv_stream *s, uint8_t *datagram);

/* Where the session is lent, in place of the two: a datagram that it has taken, and what the stream has
 * to tell in a report that it has begun. */
void recv_stream_read_reports(
	struct recv_stream *s, const struct rtcp_reader *reader, int64_t arrival_us);
void recv_stream_write_report(struct recv_stream *s, struct rtcp_compound *report, int64_t now_us);

/* How hard the decoder tries from the next frame on, 0..10. No effect where libopus is older than
 * 1.5. */
void recv_stream_set_complexity(struct recv_stream *s, int complexity);
int recv_stream_complexity(const struct recv_stream *s); /* -1 there */

/* What the decoder has done since the start, for whoever measures how long that takes. */
struct recv_work {
	int64_t n_decoded;   /* frames that came */
	int64_t n_concealed; /* guesses, and what DRED brought back */
};
struct recv_work recv_stream_work(const struct recv_stream *s);

/* underruns and receive_failures are 0: they are the shell's to fill in. */
void recv_stream_stats(const struct recv_stream *s, struct recv_stats *stats);

/* The channels of the packet last taken into the stream, 1 or 2; 0 before the first. */
int recv_stream_channels(const struct recv_stream *s);

/* Who sends the stream that is heard, as it names itself for people; "" where it does not. Alive as the
 * stream. */
const char *recv_stream_sender_name(const struct recv_stream *s);

/* Its sender has said goodbye, and nothing came after that. */
bool recv_stream_has_ended(const struct recv_stream *s);

/* The next frame whose fate is certain; false when there is none. A missing frame's is certain
 * when a later frame has been played. Not reading them is fine. */
bool recv_stream_next_record(struct recv_stream *s, struct playout_record *record);

#endif
