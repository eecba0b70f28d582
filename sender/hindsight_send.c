#include "sender/hindsight_send.h"

#include "common/base/storage.h"
#include "common/public/face.h"

#include <string.h>

_Static_assert((int)PACKETIZER_DATAGRAM_BYTES_MAX <= (int)HINDSIGHT_DATAGRAM_BYTES_MAX &&
		       (int)RTCP_DATAGRAM_BYTES_MAX <= (int)HINDSIGHT_DATAGRAM_BYTES_MAX,
	"what the header promises of datagrams");
_Static_assert((int)HINDSIGHT_VOICE == (int)PROFILE_VOICE &&
		       (int)HINDSIGHT_MUSIC == (int)PROFILE_MUSIC &&
		       (int)HINDSIGHT_LOWDELAY == (int)PROFILE_LOWDELAY &&
		       (int)HINDSIGHT_COPIES_MAX == (int)REDUNDANCY_COPIES_MAX &&
		       (int)HINDSIGHT_DISTANCE_MAX == (int)PACKETIZER_DISTANCE_MAX,
	"the library's terms are the core's");

enum { COPY_BPS_MAX = 128000 };

struct hindsight_send {
	struct send_stream *stream;
	struct hindsight_send_config config; /* as in force at present */
};

/* ---- configuration ---- */

void hindsight_send_defaults(struct hindsight_send_config *config, size_t config_bytes)
{
	const struct hindsight_send_config defaults = {
		.config_bytes = config_bytes,
		.profile = HINDSIGHT_VOICE,
		.n_channels = 1,
		.frame_samples = 960,
		.bitrate_bps = 48000,
		.n_copies = HINDSIGHT_COPIES_AUTO,
	};

	face_give(config, config_bytes, &defaults, sizeof defaults);
}

static bool is_zero(const int *values)
{
	for (int i = 0; i < HINDSIGHT_COPIES_MAX; i++)
		if (values[i] != 0)
			return false;
	return true;
}

/* Whether the encoder can give the copies these rates: each in range, and not too many different
 * ones. */
static bool check_rates(const struct hindsight_send_config *c)
{
	const int n_most = coding_is_speech((enum profile)c->profile, c->frame_samples)
				   ? REDUNDANCY_FORMS_MAX
				   : 1;
	int n_rates = 0;

	for (int i = 0; i < c->n_copies; i++) {
		int k = 0;
		if (c->copy_bps[i] < BUDGET_BPS_MIN || c->copy_bps[i] > COPY_BPS_MAX)
			return false;
		while (c->copy_bps[k] != c->copy_bps[i])
			k++;
		n_rates += k == i;
	}
	return n_rates <= n_most;
}

/* The configured copies with their rates; none where the planner chooses. */
static bool share(struct redundancy *r, const struct hindsight_send_config *c)
{
	const bool is_near = is_zero(c->distances); /* the default */
	int limit;

	*r = (struct redundancy){ .n_copies = c->n_copies > 0 ? c->n_copies : 0 };
	for (int i = 0; i < r->n_copies; i++) {
		r->distances[i] = is_near ? i + 1 : c->distances[i];
		if (r->distances[i] < 1 || r->distances[i] > PACKETIZER_DISTANCE_MAX ||
			(i > 0 && r->distances[i] <= r->distances[i - 1]))
			return false;
	}
	if (is_zero(c->copy_bps))
		return redundancy_share(r, c->frame_samples, c->bitrate_bps, 0, &limit) ==
		       REDUNDANCY_OK;
	return check_rates(c) && redundancy_share_rates(r, c->frame_samples, c->bitrate_bps,
					 c->copy_bps, &limit) == REDUNDANCY_OK;
}

static bool is_frame_length(int n_samples)
{
	for (int n = FRAME_SAMPLES_MIN; n <= 960; n *= 2)
		if (n == n_samples)
			return true;
	return n_samples == 1920 || n_samples == 2880;
}

/* False where a value is out of range. */
static bool fill(struct send_stream_config *s, const struct hindsight_send_config *c)
{
	if ((unsigned)c->profile > HINDSIGHT_LOWDELAY || c->n_channels < 1 || c->n_channels > 2 ||
		!is_frame_length(c->frame_samples) || c->bitrate_bps < BUDGET_BPS_MIN ||
		c->bitrate_bps > BUDGET_BPS_MAX || c->n_copies < HINDSIGHT_COPIES_AUTO ||
		c->n_copies > HINDSIGHT_COPIES_MAX || c->dred_ms < 0 ||
		c->dred_ms > ENCODER_DRED_MS_MAX || !face_identity_is_whole(&c->identity))
		return false;
	*s = (struct send_stream_config){
		.profile = (enum profile)c->profile,
		.n_channels = c->n_channels,
		.frame_samples = c->frame_samples,
		.budget_bps = c->bitrate_bps,
		.fec = c->fec,
		.adaptive = c->n_copies == HINDSIGHT_COPIES_AUTO,
		.dtx = c->dtx,
		.dred_ms = c->dred_ms,
		.no_breaker = c->no_circuit_breaker,
		.rtp = { c->identity.ssrc, c->identity.first_seq, c->identity.first_timestamp },
		.rtcp = face_rtcp(&c->identity),
	};
	return share(&s->redundancy, c);
}

/* Converts the caller's configuration, whatever its size, to ours and to the stream's. */
static bool take_config(struct hindsight_send_config *ours, struct send_stream_config *stream,
	const struct hindsight_send_config *theirs)
{
	hindsight_send_defaults(ours, sizeof *ours);
	return face_take(ours, sizeof *ours, theirs, theirs->config_bytes) && fill(stream, ours);
}

struct hindsight_send_config send_config_for(const struct send_stream_config *s)
{
	struct hindsight_send_config c;

	hindsight_send_defaults(&c, sizeof c);
	hindsight_identity_draw(&c.identity, s->rtcp.seed);
	c.identity.ssrc = s->rtp.ssrc;
	c.identity.first_seq = s->rtp.first_seq;
	c.identity.first_timestamp = s->rtp.first_timestamp;
	c.identity.seed = s->rtcp.seed;
	c.identity.epoch_us = s->rtcp.epoch_us;
	c.identity.is_group = s->rtcp.is_group;
	if (s->rtcp.cname[0] != '\0')
		memcpy(c.identity.cname, s->rtcp.cname, sizeof c.identity.cname);
	c.profile = (enum hindsight_profile)s->profile;
	c.n_channels = s->n_channels;
	c.frame_samples = s->frame_samples;
	c.bitrate_bps = s->budget_bps;
	c.fec = s->fec;
	c.dtx = s->dtx;
	c.dred_ms = s->dred_ms;
	c.no_circuit_breaker = s->no_breaker;
	if (!s->adaptive) {
		c.n_copies = s->redundancy.n_copies;
		memcpy(c.distances, s->redundancy.distances, sizeof c.distances);
		memcpy(c.copy_bps, s->redundancy.copy_bps, sizeof c.copy_bps);
	}
	return c;
}

/* ---- the stream ---- */

static size_t bytes_for(const struct send_stream_config *config)
{
	return storage_bytes(sizeof(struct hindsight_send)) + send_stream_bytes(config);
}

size_t hindsight_send_bytes(const struct hindsight_send_config *config)
{
	struct hindsight_send_config ours;
	struct send_stream_config stream;

	return take_config(&ours, &stream, config) ? bytes_for(&stream) : 0;
}

enum hindsight_status hindsight_send_init(struct hindsight_send **send, void *memory,
	size_t memory_bytes, const struct hindsight_send_config *config)
{
	struct hindsight_send *const s = memory;
	struct hindsight_send_config ours;
	struct send_stream_config stream;

	if (!take_config(&ours, &stream, config))
		return HINDSIGHT_BAD_CONFIG;
	const enum hindsight_status fit =
		face_check_memory(memory, memory_bytes, bytes_for(&stream));
	if (fit != HINDSIGHT_OK)
		return fit;
	s->config = ours;
	const enum status status =
		send_stream_init(&s->stream, (char *)memory + storage_bytes(sizeof *s), &stream);
	if (status == STATUS_OK)
		*send = s;
	return face_status(status);
}

size_t hindsight_send_push(
	struct hindsight_send *s, const float *pcm, size_t n_samples, int64_t capture_us)
{
	return send_stream_push_pcm(s->stream, pcm, n_samples, capture_us);
}

size_t hindsight_send_datagram(struct hindsight_send *s, uint8_t *datagram, int64_t now_us)
{
	return send_stream_next_datagram(s->stream, datagram, now_us);
}

void hindsight_send_on_left(struct hindsight_send *s, int64_t now_us)
{
	send_stream_on_left(s->stream, now_us);
}

enum hindsight_status hindsight_send_on_rtcp(
	struct hindsight_send *s, const uint8_t *datagram, size_t n_bytes, int64_t now_us)
{
	return face_status(send_stream_on_rtcp(s->stream, datagram, n_bytes, now_us));
}

size_t hindsight_send_rtcp(struct hindsight_send *s, uint8_t *datagram, int64_t now_us)
{
	return send_stream_next_rtcp(s->stream, datagram, now_us);
}

size_t hindsight_send_bye(struct hindsight_send *s, uint8_t *datagram, int64_t now_us)
{
	/* Part of the contract: a BYE in a large group would have to wait (RFC 3550, 6.3.7) */
	(void)now_us;
	return send_stream_bye(s->stream, datagram);
}

int hindsight_send_lookahead_samples(const struct hindsight_send *s)
{
	return send_stream_lookahead_samples(s->stream);
}

/* ---- changes ---- */

/* Changes the stream, or leaves everything as it was. */
static enum hindsight_status change(
	struct hindsight_send *s, const struct hindsight_send_config *wish, int64_t now_us)
{
	struct send_stream_config stream;

	if (!fill(&stream, wish))
		return HINDSIGHT_BAD_CONFIG;
	const enum status status = send_stream_change(
		s->stream, stream.budget_bps, stream.adaptive ? NULL : &stream.redundancy, now_us);
	if (status == STATUS_OK)
		s->config = *wish;
	return face_status(status);
}

enum hindsight_status hindsight_send_set_bitrate(
	struct hindsight_send *s, int bitrate_bps, int64_t now_us)
{
	struct hindsight_send_config wish = s->config;

	wish.bitrate_bps = bitrate_bps;
	return change(s, &wish, now_us);
}

enum hindsight_status hindsight_send_set_copies(
	struct hindsight_send *s, int n_copies, const int *distances, int64_t now_us)
{
	struct hindsight_send_config wish = s->config;

	wish.n_copies = n_copies;
	memset(wish.distances, 0, sizeof wish.distances);
	memset(wish.copy_bps, 0, sizeof wish.copy_bps);
	for (int i = 0; distances && i < n_copies && i < HINDSIGHT_COPIES_MAX; i++)
		wish.distances[i] = distances[i];
	return change(s, &wish, now_us);
}

/* ---- statistics ---- */

const struct send_stream *send_stream_behind(const struct hindsight_send *send)
{
	return send->stream;
}

void hindsight_send_read_stats(
	const struct hindsight_send *s, struct hindsight_send_stats *stats, size_t stats_bytes)
{
	struct send_stats now;

	send_stream_stats(s->stream, &now);
	const struct hindsight_send_stats ours = {
		.packets_sent = now.packets_sent,
		.bytes_sent = now.bytes_sent,
		.payload_bytes = now.payload_bytes,
		.frames_encoded = now.frames_encoded,
		.frames_silent = now.frames_silent,
		.frames_withheld = now.frames_withheld,
		.copies_sent = now.copies_sent,
		.primary_bytes = now.primary_bytes,
		.copy_bytes = now.copy_bytes,
		.encode_failures = now.encode_failures,
		.rtcp_sent = now.rtcp_sent,
		.rtcp_received = now.rtcp_received,
		.rtcp_rejected = now.rtcp_rejected,
		.plan_changes = now.plan_changes,
		.reported_loss = now.reported_loss,
		.rtt_ms = now.rtt_ms,
		.n_copies = now.n_copies,
		.n_receivers = now.n_receivers,
		.has_fec = now.has_fec,
	};
	face_give(stats, stats_bytes, &ours, sizeof ours);
}
