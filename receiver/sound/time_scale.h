/* Makes decoded audio a little longer or shorter without being heard (waveform-similarity
 * overlap-add): one cross-fade a call between two places of the signal that look alike, so that
 * whole pitch periods are left out or said twice; anything where there is only silence or noise.
 *
 *   shorten:   ... e ~~~~~~ l ......      what lies from e to l is left out,
 *                   \______/              fading from e's line into l's
 *   lengthen:  ... e ~~~~~~ l ......      at l it is gone back to e,
 *                   \<_____/              fading from l's line into e's
 *
 * Two channels interleaved; both have one lag, so that the image stays where it is.
 * Pure, no allocation. What is not finite or absurdly loud is passed as it is: no join near it.
 * Owner: recv_stream. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_SOUND_TIME_SCALE_H
#define HINDSIGHT_RECEIVER_SOUND_TIME_SCALE_H

#include "common/base/units.h"
#include "receiver/sound/likeness.h"

#include <stdbool.h>

enum {
	TIME_SCALE_CHANNELS = LIKENESS_CHANNELS,
	TIME_SCALE_LAG_MAX_SAMPLES = LIKENESS_LAG_MAX_SAMPLES, /* of one join */
	TIME_SCALE_HISTORY_SAMPLES = LIKENESS_HISTORY_SAMPLES,
	TIME_SCALE_SEARCH_SAMPLES = LIKENESS_PLACES_MAX, /* what is later in pcm is left as it is */
	TIME_SCALE_LINE_SAMPLES = TIME_SCALE_HISTORY_SAMPLES + TIME_SCALE_SEARCH_SAMPLES
};

/* Where a join may be. */
enum time_scale_places {
	TIME_SCALE_QUIET, /* in pauses only, where nobody hears it */
	TIME_SCALE_ALIKE  /* also in speech and music, where two places are alike */
};

/* What the benchmark compares; time_scale_init() takes the best of it. */
struct time_scale_tuning {
	float similarity_min; /* of places that are alike; 1: equal, 0: unlike */
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
	int paused_samples; /* all of the last so many were far below that */
	/* The history, up to what was handed out last, and behind it what is being searched. */
	float line[TIME_SCALE_LINE_SAMPLES * TIME_SCALE_CHANNELS];
};

void time_scale_init(struct time_scale *t);

/* Other choices than the usual ones. */
void time_scale_tune(struct time_scale *t, const struct time_scale_tuning *tuning);
struct time_scale_tuning time_scale_tuning(void); /* the usual ones */

/* Everything that is handed out passes here once, after it was scaled or left as it is. */
void time_scale_passed(struct time_scale *t, const float *pcm, int n_samples);

/* Leaves out one stretch of at most most_samples, in place; what remains moves to the front.
 * Returns how many samples went, 0 where it would be heard: nothing alike, an onset, too little
 * audio. It needs a lag and a fade within pcm: with 20 ms any pitch is found, with 10 ms only
 * those above 130 Hz, with 2.5 ms only silence. So hand it 20 ms or more: where the delay is to
 * shrink, the next frames are there to be decoded ahead. A call costs up to a frame's decoding
 * (docs/TIME_SCALE.md): ask when there is something to gain, not always. */
int time_scale_shorten(struct time_scale *t, float *pcm, int n_samples, int most_samples,
	enum time_scale_places places);

/* Says a stretch of at most most_samples twice, in place: pcm has room for room_samples in all.
 * Returns how many samples came in addition, 0 as above. A frame of 2.5 ms is enough: the rest
 * is history. */
int time_scale_lengthen(struct time_scale *t, float *pcm, int n_samples, int room_samples,
	int most_samples, enum time_scale_places places);

/* Of the last call that did not return 0. */
const struct time_scale_join *time_scale_last_join(const struct time_scale *t);

#endif
