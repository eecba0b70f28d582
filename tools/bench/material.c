#include "tools/bench/material.h"

#include "common/io/sound_file.h"
#include "common/base/pi.h"
#include "common/base/units.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHANNELS = 2, READ_SAMPLES = 4800 };

static float *grown(float *pcm, int n_samples)
{
	float *const larger = realloc(pcm, (size_t)(n_samples * CHANNELS) * sizeof *pcm);

	if (!larger) {
		fputs("time-scale-bench: out of memory\n", stderr);
		exit(1);
	}
	return larger;
}

struct material material_recordings(const char *name, char *const *paths, int n_paths)
{
	struct material m = { .name = name };

	for (int i = 0; i < n_paths; i++) {
		struct io_error error;
		struct sound_file *const file = sound_file_open(paths[i], CHANNELS, &error);
		if (!file) {
			fprintf(stderr, "time-scale-bench: %s\n", error.text);
			exit(1);
		}
		size_t n = 0;
		do {
			m.pcm = grown(m.pcm, m.n_samples + READ_SAMPLES);
			n = sound_file_read(file, m.pcm + m.n_samples * CHANNELS, READ_SAMPLES);
			m.n_samples += (int)n;
		} while (n > 0);
		sound_file_close(file);
	}
	return m;
}

/* One note with five overtones; the channels differ in level and phase. */
static void add_note(struct material *m, int begin, double hz, double pan)
{
	for (int i = begin; i < m->n_samples; i++) {
		const double t = (double)(i - begin) / SAMPLES_PER_SECOND;
		const double swell = t < 0.01 ? t / 0.01 : 1;
		for (int k = 1; k <= 6; k++) {
			const double phase = 2 * PI * hz * k * (1 + 0.0002 * k * k) * t;
			const double level = 0.05 / k * swell * exp(-t * (0.8 + 0.5 * k));
			m->pcm[i * CHANNELS] += (float)(level * (1 - pan) * sin(phase));
			m->pcm[i * CHANNELS + 1] += (float)(level * (1 + pan) * sin(phase + pan));
		}
		if (t > 2.5)
			break;
	}
}

static void add_drum(struct material *m, int begin, uint32_t *dice, bool is_kick)
{
	float last = 0;

	for (int i = begin; i < m->n_samples && i < begin + SAMPLES_PER_SECOND / 3; i++) {
		const double t = (double)(i - begin) / SAMPLES_PER_SECOND;
		*dice = *dice * 1664525U + 1013904223U;
		const float noise = (float)(int32_t)*dice / 2147483648.0F;
		const double hat = 0.15 * exp(-t * 60) * (double)(noise - last);
		const double kick =
			0.5 * exp(-t * 18) * sin(2 * PI * (50 * t + 3 * (1 - exp(-t * 40))));
		last = noise;
		m->pcm[i * CHANNELS] += (float)(is_kick ? kick : hat);
		m->pcm[i * CHANNELS + 1] += (float)(is_kick ? kick : 0.6 * hat);
	}
}

struct material material_music(int seconds)
{
	static const double chords_hz[4][4] = { { 130.81, 261.63, 329.63, 392.00 },
		{ 110.00, 220.00, 261.63, 329.63 }, { 87.31, 174.61, 261.63, 349.23 },
		{ 98.00, 196.00, 246.94, 293.66 } };
	struct material m = { .name = "music", .n_samples = seconds * SAMPLES_PER_SECOND };
	uint32_t dice = 1;

	m.pcm = grown(NULL, m.n_samples);
	for (int i = 0; i < m.n_samples * CHANNELS; i++)
		m.pcm[i] = 0;
	for (int beat = 0; beat < 2 * seconds; beat++) {
		const int begin = beat * SAMPLES_PER_SECOND / 2;
		for (int k = 0; k < 4 && beat % 2 == 0; k++)
			add_note(&m, begin + k * SAMPLES_PER_SECOND / 50,
				chords_hz[beat / 2 % 4][k], 0.5 * (k - 1.5));
		add_drum(&m, begin, &dice, beat % 2 == 0);
		add_drum(&m, begin + SAMPLES_PER_SECOND / 4, &dice, false);
	}
	return m;
}

void material_free(struct material *m)
{
	free(m->pcm);
	m->pcm = NULL;
}
