/* How far what was heard is from the clean recording, by the loudness of bands from 100 Hz to 8 kHz
 * that are as wide as the ear's. Both at 48 kHz. Allocates and frees. Thread: any. */
#ifndef HINDSIGHT_TOOLS_SCORE_SPECTRAL_DISTANCE_H
#define HINDSIGHT_TOOLS_SCORE_SPECTRAL_DISTANCE_H

#include "tools/score/frame_pairs.h"

enum { SPECTRAL_HOP_SAMPLES = 480 };

struct spectral_distance {
	double distance_db; /* root mean square over the bands, mean over the frames */
	double gain_db;	    /* of the heard one against the clean one; taken out of the distance */
	double seconds;	    /* of sound in either of the two, in the frames compared */
	double clean_power; /* of the clean one's frames with sound: mean square of the samples */
};

/* pairs: every SPECTRAL_HOP_SAMPLES. Frames that are 40 dB below the loudest in both are left out.
 * False: no memory. */
bool spectral_distance(struct spectral_distance *result, const struct frame_pairs *pairs,
	const float *clean, size_t n_clean, const float *heard, size_t n_heard);

#endif
