/* A call in virtual time: sender -> link -> receiver, as libhindsight has them, without socket, clock,
 * thread or sleep. The same core as in the programs, the same channel as in the relay; so what is seen here
 * is what runs.
 *
 *     read() --> sender ----(sent())----> link ---> receiver ---(played())---> write()
 *                    ^                                  |
 *                    +------------ return link <--------+      reports
 *
 * Same input, configuration and seed: same output. Allocates at the start. Thread: any, one.
 *
 * The network, both programs' clocks and the microphone keep the true time; the loudspeaker's
 * device may run fast or slow against it. It has two buffers, as sound cards do: while one is
 * heard the other is pulled, so a block is heard from one block's time after its pull on. */
#ifndef HINDSIGHT_TOOLS_SIM_SIMULATION_H
#define HINDSIGHT_TOOLS_SIM_SIMULATION_H

#include "common/base/status.h"
#include "receiver/recv_stream.h"
#include "sender/send_stream.h"
#include "tools/channel/channel.h"
#include "tools/sim/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From at_us on the channel is another one: a route that changes. */
struct simulation_change {
	int64_t at_us;
	struct channel_spec spec;
};

/* The sound device of the sender stands still, and with it all that hangs on it: nothing is
 * captured, nothing sent, no timestamp moves. */
struct simulation_pause {
	int64_t at_us;
	int64_t length_us;
};

struct simulation_config {
	struct send_stream_config send;
	struct recv_stream_config recv;
	struct channel_spec channel;
	const struct trace *trace; /* decides in place of the channel; NULL: none */
	/* Reports: the sender's travel with the packets, the receiver's on a channel of their own.
	 * Beside a trace, which decides about audio alone, the sender's reports arrive at once. */
	bool has_rtcp; /* false: a receiver that never reports */
	struct channel_spec return_channel;
	uint64_t seed;
	const struct simulation_change *changes; /* of the channel, by time */
	size_t n_changes;
	const struct simulation_pause *pauses; /* by time, none within another */
	size_t n_pauses;
	size_t block_samples;  /* what the playout device pulls at once */
	int64_t first_pull_us; /* when it begins; the first sample is captured at time 0 */
	int64_t skew_ppb;      /* how much faster than the true time the playout device runs */
	int64_t run_on_us;     /* how long the call continues after the last packet arrived */
};

/* A frame that was captured and encoded. */
struct simulation_frame {
	int64_t position;   /* of its first sample in what was captured */
	int64_t capture_us; /* when that was captured */
	int64_t sent_us;
	int lookahead_samples;	 /* how much later in the decoded frame a sample comes out */
	const uint8_t *datagram; /* NULL: silence that is not sent */
	size_t n_bytes;		 /* of the datagram */
	const struct channel_fate *fate; /* of the datagram, or NULL */
};

struct simulation_result {
	struct send_stats sent;
	struct recv_stats received;
};

/* What the caller does; read and write must be there, the others may be NULL. */
struct simulation_hooks {
	/* Fills n_samples (interleaved, config.send.n_channels); fewer is the end. */
	size_t (*read)(void *context, float *samples, size_t n_samples);
	/* Takes n_samples of RECV_CHANNELS, handed out at now_us. */
	void (*write)(void *context, const float *pcm, size_t n_samples, int64_t now_us);
	/* A frame was encoded, and its datagram entered the link. */
	void (*sent)(void *context, const struct simulation_frame *frame);
	/* A frame's fate is certain. */
	void (*played)(void *context, const struct playout_record *record);
	/* A second has passed. */
	void (*report)(void *context, const struct simulation_result *until_now, int64_t now_us);
	void *context;
};

/* Runs the call to its end. STATUS_NO_ROOM where memory is short; STATUS_BAD_CONFIG where the library
 * refuses sender or receiver; else what link_init() answered. */
enum status simulation_run(const struct simulation_config *config,
	const struct simulation_hooks *hooks, struct simulation_result *result);

/* When a sample handed out is heard; output_sample: how many were handed out before it. */
int64_t simulation_heard_us(const struct simulation_config *config, int64_t output_sample);

#endif
