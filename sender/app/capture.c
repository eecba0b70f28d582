#include "sender/app/capture.h"

#include "common/io/monotonic.h"
#include "common/base/units.h"

#include <stdlib.h>
#include <string.h>

enum { CAPTURE_SLOTS = 64 }; /* 640 ms: a send thread that is later than this loses sound */

struct captured {
	int64_t capture_us;
	size_t n_samples;
	float samples[CAPTURE_SAMPLES_MAX * 2];
};

bool capture_init(struct capture *c, int n_channels, struct capture_choice choice)
{
	memset(c, 0, sizeof *c);
	c->n_channels = n_channels;
	c->choice = choice;
	sem_init(&c->taken, 0, 0); /* fails for larger values only */
	c->memory = malloc(spsc_ring_bytes(CAPTURE_SLOTS, sizeof(struct captured)));
	if (c->memory)
		spsc_ring_init(&c->ring, c->memory, CAPTURE_SLOTS, sizeof(struct captured));
	return c->memory != NULL;
}

void capture_end(struct capture *c)
{
	sem_destroy(&c->taken);
	free(c->memory);
}

static float mean(const float *in, int n)
{
	float sum = 0;

	for (int i = 0; i < n; i++)
		sum += in[i];
	return sum / (float)n;
}

/* A channel that the device does not have is its last one. */
static float channel(const float *in, int n_channels, int wished)
{
	return in[(wished < n_channels ? wished : n_channels) - 1];
}

static void convert(
	const struct capture *c, const float *in, int n_in, float *out, size_t n_samples)
{
	const bool is_chosen = c->choice.first > 0;
	const int first = is_chosen ? c->choice.first : 1;
	const int second = c->choice.second > 0 ? c->choice.second : is_chosen ? first : 2;

	for (size_t i = 0; i < n_samples; i++, in += n_in) {
		const float pair[] = { channel(in, n_in, first), channel(in, n_in, second) };
		if (c->n_channels == 2)
			memcpy(out + 2 * i, pair, sizeof pair);
		else
			out[i] = is_chosen ? mean(pair, 2) : mean(in, n_in);
	}
}

static void take(struct capture *c, const struct audio_block *block)
{
	/* Where the host API reports nothing, the block is at least as old as it is long. */
	const int64_t latency_us = block->device_latency_us > 0
					   ? block->device_latency_us
					   : us_from_samples((int64_t)block->n_samples);
	size_t n_done = 0;

	if (block->had_xrun)
		atomic_fetch_add_explicit(&c->n_overruns, 1, memory_order_relaxed);
	while (n_done < block->n_samples) {
		const size_t n_left = block->n_samples - n_done;
		struct captured *const slot = spsc_ring_begin_push(&c->ring);
		if (!slot) {
			atomic_fetch_add_explicit(&c->n_overruns, 1, memory_order_relaxed);
			return;
		}
		slot->n_samples = n_left < CAPTURE_SAMPLES_MAX ? n_left : CAPTURE_SAMPLES_MAX;
		slot->capture_us = block->now_us - latency_us + us_from_samples((int64_t)n_done);
		convert(c, block->input + n_done * (size_t)block->n_channels, block->n_channels,
			slot->samples, slot->n_samples);
		spsc_ring_commit_push(&c->ring);
		n_done += slot->n_samples;
	}
}

void capture_take(void *context, const struct audio_block *block)
{
	struct capture *const c = context;

	take(c, block);
	sem_post(&c->taken);
}

void capture_wait(struct capture *c, int64_t until_us)
{
	monotonic_wait_until_us(&c->taken, until_us);
}

bool capture_read(struct capture *c, float *samples, size_t *n_samples, int64_t *capture_us)
{
	const struct captured *const slot = spsc_ring_begin_pop(&c->ring);

	if (!slot)
		return false;
	*n_samples = slot->n_samples;
	*capture_us = slot->capture_us;
	memcpy(samples, slot->samples, slot->n_samples * (size_t)c->n_channels * sizeof *samples);
	spsc_ring_commit_pop(&c->ring);
	return true;
}

int64_t capture_overruns(const struct capture *c)
{
	return atomic_load_explicit(&c->n_overruns, memory_order_relaxed);
}
