#include "sender/encoder.h"

#include "common/red.h"
#include "common/units.h"

#include <assert.h>
#include <opus/opus.h>
#include <string.h>

/* libopus's own control for choosing the coding mode. It is not in the public header, yet has had
 * this number and these values since 1.0; a library that refuses it chooses by itself, and the
 * unit test that compares the modes of primary and copy would say so. */
enum { SET_FORCE_MODE = 11002, MODE_SILK = 1000, MODE_HYBRID = 1001, MODE_CELT = 1002 };

enum {
	COMPLEXITY = 10,	   /* the best that Opus has: 2 % of a core a stream */
	HYBRID_COPY_BPS = 20000,   /* from here on a copy affords the band above 8 kHz */
	CELT_SWB_COPY_BPS = 18000, /* for one channel */
	CELT_FB_COPY_BPS = 28000,
	DRED_LOSS_PERCENT = 20,
	DTX_BYTES_MAX = 2 /* libopus: "two bytes or less do not need to be transmitted" */
};

static size_t aligned(size_t n_bytes)
{
	return (n_bytes + 63) & ~(size_t)63;
}

size_t encoder_bytes(int n_channels)
{
	return 2 * aligned((size_t)opus_encoder_get_size(n_channels));
}

static int application(enum profile profile)
{
	switch (profile) {
	case PROFILE_VOICE:
		return OPUS_APPLICATION_VOIP;
	case PROFILE_MUSIC:
		return OPUS_APPLICATION_AUDIO;
	default:
		return OPUS_APPLICATION_RESTRICTED_LOWDELAY;
	}
}

/* The mode and bandwidth that primary and copy share, chosen by what the copy can afford.
 * Without copies libopus chooses by itself. */
static bool set_common_mode(const struct encoder_config *c, OpusEncoder *opus)
{
	int mode = MODE_CELT;
	int bandwidth = OPUS_BANDWIDTH_WIDEBAND;

	if (c->copy_bps == 0)
		return true;
	if (c->profile == PROFILE_VOICE && c->frame_samples >= 10 * SAMPLES_PER_MS) {
		mode = c->copy_bps >= HYBRID_COPY_BPS ? MODE_HYBRID : MODE_SILK;
		if (mode == MODE_HYBRID)
			bandwidth = OPUS_BANDWIDTH_FULLBAND;
	} else {
		const int channel_bps = c->n_channels == 2 ? c->copy_bps * 2 / 3 : c->copy_bps;
		if (channel_bps >= CELT_FB_COPY_BPS)
			bandwidth = OPUS_BANDWIDTH_FULLBAND;
		else if (channel_bps >= CELT_SWB_COPY_BPS)
			bandwidth = OPUS_BANDWIDTH_SUPERWIDEBAND;
	}
	(void)opus_encoder_ctl(opus, SET_FORCE_MODE, (opus_int32)mode);
	return opus_encoder_ctl(opus, OPUS_SET_BANDWIDTH(bandwidth)) == OPUS_OK;
}

/* In CELT's constrained VBR libopus does not count the byte in front of each packet. */
static int codec_bps(const struct encoder_config *c, int bps)
{
	const int toc_bps = 8 * SAMPLES_PER_SECOND / c->frame_samples;
	const bool silk = c->profile == PROFILE_VOICE && c->frame_samples >= 10 * SAMPLES_PER_MS;
	return silk ? bps : bps - toc_bps;
}

static enum status init_one(OpusEncoder *opus, const struct encoder_config *c, int bps)
{
	if (opus_encoder_init(opus, SAMPLES_PER_SECOND, c->n_channels, application(c->profile)) !=
		OPUS_OK)
		return STATUS_CODEC;
	bool ok = opus_encoder_ctl(opus, OPUS_SET_BITRATE(codec_bps(c, bps))) == OPUS_OK;
	ok = ok && opus_encoder_ctl(opus, OPUS_SET_VBR(1)) == OPUS_OK;
	ok = ok && opus_encoder_ctl(opus, OPUS_SET_VBR_CONSTRAINT(1)) == OPUS_OK;
	ok = ok && opus_encoder_ctl(opus, OPUS_SET_COMPLEXITY(COMPLEXITY)) == OPUS_OK;
	if (c->profile == PROFILE_VOICE)
		ok = ok && opus_encoder_ctl(opus, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE)) == OPUS_OK;
	if (c->profile == PROFILE_MUSIC)
		ok = ok && opus_encoder_ctl(opus, OPUS_SET_SIGNAL(OPUS_SIGNAL_MUSIC)) == OPUS_OK;
	ok = ok && set_common_mode(c, opus);
	return ok ? STATUS_OK : STATUS_CODEC;
}

/* Distributions build libopus without the networks, and then the control is refused. How many of
 * the bits it gets follows from the loss that is expected. */
static bool set_dred(OpusEncoder *opus, const struct encoder_config *c)
{
#ifdef OPUS_SET_DRED_DURATION
	if (c->dred_ms > 0 && c->profile == PROFILE_VOICE &&
		c->frame_samples >= 10 * SAMPLES_PER_MS)
		return opus_encoder_ctl(opus, OPUS_SET_DRED_DURATION(c->dred_ms / 10)) == OPUS_OK &&
		       opus_encoder_ctl(opus, OPUS_SET_PACKET_LOSS_PERC(DRED_LOSS_PERCENT)) ==
			       OPUS_OK;
#else
	(void)opus;
	(void)c;
#endif
	return false;
}

enum status encoder_init(struct encoder *e, void *memory, const struct encoder_config *config)
{
	const int n = config->frame_samples;
	const bool frame_ok =
		n == 120 || n == 240 || n == 480 || n == 960 || n == 1920 || n == 2880;

	if (!frame_ok || config->n_channels < 1 || config->n_channels > 2 || config->dred_ms < 0 ||
		config->dred_ms > ENCODER_DRED_MS_MAX)
		return STATUS_BAD_CONFIG;
	memset(e, 0, sizeof *e);
	e->config = *config;
	e->primary = memory;
	enum status status = init_one(e->primary, config, config->primary_bps);
	if (status == STATUS_OK && config->dtx &&
		opus_encoder_ctl(e->primary, OPUS_SET_DTX(1)) != OPUS_OK)
		status = STATUS_CODEC;
	if (status == STATUS_OK)
		e->has_dred = set_dred(e->primary, config);
	if (status == STATUS_OK && config->copy_bps > 0) {
		e->copy = (OpusEncoder *)((char *)memory + aligned((size_t)opus_encoder_get_size(
								   config->n_channels)));
		status = init_one(e->copy, config, config->copy_bps);
	}
	return status;
}

bool encoder_has_dred(const struct encoder *e)
{
	return e->has_dred;
}

int encoder_lookahead_samples(const struct encoder *e)
{
	opus_int32 n_samples = 0;
	opus_encoder_ctl(e->primary, OPUS_GET_LOOKAHEAD(&n_samples));
	return (int)n_samples;
}

enum status encoder_encode(struct encoder *e, const float *pcm, int primary_bps,
	size_t primary_bytes_max, struct encoded_frame *frame)
{
	assert(primary_bytes_max <= ENCODED_BYTES_MAX);
	opus_encoder_ctl(e->primary, OPUS_SET_BITRATE(codec_bps(&e->config, primary_bps)));
	const opus_int32 primary_bytes = opus_encode_float(e->primary, pcm, e->config.frame_samples,
		e->primary_data, (opus_int32)primary_bytes_max);
	if (primary_bytes <= 0)
		return STATUS_CODEC;
	opus_int32 copy_bytes = 0;
	if (e->copy) {
		copy_bytes = opus_encode_float(
			e->copy, pcm, e->config.frame_samples, e->copy_data, RED_BLOCK_BYTES_MAX);
		if (copy_bytes < 0)
			return STATUS_CODEC;
	}
	const bool silent = e->config.dtx && primary_bytes <= DTX_BYTES_MAX;
	*frame = (struct encoded_frame){
		.primary = e->primary_data,
		.primary_bytes = silent ? 0 : (size_t)primary_bytes,
		.copy = e->copy_data,
		.copy_bytes = silent ? 0 : (size_t)copy_bytes,
	};
	return STATUS_OK;
}
