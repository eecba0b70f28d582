/* What a receiver counts, and how that is published. Pure. Thread: any. */
#ifndef HINDSIGHT_RECEIVER_RECV_STATS_H
#define HINDSIGHT_RECEIVER_RECV_STATS_H

#include "common/base/stats_field.h"
#include "receiver/playout/playout.h"
#include "receiver/reports/latency.h"

#include <stddef.h>
#include <stdint.h>

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
	int64_t frames[PLAYOUT_MEANS];
	int64_t n_shortened; /* time-scale actions, and by how much in all */
	int64_t n_lengthened;
	int64_t shortened_samples;
	int64_t lengthened_samples;
	int64_t inserted_samples; /* guesses put in, that the delay might grow */
	int64_t decode_failures;  /* packets whose framing is right and whose contents are not */
	int64_t n_delays;	  /* frames of which delay_sum_us is the sum */
	int64_t delay_sum_us;
	int64_t repairs;	  /* of the decoder's state, by frames that came too late */
	int64_t receive_failures; /* of the socket; set by the shell */
	int64_t underruns;	  /* of the device; set by the shell */
	int64_t device_losses;	  /* how often it has gone; set by the shell */
	double device_latency_ms; /* that is asked of it; set by the shell, NAN without one */
	double output_dropped_ms; /* of sound that a pipe's reader did not take; set by the shell */
	int decoder_complexity;	  /* at present, 0..10; -1 where libopus knows none (before 1.5) */
	int64_t rtcp_sent;	  /* datagrams, and their bytes */
	int64_t rtcp_sent_bytes;
	int64_t rtcp_received;
	int64_t rtcp_rejected; /* not RTCP, or malformed; in packets_rejected, too */
	struct latency_sums latency;
	double rtt_ms;	   /* NAN: unknown */
	double square_sum; /* of the samples handed out */
	int64_t n_squares;
	double jitter_ms;
	double target_delay_ms;
};

/* Frames played by any means: the sum of all but what was inserted. */
int64_t recv_stats_frames_played(const struct recv_stats *stats);

/* Mean playout delay between two snapshots in milliseconds; NAN where no frame was played. */
double recv_stats_delay_ms(const struct recv_stats *now, const struct recv_stats *before);

/* The statistics by their published names, for the time between two snapshots (before may be all zero).
 * Returns how many there are. */
size_t recv_stats_fields(const struct recv_stats *now, const struct recv_stats *before,
	double time_s, struct stats_field fields[STATS_FIELDS_MAX]);

#endif
