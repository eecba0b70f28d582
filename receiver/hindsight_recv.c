#include "receiver/hindsight_recv.h"

#include "common/base/storage.h"
#include "common/public/face.h"
#include "common/rtp/rtp.h"
#include "receiver/sound/decoder.h"

#include <string.h>

_Static_assert((int)RECV_CHANNELS == (int)HINDSIGHT_RECV_CHANNELS &&
		       (int)RTCP_DATAGRAM_BYTES_MAX <= (int)HINDSIGHT_DATAGRAM_BYTES_MAX,
	"what the header promises");

enum { PAYLOAD_TYPE_MAX = 127 };

#define DELAY_MAX_US	     (2000 * US_PER_MS)
#define DELAY_DEFAULT_MAX_US (500 * US_PER_MS)

struct hindsight_recv {
	struct recv_stream *stream;
};

/* ---- configuration ---- */

void hindsight_recv_defaults(struct hindsight_recv_config *config, size_t config_bytes)
{
	const struct hindsight_recv_config defaults = {
		.config_bytes = config_bytes,
		.delay_us = HINDSIGHT_DELAY_AUTO,
		.delay_max_us = DELAY_DEFAULT_MAX_US,
		.decoder_complexity = DECODER_COMPLEXITY_DEFAULT,
		.opus_type = RTP_TYPE_OPUS,
		.red_type = RTP_TYPE_RED,
	};

	face_give(config, config_bytes, &defaults, sizeof defaults);
}

static bool is_payload_type(int type)
{
	return type >= 1 && type <= PAYLOAD_TYPE_MAX;
}

/* Converts the caller's configuration, whatever its size, to the stream's; false where a value is
 * out of range. */
static bool take_config(
	struct recv_stream_config *stream, const struct hindsight_recv_config *theirs)
{
	struct hindsight_recv_config c;

	hindsight_recv_defaults(&c, sizeof c);
	if (!face_take(&c, sizeof c, theirs, theirs->config_bytes) ||
		!face_identity_is_whole(&c.identity) || c.delay_us < HINDSIGHT_DELAY_AUTO ||
		c.delay_us > DELAY_MAX_US || c.delay_min_us < 0 ||
		c.delay_max_us < c.delay_min_us || c.delay_max_us > DELAY_MAX_US ||
		c.decoder_complexity < 0 || c.decoder_complexity > DECODER_COMPLEXITY_MAX ||
		!is_payload_type(c.opus_type) || !is_payload_type(c.red_type) ||
		c.opus_type == c.red_type)
		return false;
	*stream = (struct recv_stream_config){
		.delay = { .fixed_us = c.delay_us,
			.min_us = c.delay_min_us,
			.max_us = c.delay_max_us },
		.decoder_complexity = c.decoder_complexity,
		.rtcp = face_rtcp(&c.identity),
		.same_clock = c.same_clock,
		.opus_type = (uint8_t)c.opus_type,
		.red_type = (uint8_t)c.red_type,
	};
	return true;
}

struct hindsight_recv_config recv_config_for(const struct recv_stream_config *s)
{
	struct hindsight_recv_config c;

	hindsight_recv_defaults(&c, sizeof c);
	hindsight_identity_draw(&c.identity, s->rtcp.seed);
	c.identity.ssrc = s->rtcp.ssrc;
	c.identity.seed = s->rtcp.seed;
	c.identity.epoch_us = s->rtcp.epoch_us;
	c.identity.is_group = s->rtcp.is_group;
	if (s->rtcp.cname[0] != '\0')
		memcpy(c.identity.cname, s->rtcp.cname, sizeof c.identity.cname);
	c.delay_us = s->delay.fixed_us < 0 ? HINDSIGHT_DELAY_AUTO : s->delay.fixed_us;
	c.delay_min_us = s->delay.min_us;
	c.delay_max_us = s->delay.max_us;
	c.decoder_complexity = s->decoder_complexity;
	if (s->opus_type != 0)
		c.opus_type = s->opus_type;
	if (s->red_type != 0)
		c.red_type = s->red_type;
	c.same_clock = s->same_clock;
	return c;
}

/* ---- the stream ---- */

static size_t bytes_needed(void)
{
	return storage_bytes(sizeof(struct hindsight_recv)) + recv_stream_bytes();
}

size_t hindsight_recv_bytes(const struct hindsight_recv_config *config)
{
	struct recv_stream_config stream;

	return take_config(&stream, config) ? bytes_needed() : 0;
}

enum hindsight_status hindsight_recv_init(struct hindsight_recv **recv, void *memory,
	size_t memory_bytes, const struct hindsight_recv_config *config)
{
	struct hindsight_recv *const r = memory;
	struct recv_stream_config stream;

	if (!take_config(&stream, config))
		return HINDSIGHT_BAD_CONFIG;
	const enum hindsight_status fit = face_check_memory(memory, memory_bytes, bytes_needed());
	if (fit != HINDSIGHT_OK)
		return fit;
	const enum status status =
		recv_stream_init(&r->stream, (char *)memory + storage_bytes(sizeof *r), &stream);
	if (status == STATUS_OK)
		*recv = r;
	return face_status(status);
}

enum hindsight_status hindsight_recv_push(
	struct hindsight_recv *r, const uint8_t *datagram, size_t n_bytes, int64_t arrival_us)
{
	return face_status(recv_stream_push(r->stream, datagram, n_bytes, arrival_us));
}

void hindsight_recv_pull(struct hindsight_recv *r, float *pcm, size_t n_samples, int64_t now_us)
{
	recv_stream_pull(r->stream, pcm, n_samples, now_us);
}

void hindsight_recv_set_device_latency(struct hindsight_recv *r, int64_t latency_us)
{
	recv_stream_set_device_latency(r->stream, latency_us);
}

size_t hindsight_recv_rtcp(struct hindsight_recv *r, uint8_t *datagram, int64_t now_us)
{
	return recv_stream_next_rtcp(r->stream, datagram, now_us);
}

size_t hindsight_recv_bye(struct hindsight_recv *r, uint8_t *datagram, int64_t now_us)
{
	(void)now_us; /* as in hindsight_send_bye() */
	return recv_stream_bye(r->stream, datagram);
}

enum hindsight_status hindsight_recv_set_complexity(struct hindsight_recv *r, int complexity)
{
	if (complexity < 0 || complexity > DECODER_COMPLEXITY_MAX)
		return HINDSIGHT_BAD_CONFIG;
	recv_stream_set_complexity(r->stream, complexity);
	return HINDSIGHT_OK;
}

/* ---- statistics ---- */

struct recv_stream *recv_stream_behind(const struct hindsight_recv *recv)
{
	return recv->stream;
}

void hindsight_recv_read_stats(
	const struct hindsight_recv *r, struct hindsight_recv_stats *stats, size_t stats_bytes)
{
	const struct recv_stats start = { 0 };
	struct recv_stats now;

	recv_stream_stats(r->stream, &now);
	const struct hindsight_recv_stats ours = {
		.packets_received = now.packets_received,
		.bytes_received = now.bytes_received,
		.packets_lost = now.packets_lost,
		.packets_late = now.packets_late,
		.packets_duplicate = now.packets_duplicate,
		.packets_reordered = now.packets_reordered,
		.packets_rejected = now.packets_rejected,
		.frames_primary = now.frames[PLAYOUT_PRIMARY],
		.frames_redundant = now.frames[PLAYOUT_REDUNDANT],
		.frames_fec = now.frames[PLAYOUT_FEC],
		.frames_dred = now.frames[PLAYOUT_DRED],
		.frames_concealed = now.frames[PLAYOUT_CONCEALED],
		.frames_silent = now.frames[PLAYOUT_SILENT],
		.inserted_samples = now.lengthened_samples + now.inserted_samples,
		.removed_samples = now.shortened_samples,
		.decode_failures = now.decode_failures,
		.rtcp_sent = now.rtcp_sent,
		.rtcp_received = now.rtcp_received,
		.jitter_ms = now.jitter_ms,
		.target_delay_ms = now.target_delay_ms,
		.playout_delay_ms = recv_stats_delay_ms(&now, &start),
		.mouth_to_ear_ms = latency_means(&now.latency, &start.latency).whole_ms,
		.rtt_ms = now.rtt_ms,
		.n_channels = recv_stream_channels(r->stream),
	};
	face_give(stats, stats_bytes, &ours, sizeof ours);
}
