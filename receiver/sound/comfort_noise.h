/* Background noise in place of a guess that has gone on for too long. Learns level, spectrum and
 * width of what is heard in the pauses; when concealment runs long, fades from the decoder's guess
 * into noise of that kind instead of a buzz or hard silence, and back within a few milliseconds
 * when audio returns. Where nothing was learned, the noise is silence.
 * Two channels interleaved; of a mono stream both stay the same.
 * Pure, deterministic, no allocation. Owner: recv_stream. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_SOUND_COMFORT_NOISE_H
#define HINDSIGHT_RECEIVER_SOUND_COMFORT_NOISE_H

#include "common/base/units.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	COMFORT_NOISE_CHANNELS = 2,
	COMFORT_NOISE_ORDER = 12,
	COMFORT_NOISE_HOLD_SAMPLES = 120 * SAMPLES_PER_MS, /* the guess is good for so long */
	COMFORT_NOISE_IN_SAMPLES = 100 * SAMPLES_PER_MS,   /* the fade into noise */
	COMFORT_NOISE_OUT_SAMPLES = 5 * SAMPLES_PER_MS,	   /* the fade out of it */
	COMFORT_NOISE_BLOCK_SAMPLES = 20 * SAMPLES_PER_MS  /* what is learned at once */
};

struct comfort_noise { /* private to comfort_noise.c */
	uint64_t random;
	int64_t concealed_samples; /* of the present gap */
	float share;		   /* of the noise in what is heard, 0..1 */

	/* What is being gathered, and the quietest of it. */
	float block[COMFORT_NOISE_BLOCK_SAMPLES * COMFORT_NOISE_CHANNELS];
	int n_gathered;
	float floor_power; /* of the quietest blocks, rising slowly; 0: nothing learned yet */

	float correlation[COMFORT_NOISE_ORDER + 1]; /* of the middle, smoothed */
	float side_ratio; /* amplitude of the side to that of the middle */
	float predictor[COMFORT_NOISE_ORDER];
	float excitation_rms;
	float past[2][COMFORT_NOISE_ORDER]; /* of the filters for middle and side */
};

/* At the beginning, and when another stream begins: nothing is learned. */
void comfort_noise_init(struct comfort_noise *c, uint64_t seed);

/* Audio that came: learned from where it is quiet; in place the noise of the gap before it fades
 * out and it fades in. Unchanged where there was none. */
void comfort_noise_on_audio(struct comfort_noise *c, float *pcm, int n_samples);

/* Concealed audio: in place it fades into noise once the gap is long. */
void comfort_noise_on_gap(struct comfort_noise *c, float *pcm, int n_samples);

#endif
