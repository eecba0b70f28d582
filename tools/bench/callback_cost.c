/* What one call of the playout callback costs: recv_stream_pull() with what arrived before it, on a
 * stream that loses 20 % of its packets in bursts and delays others by up to 60 ms, by the thread's
 * own CPU time, so that what else the machine does counts little. No copies, so that all that is
 * lost is guessed; what comes late is waited for, or mends the decoder's state.
 *
 * usage: callback-cost SPEECH.wav [SECONDS [COMPLEXITY]]     (by tools/bench/decoder) */
#define _GNU_SOURCE
#include "common/io/sound_file.h"
#include "common/base/units.h"
#include "receiver/recv_stream.h"
#include "sender/send_stream.h"
#include "tools/bench/allocated.h"

#include <opus/opus.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BLOCKS_MAX = 1 << 16, SECONDS_DEFAULT = 20 };

struct scene {
	const char *name;
	enum profile profile;
	int frame_samples;
	int n_channels;
	int budget_bps;
	int dred_ms; /* where the library has it */
};

static const struct scene scenes[] = {
	{ "voice 20 ms", PROFILE_VOICE, 960, 1, 32000, 0 },
	{ "voice 20 ms, DRED", PROFILE_VOICE, 960, 1, 32000, 200 },
	{ "voice 10 ms", PROFILE_VOICE, 480, 1, 32000, 0 },
	{ "voice 60 ms", PROFILE_VOICE, 2880, 1, 32000, 0 },
	{ "music 20 ms stereo", PROFILE_MUSIC, 960, 2, 96000, 0 },
	{ "lowdelay 5 ms", PROFILE_LOWDELAY, 240, 1, 64000, 0 },
	{ "lowdelay 2.5 ms", PROFILE_LOWDELAY, 120, 1, 96000, 0 },
};

static double cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct send_stream *begin_sending(const struct scene *scene)
{
	struct send_stream_config config = {
		.profile = scene->profile,
		.n_channels = scene->n_channels,
		.frame_samples = scene->frame_samples,
		.budget_bps = scene->budget_bps,
		.dred_ms = scene->dred_ms,
	};
	struct send_stream *stream;
	int limit;

	if (redundancy_share(&config.redundancy, scene->frame_samples, scene->budget_bps, 0,
		    &limit) != REDUNDANCY_OK ||
		send_stream_init(&stream, allocated(send_stream_bytes(&config)), &config) !=
			STATUS_OK)
		exit(1);
	return stream;
}

static struct recv_stream *begin_receiving(int complexity)
{
	const struct recv_stream_config config = {
		.delay = { .fixed_us = -1, .max_us = 500 * US_PER_MS },
		.decoder_complexity = complexity,
	};
	struct recv_stream *stream;

	if (recv_stream_init(&stream, allocated(recv_stream_bytes()), &config) != STATUS_OK)
		exit(1);
	return stream;
}

/* Two states: lost packets come about three in a row. */
static bool is_lost(uint32_t *dice, bool was_lost)
{
	*dice = *dice * 1664525 + 1013904223;
	const double chance = was_lost ? 0.67 : 0.08;
	return (*dice >> 8) < chance * (1 << 24);
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

struct costs {
	int n;
	double us[BLOCKS_MAX];
};

static void print_costs(
	const struct scene *scene, int block_samples, int complexity, struct costs *costs)
{
	const double half_us = block_samples * 1e6 / SAMPLES_PER_SECOND / 2;
	int n_over = 0;

	for (int i = 0; i < costs->n; i++)
		n_over += costs->us[i] > half_us;
	qsort(costs->us, (size_t)costs->n, sizeof *costs->us, by_value);
	const double p99 = costs->us[costs->n * 99 / 100],
		     p999 = costs->us[(int64_t)costs->n * 999 / 1000];
	printf("%-20s %5.1f %3d %7.0f %7.0f %7.0f %7.0f %7.0f %6.2f %%\n", scene->name,
		block_samples / 48.0, complexity, costs->us[costs->n / 2], p99, p999,
		costs->us[costs->n - 1], half_us, 100.0 * n_over / costs->n);
}

static void measure(const struct scene *scene, const char *path, int block_samples, int complexity,
	int seconds, struct costs *costs)
{
	struct io_error error;
	struct sound_file *const file = sound_file_open(path, scene->n_channels, &error);
	struct send_stream *const sender = begin_sending(scene);
	struct recv_stream *const receiver = begin_receiving(complexity);
	uint8_t datagram[PACKETIZER_DATAGRAM_BYTES_MAX];
	float samples[FRAME_SAMPLES_MAX * 2], heard[480 * RECV_CHANNELS];
	uint8_t late[PACKETIZER_DATAGRAM_BYTES_MAX];
	size_t late_bytes = 0;
	int64_t sent_us = 0, pull_us = 0, late_us = 0;
	uint32_t dice = 1;
	bool lost = false;

	costs->n = 0;
	if (!file) {
		fprintf(stderr, "callback-cost: %s\n", error.text);
		exit(1);
	}
	while (costs->n < BLOCKS_MAX && sent_us < seconds * US_PER_SECOND) {
		const size_t n_wanted = (size_t)scene->frame_samples;
		if (sound_file_read(file, samples, n_wanted) < n_wanted)
			break;
		send_stream_push_pcm(sender, samples, n_wanted, sent_us);
		sent_us += us_from_samples(scene->frame_samples);
		const size_t n_bytes = send_stream_next_datagram(sender, datagram, sent_us);
		lost = is_lost(&dice, lost);
		const bool is_late = late_bytes == 0 && !lost && (dice >> 4) % 8 == 0;
		if (late_bytes > 0 && sent_us >= late_us) {
			recv_stream_push(receiver, late, late_bytes, sent_us);
			late_bytes = 0;
		}
		if (is_late) {
			late_us = sent_us + 20000 + (dice >> 12) % 3 * 20000;
			late_bytes = n_bytes;
			memcpy(late, datagram, n_bytes);
		} else if (!lost) {
			recv_stream_push(receiver, datagram, n_bytes, sent_us);
		}
		for (; pull_us < sent_us && costs->n < BLOCKS_MAX;
			pull_us += us_from_samples(block_samples)) {
			const double before_us = cpu_us();
			recv_stream_pull(receiver, heard, (size_t)block_samples, pull_us);
			costs->us[costs->n++] = cpu_us() - before_us;
		}
	}
	sound_file_close(file);
	free(sender);
	free(receiver);
}

int main(int argc, char *argv[])
{
	static const int blocks[] = { 120, 240, 480 }, complexities[] = { 0, 5, 10 };
	static struct costs costs;
	const int seconds = argc > 2 ? atoi(argv[2]) : SECONDS_DEFAULT;
	const int only = argc > 3 ? atoi(argv[3]) : -1;

	if (argc < 2) {
		fputs("usage: callback-cost SPEECH.wav [SECONDS [COMPLEXITY]]\n", stderr);
		return 2;
	}
	printf("%s; microseconds of CPU per call\n", opus_get_version_string());
	printf("%-20s %5s %3s %7s %7s %7s %7s %7s %8s\n", "stream", "block", "cpl", "p50", "p99",
		"p99.9", "max", "half", "over");
	for (size_t s = 0; s < sizeof scenes / sizeof *scenes; s++)
		for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++)
			for (size_t c = 0; c < sizeof complexities / sizeof *complexities; c++) {
				if (only >= 0 && complexities[c] != only)
					continue;
				measure(&scenes[s], argv[1], blocks[b], complexities[c], seconds,
					&costs);
				print_costs(&scenes[s], blocks[b], complexities[c], &costs);
			}
	return 0;
}
