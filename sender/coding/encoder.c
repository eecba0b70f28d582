#include "sender/coding/encoder.h"

#include "common/base/storage.h"
#include "common/base/units.h"

#include <assert.h>
#include <opus/opus.h>
#include <string.h>

/* libopus's internal control for the coding mode. It is not in the public header, but has had this
 * number and these values since 1.0. A library that refuses it chooses the mode itself, and then
 * the unit test that compares the modes of primary and copy fails. */
enum { SET_FORCE_MODE = 11002, MODE_SILK = 1000, MODE_HYBRID = 1001, MODE_CELT = 1002 };

enum {
	COMPLEXITY = 10, /* Opus's maximum: 2 % of a core per stream */
	ENCODERS = 3,	 /* primary, copies, bare */
	DRED_LOSS_PERCENT = 20,
	DTX_BYTES_MAX = 2 /* libopus: "two bytes or less do not need to be transmitted" */
};

size_t encoder_bytes(int n_channels)
{
	return ENCODERS * storage_bytes((size_t)opus_encoder_get_size(n_channels));
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

/* Where a distribution builds libopus without the networks, the control is refused. The expected
 * loss determines how many of the bits DRED gets. */
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
	e->state_bytes = (size_t)opus_encoder_get_size(config->n_channels);
	OpusEncoder **const all[ENCODERS] = { &e->primary, &e->copies, &e->bare };
	enum status status = STATUS_OK;
	for (size_t i = 0; i < ENCODERS && status == STATUS_OK; i++) {
		*all[i] = (OpusEncoder *)((char *)memory + i * storage_bytes(e->state_bytes));
		status = init_one(*all[i], &e->config);
	}
	if (status == STATUS_OK && config->dtx &&
		opus_encoder_ctl(e->primary, OPUS_SET_DTX(1)) != OPUS_OK)
		status = STATUS_CODEC;
	if (status == STATUS_OK)
		e->has_dred = set_dred(e->primary, config);
	return status;
}

static bool is_celt(const struct encoder *e)
{
	return e->config.coding.mode == CODING_CELT;
}

enum status encoder_set_copies(struct encoder *e, const int *form_bps, int n_forms)
{
	assert(n_forms >= 0 && n_forms <= (is_celt(e) ? 1 : ENCODED_FORMS_MAX));
	assert(n_forms == 0 || e->config.coding.mode != CODING_FREE);
	if (is_celt(e) && n_forms > 0 && form_bps[0] != e->form_bps[0] &&
		opus_encoder_ctl(e->copies, OPUS_SET_BITRATE(codec_bps(&e->config, form_bps[0]))) !=
			OPUS_OK)
		return STATUS_CODEC;
	e->n_forms = n_forms;
	for (int i = 0; i < n_forms; i++)
		e->form_bps[i] = form_bps[i];
	return STATUS_OK;
}

/* For a next primary of this rate. */
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
		loss_percent = DRED_LOSS_PERCENT; /* libopus sizes DRED by it, too */
	e->wants_fec = fec;
	return opus_encoder_ctl(e->primary, OPUS_SET_PACKET_LOSS_PERC(loss_percent)) == OPUS_OK
		       ? STATUS_OK
		       : STATUS_CODEC;
}

int encoder_lookahead_samples(const struct encoder *e)
{
	opus_int32 n_samples = 0;
	opus_encoder_ctl(e->primary, OPUS_GET_LOOKAHEAD(&n_samples));
	return (int)n_samples;
}

/* Gives a copy's encoder the primary encoder's state, without what only primaries have. libopus's
 * states are flat memory without pointers into themselves. */
static bool take_state(struct encoder *e, const OpusEncoder *from, OpusEncoder *to)
{
	memcpy(to, from, e->state_bytes);
	bool ok = opus_encoder_ctl(to, OPUS_SET_DTX(0)) == OPUS_OK;
	ok = ok && opus_encoder_ctl(to, OPUS_SET_INBAND_FEC(0)) == OPUS_OK;
#ifdef OPUS_SET_DRED_DURATION
	/* May be refused where there is no DRED. */
	(void)opus_encoder_ctl(to, OPUS_SET_DRED_DURATION(0));
#endif
	return ok;
}

/* Called before the primary is encoded. In CELT the copies' encoder runs on even while no copies
 * are wanted. */
static bool encode_copies(struct encoder *e, const float *pcm, struct encoded_frame *frame)
{
	const int n_runs = is_celt(e) ? 1 : e->n_forms;

	for (int i = 0; i < n_runs; i++) {
		if (!is_celt(e) && (!take_state(e, e->has_bare ? e->bare : e->primary, e->copies) ||
					   opus_encoder_ctl(e->copies,
						   OPUS_SET_BITRATE(e->form_bps[i])) != OPUS_OK))
			return false;
		const opus_int32 n_bytes = opus_encode_float(e->copies, pcm,
			e->config.frame_samples, e->form_data[i], RED_BLOCK_BYTES_MAX);
		if (n_bytes <= 0)
			return false;
		frame->forms[i] = (struct encoded_form){ e->form_data[i], (size_t)n_bytes };
	}
	frame->n_forms = e->n_forms;
	return true;
}

/* With FEC, the primary's encoder keeps the frame's FEC form in its state, and any frame coded from
 * that state carries it. Encoding the same frame without FEC leaves a state that serves copies just
 * as well. */
static bool encode_bare(struct encoder *e, const float *pcm)
{
	e->has_bare = e->has_fec && e->n_forms > 0;
	if (!e->has_bare)
		return true;
	return take_state(e, e->primary, e->bare) &&
	       opus_encode_float(e->bare, pcm, e->config.frame_samples, e->primary_data,
		       ENCODED_BYTES_MAX) > 0;
}

enum status encoder_encode(struct encoder *e, const float *pcm, int primary_bps,
	size_t primary_bytes_max, struct encoded_frame *frame)
{
	struct encoded_frame encoded = { .primary = e->primary_data };

	assert(primary_bytes_max <= ENCODED_BYTES_MAX);
	opus_encoder_ctl(e->primary, OPUS_SET_BITRATE(codec_bps(&e->config, primary_bps)));
	if (!switch_fec(e, primary_bps) || !encode_copies(e, pcm, &encoded) || !encode_bare(e, pcm))
		return STATUS_CODEC;
	const opus_int32 primary_bytes = opus_encode_float(e->primary, pcm, e->config.frame_samples,
		e->primary_data, (opus_int32)primary_bytes_max);
	if (primary_bytes <= 0)
		return STATUS_CODEC;
	encoded.primary_bytes = (size_t)primary_bytes;
	if (e->config.dtx && primary_bytes <= DTX_BYTES_MAX)
		encoded = (struct encoded_frame){ .primary = e->primary_data };
	*frame = encoded;
	return STATUS_OK;
}
