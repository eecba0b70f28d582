#include "sender/send_stream.h"

#include "common/level.h"
#include "common/units.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
	DEBT_FRAMES = 8,  /* what was sent too much is saved again over so many frames */
	CREDIT_FRAMES = 1 /* of what was sent too little, not more than this is spent later */
};

struct send_stream {
	struct send_stream_config config;
	struct encoder encoder;
	struct packetizer packetizer;
	struct send_stats stats;
	double budget_bytes; /* of payload, a frame */
	double debt_bytes;   /* payload sent beyond the budget; negative: below it */
	size_t n_pending;    /* samples of the frame being filled */
	float pending[FRAME_SAMPLES_MAX * 2];
};

static size_t struct_bytes(void)
{
	return (sizeof(struct send_stream) + 63) & ~(size_t)63;
}

size_t send_stream_bytes(const struct send_stream_config *config)
{
	return struct_bytes() + encoder_bytes(config->n_channels);
}

enum status send_stream_init(
	struct send_stream **stream, void *memory, const struct send_stream_config *config)
{
	struct send_stream *const s = memory;
	const struct encoder_config encoder = {
		.profile = config->profile,
		.n_channels = config->n_channels,
		.frame_samples = config->frame_samples,
		.primary_bps = config->redundancy.primary_bps,
		.copy_bps = config->redundancy.copy_bps,
		.dtx = config->dtx,
		.dred_ms = config->dred_ms,
	};

	memset(s, 0, sizeof *s);
	s->config = *config;
	const enum status status =
		encoder_init(&s->encoder, (char *)memory + struct_bytes(), &encoder);
	if (status != STATUS_OK)
		return status;
	packetizer_init(&s->packetizer, &config->rtp);
	packetizer_set_redundancy(&s->packetizer, &config->redundancy);
	s->budget_bytes = config->budget_bps / 8.0 * config->frame_samples / SAMPLES_PER_SECOND;
	s->stats.n_copies = config->redundancy.n_copies;
	*stream = s;
	return STATUS_OK;
}

int send_stream_lookahead_samples(const struct send_stream *s)
{
	return encoder_lookahead_samples(&s->encoder);
}

size_t send_stream_push_pcm(
	struct send_stream *s, const float *samples, size_t n_samples, int64_t capture_us)
{
	const size_t n_channels = (size_t)s->config.n_channels;
	const size_t n_free = (size_t)s->config.frame_samples - s->n_pending;
	const size_t n_taken = n_samples < n_free ? n_samples : n_free;

	(void)capture_us; /* travels with abs-capture-time, which this version does not send */
	memcpy(s->pending + s->n_pending * n_channels, samples,
		n_taken * n_channels * sizeof *samples);
	s->n_pending += n_taken;
	s->stats.square_sum += level_square_sum(samples, n_taken * n_channels);
	s->stats.n_squares += (int64_t)(n_taken * n_channels);
	return n_taken;
}

/* The primary gets what the copies of this very datagram leave of the budget, less what was sent
 * too much before: libopus's rates are means, and the copies' bytes are known only now. */
static int primary_bps_now(const struct send_stream *s)
{
	const double overhead = (double)packetizer_overhead_bytes(&s->packetizer);
	const double wanted_bytes = s->budget_bytes - overhead - s->debt_bytes / DEBT_FRAMES;
	const int wanted_bps =
		(int)(wanted_bytes * 8 * SAMPLES_PER_SECOND / s->config.frame_samples);
	const int least_bps = s->config.redundancy.primary_bps / 2;

	return wanted_bps > least_bps ? wanted_bps : least_bps;
}

size_t send_stream_next_datagram(struct send_stream *s, uint8_t *datagram, int64_t now_us)
{
	struct encoded_frame frame = { .primary_bytes = 0 };
	int n_copies;

	(void)now_us; /* reports and their timing come with RTCP */
	if (s->n_pending < (size_t)s->config.frame_samples)
		return 0;
	s->n_pending = 0;
	s->stats.frames_encoded++;
	if (encoder_encode(&s->encoder, s->pending, primary_bps_now(s),
		    RTP_PAYLOAD_BYTES_MAX - RED_LAST_HEADER_BYTES, &frame) != STATUS_OK)
		s->stats.encode_failures++;
	s->debt_bytes -= s->budget_bytes;
	if (s->debt_bytes < -CREDIT_FRAMES * s->budget_bytes)
		s->debt_bytes = -CREDIT_FRAMES * s->budget_bytes;
	if (frame.primary_bytes == 0) {
		s->stats.frames_silent++;
		packetizer_skip(&s->packetizer, s->config.frame_samples);
		return 0;
	}
	const size_t n_bytes = packetizer_pack(&s->packetizer, frame.primary, frame.primary_bytes,
		frame.copy, frame.copy_bytes, s->config.frame_samples, datagram, &n_copies);
	const size_t payload_bytes = n_bytes - RTP_HEADER_BYTES;
	s->debt_bytes += (double)payload_bytes;
	s->stats.packets_sent++;
	s->stats.bytes_sent += (int64_t)n_bytes;
	s->stats.payload_bytes += (int64_t)payload_bytes;
	s->stats.copies_sent += n_copies;
	s->stats.primary_bytes += (int64_t)frame.primary_bytes;
	if (n_copies > 0)
		s->stats.copy_bytes +=
			(int64_t)(payload_bytes - frame.primary_bytes - RED_LAST_HEADER_BYTES) -
			n_copies * RED_HEADER_BYTES;
	return n_bytes;
}

void send_stream_stats(const struct send_stream *s, struct send_stats *stats)
{
	*stats = s->stats;
}

static double kbps(int64_t n_bytes, double interval_s)
{
	return interval_s > 0 ? (double)n_bytes * 8 / 1000 / interval_s : NAN;
}

void send_stats_fields(const struct send_stats *now, const struct send_stats *before, double time_s,
	double interval_s, struct stats_field fields[SEND_STATS_FIELDS])
{
	const int64_t n_squares = now->n_squares - before->n_squares;
	const struct stats_field values[SEND_STATS_FIELDS] = {
		{ "time_s", time_s, false },
		{ "packets_sent", (double)now->packets_sent, true },
		{ "bytes_sent", (double)now->bytes_sent, true },
		{ "frames_encoded", (double)now->frames_encoded, true },
		{ "copies_sent", (double)now->copies_sent, true },
		{ "redundancy", now->n_copies, true },
		{ "primary_kbps", kbps(now->primary_bytes - before->primary_bytes, interval_s),
			false },
		{ "copy_kbps", kbps(now->copy_bytes - before->copy_bytes, interval_s), false },
		{ "reported_loss", NAN, false }, /* both need RTCP */
		{ "rtt_ms", NAN, false },
		{ "overruns", (double)now->overruns, true },
		{ "level_dbfs", level_dbfs(now->square_sum - before->square_sum, n_squares),
			false },
	};
	memcpy(fields, values, sizeof values);
}
