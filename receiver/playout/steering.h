/* How the delay is moved towards its target: by how much the sound may be made shorter, or should be
 * made longer, when, and where. What is wanted is observed for a while before anything is taken out,
 * after each join there is rest, and the delay moves in pauses and background noise, where nobody
 * hears it. In speech or music it moves only where no such place has come for long.
 * Pure: no clock, no allocation. Owner: playback. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_PLAYOUT_STEERING_H
#define HINDSIGHT_RECEIVER_PLAYOUT_STEERING_H

#include <stdbool.h>
#include <stdint.h>

struct steering { /* private to steering.c */
	/* By how much the stream could be played earlier, at least, over the last frames. */
	int64_t spare_samples;
	int64_t observed_samples; /* how much sound that was */
	int observed_frames;
	int64_t rested_samples; /* since the last action */
	int64_t off_samples;	/* of sound, since the delay was last as it should be */
};

/* A frame that was just made ready. */
struct steering_view {
	int64_t late_us;  /* by how much later than wanted it is; negative: earlier */
	int done_samples; /* of the device's block, before it */
	int block_samples;
	int frame_samples; /* the usual length */
	int n_samples;	   /* of this one */
	bool is_fixed;	   /* the target is given, not learned */
};

enum steering_course { STEERING_KEEP, STEERING_LENGTHEN, STEERING_SHORTEN };

struct steering_advice {
	enum steering_course course;
	int64_t most_samples; /* to be put in or taken out, > 0 unless kept */
	bool anywhere;	      /* not in quiet places alone */
};

void steering_init(struct steering *s);

struct steering_advice steering_observe(struct steering *s, const struct steering_view *view);

/* What was advised was done, or no place was found for it. */
void steering_moved(struct steering *s);
void steering_found_no_place(struct steering *s);

/* The stream begins, or was moved: what was observed is of no use. */
void steering_begin(struct steering *s);

/* All frames that begin in one block are handed out at once, the later ones sooner than they would
 * have to be. So that each has at least the wanted delay to come in, a stream whose first frame is
 * due, and late by so much, begins so many samples after the beginning of a block. */
int steering_begin_at_samples(int64_t late_us, int block_samples, int frame_samples);

/* What is learned of the channel trembles; the delay does not follow by less than this. With short
 * blocks it would stand a whole one too high for the sake of this: a quarter of one is enough. */
int64_t steering_tremble_us(int block_samples);

#endif
