#include "tools/score/speech_rhythm.h"

#define QUIET 0.1  /* of the mean power of what sounds: 10 dB below */
#define LOUD  0.32 /* 5 dB below */

/* Any 8 s of 32 speakers have at least 0.27 and 1.8, in noise 10 dB below them 0.25 and 2.6; made music
 * of several voices at most 0.01, a tone and noise none. */
#define QUIET_SHARE_MIN 0.1
#define ONSETS_MIN	1.2
#define SOUND_MIN_S	1.0

struct speech_rhythm speech_rhythm_of(
	const double *powers, const bool *is_sound, size_t n_frames, double hop_s)
{
	size_t n_sounding = 0, n_quiet = 0, n_onsets = 0;
	double mean = 0;
	bool is_loud = false;

	for (size_t k = 0; k < n_frames; k++)
		if (is_sound[k]) {
			mean += powers[k];
			n_sounding++;
		}
	if (n_sounding == 0)
		return (struct speech_rhythm){ 0 };
	mean /= (double)n_sounding;
	for (size_t k = 0; k < n_frames; k++) {
		n_quiet += powers[k] < QUIET * mean;
		if (!is_loud && powers[k] > LOUD * mean) {
			is_loud = true;
			n_onsets++;
		} else if (powers[k] < QUIET * mean) {
			is_loud = false;
		}
	}
	const double sound_s = (double)n_sounding * hop_s;
	return (struct speech_rhythm){ (double)n_quiet / (double)n_frames,
		(double)n_onsets / sound_s, sound_s };
}

bool speech_rhythm_is_speech(const struct speech_rhythm *rhythm)
{
	return rhythm->sound_s >= SOUND_MIN_S && rhythm->quiet_share >= QUIET_SHARE_MIN &&
	       rhythm->onsets_per_second >= ONSETS_MIN;
}
