/* What a receiver counts, and how it is published. Pure. Thread: any. */
#ifndef HINDSIGHT_RECEIVER_RECV_STATS_H
#define HINDSIGHT_RECEIVER_RECV_STATS_H

#include "common/base/stats_field.h"
#include "receiver/playout/playout.h"
#include "receiver/reports/latency.h"

#include <stddef.h>
#include <stdint.h>

/* Counts since the start; the difference of two snapshots covers the time between them. Unknown
 * times are NAN. */
struct recv_stats {
	int64_t packets_received; /* of the played stream, including duplicates and late ones */
	int64_t bytes_received;	  /* of their datagrams */
	int64_t packets_lost;	  /* never arrived, judged by later packets */
	int64_t packets_late;	  /* arrived after their frame's turn */
	int64_t packets_duplicate;
	int64_t packets_reordered;
	int64_t packets_other; /* of the stream played, without sound: events, comfort noise, padding */
	int64_t packets_rejected; /* not RTP, not Opus, malformed, or not of the played stream */
	int64_t frames[PLAYOUT_MEANS];
	int64_t n_shortened; /* time-scaling joins, and their total */
	int64_t n_lengthened;
	int64_t shortened_samples;
	int64_t lengthened_samples;
	int64_t inserted_samples; /* concealment inserted to increase the delay */
	int64_t decode_failures;  /* packets with valid framing but invalid contents */
	int64_t n_delays;	  /* frames of which delay_sum_us is the sum */
	int64_t delay_sum_us;
	int64_t repairs;	  /* repairs of the decoder's state by late frames */
	int64_t receive_failures; /* of the socket; set by the shell */
	int64_t underruns;	  /* of the device; set by the shell */
	int64_t device_losses;	  /* how often it has gone; set by the shell */
	double device_latency_ms; /* that is asked of it; set by the shell, NAN without one */
	double output_dropped_ms; /* of sound that a pipe's reader did not take; set by the shell */
	int decoder_complexity;	  /* at present, 0..10; -1 where libopus knows none (before 1.5) */
	int64_t rtcp_sent;	  /* datagrams, and their bytes */
	int64_t rtcp_sent_bytes;
	int64_t rtcp_received;
	int64_t rtcp_rejected; /* not RTCP, or malformed; included in packets_rejected */
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

/* Frames played by any means: the sum of all but the inserted ones. */
int64_t recv_stats_frames_played(const struct recv_stats *stats);

/* Mean playout delay between two snapshots in milliseconds; NAN where no frame was played. */
double recv_stats_delay_ms(const struct recv_stats *now, const struct recv_stats *before);

/* The statistics by their published names, for the time between two snapshots (before may be all
 * zero). Returns their number. */
size_t recv_stats_fields(const struct recv_stats *now, const struct recv_stats *before,
	double time_s, struct stats_field fields[STATS_FIELDS_MAX]);

#endif
