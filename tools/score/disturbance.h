/* How much a listener is disturbed in some seconds of speech, by the loudness of the ear's bands: what
 * is louder or fainter than in the clean recording, in each moment and band, beyond what is masked;
 * and once more what was added, which is worse than what is missing. Loud moments count most.
 *
 *   powers -> level, course of the spectrum, gain -> loudness -> differences -> over the bands
 *          -> over half a second -> over all
 *
 * After what A. W. Rix, J. G. Beerends, M. P. Hollier and A. P. Hekstra describe in "Perceptual
 * Evaluation of Speech Quality (PESQ)", ICASSP 2001, in a form and with constants of our own.
 * Pure; thread: any. */
#ifndef HINDSIGHT_TOOLS_SCORE_DISTURBANCE_H
#define HINDSIGHT_TOOLS_SCORE_DISTURBANCE_H

#include "tools/score/bark_bands.h"

#include <stddef.h>

#define DISTURBANCE_HOP_S 0.016

struct disturbance_frame {
	double clean[BARK_BANDS], heard[BARK_BANDS]; /* powers; changed by disturbance_of() */
	double clean_speech, heard_speech; /* of the bands that tell the level of speech */
	double both, added;		   /* filled by disturbance_of(): of this frame alone */
};

struct disturbance {
	double both;  /* whatever differs; 0 where nothing does */
	double added; /* what was heard and not said */
};

/* Fills what disturbance_frame tells of the level. */
void disturbance_weigh(const struct bark_ear *ear, struct disturbance_frame *frame);

/* Whether a frame sounds, beside the loudest one's speech. */
int disturbance_is_sound(double speech, double loudest);

/* At least one of the frames sounds in the clean recording. */
struct disturbance disturbance_of(
	const struct bark_ear *ear, struct disturbance_frame *frames, size_t n_frames);

#endif
