#include "tools/simulation.h"

#include "common/units.h"
#include "tools/link.h"

#include <stdlib.h>
#include <string.h>

struct simulation {
	const struct simulation_config *config;
	const struct simulation_hooks *hooks;
	struct send_stream *sender;
	struct recv_stream *receiver;
	struct link link;
	float *samples; /* a frame for the sender, or a block for the receiver */
	int64_t n_read; /* samples, per channel */
	int64_t n_pulled;
	int64_t n_beyond; /* silence that pushes the last samples out of the encoder; -1: reading */
	bool has_ended;	  /* nothing more is sent */
};

/* The frame that ends now is encoded and enters the link. */
static void send_frame(struct simulation *s)
{
	const size_t n_frame = (size_t)s->config->send.frame_samples;
	const size_t n_channels = (size_t)s->config->send.n_channels;
	const int64_t capture_us = us_from_samples(s->n_read);
	const int64_t now_us = us_from_samples(s->n_read + (int64_t)n_frame);
	uint8_t datagram[PACKETIZER_DATAGRAM_BYTES_MAX];
	struct channel_fate fate;
	size_t n = 0;

	if (s->n_beyond < 0)
		n = s->hooks->read(s->hooks->context, s->samples, n_frame);
	if (n < n_frame) {
		if (s->n_beyond < 0)
			s->n_beyond = send_stream_lookahead_samples(s->sender);
		s->n_beyond -= (int64_t)(n_frame - n);
		s->has_ended = s->n_beyond <= 0;
		memset(s->samples + n * n_channels, 0, (n_frame - n) * n_channels * sizeof(float));
	}
	send_stream_push_pcm(s->sender, s->samples, n_frame, capture_us);
	s->n_read += (int64_t)n_frame;
	const size_t n_bytes = send_stream_next_datagram(s->sender, datagram, now_us);
	if (n_bytes == 0)
		return;
	link_send(&s->link, datagram, n_bytes, now_us, &fate);
	if (s->hooks->sent)
		s->hooks->sent(s->hooks->context, datagram, n_bytes, &fate);
}

static void pull_block(struct simulation *s, int64_t now_us)
{
	const size_t n = s->config->block_samples;
	struct playout_record record;

	recv_stream_pull(s->receiver, s->samples, n, now_us);
	s->n_pulled += (int64_t)n;
	s->hooks->write(s->hooks->context, s->samples, n, now_us);
	while (s->hooks->played && recv_stream_next_record(s->receiver, &record))
		s->hooks->played(s->hooks->context, &record);
}

/* The three things that happen, each at its time; at the same time what arrives comes before
 * what is played. */
static void run(struct simulation *s)
{
	int64_t last_us = INT64_MAX;

	for (;;) {
		const int64_t frame_us =
			s->has_ended ? INT64_MAX
				     : us_from_samples(s->n_read + s->config->send.frame_samples);
		const int64_t pull_us = s->config->first_pull_us + us_from_samples(s->n_pulled);
		const int64_t arrival_us = link_next_departure_us(&s->link);
		struct link_delivery d;

		if (frame_us <= arrival_us && frame_us <= pull_us) {
			send_frame(s);
			if (s->has_ended)
				last_us = frame_us + s->config->run_on_us;
		} else if (arrival_us <= pull_us) {
			if (link_receive(&s->link, &d, arrival_us))
				recv_stream_push(s->receiver, d.bytes, d.n_bytes, d.departure_us);
		} else if (pull_us > last_us) {
			return;
		} else {
			pull_block(s, pull_us);
		}
	}
}

static enum status init(struct simulation *s, void *sender, void *receiver, void *link)
{
	const struct simulation_config *const c = s->config;
	enum status status = send_stream_init(&s->sender, sender, &c->send);

	if (status == STATUS_OK)
		status = recv_stream_init(&s->receiver, receiver, &c->recv);
	if (status == STATUS_OK)
		status = link_init(&s->link, link, (size_t)c->channel.limit_packets + 1,
			PACKETIZER_DATAGRAM_BYTES_MAX, &c->channel, c->seed);
	return status;
}

enum status simulation_run(const struct simulation_config *config,
	const struct simulation_hooks *hooks, struct simulation_result *result)
{
	struct simulation s = { .config = config, .hooks = hooks, .n_beyond = -1 };
	const size_t n_block = config->block_samples > FRAME_SAMPLES_MAX ? config->block_samples
									 : FRAME_SAMPLES_MAX;
	void *const sender = malloc(send_stream_bytes(&config->send));
	void *const receiver = malloc(recv_stream_bytes());
	void *const link = malloc(link_bytes(
		(size_t)config->channel.limit_packets + 1, PACKETIZER_DATAGRAM_BYTES_MAX));
	enum status status = STATUS_NO_ROOM;

	s.samples = malloc(n_block * RECV_CHANNELS * sizeof(float));
	if (sender && receiver && link && s.samples)
		status = init(&s, sender, receiver, link);
	if (status == STATUS_OK) {
		run(&s);
		send_stream_stats(s.sender, &result->sent);
		recv_stream_stats(s.receiver, &result->received);
	}
	free(s.samples);
	free(link);
	free(receiver);
	free(sender);
	return status;
}
