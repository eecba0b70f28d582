#include "tools/latency/marker_loop.h"

#include "common/base/units.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_SAMPLES = 240 };

static void play(
	const struct marker_loop *loop, size_t first, float *output, size_t n, int n_channels)
{
	float chunk[CHUNK_SAMPLES];

	marker_train_fill(loop->train, (int64_t)first, chunk, n);
	for (size_t i = 0; i < n; i++)
		for (int c = 0; c < n_channels; c++)
			output[i * (size_t)n_channels + (size_t)c] = chunk[i];
}

static void record(float *recorded, const float *input, size_t n, int n_channels)
{
	for (size_t i = 0; i < n; i++) {
		float sum = 0;
		for (int c = 0; c < n_channels; c++)
			sum += input[i * (size_t)n_channels + (size_t)c];
		recorded[i] = sum / (float)n_channels;
	}
}

/* On the device's real-time thread. */
static void process(void *context, const struct audio_block *block)
{
	struct marker_loop *const loop = context;
	const size_t n_channels = (size_t)block->n_channels;
	size_t at = atomic_load_explicit(&loop->n_recorded, memory_order_relaxed); /* ours */
	size_t n_done = 0;

	memset(block->output, 0, block->n_samples * n_channels * sizeof *block->output);
	atomic_store_explicit(
		&loop->device_latency_us, block->device_latency_us, memory_order_relaxed);
	if (!atomic_load_explicit(&loop->has_begun, memory_order_relaxed))
		return;
	if (block->had_xrun)
		atomic_fetch_add_explicit(&loop->n_xruns, 1, memory_order_relaxed);
	while (n_done < block->n_samples && at < loop->n_room) {
		size_t n = block->n_samples - n_done;
		n = n < CHUNK_SAMPLES ? n : CHUNK_SAMPLES;
		n = n < loop->n_room - at ? n : loop->n_room - at;
		play(loop, at, block->output + n_done * n_channels, n, block->n_channels);
		record(loop->recorded + at, block->input + n_done * (size_t)block->n_input_channels,
			n, block->n_input_channels);
		n_done += n;
		at += n;
	}
	atomic_store_explicit(&loop->n_recorded, at, memory_order_release);
}

bool marker_loop_open(
	struct marker_loop *loop, const struct marker_loop_config *config, struct io_error *error)
{
	const struct audio_config audio = {
		.direction = AUDIO_DUPLEX,
		.device = config->output,
		.capture_device = config->input,
		.n_channels = 2,
		.buffer_samples = (size_t)(config->buffer_ms * SAMPLES_PER_MS),
		.process = process,
		.context = loop,
	};

	memset(loop, 0, sizeof *loop);
	loop->train = config->train;
	loop->n_room = (size_t)marker_train_samples(config->train);
	atomic_store(&loop->device_latency_us, AUDIO_LATENCY_UNKNOWN);
	loop->recorded = calloc(loop->n_room, sizeof *loop->recorded);
	if (!loop->recorded)
		return io_error_set(error, "out of memory");
	if (audio_stream_open(&loop->stream, &audio, error))
		return true;
	marker_loop_close(loop);
	return false;
}

bool marker_loop_start(struct marker_loop *loop, struct io_error *error)
{
	return audio_stream_start(&loop->stream, error);
}

void marker_loop_begin(struct marker_loop *loop)
{
	atomic_store_explicit(&loop->has_begun, true, memory_order_relaxed);
}

size_t marker_loop_n_recorded(const struct marker_loop *loop)
{
	return atomic_load_explicit(&loop->n_recorded, memory_order_acquire);
}

bool marker_loop_is_running(const struct marker_loop *loop)
{
	return audio_stream_is_active(&loop->stream);
}

unsigned marker_loop_xruns(const struct marker_loop *loop)
{
	return atomic_load_explicit(&loop->n_xruns, memory_order_relaxed);
}

int64_t marker_loop_device_latency_us(const struct marker_loop *loop)
{
	return atomic_load_explicit(&loop->device_latency_us, memory_order_relaxed);
}

void marker_loop_close(struct marker_loop *loop)
{
	audio_stream_close(&loop->stream);
	free(loop->recorded);
	loop->recorded = NULL;
}
