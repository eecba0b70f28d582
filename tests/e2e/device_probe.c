/* Plays noise on one device, captures from another that is joined to it, and looks for the noise in
 * what was captured: proof that both callbacks run, in time and with the right samples.
 *
 *     device_probe PLAYOUT-DEVICE CAPTURE-DEVICE [until-gone]
 *
 * Says "running" when both streams are, so that somebody can join them; "heard" when all is well.
 * With until-gone it then waits for the device to vanish, and tells whether that was noticed.
 * Exit 0: heard. 1: not, or the device does not work. */
#include "common/io/audio_io.h"
#include "common/app/cli.h"
#include "common/io/monotonic.h"
#include "common/base/spsc_ring.h"
#include "common/base/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BUFFER_SAMPLES = 480,
	RING_BLOCKS = 1024,
	BLOCK_SAMPLES_MAX = 4096,
	CHUNK_SAMPLES = 1024,			  /* looked for as a whole */
	BEGINNING_SAMPLES = 24,			  /* looked for at first */
	LAG_SAMPLES_MAX = 2 * SAMPLES_PER_SECOND, /* a chunk may be as old as this */
	CHUNKS_WANTED = 3,
	WAIT_SECONDS = 20
};

static const double correlation_min = 0.95;

/* A block as the callbacks saw it. */
struct block_record {
	int64_t first_sample;
	int64_t now_us;
	int64_t device_latency_us;
	size_t n_samples;
	float samples[BLOCK_SAMPLES_MAX]; /* of a captured block */
};

/* One direction; the callback writes, main() reads. */
struct direction {
	struct audio_stream stream;
	struct spsc_ring records;
	int64_t n_samples; /* the callback's own */
	atomic_uint n_xruns;
	atomic_uint n_dropped_blocks;
};

/* Noise of which every sample is a function of its number alone. */
static float noise_at(int64_t sample)
{
	uint64_t x = (uint64_t)sample * UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return (float)(int16_t)(x >> 48) / 65536.0f;
}

static void record(struct direction *d, const struct audio_block *block)
{
	if (block->had_xrun)
		atomic_fetch_add(&d->n_xruns, 1);
	struct block_record *const slot = spsc_ring_begin_push(&d->records);
	if (!slot || block->n_samples > BLOCK_SAMPLES_MAX) {
		atomic_fetch_add(&d->n_dropped_blocks, 1);
	} else {
		slot->first_sample = d->n_samples;
		slot->now_us = block->now_us;
		slot->device_latency_us = block->device_latency_us;
		slot->n_samples = block->n_samples;
		if (block->input)
			for (size_t i = 0; i < block->n_samples; i++)
				slot->samples[i] = block->input[i * (size_t)block->n_channels];
		spsc_ring_commit_push(&d->records);
	}
	d->n_samples += (int64_t)block->n_samples;
}

static void play(void *context, const struct audio_block *block)
{
	struct direction *const d = context;
	for (size_t i = 0; i < block->n_samples; i++)
		for (int c = 0; c < block->n_channels; c++)
			block->output[i * (size_t)block->n_channels + (size_t)c] =
				noise_at(d->n_samples + (int64_t)i);
	record(d, block);
}

static void capture(void *context, const struct audio_block *block)
{
	record(context, block);
}

static bool open_direction(struct direction *d, enum audio_direction direction, const char *device)
{
	struct io_error error;
	const struct audio_config config = { .direction = direction,
		.device = device,
		.n_channels = 1,
		.buffer_samples = BUFFER_SAMPLES,
		.process = direction == AUDIO_PLAYOUT ? play : capture,
		.context = d };
	void *const memory = malloc(spsc_ring_bytes(RING_BLOCKS, sizeof(struct block_record)));
	if (!memory)
		return false;
	spsc_ring_init(&d->records, memory, RING_BLOCKS, sizeof(struct block_record));
	if (!audio_stream_open(&d->stream, &config, &error)) {
		cli_log(CLI_ERROR, "%s", error.text);
		return false;
	}
	printf("%s: %s, %d channel, device latency %" PRId64 " us\n",
		direction == AUDIO_PLAYOUT ? "playout" : "capture", d->stream.device_name,
		d->stream.n_channels, d->stream.device_latency_us);
	return true;
}

/* How alike two pieces of sound are, -1 to 1. */
static double correlation_of(const float *a, const float *b, size_t n_samples)
{
	double product = 0.0;
	double power_a = 1e-12;
	double power_b = 1e-12;
	for (size_t i = 0; i < n_samples; i++) {
		product += (double)a[i] * (double)b[i];
		power_a += (double)a[i] * (double)a[i];
		power_b += (double)b[i] * (double)b[i];
	}
	return product / sqrt(power_a * power_b);
}

/* The number of the played sample that a chunk begins with, or -1; newest is the last one played
 * before the chunk was captured. The chunk's beginning is looked for first, all of it only where
 * that is found: an unoptimized build has to keep up with the device. */
static int64_t find_chunk(const float *chunk, int64_t newest, double *correlation)
{
	static float played[LAG_SAMPLES_MAX + CHUNK_SAMPLES];
	const int64_t oldest = newest - LAG_SAMPLES_MAX;

	for (size_t i = 0; i < sizeof played / sizeof played[0]; i++)
		played[i] = noise_at(oldest + (int64_t)i);
	for (size_t lag = 0; lag <= LAG_SAMPLES_MAX; lag++) {
		if (correlation_of(chunk, played + lag, BEGINNING_SAMPLES) < correlation_min)
			continue;
		*correlation = correlation_of(chunk, played + lag, CHUNK_SAMPLES);
		if (*correlation >= correlation_min)
			return oldest + (int64_t)lag;
	}
	return -1;
}

/* The newest playout block before a capture block, and when the sample was handed over. */
struct playout_log {
	struct block_record blocks[RING_BLOCKS];
	size_t n_blocks; /* ever; the newest RING_BLOCKS are kept */
};

static void read_playout(struct playout_log *log, struct direction *playout)
{
	while (spsc_ring_pop(&playout->records, &log->blocks[log->n_blocks % RING_BLOCKS]))
		log->n_blocks++;
}

static int64_t handed_over_us(const struct playout_log *log, int64_t sample)
{
	for (size_t i = 0; i < RING_BLOCKS && i < log->n_blocks; i++) {
		const struct block_record *const block = &log->blocks[i];
		const int64_t at = sample - block->first_sample;
		if (at >= 0 && at < (int64_t)block->n_samples)
			return block->now_us + us_from_samples(at);
	}
	return -1;
}

/* True once enough chunks of the noise were heard. Chunks that a time gap of the machine tore
 * apart are not found, and do not count. */
static bool listen(struct direction *playout, struct direction *captured)
{
	static struct playout_log log;
	static float chunk[CHUNK_SAMPLES];
	const int64_t until_us = monotonic_now_us() + WAIT_SECONDS * US_PER_SECOND;
	size_t n_in_chunk = 0;
	int n_heard = 0;
	int n_silent = 0;
	int n_torn = 0;

	while (monotonic_now_us() < until_us && n_heard < CHUNKS_WANTED && !cli_stop_requested()) {
		read_playout(&log, playout);
		const struct block_record *const block = spsc_ring_begin_pop(&captured->records);
		if (!block) {
			monotonic_sleep_until_us(monotonic_now_us() + 5 * US_PER_MS);
			continue;
		}
		const size_t n_room = CHUNK_SAMPLES - n_in_chunk;
		const size_t n = block->n_samples < n_room ? block->n_samples : n_room;
		const int64_t last_us = block->now_us;
		const int64_t first_sample = block->first_sample;
		const int64_t latency_us = block->device_latency_us;
		memcpy(chunk + n_in_chunk, block->samples, n * sizeof *chunk);
		spsc_ring_commit_pop(&captured->records);
		n_in_chunk += n;
		if (n_in_chunk < CHUNK_SAMPLES)
			continue;
		n_in_chunk = 0;

		double peak = 0.0;
		double correlation = 0.0;
		for (size_t i = 0; i < CHUNK_SAMPLES; i++)
			peak = fmax(peak, fabs((double)chunk[i]));
		if (peak < 0.01) {
			n_silent++;
			continue;
		}
		const struct block_record *const newest =
			&log.blocks[(log.n_blocks + RING_BLOCKS - 1) % RING_BLOCKS];
		const int64_t sample = find_chunk(
			chunk, newest->first_sample + (int64_t)newest->n_samples, &correlation);
		if (sample < 0) {
			n_torn++;
			continue;
		}
		n_heard++;
		/* The chunk's last sample came as the n-th of a block that began at last_us. */
		const int64_t handed_us = handed_over_us(&log, sample + CHUNK_SAMPLES - (int64_t)n);
		printf("heard sample %" PRId64 " as %" PRId64
		       ": correlation %.4f, from callback to "
		       "callback %.1f ms, capture latency %" PRId64 " us, playout latency %" PRId64
		       " us\n",
			sample + CHUNK_SAMPLES - (int64_t)n, first_sample, correlation,
			handed_us < 0 ? NAN : (double)(last_us - handed_us) / 1e3, latency_us,
			newest->device_latency_us);
	}
	printf("chunks: %d heard, %d silent, %d torn; xruns: %u playout, %u capture; dropped "
	       "blocks: "
	       "%u, %u\n",
		n_heard, n_silent, n_torn, atomic_load(&playout->n_xruns),
		atomic_load(&captured->n_xruns), atomic_load(&playout->n_dropped_blocks),
		atomic_load(&captured->n_dropped_blocks));
	return n_heard >= CHUNKS_WANTED;
}

/* Both streams' ends are noticed within a bound. */
static bool wait_until_gone(const struct direction *playout, const struct direction *captured)
{
	const int64_t until_us = monotonic_now_us() + WAIT_SECONDS * US_PER_SECOND;
	while (monotonic_now_us() < until_us) {
		if (!audio_stream_is_active(&playout->stream) &&
			!audio_stream_is_active(&captured->stream))
			return true;
		monotonic_sleep_until_us(monotonic_now_us() + 20 * US_PER_MS);
	}
	return false;
}

int main(int argc, char *argv[])
{
	static struct direction playout;
	static struct direction captured;
	struct io_error error;
	int exit_code = EXIT_FAILED;

	cli_begin(argv);
	cli_catch_signals();
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 3)
		return cli_refuse("usage", NULL, "device_probe PLAYOUT CAPTURE [until-gone]");
	if (!audio_io_init(false, &error)) {
		cli_log(CLI_ERROR, "%s", error.text);
		return EXIT_FAILED;
	}
	audio_devices_list(stdout);
	if (!open_direction(&playout, AUDIO_PLAYOUT, argv[1]) ||
		!open_direction(&captured, AUDIO_CAPTURE, argv[2]))
		goto out;
	if (!audio_stream_start(&playout.stream, &error) ||
		!audio_stream_start(&captured.stream, &error)) {
		cli_log(CLI_ERROR, "%s", error.text);
		goto out;
	}
	puts("running");
	if (!listen(&playout, &captured)) {
		cli_log(CLI_ERROR, "what was played was not captured");
		goto out;
	}
	puts("heard");
	exit_code = EXIT_DONE;
	if (argc > 3) {
		const bool is_noticed = wait_until_gone(&playout, &captured);
		puts(is_noticed ? "gone" : "still active");
		exit_code = is_noticed ? EXIT_DONE : EXIT_FAILED;
	}
out:
	audio_stream_close(&captured.stream);
	audio_stream_close(&playout.stream);
	audio_io_terminate();
	free(playout.records.slots);
	free(captured.records.slots);
	return exit_code;
}
