#include "tools/sim/rehearsed_stream.h"

#include "common/rtp/rtp.h"
#include "common/base/units.h"
#include "tools/channel/link.h"

#include <stdlib.h>
#include <string.h>

enum {
	LEAD_IN_FRAMES = 16, /* encoded and not kept: so that every packet has its copies */
	LINK_DATAGRAMS = 1001,
	BLOCK_SAMPLES_MAX = 5000,
	DELAY_BINS = 20000, /* of 0.1 ms */
	STALL_US = 80 * US_PER_MS,
	FIRST_PULL_US = 3700 /* no device begins with the sender's frames */
};

struct rehearsed_packet {
	int64_t frame; /* within the round */
	size_t n_bytes;
	uint8_t bytes[PACKETIZER_DATAGRAM_BYTES_MAX];
};

/* Times, counted in bins. */
struct histogram {
	int64_t n;
	double sum_ms, max_ms;
	uint32_t bins[DELAY_BINS];
};

struct run {
	const struct rehearsed_stream *stream;
	const struct rehearsed_channel *channel;
	const struct rehearsed_listening *listening;
	struct link link;
	struct recv_stream *receiver;
	int64_t n_sent; /* packets, of all rounds */
	int64_t n_pulls;
	int phase; /* of the channel's change: 0 before, 1 in it, 2 after */
	struct histogram delays, transits, mouth_to_ears;
	int64_t n_missing_early;
	int64_t last_played_us, longest_quiet_us;
	double last_delay_ms;
};

static void count(struct histogram *h, double ms)
{
	const double bin = ms * 10;
	h->bins[bin < 0 ? 0 : bin < DELAY_BINS - 1 ? (int)bin : DELAY_BINS - 1]++;
	h->n++;
	h->sum_ms += ms;
	if (h->n == 1 || ms > h->max_ms)
		h->max_ms = ms;
}

static double quantile_ms(const struct histogram *h, double q)
{
	int64_t n = 0;

	for (int i = 0; i < DELAY_BINS; i++) {
		n += h->bins[i];
		if ((double)n >= q * (double)h->n)
			return (i + 0.5) / 10;
	}
	return 0;
}

/* ---- encoding ---- */

enum status rehearsed_stream_make(struct rehearsed_stream *stream,
	const struct send_stream_config *config, rehearsed_read *read, void *context,
	int64_t n_frames)
{
	const size_t n_samples = (size_t)config->frame_samples;
	const size_t n_channels = (size_t)config->n_channels;
	void *const memory = malloc(send_stream_bytes(config));
	float *const samples = malloc(n_samples * n_channels * sizeof *samples);
	enum status status = STATUS_NO_ROOM;
	struct send_stream *sender;

	*stream = (struct rehearsed_stream){ .frame_samples = config->frame_samples,
		.n_frames = n_frames };
	stream->packets = calloc((size_t)n_frames, sizeof *stream->packets);
	if (memory && samples && stream->packets)
		status = send_stream_init(&sender, memory, config);
	if (status == STATUS_OK)
		stream->lookahead_samples = send_stream_lookahead_samples(sender);
	for (int64_t i = -LEAD_IN_FRAMES; status == STATUS_OK && i < n_frames; i++) {
		struct rehearsed_packet *const p = &stream->packets[stream->n_packets];
		const int64_t capture_us =
			us_from_samples((i + LEAD_IN_FRAMES) * config->frame_samples);
		read(context, samples, n_samples);
		send_stream_push_pcm(sender, samples, n_samples, capture_us);
		p->frame = i;
		p->n_bytes = send_stream_next_datagram(sender, p->bytes, capture_us);
		stream->n_packets += p->n_bytes > 0 && i >= 0;
	}
	free(samples);
	free(memory);
	return status;
}

void rehearsed_stream_end(struct rehearsed_stream *stream)
{
	free(stream->packets);
	stream->packets = NULL;
}

/* ---- listening ---- */

/* When packet n, of all rounds, is sent: when its frame is full. */
static int64_t send_us(const struct run *r, int64_t n)
{
	const struct rehearsed_stream *const s = r->stream;
	const int64_t frame = n / s->n_packets * s->n_frames + s->packets[n % s->n_packets].frame;
	return r->listening->origin_us + us_from_samples((frame + 1) * s->frame_samples);
}

static void send_next(struct run *r, int64_t now_us)
{
	const struct rehearsed_stream *const s = r->stream;
	const struct rehearsed_packet *const p = &s->packets[r->n_sent % s->n_packets];
	const int64_t frame = r->n_sent / s->n_packets * s->n_frames + p->frame;
	uint8_t datagram[PACKETIZER_DATAGRAM_BYTES_MAX];
	struct rtp_packet packet;
	struct channel_fate fate;

	memcpy(datagram, p->bytes, p->n_bytes);
	rtp_parse(&packet, datagram, p->n_bytes);
	packet.seq = (uint16_t)(r->listening->first_seq + r->n_sent);
	packet.timestamp = r->listening->first_timestamp + (uint32_t)(frame * s->frame_samples);
	rtp_write_header(datagram, &packet);
	link_send(&r->link, datagram, p->n_bytes, now_us, &fate);
	if (fate.outcome == CHANNEL_DELIVERED)
		count(&r->transits, (double)(fate.departure_us[0] - now_us) / US_PER_MS);
	r->n_sent++;
}

/* What came in time through a stall waits for its end. */
static int64_t arrival_us(const struct rehearsed_channel *c, int64_t departure_us)
{
	if (departure_us == INT64_MAX || c->stall_period_s <= 0)
		return departure_us;
	const int64_t into_us = departure_us % (int64_t)(c->stall_period_s * US_PER_SECOND);
	return into_us < STALL_US ? departure_us - into_us + STALL_US : departure_us;
}

/* The time between two pulls. */
static double period_us(const struct run *r)
{
	return 1e6 * r->listening->block_samples / SAMPLES_PER_SECOND *
	       (1 - r->channel->skew_ppm / 1e6);
}

static double mouth_to_ear_ms(const struct run *r, const struct playout_record *record)
{
	const struct rehearsed_listening *const l = r->listening;
	const uint32_t position = (uint32_t)(uint64_t)record->timestamp - l->first_timestamp;
	const double n_blocks = (double)record->output_sample / l->block_samples + 1;
	const double heard_us = FIRST_PULL_US + n_blocks * period_us(r);

	return (heard_us - (double)us_from_samples((int64_t)position) +
		       (double)us_from_samples(r->stream->lookahead_samples)) /
	       US_PER_MS;
}

static void pull(struct run *r, int64_t now_us)
{
	const int64_t began_us = r->listening->origin_us;
	float pcm[BLOCK_SAMPLES_MAX * RECV_CHANNELS];
	struct playout_record record;

	recv_stream_pull(r->receiver, pcm, (size_t)r->listening->block_samples, now_us);
	while (recv_stream_next_record(r->receiver, &record)) {
		const double delay_ms = (double)record.playout_delay_us / US_PER_MS;
		r->n_missing_early += record.means == PLAYOUT_CONCEALED &&
				      record.handed_us < began_us + US_PER_SECOND;
		if (record.means >= PLAYOUT_CONCEALED)
			continue;
		if (record.handed_us >= began_us + 2 * US_PER_SECOND)
			count(&r->delays, delay_ms);
		if (record.handed_us >= began_us + 2 * US_PER_SECOND)
			count(&r->mouth_to_ears, mouth_to_ear_ms(r, &record));
		r->last_delay_ms = delay_ms;
		const int64_t quiet_us = record.handed_us - r->last_played_us;
		if (r->last_played_us > 0 && quiet_us > r->longest_quiet_us)
			r->longest_quiet_us = quiet_us;
		r->last_played_us = record.handed_us;
	}
	r->n_pulls++;
}

static enum status set_spec(struct run *r, const char *text)
{
	char message[CHANNEL_SPEC_MESSAGE_BYTES];
	struct channel_spec spec;
	const enum status status = channel_spec_parse(&spec, text, message, sizeof message);

	if (status == STATUS_OK)
		link_set_spec(&r->link, &spec);
	return status;
}

static enum status change_channel(struct run *r, int64_t now_us)
{
	static const int64_t changes_us[] = { 20 * US_PER_SECOND, 40 * US_PER_SECOND, INT64_MAX };

	if (!r->channel->later_spec || now_us - r->listening->origin_us < changes_us[r->phase])
		return STATUS_OK;
	return set_spec(r, r->phase++ == 0 ? r->channel->later_spec : r->channel->spec);
}

/* The three things that happen, each at its time. */
static enum status drive(struct run *r)
{
	const struct rehearsed_listening *const l = r->listening;
	const int64_t end_us = l->origin_us + (int64_t)(l->seconds * US_PER_SECOND);
	enum status status = STATUS_OK;

	while (status == STATUS_OK) {
		const int64_t pull_us =
			l->origin_us + FIRST_PULL_US + (int64_t)((double)r->n_pulls * period_us(r));
		const int64_t next_us = send_us(r, r->n_sent);
		const int64_t departure_us = link_next_departure_us(&r->link);
		const int64_t come_us = arrival_us(r->channel, departure_us);
		struct link_delivery d;
		if (pull_us > end_us)
			break;
		if (next_us <= come_us && next_us <= pull_us) {
			status = change_channel(r, next_us);
			send_next(r, next_us);
		} else if (come_us <= pull_us) {
			if (link_receive(&r->link, &d, departure_us))
				recv_stream_push(r->receiver, d.bytes, d.n_bytes, come_us);
		} else {
			pull(r, pull_us);
		}
	}
	return status;
}

static void tell(const struct run *r, struct rehearsed_outcome *o)
{
	const double minutes = r->listening->seconds / 60;
	double fastest_ms = 0.05; /* the middle of its bin */

	*o = (struct rehearsed_outcome){ 0 };
	recv_stream_stats(r->receiver, &o->stats);
	o->n_played = recv_stats_frames_played(&o->stats) - o->stats.frames[PLAYOUT_SILENT];
	o->n_missing = o->stats.frames[PLAYOUT_CONCEALED];
	o->n_missing_later = o->n_missing - r->n_missing_early;
	o->delay_mean_ms = r->delays.n > 0 ? r->delays.sum_ms / (double)r->delays.n : 0;
	o->delay_p95_ms = quantile_ms(&r->delays, 0.95);
	o->delay_max_ms = r->delays.max_ms;
	o->last_delay_ms = r->last_delay_ms;
	if (r->mouth_to_ears.n > 0)
		o->mouth_to_ear_mean_ms = r->mouth_to_ears.sum_ms / (double)r->mouth_to_ears.n;
	o->mouth_to_ear_p95_ms = quantile_ms(&r->mouth_to_ears, 0.95);
	for (int i = 0; i < DELAY_BINS && r->transits.bins[i] == 0; i++)
		fastest_ms = (i + 1.5) / 10;
	o->jitter_p99_ms = quantile_ms(&r->transits, 0.99) - fastest_ms;
	o->actions_per_min = (double)(o->stats.n_shortened + o->stats.n_lengthened) / minutes;
	o->inserted_ms_per_min = (double)(o->stats.inserted_samples + o->stats.lengthened_samples) /
				 SAMPLES_PER_MS / minutes;
	o->longest_quiet_ms = (double)r->longest_quiet_us / US_PER_MS;
}

enum status rehearsed_stream_listen(const struct rehearsed_stream *stream,
	const struct rehearsed_channel *channel, const struct rehearsed_listening *listening,
	struct rehearsed_outcome *outcome)
{
	const struct recv_stream_config config = {
		.delay = { .fixed_us = listening->fixed_us,
			.tuning = listening->tuning,
			.max_us = 500 * US_PER_MS },
	};
	struct run *const r = calloc(1, sizeof *r);
	void *const link = malloc(link_bytes(LINK_DATAGRAMS, PACKETIZER_DATAGRAM_BYTES_MAX));
	void *const receiver = malloc(recv_stream_bytes());
	char message[CHANNEL_SPEC_MESSAGE_BYTES];
	struct channel_spec spec;
	enum status status = STATUS_NO_ROOM;

	if (r && link && receiver)
		status = channel_spec_parse(&spec, channel->spec, message, sizeof message);
	if (status == STATUS_OK)
		status = link_init(&r->link, link, LINK_DATAGRAMS, PACKETIZER_DATAGRAM_BYTES_MAX,
			&spec, listening->seed);
	if (status == STATUS_OK)
		status = recv_stream_init(&r->receiver, receiver, &config);
	if (status == STATUS_OK) {
		r->stream = stream;
		r->channel = channel;
		r->listening = listening;
		status = drive(r);
		tell(r, outcome);
	}
	free(receiver);
	free(link);
	free(r);
	return status;
}

double rehearsed_percent_missing(const struct rehearsed_outcome *outcome)
{
	return outcome->n_played > 0
		       ? 100.0 * (double)outcome->n_missing / (double)outcome->n_played
		       : 0;
}
