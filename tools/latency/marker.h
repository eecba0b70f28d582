/* The sound by which a delay is found from outside: a chirp, again and again.
 *
 * A chirp is told from everything else by how its pitch rises, however faint it is and whatever its
 * phase. It lies where a telephone's voice lies, so that a speech coder takes it for something worth
 * its bits: 300 to 6000 Hz, 80 ms, swelling in and out, with no edge that would click.
 *
 * A train plays it at irregular times, so that each falls on another part of the coder's frames and
 * of the devices' periods; and far enough apart that within max_delay of one no other begins.
 * Pure; thread: any, the audio callback too. */
#ifndef HINDSIGHT_TOOLS_LATENCY_MARKER_H
#define HINDSIGHT_TOOLS_LATENCY_MARKER_H

#include "common/base/units.h"

#include <stddef.h>
#include <stdint.h>

enum {
	MARKER_SAMPLES = 80 * SAMPLES_PER_MS,
	MARKER_LOW_HZ = 300,
	MARKER_HIGH_HZ = 6000,
	MARKER_TRAIN_MAX = 10000 /* markers */
};

/* Peak level of the chirp, -9 dBFS: as loud as loud speech. */
#define MARKER_LEVEL 0.35

void marker_fill(float marker[MARKER_SAMPLES]);

/* A train's plan. Only marker_train_init() writes it. */
struct marker_train {
	int64_t n_markers;
	int64_t lead_samples;	  /* before the first: what listens gets ready */
	int64_t interval_samples; /* in the mean */
	int64_t max_delay_samples;
	float marker[MARKER_SAMPLES];
};

/* n_markers: 1..MARKER_TRAIN_MAX; lead and max_delay >= 0. */
void marker_train_init(struct marker_train *train, int64_t n_markers, int64_t lead_samples,
	int64_t max_delay_samples);

/* Where marker k, 0..n_markers - 1, begins, in samples from the train's start. */
int64_t marker_train_at(const struct marker_train *train, int64_t k);

/* All of it, with the time in which the last marker may come. */
int64_t marker_train_samples(const struct marker_train *train);

/* The n_samples from first_sample (>= 0) on, one channel; silence between markers and after. */
void marker_train_fill(
	const struct marker_train *train, int64_t first_sample, float *samples, size_t n_samples);

#endif
