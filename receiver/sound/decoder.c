#include "receiver/sound/decoder.h"

#include "common/base/storage.h"
#include "common/base/units.h"

#include <assert.h>
#include <opus/opus.h>
#include <string.h>

size_t decoder_state_bytes(void)
{
	return (size_t)opus_decoder_get_size(DECODER_CHANNELS);
}

#ifdef HINDSIGHT_DRED
size_t decoder_bytes(void)
{
	return storage_bytes(decoder_state_bytes()) +
	       storage_bytes((size_t)opus_dred_decoder_get_size()) +
	       storage_bytes((size_t)opus_dred_get_size());
}

/* The library may have the calls but no implementation: then its init fails, or no packet ever has
 * DRED. */
static void init_dred(struct decoder *d, char *memory)
{
	OpusDREDDecoder *const dred_decoder = (OpusDREDDecoder *)(void *)memory;

	d->dred_timestamp = -1;
	if (opus_dred_decoder_get_size() <= 0 || opus_dred_get_size() <= 0 ||
		opus_dred_decoder_init(dred_decoder) != OPUS_OK)
		return;
	d->dred_decoder = dred_decoder;
	d->dred =
		(OpusDRED *)(void *)(memory + storage_bytes((size_t)opus_dred_decoder_get_size()));
	memset(d->dred, 0, (size_t)opus_dred_get_size());
}

int decoder_dred_reach(struct decoder *d, int64_t timestamp, const uint8_t *packet, size_t n_bytes)
{
	int end_samples = 0;

	if (!d->dred_decoder)
		return 0;
	if (timestamp == d->dred_timestamp)
		return d->dred_reach_samples;
	const int n_samples = opus_dred_parse(d->dred_decoder, d->dred, packet, (opus_int32)n_bytes,
		SAMPLES_PER_SECOND, SAMPLES_PER_SECOND, &end_samples, 0);
	d->dred_timestamp = timestamp;
	d->dred_reach_samples = n_samples > 0 ? n_samples : 0;
	return d->dred_reach_samples;
}
#else
size_t decoder_bytes(void)
{
	return storage_bytes(decoder_state_bytes());
}

static void init_dred(struct decoder *d, char *memory)
{
	(void)memory;
	d->dred_timestamp = -1;
}

int decoder_dred_reach(struct decoder *d, int64_t timestamp, const uint8_t *packet, size_t n_bytes)
{
	(void)d;
	(void)timestamp;
	(void)packet;
	(void)n_bytes;
	return 0;
}
#endif

enum status decoder_init(struct decoder *d, void *memory, int complexity)
{
	memset(d, 0, sizeof *d);
	d->opus = memory;
	if (opus_decoder_init(d->opus, SAMPLES_PER_SECOND, DECODER_CHANNELS) != OPUS_OK)
		return STATUS_CODEC;
	init_dred(d, (char *)memory + storage_bytes(decoder_state_bytes()));
	d->complexity = -1;
	(void)decoder_set_complexity(d, complexity);
	return STATUS_OK;
}

/* Before 1.5 only the encoder has this control, and the decoder returns OPUS_UNIMPLEMENTED. */
enum status decoder_set_complexity(struct decoder *d, int complexity)
{
	if (opus_decoder_ctl(d->opus, OPUS_SET_COMPLEXITY(complexity)) != OPUS_OK)
		return STATUS_CODEC;
	d->complexity = complexity;
	return STATUS_OK;
}

int decoder_complexity(const struct decoder *d)
{
	return d->complexity;
}

int64_t decoder_n_decoded(const struct decoder *d)
{
	return d->n_decoded;
}

int64_t decoder_n_concealed(const struct decoder *d)
{
	return d->n_concealed;
}

void decoder_reset(struct decoder *d)
{
	opus_decoder_ctl(d->opus, OPUS_RESET_STATE);
	d->dred_timestamp = -1;
}

/* libopus: a state is one piece of memory and may be copied. */
void decoder_save(const struct decoder *d, void *memory)
{
	memcpy(memory, d->opus, decoder_state_bytes());
}

void decoder_restore(struct decoder *d, const void *memory)
{
	memcpy(d->opus, memory, decoder_state_bytes());
	if (d->complexity >= 0) /* it may have changed since */
		(void)decoder_set_complexity(d, d->complexity);
}

/* What libopus cannot decode is silence. */
static enum status finish(int n_decoded, float *pcm, int n_samples)
{
	if (n_decoded == n_samples)
		return STATUS_OK;
	memset(pcm, 0, (size_t)n_samples * DECODER_CHANNELS * sizeof *pcm);
	return STATUS_CODEC;
}

static enum status decode(struct decoder *d, const uint8_t *packet, size_t n_bytes, float *pcm,
	int n_samples, int fec)
{
	assert(n_samples > 0 && n_samples <= PACKET_SAMPLES_MAX);
	return finish(opus_decode_float(d->opus, packet, (opus_int32)n_bytes, pcm, n_samples, fec),
		pcm, n_samples);
}

enum status decoder_decode(
	struct decoder *d, const uint8_t *packet, size_t n_bytes, float *pcm, int n_samples)
{
	d->n_decoded++;
	return decode(d, packet, n_bytes, pcm, n_samples, 0);
}

enum status decoder_decode_fec(
	struct decoder *d, const uint8_t *next_packet, size_t n_bytes, float *pcm, int n_samples)
{
	d->n_decoded++;
	return decode(d, next_packet, n_bytes, pcm, n_samples, 1);
}

enum status decoder_conceal(struct decoder *d, float *pcm, int n_samples)
{
	d->n_concealed++;
	return decode(d, NULL, 0, pcm, n_samples, 0);
}

enum status decoder_decode_dred(struct decoder *d, int back_samples, float *pcm, int n_samples)
{
#ifdef HINDSIGHT_DRED
	assert(n_samples > 0 && n_samples <= PACKET_SAMPLES_MAX);
	d->n_concealed++; /* the same networks build it, at the same cost */
	if (d->dred_decoder && d->dred_timestamp >= 0)
		return finish(opus_decoder_dred_decode_float(
				      d->opus, d->dred, back_samples, pcm, n_samples),
			pcm, n_samples);
#endif
	(void)back_samples;
	return decoder_conceal(d, pcm, n_samples);
}
