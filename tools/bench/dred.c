/* What deep redundancy (DRED) is worth against copies, at the same total bit rate and the same fixed
 * delay, in virtual time: how intelligible what is heard is (ESTOI) and how far its spectra are (dB)
 * from the same call without loss and without redundancy. Mean of three seeds.
 *
 * usage: dred-bench SPEECH.wav...     (by tools/bench/decoder; libopus with DRED) */
#include "common/base/units.h"
#include "tools/channel/channel_spec.h"
#include "tools/signal/estoi.h"
#include "tools/sim/simulation.h"
#include "tools/bench/material.h"

#include <opus/opus.h>
#include <soxr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS = 3, BLOCK_SAMPLES = 240, MATERIAL_CHANNELS = 2, ROOM_SAMPLES = 2 * 48000 };

struct variant {
	const char *name;
	int n_copies;
	int distances[3];
	int dred_ms;
};

static const struct variant variants[] = {
	{ "nothing", 0, { 0 }, 0 },
	{ "1 copy", 1, { 1 }, 0 },
	{ "copies 1 2", 2, { 1, 2 }, 0 },
	{ "copies 1 3 6", 3, { 1, 3, 6 }, 0 },
	{ "DRED", 0, { 0 }, 200 },
	{ "DRED, 1 copy", 1, { 1 }, 200 },
};

static const char *const channels[] = { "delay 20ms loss 5%", "delay 20ms loss 10%",
	"delay 20ms loss 20%", "delay 20ms loss gemodel 3% 30%" };

struct call {
	const struct material *said;
	size_t at, n_heard;
	float *heard; /* the left channel */
};

static void fail(const char *what)
{
	fprintf(stderr, "dred-bench: %s\n", what);
	exit(1);
}

static size_t read_samples(void *context, float *samples, size_t n_samples)
{
	struct call *const c = context;
	const size_t n_left = (size_t)c->said->n_samples - c->at;
	const size_t n = n_samples < n_left ? n_samples : n_left;

	for (size_t i = 0; i < n; i++)
		samples[i] = c->said->pcm[(c->at + i) * MATERIAL_CHANNELS];
	c->at += n;
	return n;
}

static void write_samples(void *context, const float *pcm, size_t n_samples, int64_t now_us)
{
	struct call *const c = context;
	const size_t n_room = (size_t)c->said->n_samples + ROOM_SAMPLES;

	(void)now_us;
	for (size_t i = 0; i < n_samples && c->n_heard < n_room; i++)
		c->heard[c->n_heard++] = pcm[i * RECV_CHANNELS];
}

static struct call run(const struct material *said, const struct variant *v, int budget_bps,
	int delay_ms, const char *channel, uint64_t seed, struct simulation_result *result)
{
	struct simulation_config config = {
		.send = {
			.profile = PROFILE_VOICE,
			.n_channels = 1,
			.frame_samples = 960,
			.budget_bps = budget_bps,
			.redundancy = { .n_copies = v->n_copies },
			.dred_ms = v->dred_ms,
		},
		.recv = { .delay = { .fixed_us = delay_ms * US_PER_MS }, .decoder_complexity = 5 },
		.seed = seed,
		.block_samples = BLOCK_SAMPLES,
		.run_on_us = US_PER_SECOND / 2,
	};
	struct call c = { .said = said };
	const struct simulation_hooks hooks = {
		.read = read_samples,
		.write = write_samples,
		.context = &c,
	};
	char message[200];
	int limit;

	memcpy(config.send.redundancy.distances, v->distances, sizeof v->distances);
	c.heard = calloc((size_t)said->n_samples + ROOM_SAMPLES, sizeof *c.heard);
	if (!c.heard ||
		redundancy_share(&config.send.redundancy, 960, budget_bps, 0, &limit) !=
			REDUNDANCY_OK ||
		channel_spec_parse(&config.channel, channel, message, sizeof message) !=
			STATUS_OK ||
		simulation_run(&config, &hooks, result) != STATUS_OK)
		fail("the call cannot be made");
	return c;
}

static float *at_10_khz(const struct call *c, int *n_out)
{
	float *const out = calloc(c->n_heard / 4 + 16, sizeof *out);
	size_t n_done = 0;

	if (!out || soxr_oneshot(SAMPLES_PER_SECOND, ESTOI_RATE, 1, c->heard, c->n_heard, NULL, out,
			    c->n_heard / 4 + 16, &n_done, NULL, NULL, NULL))
		fail("no resampling");
	*n_out = (int)n_done;
	return out;
}

static struct estoi_result compare(const struct call *clean, const struct call *heard)
{
	struct estoi_pair pair = { .clean_at = NULL };
	float *const a = at_10_khz(clean, &pair.n_clean), *const b =
								  at_10_khz(heard, &pair.n_heard);

	pair.clean = a;
	pair.heard = b;
	const struct estoi_result result = estoi(&pair);
	free(a);
	free(b);
	return result;
}

static void bench(const struct material *said, int budget_bps, int delay_ms)
{
	struct simulation_result result;
	struct call clean = run(said, &variants[0], budget_bps, delay_ms, "delay 20ms", 1, &result);

	printf("\n%d kbit/s, fixed delay %d ms: ESTOI, dB, %% concealed\n%-16s", budget_bps / 1000,
		delay_ms, "");
	for (size_t c = 0; c < sizeof channels / sizeof *channels; c++)
		printf(" | %-20s", channels[c] + strlen("delay 20ms "));
	puts(" | kbit/s");
	for (size_t v = 0; v < sizeof variants / sizeof *variants; v++) {
		double kbps = 0;
		printf("%-16s", variants[v].name);
		for (size_t c = 0; c < sizeof channels / sizeof *channels; c++) {
			double intelligibility = 0, distance_db = 0, concealed = 0;
			for (uint64_t seed = 1; seed <= SEEDS; seed++) {
				struct call heard = run(said, &variants[v], budget_bps, delay_ms,
					channels[c], seed, &result);
				const struct estoi_result r = compare(&clean, &heard);
				intelligibility += r.intelligibility / SEEDS;
				distance_db += r.distance_db / SEEDS;
				concealed += 100.0 / SEEDS *
					     (double)result.received.frames[PLAYOUT_CONCEALED] /
					     (double)recv_stats_frames_played(&result.received);
				kbps = (double)result.sent.payload_bytes * 8 * 50 /
				       (double)result.sent.frames_encoded / 1000;
				free(heard.heard);
			}
			printf(" | %.3f  %4.1f  %4.1f %%", intelligibility, distance_db, concealed);
		}
		printf(" | %.1f\n", kbps);
	}
	free(clean.heard);
}

int main(int argc, char *argv[])
{
	if (argc < 2) {
		fputs("usage: dred-bench SPEECH.wav...\n", stderr);
		return 2;
	}
	struct material speech = material_recordings("speech", argv + 1, argc - 1);
	puts(opus_get_version_string());
	bench(&speech, 32000, 60);
	bench(&speech, 32000, 150);
	bench(&speech, 64000, 150);
	material_free(&speech);
	return 0;
}
