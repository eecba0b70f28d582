/* A call in virtual time: send_stream -> link -> recv_stream, without socket, clock, thread or
 * sleep. The same core as in the programs, the same channel as in the relay; so what is seen here
 * is what runs.
 *
 *     read() -> send_stream --(sent())--> link --> recv_stream --(played())--> write()
 *
 * Same input, configuration and seed: same output. Allocates at the start. Thread: any, one. */
#ifndef HINDSIGHT_TOOLS_SIMULATION_H
#define HINDSIGHT_TOOLS_SIMULATION_H

#include "common/status.h"
#include "receiver/recv_stream.h"
#include "sender/send_stream.h"
#include "tools/channel.h"

#include <stddef.h>
#include <stdint.h>

struct simulation_config {
	struct send_stream_config send;
	struct recv_stream_config recv;
	struct channel_spec channel;
	uint64_t seed;
	size_t block_samples;  /* what the playout device pulls at once */
	int64_t first_pull_us; /* when it begins; the first sample is captured at time 0 */
	int64_t run_on_us;     /* how long it goes on after the last frame was sent */
};

/* What the caller does; read and write must be there, the others may be NULL. */
struct simulation_hooks {
	/* Fills n_samples (interleaved, config.send.n_channels); fewer is the end. */
	size_t (*read)(void *context, float *samples, size_t n_samples);
	/* Takes n_samples of RECV_CHANNELS, handed out at now_us. */
	void (*write)(void *context, const float *pcm, size_t n_samples, int64_t now_us);
	/* A datagram entered the link. */
	void (*sent)(void *context, const uint8_t *datagram, size_t n_bytes,
		const struct channel_fate *fate);
	/* A frame's fate is certain. */
	void (*played)(void *context, const struct playout_record *record);
	void *context;
};

struct simulation_result {
	struct send_stats sent;
	struct recv_stats received;
};

/* Runs the call to its end. STATUS_NO_ROOM where memory is short; else what init answered. */
enum status simulation_run(const struct simulation_config *config,
	const struct simulation_hooks *hooks, struct simulation_result *result);

#endif
