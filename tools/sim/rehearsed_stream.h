/* A stream that is encoded once and heard many times: its packets are stamped anew, over and over,
 * and go through a channel to a receiver. So hours cost only their decoding, and all listeners hear
 * the same. Virtual time, fixed seeds: the same on every run. Thread: one at a time.
 *
 *   read() -> send_stream -> packets -> link, stalls -> recv_stream -> outcome */
#ifndef HINDSIGHT_TOOLS_SIM_REHEARSED_STREAM_H
#define HINDSIGHT_TOOLS_SIM_REHEARSED_STREAM_H

#include "common/base/status.h"
#include "receiver/recv_stream.h"
#include "sender/send_stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rehearsed_packet;

struct rehearsed_stream {
	int frame_samples, lookahead_samples;
	int64_t n_frames;  /* of one round */
	int64_t n_packets; /* in them: fewer with DTX */
	struct rehearsed_packet *packets;
};

/* The path of a scenario, as a table has it. */
struct rehearsed_channel {
	const char *name;
	const char *spec;	/* as tc netem says it */
	int n_copies;		/* of the frames 1..n_copies back */
	const char *later_spec; /* from 20 s until 40 s; NULL: no change */
	double skew_ppm;	/* by how much the receiver's device is fast */
	double stall_period_s;	/* > 0: each so often nothing comes for 80 ms */
	bool dtx;
};

struct rehearsed_listening {
	double seconds;
	int64_t fixed_us;			   /* the playout delay; < 0: learned */
	const struct playout_delay_tuning *tuning; /* NULL: the usual */
	uint64_t seed;				   /* of the channel */
	int block_samples;
	uint16_t first_seq;
	uint32_t first_timestamp;
	int64_t origin_us; /* what the clocks say when the sender begins; a whole second */
};

struct rehearsed_outcome {
	struct recv_stats stats;
	int64_t n_played;	 /* frames, those never sent left out */
	int64_t n_missing;	 /* of these: concealed */
	int64_t n_missing_later; /* after the first second */
	/* The playout delay of the frames from the third second on. */
	double delay_mean_ms, delay_p95_ms, delay_max_ms;
	double last_delay_ms;				  /* of the last frame */
	double mouth_to_ear_mean_ms, mouth_to_ear_p95_ms; /* of the same frames */
	double jitter_p99_ms;	    /* of the packets that came, against the fastest */
	double actions_per_min;	    /* of time-scaling */
	double inserted_ms_per_min; /* by time-scaling and by guesses */
	double longest_quiet_ms;    /* in which no frame was played */
};

/* Fills n_samples, interleaved as the configuration says. */
typedef void rehearsed_read(void *context, float *samples, size_t n_samples);

/* Encodes n_frames. STATUS_NO_ROOM where memory is short, else what send_stream_init() answered.
 * Ends with rehearsed_stream_end(), whatever the answer. */
enum status rehearsed_stream_make(struct rehearsed_stream *stream,
	const struct send_stream_config *config, rehearsed_read *read, void *context,
	int64_t n_frames);
void rehearsed_stream_end(struct rehearsed_stream *stream);

/* STATUS_MALFORMED: the channel's specification; STATUS_NO_ROOM: memory. */
enum status rehearsed_stream_listen(const struct rehearsed_stream *stream,
	const struct rehearsed_channel *channel, const struct rehearsed_listening *listening,
	struct rehearsed_outcome *outcome);

double rehearsed_percent_missing(const struct rehearsed_outcome *outcome);

#endif
