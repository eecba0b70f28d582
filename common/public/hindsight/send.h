/* The sender: PCM in, RTP datagrams out; RTCP both ways.
 *
 *     hindsight_send_push() ----> frame, encoder, copies ----> hindsight_send_datagram()
 *     hindsight_send_on_rtcp() -> loss, delay, congestion ---> hindsight_send_rtcp()
 *
 * For each block of captured sound:
 *
 *     for (size_t n = 0; n < n_samples;) {
 *             n += hindsight_send_push(send, pcm + n * n_channels, n_samples - n, capture_us);
 *             if ((n_bytes = hindsight_send_datagram(send, datagram, now_us)) > 0)
 *                     ...send it...
 *     }
 *     if ((n_bytes = hindsight_send_rtcp(send, datagram, now_us)) > 0)
 *             ...send it to the same address and port (RFC 5761)...
 *
 * and each RTCP datagram that comes back goes into hindsight_send_on_rtcp(). <hindsight/base.h>
 * says what holds for units, memory, threads and errors. No call allocates or waits; the time of a
 * call is the encoder's (docs/LIBRARY.md has figures). */
#ifndef HINDSIGHT_SEND_H
#define HINDSIGHT_SEND_H

#include <hindsight/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct hindsight_send;

enum hindsight_profile {
	HINDSIGHT_VOICE,   /* speech: best under loss */
	HINDSIGHT_MUSIC,   /* any sound */
	HINDSIGHT_LOWDELAY /* any sound, with the lowest encoder delay */
};

enum {
	HINDSIGHT_COPIES_AUTO = -1, /* adapts to the reported loss */
	HINDSIGHT_COPIES_MAX = 8,
	HINDSIGHT_DISTANCE_MAX = 136 /* in frames; and at most 341 ms */
};

struct hindsight_send_config {
	size_t config_bytes;		    /* set by hindsight_send_defaults() */
	struct hindsight_identity identity; /* hindsight_identity_draw(); no default */
	enum hindsight_profile profile;	    /* default HINDSIGHT_VOICE */
	int n_channels;			    /* of the PCM: 1 or 2; default 1 */
	int frame_samples; /* 120, 240, 480, 960, 1920 or 2880; default 960, which is 20 ms */
	int bitrate_bps;   /* of the whole RTP payload, 6000..510000; default 48000 */
	int n_copies;	   /* per packet, 0..HINDSIGHT_COPIES_MAX; default HINDSIGHT_COPIES_AUTO */
	/* How many frames back each copy reaches: ascending, 1..HINDSIGHT_DISTANCE_MAX. All 0, the
	 * default: 1, 2, 3, ... Not for AUTO. */
	int distances[HINDSIGHT_COPIES_MAX];
	/* The rate of each copy, 6000..128000 (short frames need more). All 0, the default: half of
	 * the primary's. At most four different rates; only one where the profile is not VOICE or
	 * frames are shorter than 10 ms. Not for AUTO. */
	int copy_bps[HINDSIGHT_COPIES_MAX];
	bool fec;		 /* Opus's in-band FEC; default false; AUTO chooses it itself */
	bool dtx;		 /* send nothing during silence; default false */
	int dred_ms;		 /* 0..1000 of deep redundancy, where libopus has it; default 0 */
	bool no_circuit_breaker; /* not even where RFC 8083 asks for it: laboratories; default false */
};

/* All defaults. config_bytes: sizeof *config. */
HINDSIGHT_API void hindsight_send_defaults(
	struct hindsight_send_config *config, size_t config_bytes);

/* Bytes of memory that a sender with this configuration needs; 0 where the configuration is
 * invalid. */
HINDSIGHT_API size_t hindsight_send_bytes(const struct hindsight_send_config *config);

/* memory: memory_bytes >= hindsight_send_bytes(config), aligned as by malloc(), the sender's until
 * the caller frees it. *send is set on HINDSIGHT_OK only. HINDSIGHT_BAD_CONFIG, also where the
 * rates do not fit the bit rate; HINDSIGHT_NO_ROOM; HINDSIGHT_MISALIGNED; HINDSIGHT_CODEC. */
HINDSIGHT_API enum hindsight_status hindsight_send_init(struct hindsight_send **send, void *memory,
	size_t memory_bytes, const struct hindsight_send_config *config);

/* Takes PCM until a frame is full; capture_us: when its first sample was captured. Returns how many
 * samples it took: fewer than n_samples once a frame is full; then hindsight_send_datagram() makes
 * room. */
HINDSIGHT_API size_t hindsight_send_push(
	struct hindsight_send *send, const float *pcm, size_t n_samples, int64_t capture_us);

/* Encodes the full frame and writes its datagram of at most HINDSIGHT_DATAGRAM_BYTES_MAX. Returns
 * its bytes; 0: no frame is full, or it is not sent (silence, or congestion). */
HINDSIGHT_API size_t hindsight_send_datagram(
	struct hindsight_send *send, uint8_t *datagram, int64_t now_us);

/* The datagram last written has left. Optional: lets reports tell receivers how long it waited. */
HINDSIGHT_API void hindsight_send_on_left(struct hindsight_send *send, int64_t now_us);

/* A datagram from the receiver, whatever it holds. The result may be ignored: it is counted. */
HINDSIGHT_API enum hindsight_status hindsight_send_on_rtcp(
	struct hindsight_send *send, const uint8_t *datagram, size_t n_bytes, int64_t now_us);

/* Writes the RTCP report that is due, of at most HINDSIGHT_DATAGRAM_BYTES_MAX; returns its bytes,
 * 0: none is due. Call it after each frame, in silence too. */
HINDSIGHT_API size_t hindsight_send_rtcp(
	struct hindsight_send *send, uint8_t *datagram, int64_t now_us);

/* The same for the BYE at the end. */
HINDSIGHT_API size_t hindsight_send_bye(
	struct hindsight_send *send, uint8_t *datagram, int64_t now_us);

/* From the next frame on. HINDSIGHT_BAD_CONFIG: out of range, or too little for the copies; then
 * nothing changes. */
HINDSIGHT_API enum hindsight_status hindsight_send_set_bitrate(
	struct hindsight_send *send, int bitrate_bps, int64_t now_us);

/* From the next frame on: n_copies as in the configuration, and their distances (NULL: 1, 2, 3,
 * ...); their rates are by rule. HINDSIGHT_BAD_CONFIG as above. HINDSIGHT_UNSUPPORTED: the band is
 * chosen at the start, so AUTO needs a sender that began with it, and copies one that began with
 * any or AUTO. */
HINDSIGHT_API enum hindsight_status hindsight_send_set_copies(
	struct hindsight_send *send, int n_copies, const int *distances, int64_t now_us);

/* How much later a sample comes out in the decoded sound, in samples: the encoder's look-ahead. */
HINDSIGHT_API int hindsight_send_lookahead_samples(const struct hindsight_send *send);

/* Counts since the start; the other fields are present values. */
struct hindsight_send_stats {
	int64_t packets_sent;
	int64_t bytes_sent;	 /* of RTP datagrams */
	int64_t payload_bytes;	 /* of RTP payload: what bitrate_bps bounds */
	int64_t frames_encoded;	 /* including those not sent */
	int64_t frames_silent;	 /* not sent: DTX */
	int64_t frames_withheld; /* not sent: the circuit breaker was open (RFC 8083) */
	int64_t copies_sent;
	int64_t primary_bytes;
	int64_t copy_bytes;
	int64_t encode_failures; /* refused by libopus and not sent */
	int64_t rtcp_sent;	 /* datagrams */
	int64_t rtcp_received;
	int64_t rtcp_rejected; /* not RTCP, or malformed */
	int64_t plan_changes;  /* of the redundancy */
	double reported_loss;  /* 0..1; NAN: no reports */
	double rtt_ms;	       /* NAN: unknown */
	int n_copies;	       /* per packet, at present */
	int n_receivers;       /* that report */
	bool has_fec;
};

/* stats_bytes: sizeof *stats. Fields that this library does not know become 0. */
HINDSIGHT_API void hindsight_send_read_stats(
	const struct hindsight_send *send, struct hindsight_send_stats *stats, size_t stats_bytes);

#ifdef __cplusplus
}
#endif

#endif
