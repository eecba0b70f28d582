#include "common/io/audio_rate.h"

#include "common/base/units.h"

#include <soxr.h>
#include <stdlib.h>
#include <string.h>

enum {
	CHUNK_SAMPLES = 480, /* at 48 kHz, through process() at once */
	WARM_SAMPLES = 16384 /* more than any device moves at once */
};

struct audio_rate {
	struct audio_config config;
	soxr_t soxr;
	double device_hz;
	int n_channels;
	bool is_warm;		  /* before that nobody is asked for sound, or given it */
	struct audio_block block; /* what is told of each chunk */
	float chunk[CHUNK_SAMPLES * AUDIO_CHANNELS_MAX];
};

/* soxr asks for its input here. */
static size_t feed(void *context, soxr_in_t *data, size_t n_samples)
{
	struct audio_rate *const r = context;

	r->block.n_samples = n_samples < CHUNK_SAMPLES ? n_samples : CHUNK_SAMPLES;
	r->block.output = r->chunk;
	memset(r->chunk, 0, sizeof r->chunk);
	if (r->is_warm)
		r->config.process(r->config.context, &r->block);
	r->block.had_xrun = false;
	*data = r->chunk;
	return r->block.n_samples;
}

/* What soxr holds back is heard later. */
static int64_t held_back_us(const struct audio_rate *r)
{
	return (int64_t)(soxr_delay(r->soxr) * US_PER_SECOND /
			 (r->config.direction == AUDIO_PLAYOUT ? r->device_hz
							       : SAMPLES_PER_SECOND));
}

static void capture(struct audio_rate *r, const float *input, size_t n_samples)
{
	const size_t n_channels = (size_t)r->n_channels;

	for (size_t n_done = 0, n_given = 1; n_done < n_samples || n_given > 0;) {
		size_t n_taken = 0;
		n_given = 0;
		if (soxr_process(r->soxr, input + n_done * n_channels, n_samples - n_done, &n_taken,
			    r->chunk, CHUNK_SAMPLES, &n_given))
			return;
		n_done += n_taken;
		r->block.n_samples = n_given;
		r->block.input = r->chunk;
		if (n_given > 0 && r->is_warm)
			r->config.process(r->config.context, &r->block);
		r->block.had_xrun = false;
		if (n_taken == 0 && n_given == 0)
			return;
	}
}

void audio_rate_process(struct audio_rate *r, const struct audio_block *block)
{
	const int64_t latency_us = block->device_latency_us;

	r->block = *block;
	r->block.n_channels = r->block.n_input_channels = r->n_channels;
	if (latency_us != AUDIO_LATENCY_UNKNOWN)
		r->block.device_latency_us = latency_us + held_back_us(r);
	if (r->config.direction == AUDIO_CAPTURE) {
		capture(r, block->input, block->n_samples);
		return;
	}
	const size_t n = soxr_output(r->soxr, block->output, block->n_samples);
	memset(block->output + n * (size_t)r->n_channels, 0,
		(block->n_samples - n) * (size_t)r->n_channels * sizeof *block->output);
}

/* As large as a block may be, and again, by which all buffers have grown. */
static bool warm_up(struct audio_rate *r)
{
	float *const silence = calloc(WARM_SAMPLES * AUDIO_CHANNELS_MAX, sizeof *silence);
	struct audio_block block = {
		.input = silence,
		.output = silence,
		.n_samples = WARM_SAMPLES,
		.device_latency_us = AUDIO_LATENCY_UNKNOWN,
	};

	for (int i = 0; silence && i < 3; i++)
		audio_rate_process(r, &block);
	free(silence);
	r->is_warm = true;
	return silence != NULL;
}

struct audio_rate *audio_rate_open(
	const struct audio_config *config, int n_channels, double device_hz)
{
	const bool is_playout = config->direction == AUDIO_PLAYOUT;
	const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
	struct audio_rate *const r = calloc(1, sizeof *r);
	soxr_error_t failure = NULL;

	if (!r)
		return NULL;
	r->config = *config;
	r->n_channels = n_channels;
	r->device_hz = device_hz;
	r->soxr = soxr_create(is_playout ? SAMPLES_PER_SECOND : device_hz,
		is_playout ? device_hz : SAMPLES_PER_SECOND, (unsigned)n_channels, &failure, NULL,
		&quality, NULL);
	if (r->soxr && !failure &&
		(!is_playout || !soxr_set_input_fn(r->soxr, feed, r, CHUNK_SAMPLES)) && warm_up(r))
		return r;
	audio_rate_close(r);
	return NULL;
}

void audio_rate_close(struct audio_rate *r)
{
	if (!r)
		return;
	soxr_delete(r->soxr);
	free(r);
}
