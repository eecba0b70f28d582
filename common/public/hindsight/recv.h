/* The receiver: datagrams in, PCM out; RTCP back.
 *
 *     hindsight_recv_push() -> jitter buffer, playout delay -> decoder -> hindsight_recv_pull()
 *                 +----------> loss, jitter, delay ---------------------> hindsight_recv_rtcp()
 *
 * For each datagram that arrives, RTP or RTCP:
 *
 *     hindsight_recv_push(recv, datagram, n_bytes, arrival_us);
 *
 * and in the playback callback, which always gets its samples at once:
 *
 *     hindsight_recv_pull(recv, pcm, n_samples, now_us);
 *     if ((n_bytes = hindsight_recv_rtcp(recv, datagram, now_us)) > 0)
 *             ...send it to where the stream comes from...
 *
 * Lost frames come out of later packets' copies, in-band FEC or deep redundancy, else they are
 * concealed. The playout delay follows the network: sound is stretched and shortened without a gap.
 * <hindsight/base.h> says what holds for units, memory, threads and errors. The thread that pulls
 * must be the one that pushes, or a ring must stand between them (docs/examples/callback.c). */
#ifndef HINDSIGHT_RECV_H
#define HINDSIGHT_RECV_H

#include <hindsight/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct hindsight_recv;

enum {
	HINDSIGHT_RECV_CHANNELS = 2, /* of pulled PCM; a mono stream is the same on both */
	HINDSIGHT_DELAY_AUTO = -1
};

struct hindsight_recv_config {
	size_t config_bytes;		    /* set by hindsight_recv_defaults() */
	struct hindsight_identity identity; /* hindsight_identity_draw(); no default */
	int64_t delay_us;     /* playout delay, 0..2000000; default HINDSIGHT_DELAY_AUTO: adapts */
	int64_t delay_min_us; /* of AUTO, 0..2000000; default 0 */
	int64_t delay_max_us; /* of AUTO, delay_min_us..2000000; default 500000 */
	/* 0..10 (libopus 1.5 on); from 5 on, the default, neural concealment */
	int decoder_complexity;
	int opus_type; /* RTP payload type 1..127 of Opus; default 111 */
	int red_type;  /* and of RFC 2198 redundancy; default 63 */
	/* The sender uses the same clock: mouth_to_ear_ms then needs no estimate. */
	bool same_clock;
};

/* All defaults. config_bytes: sizeof *config. */
HINDSIGHT_API void hindsight_recv_defaults(
	struct hindsight_recv_config *config, size_t config_bytes);

/* Bytes of memory that a receiver needs; 0 where the configuration is invalid. */
HINDSIGHT_API size_t hindsight_recv_bytes(const struct hindsight_recv_config *config);

/* memory: memory_bytes >= hindsight_recv_bytes(config), aligned as by malloc(), the receiver's
 * until the caller frees it. *recv is set on HINDSIGHT_OK only. HINDSIGHT_BAD_CONFIG,
 * HINDSIGHT_NO_ROOM, HINDSIGHT_MISALIGNED, HINDSIGHT_CODEC. */
HINDSIGHT_API enum hindsight_status hindsight_recv_init(struct hindsight_recv **recv, void *memory,
	size_t memory_bytes, const struct hindsight_recv_config *config);

/* A datagram, RTP or RTCP, whatever it holds; its bytes are copied. The result may be ignored: it
 * is counted. HINDSIGHT_OK, HINDSIGHT_DUPLICATE and HINDSIGHT_LATE mean a packet of the stream. */
HINDSIGHT_API enum hindsight_status hindsight_recv_push(
	struct hindsight_recv *recv, const uint8_t *datagram, size_t n_bytes, int64_t arrival_us);

/* The next n_samples for HINDSIGHT_RECV_CHANNELS, not clipped. Never waits: missing frames are
 * concealed, and before the first packet there is silence. */
HINDSIGHT_API void hindsight_recv_pull(
	struct hindsight_recv *recv, float *pcm, size_t n_samples, int64_t now_us);

/* The time from a pull until its first sample leaves the loudspeaker, from now on; < 0, as
 * initially: unknown. It only affects mouth_to_ear_ms. */
HINDSIGHT_API void hindsight_recv_set_device_latency(
	struct hindsight_recv *recv, int64_t latency_us);

/* Writes the RTCP report that is due, of at most HINDSIGHT_DATAGRAM_BYTES_MAX; returns its bytes,
 * 0: none is due. Call it after each pull. */
HINDSIGHT_API size_t hindsight_recv_rtcp(
	struct hindsight_recv *recv, uint8_t *datagram, int64_t now_us);

/* The same for the BYE at the end. */
HINDSIGHT_API size_t hindsight_recv_bye(
	struct hindsight_recv *recv, uint8_t *datagram, int64_t now_us);

/* Decoder complexity, 0..10, from the next frame on: for a machine that is short of time.
 * HINDSIGHT_BAD_CONFIG: out of range. No effect where libopus is older than 1.5. */
HINDSIGHT_API enum hindsight_status hindsight_recv_set_complexity(
	struct hindsight_recv *recv, int complexity);

/* Counts since the start; the other fields are present values. */
struct hindsight_recv_stats {
	int64_t packets_received; /* of the stream, including duplicates and late ones */
	int64_t bytes_received;
	int64_t packets_lost;
	int64_t packets_late; /* arrived after their frame's turn */
	int64_t packets_duplicate;
	int64_t packets_reordered;
	int64_t packets_rejected; /* not RTP, not Opus, malformed, or of another source */
	int64_t frames_primary;	  /* played from their own packet */
	int64_t frames_redundant; /* from a later packet's copy */
	int64_t frames_fec;	  /* from in-band FEC */
	int64_t frames_dred;	  /* from deep redundancy */
	int64_t frames_concealed; /* no form of them arrived in time */
	int64_t frames_silent;	  /* not sent: the sender's DTX */
	int64_t inserted_samples; /* by stretching sound, and by inserted concealment */
	int64_t removed_samples;  /* by shortening sound */
	int64_t decode_failures;
	int64_t rtcp_sent; /* datagrams */
	int64_t rtcp_received;
	double jitter_ms;	 /* RFC 3550, 6.4.1; NAN: unknown */
	double target_delay_ms;	 /* target playout delay; NAN: no packet yet */
	double playout_delay_ms; /* mean from the start; NAN */
	/* Mean since the start; NAN: the sender does not report its clock. */
	double mouth_to_ear_ms;
	double rtt_ms;	/* NAN: unknown */
	int n_channels; /* of the stream; 0: no packet yet */
};

/* stats_bytes: sizeof *stats. Fields that this library does not know become 0. */
HINDSIGHT_API void hindsight_recv_read_stats(
	const struct hindsight_recv *recv, struct hindsight_recv_stats *stats, size_t stats_bytes);

#ifdef __cplusplus
}
#endif

#endif
