#include "tools/sim/simulation.h"

#include "common/base/units.h"
#include "receiver/hindsight_recv.h"
#include "sender/hindsight_send.h"
#include "tools/channel/link.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_INTERVAL_US (1 * US_PER_SECOND)
#define RETURN_SEED	   UINT64_C(0x5245545552)

struct simulation {
	const struct simulation_config *config;
	const struct simulation_hooks *hooks;
	struct hindsight_send *sender;
	struct hindsight_recv *receiver;
	struct link link;
	struct link return_link;
	float *samples; /* a frame for the sender, or a block for the receiver */
	int lookahead_samples;
	int64_t n_read; /* samples, per channel */
	int64_t n_pulled;
	int64_t n_beyond; /* silence that pushes the last samples out of the encoder; -1: reading */
	size_t n_changed; /* changes of the channel that have happened */
	uint64_t n_packets;
	int64_t next_report_us;
	int64_t last_us; /* when all is over; INT64_MAX: something is still sent */
};

/* A time of the playout device's own, in true time. In two parts: no product leaves the range. */
static int64_t device_us(const struct simulation_config *c, int64_t samples)
{
	const int64_t us = us_from_samples(samples);
	const int64_t rate = 1000000000 + c->skew_ppb;
	const int64_t ahead = us / rate * c->skew_ppb + us % rate * c->skew_ppb / rate;

	return c->first_pull_us + us - ahead;
}

int64_t simulation_heard_us(const struct simulation_config *config, int64_t output_sample)
{
	return device_us(config, output_sample + (int64_t)config->block_samples);
}

/* When a sample is captured, or the one before it wholly is (is_end): all pauses before included. */
static int64_t capture_us(const struct simulation_config *c, int64_t position, bool is_end)
{
	int64_t us = us_from_samples(position);

	for (size_t i = 0; i < c->n_pauses; i++)
		if (us - is_end >= c->pauses[i].at_us)
			us += c->pauses[i].length_us;
	return us;
}

static void change_channel(struct simulation *s, int64_t now_us)
{
	const struct simulation_config *const c = s->config;

	while (s->n_changed < c->n_changes && c->changes[s->n_changed].at_us <= now_us)
		link_set_spec(&s->link, &c->changes[s->n_changed++].spec);
}

/* Reads the next frame; at the end silence, until the encoder has given the last sample out. False:
 * it is the last one. */
static bool read_frame(struct simulation *s)
{
	const size_t n_frame = (size_t)s->config->send.frame_samples;
	const size_t n_channels = (size_t)s->config->send.n_channels;
	size_t n = 0;

	if (s->n_beyond < 0)
		n = s->hooks->read(s->hooks->context, s->samples, n_frame);
	if (n == n_frame)
		return true;
	if (s->n_beyond < 0)
		s->n_beyond = s->lookahead_samples;
	s->n_beyond -= (int64_t)(n_frame - n);
	memset(s->samples + n * n_channels, 0, (n_frame - n) * n_channels * sizeof(float));
	return s->n_beyond > 0;
}

/* The sender's report, if one is due. */
static void send_report(struct simulation *s, int64_t now_us)
{
	uint8_t datagram[HINDSIGHT_DATAGRAM_BYTES_MAX];
	struct channel_fate fate;
	size_t n_bytes;

	if (!s->config->has_rtcp || s->last_us < INT64_MAX)
		return;
	n_bytes = hindsight_send_rtcp(s->sender, datagram, now_us);
	if (n_bytes == 0)
		return;
	if (s->config->trace)
		hindsight_recv_push(s->receiver, datagram, n_bytes, now_us);
	else
		link_send(&s->link, datagram, n_bytes, now_us, &fate);
}

/* The frame that ends now is encoded and enters the link. */
static void send_frame(struct simulation *s, int64_t now_us)
{
	const struct simulation_config *const c = s->config;
	uint8_t datagram[HINDSIGHT_DATAGRAM_BYTES_MAX];
	struct channel_fate fate;
	struct simulation_frame frame = {
		.position = s->n_read,
		.capture_us = capture_us(c, s->n_read, false),
		.sent_us = now_us,
		.lookahead_samples = s->lookahead_samples,
	};
	const bool is_last = !read_frame(s);

	hindsight_send_push(s->sender, s->samples, (size_t)c->send.frame_samples, frame.capture_us);
	s->n_read += c->send.frame_samples;
	if (is_last)
		s->last_us = now_us + c->run_on_us;
	frame.n_bytes = hindsight_send_datagram(s->sender, datagram, now_us);
	if (frame.n_bytes > 0) {
		frame.datagram = datagram;
		frame.fate = &fate;
		change_channel(s, now_us);
		if (c->trace) {
			trace_fate(c->trace, s->n_packets++, now_us, &fate);
			link_carry(&s->link, datagram, frame.n_bytes, &fate);
		} else {
			link_send(&s->link, datagram, frame.n_bytes, now_us, &fate);
		}
	}
	hindsight_send_on_left(s->sender, now_us);
	if (s->hooks->sent)
		s->hooks->sent(s->hooks->context, &frame);
	send_report(s, now_us);
}

/* The receiver's. */
static void report_back(struct simulation *s, int64_t now_us)
{
	uint8_t datagram[HINDSIGHT_DATAGRAM_BYTES_MAX];
	struct channel_fate fate;

	if (!s->config->has_rtcp)
		return;
	const size_t n_bytes = hindsight_recv_rtcp(s->receiver, datagram, now_us);
	if (n_bytes > 0)
		link_send(&s->return_link, datagram, n_bytes, now_us, &fate);
}

static void hear_back(struct simulation *s, int64_t now_us)
{
	struct link_delivery d;

	if (link_receive(&s->return_link, &d, now_us))
		hindsight_send_on_rtcp(s->sender, d.bytes, d.n_bytes, d.departure_us);
}

static void receive(struct simulation *s, int64_t now_us)
{
	struct link_delivery d;

	if (!link_receive(&s->link, &d, now_us))
		return;
	hindsight_recv_push(s->receiver, d.bytes, d.n_bytes, d.departure_us);
	if (s->last_us < INT64_MAX && s->last_us < now_us + s->config->run_on_us)
		s->last_us = now_us + s->config->run_on_us;
}

static void pull_block(struct simulation *s, int64_t now_us)
{
	const size_t n = s->config->block_samples;
	struct playout_record record;

	hindsight_recv_set_device_latency(
		s->receiver, simulation_heard_us(s->config, s->n_pulled) - now_us);
	hindsight_recv_pull(s->receiver, s->samples, n, now_us);
	report_back(s, now_us);
	s->n_pulled += (int64_t)n;
	s->hooks->write(s->hooks->context, s->samples, n, now_us);
	while (s->hooks->played &&
		recv_stream_next_record(recv_stream_behind(s->receiver), &record))
		s->hooks->played(s->hooks->context, &record);
}

static void read_stats(const struct simulation *s, struct simulation_result *result)
{
	send_stream_stats(send_stream_behind(s->sender), &result->sent);
	recv_stream_stats(recv_stream_behind(s->receiver), &result->received);
}

static void report_until(struct simulation *s, int64_t now_us)
{
	struct simulation_result result;

	for (; s->next_report_us <= now_us; s->next_report_us += REPORT_INTERVAL_US) {
		read_stats(s, &result);
		s->hooks->report(s->hooks->context, &result, s->next_report_us);
	}
}

/* The four things that happen, each at its time; at the same time what arrives comes before
 * what is played. */
static void run(struct simulation *s)
{
	for (;;) {
		const int64_t frame_end = s->n_read + s->config->send.frame_samples;
		const int64_t frame_us =
			s->last_us < INT64_MAX ? INT64_MAX : capture_us(s->config, frame_end, true);
		const int64_t pull_us = device_us(s->config, s->n_pulled);
		const int64_t arrival_us = link_next_departure_us(&s->link);
		const int64_t back_us = link_next_departure_us(&s->return_link);
		const int64_t first_us = frame_us < arrival_us ? frame_us : arrival_us;

		if (back_us <= first_us && back_us <= pull_us) {
			hear_back(s, back_us);
			continue;
		}
		if (pull_us > s->last_us && arrival_us == INT64_MAX)
			return;
		if (s->hooks->report)
			report_until(s, (first_us < pull_us ? first_us : pull_us) - 1);
		if (frame_us <= arrival_us && frame_us <= pull_us)
			send_frame(s, frame_us);
		else if (arrival_us <= pull_us)
			receive(s, arrival_us);
		else
			pull_block(s, pull_us);
	}
}

/* For the limit to count: one packet more, whose copy may exceed it. A limit of 0 lets nothing through,
 * but a link has room for a packet and its copy. */
static size_t datagrams_within(uint32_t limit_packets)
{
	const size_t n = (size_t)limit_packets + 1;

	return n > CHANNEL_COPIES_MAX ? n : CHANNEL_COPIES_MAX;
}

/* How many datagrams the link must hold for every limit to count, or every recorded delay. */
static size_t link_datagrams(const struct simulation_config *c)
{
	uint32_t limit_packets = c->channel.limit_packets;

	if (c->trace)
		return trace_packets_under_way_max(
			c->trace, us_from_samples(c->send.frame_samples));
	for (size_t i = 0; i < c->n_changes; i++)
		if (c->changes[i].spec.limit_packets > limit_packets)
			limit_packets = c->changes[i].spec.limit_packets;
	return datagrams_within(limit_packets);
}

/* Where nothing comes back, it does not matter over what. */
static const struct channel_spec *return_spec(const struct simulation_config *c)
{
	return c->has_rtcp ? &c->return_channel : &c->channel;
}

static size_t return_link_datagrams(const struct simulation_config *c)
{
	return datagrams_within(return_spec(c)->limit_packets);
}

/* All that a call needs, in the caller's memory. */
struct parts {
	struct hindsight_send_config send;
	struct hindsight_recv_config recv;
	size_t send_bytes, recv_bytes; /* 0: a configuration is bad */
	void *sender, *receiver, *link, *return_link;
};

static struct parts make_parts(const struct simulation_config *c)
{
	struct parts p = { .send = send_config_for(&c->send), .recv = recv_config_for(&c->recv) };

	p.send_bytes = hindsight_send_bytes(&p.send);
	p.recv_bytes = hindsight_recv_bytes(&p.recv);
	p.sender = malloc(p.send_bytes);
	p.receiver = malloc(p.recv_bytes);
	p.link = malloc(link_bytes(link_datagrams(c), HINDSIGHT_DATAGRAM_BYTES_MAX));
	p.return_link = malloc(link_bytes(return_link_datagrams(c), HINDSIGHT_DATAGRAM_BYTES_MAX));
	return p;
}

static void free_parts(const struct parts *p)
{
	free(p->return_link);
	free(p->link);
	free(p->receiver);
	free(p->sender);
}

static enum status init(struct simulation *s, const struct parts *p)
{
	const struct simulation_config *const c = s->config;

	if (hindsight_send_init(&s->sender, p->sender, p->send_bytes, &p->send) != HINDSIGHT_OK ||
		hindsight_recv_init(&s->receiver, p->receiver, p->recv_bytes, &p->recv) !=
			HINDSIGHT_OK)
		return STATUS_BAD_CONFIG;
	s->lookahead_samples = hindsight_send_lookahead_samples(s->sender);
	const enum status status = link_init(&s->link, p->link, link_datagrams(c),
		HINDSIGHT_DATAGRAM_BYTES_MAX, &c->channel, c->seed);
	if (status != STATUS_OK)
		return status;
	/* Another seed: the two directions are independent. */
	return link_init(&s->return_link, p->return_link, return_link_datagrams(c),
		HINDSIGHT_DATAGRAM_BYTES_MAX, return_spec(c), c->seed ^ RETURN_SEED);
}

enum status simulation_run(const struct simulation_config *config,
	const struct simulation_hooks *hooks, struct simulation_result *result)
{
	struct simulation s = {
		.config = config,
		.hooks = hooks,
		.n_beyond = -1,
		.next_report_us = REPORT_INTERVAL_US,
		.last_us = INT64_MAX,
	};
	const size_t n_block = config->block_samples > FRAME_SAMPLES_MAX ? config->block_samples
									 : FRAME_SAMPLES_MAX;
	const struct parts parts = make_parts(config);
	enum status status = STATUS_NO_ROOM;

	assert(config->skew_ppb > -1000000000);
	s.samples = malloc(n_block * HINDSIGHT_RECV_CHANNELS * sizeof(float));
	if (parts.sender && parts.receiver && parts.link && parts.return_link && s.samples)
		status = init(&s, &parts);
	if (status == STATUS_OK) {
		run(&s);
		read_stats(&s, result);
	}
	free(s.samples);
	free_parts(&parts);
	return status;
}
