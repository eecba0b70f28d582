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
#include "common/base/stats_field.h"
#include "common/base/status.h"
#include "receiver/reports/latency.h"
#include "receiver/playout/playout.h"
#include "receiver/arrival/playout_delay.h"

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
	/* Of our reports; session_bps is measured by the stream. */
	struct rtcp_session_config rtcp;
	bool same_clock; /* the sender's clock shows what ours does: one machine, or synchronised */
	/* Payload types, 1..127; 0: RTP_TYPE_OPUS, RTP_TYPE_RED. Where opus_type is 0, another one is
	 * played, too, once its packets have shown that they are Opus and nothing else is heard. */
	uint8_t opus_type;
	uint8_t red_type;
};

/* Counts from the start; snapshots of it are subtracted for what happened in between. Unknown
 * times are NAN. */
struct recv_stats {
	int64_t packets_received; /* of the stream heard: duplicates and late ones included */
	int64_t bytes_received;	  /* of their datagrams */
	int64_t packets_lost;	  /* never came, as far as later ones tell */
	int64_t packets_late;	  /* came after their frame's turn */
	int64_t packets_duplicate;
	int64_t packets_reordered;
	int64_t packets_rejected; /* not RTP, not Opus, malformed, or not of the stream heard */
	int64_t packets_other; /* of the stream heard, without sound: events, comfort noise, padding */
	int64_t frames[PLAYOUT_MEANS];
	int64_t n_shortened; /* time-scale actions, and by how much in all */
	int64_t n_lengthened;
	int64_t shortened_samples;
	int64_t lengthened_samples;
	int64_t inserted_samples; /* guesses put in, that the delay might grow */
	int64_t decode_failures;  /* packets whose framing is right and whose contents are not */
	int64_t n_delays;	  /* frames of which delay_sum_us is the sum */
	int64_t delay_sum_us;
	int64_t underruns;	/* of the device; set by the shell */
	int decoder_complexity; /* at present, 0..10; -1 where libopus knows none (before 1.5) */
	int64_t rtcp_sent;	/* datagrams, and their bytes */
	int64_t rtcp_sent_bytes;
	int64_t rtcp_received;
	struct latency_sums latency;
	int unannounced_type; /* a payload type that comes and is not played; -1: none */
	int guessed_type;     /* that was not announced and is played as Opus; 0: none */
	int clock_hz;	      /* that the timestamps count in, as far as known: 48000 is right */
	double rtt_ms;	      /* NAN: unknown */
	double square_sum;    /* of the samples handed out */
	int64_t n_squares;
	double jitter_ms;
	double target_delay_ms;
};

/* Bytes of memory that recv_stream_init() wants. */
size_t recv_stream_bytes(void);

/* memory: recv_stream_bytes(), aligned as malloc() does; the stream lives in it and needs no end.
 * *stream is set on STATUS_OK only; STATUS_BAD_CONFIG, STATUS_CODEC. */
enum status recv_stream_init(
	struct recv_stream **stream, void *memory, const struct recv_stream_config *config);

/* One datagram, whatever it holds; the bytes are copied. The answer is for tests and logs: all is
 * counted already. RTCP is taken here, too, and never changes a sample. */
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

/* How hard the decoder tries from the next frame on, 0..10. No effect where libopus is older than
 * 1.5. */
void recv_stream_set_complexity(struct recv_stream *s, int complexity);
int recv_stream_complexity(const struct recv_stream *s); /* -1 there */

/* What the decoder has done since the start, for whoever measures how long that takes. */
struct recv_work {
	int64_t n_decoded; /* frames that came */
	int64_t n_guessed; /* guesses, and what DRED brought back */
};
struct recv_work recv_stream_work(const struct recv_stream *s);

/* underruns is 0: it is the shell's to fill in. */
void recv_stream_stats(const struct recv_stream *s, struct recv_stats *stats);

/* The channels of the packet last taken into the stream, 1 or 2; 0 before the first. */
int recv_stream_channels(const struct recv_stream *s);

/* The next frame whose fate is certain; false when there is none. A missing frame's is certain
 * when a later frame has been played. Not reading them is fine. */
bool recv_stream_next_record(struct recv_stream *s, struct playout_record *record);

/* Frames played by any means: the sum of all but what was inserted. */
int64_t recv_stats_frames_played(const struct recv_stats *stats);

/* Mean playout delay between two snapshots in milliseconds; NAN where no frame was played. */
double recv_stats_delay_ms(const struct recv_stats *now, const struct recv_stats *before);

/* The statistics by their published names, for the time between two snapshots (before may be all
 * zero). fields: RECV_STATS_FIELDS. */
enum { RECV_STATS_FIELDS = 38 };
void recv_stats_fields(const struct recv_stats *now, const struct recv_stats *before, double time_s,
	struct stats_field fields[RECV_STATS_FIELDS]);

#endif
