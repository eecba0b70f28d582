#include "sender/encoder.h"

#include "common/red.h"
#include "common/storage.h"
#include "common/units.h"

#include <assert.h>
#include <opus/opus.h>
#include <string.h>

/* libopus's own control for choosing the coding mode. It is not in the public header, yet has had
 * this number and these values since 1.0; a library that refuses it chooses by itself, and the
 * unit test that compares the modes of primary and copy would say so. */
enum { SET_FORCE_MODE = 11002, MODE_SILK = 1000, MODE_HYBRID = 1001, MODE_CELT = 1002 };

enum {
	COMPLEXITY = 10, /* the best that Opus has: 2 % of a core a stream */
	DRED_LOSS_PERCENT = 20,
	DTX_BYTES_MAX = 2 /* libopus: "two bytes or less do not need to be transmitted" */
};

size_t encoder_bytes(int n_channels)
{
	return (1 + ENCODER_COPIES) * storage_bytes((size_t)opus_encoder_get_size(n_channels));
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

static bool set_coding(OpusEncoder *opus, struct coding coding)
{
	static const int modes[] = {
		[CODING_SILK] = MODE_SILK,
		[CODING_HYBRID] = MODE_HYBRID,
		[CODING_CELT] = MODE_CELT,
	};
	static const int bands[] = {
		[CODING_WIDEBAND] = OPUS_BANDWIDTH_WIDEBAND,
		[CODING_SUPERWIDEBAND] = OPUS_BANDWIDTH_SUPERWIDEBAND,
		[CODING_FULLBAND] = OPUS_BANDWIDTH_FULLBAND,
	};
	if (coding.mode == CODING_FREE)
		return true;
	(void)opus_encoder_ctl(opus, SET_FORCE_MODE, (opus_int32)modes[coding.mode]);
	return opus_encoder_ctl(opus, OPUS_SET_BANDWIDTH(bands[coding.band])) == OPUS_OK;
}

/* In CELT's constrained VBR libopus does not count the byte in front of each packet. */
static int codec_bps(const struct encoder_config *c, int bps)
{
	const int toc_bps = 8 * SAMPLES_PER_SECOND / c->frame_samples;
	return coding_is_speech(c->profile, c->frame_samples) ? bps : bps - toc_bps;
}

static enum status init_one(OpusEncoder *opus, const struct encoder_config *c)
{
	if (opus_encoder_init(opus, SAMPLES_PER_SECOND, c->n_channels, application(c->profile)) !=
		OPUS_OK)
		return STATUS_CODEC;
	bool ok = opus_encoder_ctl(opus, OPUS_SET_BITRATE(codec_bps(c, c->primary_bps))) == OPUS_OK;
	ok = ok && opus_encoder_ctl(opus, OPUS_SET_VBR(1)) == OPUS_OK;
	ok = ok && opus_encoder_ctl(opus, OPUS_SET_VBR_CONSTRAINT(1)) == OPUS_OK;
	ok = ok && opus_encoder_ctl(opus, OPUS_SET_COMPLEXITY(COMPLEXITY)) == OPUS_OK;
	if (c->profile == PROFILE_VOICE)
		ok = ok && opus_encoder_ctl(opus, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE)) == OPUS_OK;
	if (c->profile == PROFILE_MUSIC)
		ok = ok && opus_encoder_ctl(opus, OPUS_SET_SIGNAL(OPUS_SIGNAL_MUSIC)) == OPUS_OK;
	ok = ok && set_coding(opus, c->coding);
	return ok ? STATUS_OK : STATUS_CODEC;
}

/* Distributions build libopus without the networks, and then the control is refused. How many of
 * the bits it gets follows from the loss that is expected. */
static bool set_dred(OpusEncoder *opus, const struct encoder_config *c)
{
#ifdef OPUS_SET_DRED_DURATION
	if (c->dred_ms > 0 && coding_is_speech(c->profile, c->frame_samples))
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
	if (config->coding.mode == CODING_FREE && config->copy_bps > 0)
		e->config.coding =
			coding_for_copy(config->profile, config->n_channels, n, config->copy_bps);
	e->state_bytes = (size_t)opus_encoder_get_size(config->n_channels);
	e->primary = memory;
	enum status status = init_one(e->primary, &e->config);
	for (int i = 0; i < ENCODER_COPIES && status == STATUS_OK; i++) {
		e->copies[i].opus =
			(OpusEncoder *)((char *)memory +
					(size_t)(1 + i) * storage_bytes(e->state_bytes));
		status = init_one(e->copies[i].opus, &e->config);
	}
	if (status == STATUS_OK)
		status = encoder_set_copy_bps(e, config->copy_bps, config->far_copy_bps);
	if (status == STATUS_OK && config->dtx &&
		opus_encoder_ctl(e->primary, OPUS_SET_DTX(1)) != OPUS_OK)
		status = STATUS_CODEC;
	if (status == STATUS_OK)
		e->has_dred = set_dred(e->primary, config);
	return status;
}

/* SILK begins anew from any state. CELT's account of bits spent takes a second to settle, so there
 * the nearest copy's encoder goes on where no copies are wanted. */
static bool runs_idle(const struct encoder *e, int i)
{
	return e->config.coding.mode == CODING_CELT && i == ENCODER_NEAR;
}

/* What only the primaries have and the copies' encoder took over with their state. */
static bool make_copy(OpusEncoder *opus)
{
	bool ok = opus_encoder_ctl(opus, OPUS_SET_DTX(0)) == OPUS_OK;
	ok = ok && opus_encoder_ctl(opus, OPUS_SET_INBAND_FEC(0)) == OPUS_OK;
	ok = ok && opus_encoder_ctl(opus, OPUS_SET_PACKET_LOSS_PERC(0)) == OPUS_OK;
#ifdef OPUS_SET_DRED_DURATION
	(void)opus_encoder_ctl(opus, OPUS_SET_DRED_DURATION(0)); /* may be refused: it has none */
#endif
	return ok;
}

static enum status set_copy(struct encoder *e, int i, int bps)
{
	struct copy_encoder *const copy = &e->copies[i];
	const bool begins = bps > 0 && copy->bps == 0;

	if (begins && !runs_idle(e, i)) {
		/* libopus's states are flat memory without pointers into themselves. */
		memcpy(copy->opus, e->primary, e->state_bytes);
		if (!make_copy(copy->opus))
			return STATUS_CODEC;
	}
	if (bps > 0 && bps != copy->bps &&
		opus_encoder_ctl(copy->opus, OPUS_SET_BITRATE(codec_bps(&e->config, bps))) !=
			OPUS_OK)
		return STATUS_CODEC;
	copy->bps = bps;
	return STATUS_OK;
}

enum status encoder_set_copy_bps(struct encoder *e, int copy_bps, int far_copy_bps)
{
	const bool is_one = far_copy_bps == 0 || far_copy_bps == copy_bps;

	assert(copy_bps == 0 || e->config.coding.mode != CODING_FREE);
	assert(is_one || (far_copy_bps < copy_bps && e->config.coding.mode != CODING_CELT));
	const enum status status = set_copy(e, ENCODER_NEAR, copy_bps);
	return status == STATUS_OK ? set_copy(e, ENCODER_FAR, is_one ? 0 : far_copy_bps) : status;
}

/* With this rate of the next primary. */
static bool switch_fec(struct encoder *e, int primary_bps)
{
	const int least_bps = coding_fec_bps_min(e->config.coding, e->config.frame_samples);
	const bool fec = e->wants_fec && least_bps > 0 && primary_bps >= least_bps;

	if (fec == e->has_fec)
		return true;
	e->has_fec = fec;
	return opus_encoder_ctl(e->primary, OPUS_SET_INBAND_FEC(fec ? 1 : 0)) == OPUS_OK;
}

enum status encoder_set_fec(struct encoder *e, bool fec, int loss_percent)
{
	if (e->has_dred && loss_percent < DRED_LOSS_PERCENT)
		loss_percent = DRED_LOSS_PERCENT; /* by it libopus sizes that, too */
	e->wants_fec = fec;
	return opus_encoder_ctl(e->primary, OPUS_SET_PACKET_LOSS_PERC(loss_percent)) == OPUS_OK
		       ? STATUS_OK
		       : STATUS_CODEC;
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
	if (!switch_fec(e, primary_bps))
		return STATUS_CODEC;
	const opus_int32 primary_bytes = opus_encode_float(e->primary, pcm, e->config.frame_samples,
		e->primary_data, (opus_int32)primary_bytes_max);
	if (primary_bytes <= 0)
		return STATUS_CODEC;
	opus_int32 copy_bytes[ENCODER_COPIES] = { 0 };
	for (int i = 0; i < ENCODER_COPIES; i++) {
		struct copy_encoder *const copy = &e->copies[i];
		if (copy->bps == 0 && !runs_idle(e, i))
			continue;
		copy_bytes[i] = opus_encode_float(
			copy->opus, pcm, e->config.frame_samples, copy->data, RED_BLOCK_BYTES_MAX);
		if (copy_bytes[i] < 0)
			return STATUS_CODEC;
	}
	const int far = e->copies[ENCODER_FAR].bps > 0 ? ENCODER_FAR : ENCODER_NEAR;
	const bool silent = e->config.dtx && primary_bytes <= DTX_BYTES_MAX;
	const bool has_copies = !silent && e->copies[ENCODER_NEAR].bps > 0;
	*frame = (struct encoded_frame){
		.primary = e->primary_data,
		.primary_bytes = silent ? 0 : (size_t)primary_bytes,
		.copy = e->copies[ENCODER_NEAR].data,
		.copy_bytes = has_copies ? (size_t)copy_bytes[ENCODER_NEAR] : 0,
		.far_copy = e->copies[far].data,
		.far_copy_bytes = has_copies ? (size_t)copy_bytes[far] : 0,
	};
	return STATUS_OK;
}
