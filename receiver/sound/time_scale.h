/* Makes decoded audio inaudibly longer or shorter (waveform-similarity overlap-add): one cross-fade
 * per call between two similar places of the signal, so that whole pitch periods are removed or
 * repeated; in silence or noise, any length.
 *
 *   shorten:   ... e ~~~~~~ l ......      the samples from e to l are removed,
 *                   \______/              fading from e's line into l's
 *   lengthen:  ... e ~~~~~~ l ......      from l it goes back to e,
 *                   \<_____/              fading from l's line into e's
 *
 * Two interleaved channels with a common lag, so that the stereo image stays in place.
 * Pure, no allocation. Samples that are not finite or absurdly loud pass unchanged, with no join
 * near them. Owner: recv_stream. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_SOUND_TIME_SCALE_H
#define HINDSIGHT_RECEIVER_SOUND_TIME_SCALE_H

#include "common/base/units.h"
#include "receiver/sound/similarity.h"

#include <stdbool.h>

enum {
	TIME_SCALE_CHANNELS = SIMILARITY_CHANNELS,
	TIME_SCALE_LAG_MAX_SAMPLES = SIMILARITY_LAG_MAX_SAMPLES, /* of one join */
	TIME_SCALE_HISTORY_SAMPLES = SIMILARITY_HISTORY_SAMPLES,
	/* Later samples in pcm are left as they are. */
	TIME_SCALE_SEARCH_SAMPLES = SIMILARITY_PLACES_MAX,
	TIME_SCALE_LINE_SAMPLES = TIME_SCALE_HISTORY_SAMPLES + TIME_SCALE_SEARCH_SAMPLES
};

/* Where a join may be. */
enum time_scale_places {
	TIME_SCALE_QUIET, /* in pauses only, where it is inaudible */
	TIME_SCALE_ALIKE  /* also in speech and music, where two places are similar */
};

/* The parameters that the benchmark compares; time_scale_init() uses the best. */
struct time_scale_tuning {
	float similarity_min; /* of two similar places; 1: equal, 0: unlike */
	float quiet_ratio;    /* of the recent peak's power: below it is silence */
	int lag_max_samples;  /* <= TIME_SCALE_LAG_MAX_SAMPLES */
	int fade_samples;     /* of the cross-fade; less where pcm is short */
	int context_samples;  /* compared before the fade, at least; <= the longest lag */
	float emphasis;	      /* of high frequencies in the comparison, 0..1 */
	bool is_blind;	      /* joins without comparing: the bad example */
};

/* The last join, for logs and measurements. */
struct time_scale_join {
	int at_samples;	  /* where in pcm the cross-fade began */
	int fade_samples; /* how long it was */
	int n_samples;	  /* removed or inserted */
	float similarity; /* 0 where it is free */
	bool is_free;	  /* in silence or noise, where any length would do */
};

struct time_scale { /* private to time_scale.c */
	struct time_scale_tuning tuning;
	struct time_scale_join join;
	float peak_power;   /* of blocks of 2.5 ms, decaying */
	float speech_power; /* the same, decaying slowly */
	int paused_samples; /* how long everything has been far below that */
	/* The history, up to what was handed out last, and behind it what is being searched. */
	float line[TIME_SCALE_LINE_SAMPLES * TIME_SCALE_CHANNELS];
};

void time_scale_init(struct time_scale *t);

/* Sets parameters other than the defaults. */
void time_scale_tune(struct time_scale *t, const struct time_scale_tuning *tuning);
struct time_scale_tuning time_scale_tuning(void); /* the defaults */

/* Everything handed out passes here once, scaled or unchanged. */
void time_scale_passed(struct time_scale *t, const float *pcm, int n_samples);

/* Removes one stretch of at most most_samples, in place; the rest moves to the front. Returns the
 * number of samples removed, 0 where it would be audible: nothing similar, an onset, too little
 * audio. It needs a lag and a fade within pcm: with 20 ms any pitch is found, with 10 ms only those
 * above 130 Hz, with 2.5 ms only silence. So pass 20 ms or more: where the delay should shrink, the
 * next frames can be decoded ahead. A call costs as much as decoding a frame (docs/TIME_SCALE.md),
 * so call it only when there is something to gain. */
int time_scale_shorten(struct time_scale *t, float *pcm, int n_samples, int most_samples,
	enum time_scale_places places);

/* Repeats a stretch of at most most_samples, in place: pcm has room for room_samples in total.
 * Returns the number of samples added, 0 as above. A frame of 2.5 ms is enough: the rest comes from
 * the history. */
int time_scale_lengthen(struct time_scale *t, float *pcm, int n_samples, int room_samples,
	int most_samples, enum time_scale_places places);

/* Of the last call that did not return 0. */
const struct time_scale_join *time_scale_last_join(const struct time_scale *t);

#endif
