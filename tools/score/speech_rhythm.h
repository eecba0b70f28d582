/* Whether a recording has the rhythm of speech: syllables, and quiet between them. What goes on without
 * a break (music of several voices, tones, noise) has not; a solo that is plucked like syllables has.
 * Pure; thread: any. */
#ifndef HINDSIGHT_TOOLS_SCORE_SPEECH_RHYTHM_H
#define HINDSIGHT_TOOLS_SCORE_SPEECH_RHYTHM_H

#include <stdbool.h>
#include <stddef.h>

struct speech_rhythm {
	double quiet_share;	  /* of all frames: well below the level of those that sound */
	double onsets_per_second; /* of sound: from quiet to loud */
	double sound_s;
};

/* Of the powers of frames, a hop of hop_s apart; is_sound: which of them sound. */
struct speech_rhythm speech_rhythm_of(
	const double *powers, const bool *is_sound, size_t n_frames, double hop_s);

bool speech_rhythm_is_speech(const struct speech_rhythm *rhythm);

#endif
