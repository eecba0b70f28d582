#include "receiver/playout/steering.h"

#include "common/base/units.h"

#include <string.h>

enum {
	OBSERVED_SAMPLES = 60 * SAMPLES_PER_MS,
	OBSERVED_FRAMES = 6, /* where blocks and frames do not fit each other, each differs */
	/* A given delay has only the clocks' skew to follow: one packet that was early need not
	 * be followed. */
	OBSERVED_FIXED_SAMPLES = 1000 * SAMPLES_PER_MS,
	KEPT_TIMES = 5,
	SPARE_SAMPLES_MIN = 1 * SAMPLES_PER_MS,
	/* So far off the target: more often. */
	FAR_SAMPLES = 20 * SAMPLES_PER_MS,
	REST_SAMPLES = 100 * SAMPLES_PER_MS, /* between two actions while near the target */
	RETRY_SAMPLES = 40 * SAMPLES_PER_MS, /* between two attempts in any case */
	/* So long a pause is waited for. With too little delay frames are missed meanwhile, but each
	 * of them is a place where the delay grows (playout.h). */
	SHORTEN_PATIENCE_SAMPLES = 10000 * SAMPLES_PER_MS,
	LENGTHEN_PATIENCE_SAMPLES = 3000 * SAMPLES_PER_MS
};

#define TOLERANCE_US INT64_C(1000)

int64_t steering_tolerance_us(int block_samples)
{
	const int64_t part_us = us_from_samples(block_samples) / 4;

	return part_us < TOLERANCE_US ? part_us : TOLERANCE_US;
}

static void observe_anew(struct steering *s)
{
	s->observed_samples = 0;
	s->observed_frames = 0;
}

void steering_init(struct steering *s)
{
	memset(s, 0, sizeof *s);
}

void steering_begin(struct steering *s)
{
	observe_anew(s);
	s->rested_samples = 0;
	s->off_samples = 0;
}

void steering_moved(struct steering *s)
{
	observe_anew(s);
	s->rested_samples = 0;
}

/* A search costs half of what decoding a frame does, so not in each. */
void steering_found_no_place(struct steering *s)
{
	s->rested_samples = REST_SAMPLES - RETRY_SAMPLES;
}

/* By how many samples the stream could be played earlier such that this frame, handed out now
 * after done_samples of a block, still is not early; negative: by how many later it should be.
 * All frames that begin in one block are handed out at once, so only whole blocks count, and what
 * lies before the frame in its block; where blocks are the longer ones, whole frames before it, as
 * where in the block the first one begins then changes from block to block. */
static int64_t spare_samples(const struct steering_view *v)
{
	const int64_t tolerance_us = steering_tolerance_us(v->block_samples);
	/* A learned delay has its margin already. */
	const int64_t late_tolerance_us = v->is_fixed ? tolerance_us : 0;
	const int64_t late =
		samples_from_us(v->late_us + (v->late_us > 0 ? -late_tolerance_us : tolerance_us));
	int done = v->done_samples;

	if (v->late_us < 0)
		return late >= 0 ? 0 : floor_div(late, v->block_samples) * v->block_samples + done;
	if (late < 0)
		return 0;
	if (v->block_samples > v->frame_samples)
		done = done / v->frame_samples * v->frame_samples;
	return late / v->block_samples * v->block_samples + done;
}

static void note(struct steering *s, int64_t spare, int n_samples)
{
	if (s->observed_samples == 0 || spare < s->spare_samples)
		s->spare_samples = spare;
	s->observed_samples += n_samples;
	s->observed_frames++;
	s->rested_samples += n_samples;
	s->off_samples += n_samples;
	if (s->spare_samples >= 0 && s->spare_samples < SPARE_SAMPLES_MIN)
		s->off_samples = 0;
}

/* How much sound is observed before the delay may shrink: two blocks at least. */
static int64_t observed_samples_wanted(const struct steering_view *v)
{
	const int64_t n = v->is_fixed ? OBSERVED_FIXED_SAMPLES : OBSERVED_SAMPLES;
	return n > 2 * v->block_samples ? n : 2 * v->block_samples;
}

static bool has_rested(const struct steering *s, int64_t off_samples)
{
	return s->rested_samples >= (off_samples < FAR_SAMPLES ? REST_SAMPLES : RETRY_SAMPLES);
}

struct steering_advice steering_observe(struct steering *s, const struct steering_view *v)
{
	const int64_t spare = spare_samples(v);
	const int64_t wanted = observed_samples_wanted(v);
	struct steering_advice advice = { STEERING_KEEP, 0, false };

	note(s, spare, v->n_samples);
	const bool has_observed =
		s->observed_samples >= wanted && s->observed_frames >= OBSERVED_FRAMES;
	const bool is_far =
		s->observed_samples >= v->block_samples && s->spare_samples >= FAR_SAMPLES;
	if (spare < 0 && has_rested(s, -spare))
		advice = (struct steering_advice){ STEERING_LENGTHEN, -spare,
			s->off_samples >= LENGTHEN_PATIENCE_SAMPLES };
	else if ((has_observed || is_far) && s->spare_samples >= SPARE_SAMPLES_MIN &&
		 has_rested(s, s->spare_samples))
		advice = (struct steering_advice){ STEERING_SHORTEN, s->spare_samples,
			s->off_samples >= SHORTEN_PATIENCE_SAMPLES };
	/* What was found holds on for a while: until a place comes where nobody hears it. */
	if (has_observed && (s->spare_samples < SPARE_SAMPLES_MIN ||
				    s->observed_samples >= KEPT_TIMES * wanted))
		observe_anew(s);
	return advice;
}

/* Frames begin at multiples of what divides both the block and the frame, and the last of those must
 * be due, too. */
int steering_begin_at_samples(int64_t late_us, int block_samples, int frame_samples)
{
	int step = block_samples;

	for (int rest = frame_samples; rest > 0;) {
		const int next = step % rest;
		step = rest;
		rest = next;
	}
	const int64_t early = block_samples - step - samples_from_us(late_us);
	return early <= 0 ? 0 : (int)((early + step - 1) / step * step);
}
