/* How the delay is steered towards its target: how much the sound may be shortened or should be
 * lengthened, when, and where. The surplus is observed for a while before anything is removed,
 * there is a rest after each join, and the delay moves in pauses and background noise, where it is
 * inaudible. In speech or music it moves only where no such place has come for long.
 * Pure: no clock, no allocation. Owner: playback. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_PLAYOUT_STEERING_H
#define HINDSIGHT_RECEIVER_PLAYOUT_STEERING_H

#include <stdbool.h>
#include <stdint.h>

struct steering { /* private to steering.c */
	/* How much earlier the stream could be played: the minimum over the last frames. */
	int64_t spare_samples;
	int64_t observed_samples; /* duration of the sound observed */
	int observed_frames;
	int64_t rested_samples; /* since the last action */
	int64_t off_samples;	/* of sound, since the delay was last at its target */
};

/* A frame that has just been made ready. */
struct steering_view {
	int64_t late_us;  /* how much later than the target it is; negative: earlier */
	int done_samples; /* samples of the device's block before it */
	int block_samples;
	int frame_samples; /* the usual length */
	int n_samples;	   /* of this one */
	bool is_fixed;	   /* the target is fixed, not learned */
};

enum steering_course { STEERING_KEEP, STEERING_LENGTHEN, STEERING_SHORTEN };

struct steering_advice {
	enum steering_course course;
	int64_t most_samples; /* to insert or remove, > 0 unless kept */
	bool anywhere;	      /* not only in quiet places */
};

void steering_init(struct steering *s);

struct steering_advice steering_observe(struct steering *s, const struct steering_view *view);

/* The advice was carried out, or no place for it was found. */
void steering_moved(struct steering *s);
void steering_found_no_place(struct steering *s);

/* The stream begins, or was moved: discards the observations. */
void steering_begin(struct steering *s);

/* All frames that begin in one block are handed out at once, the later ones earlier than necessary.
 * To give each of them at least the target delay to arrive, a stream whose first frame is due, and
 * late_us late, begins this many samples after the beginning of a block. */
int steering_begin_at_samples(int64_t late_us, int block_samples, int frame_samples);

/* The learned target fluctuates; the delay does not follow changes smaller than this. With short
 * blocks this tolerance could hold the delay a whole block too high, so it is a quarter of a
 * block. */
int64_t steering_tolerance_us(int block_samples);

#endif
