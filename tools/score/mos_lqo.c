#include "tools/score/mos_lqo.h"

#include "common/base/units.h"
#include "tools/score/speech_rhythm.h"
#include "tools/score/steady_delay.h"

#include <math.h>
#include <soxr.h>
#include <stdlib.h>

#define PIECE_S	    8.0
#define SOUND_MIN_S 0.5 /* of a piece */

/* A logistic curve from WORST to BEST, whose argument is UNDISTURBED where nothing differs, so that
 * this is MOS_LQO_MAX: ln(3.64 / 0.36). The other two were fitted, by least squares, to what the
 * reference code says of 376 pieces of 8 s by 18 speakers: docs/SCORE.md. */
#define WORST	    1.0
#define BEST	    5.0
#define UNDISTURBED 2.3136
#define BOTH	    0.1073
#define ADDED	    0.0113

struct comparison {
	struct bark_ear ear;
	struct bark_sound clean, heard; /* at BARK_RATE */
	float *memory;
	struct disturbance_frame *frames; /* every DISTURBANCE_HOP_S of the clean recording */
	bool *is_sound;
	double *delays_s;
	double *levels; /* powers of the clean recording's frames */
	size_t n_frames;
};

static bool resample(const float *samples, size_t n_samples, float *to, size_t n_room, size_t *n)
{
	return !soxr_oneshot(SAMPLES_PER_SECOND, BARK_RATE, 1, samples, n_samples, NULL, to, n_room,
		n, NULL, NULL, NULL);
}

static bool begin(struct comparison *c, const float *clean, size_t n_clean, const float *heard,
	size_t n_heard)
{
	const size_t clean_room = n_clean * BARK_RATE / SAMPLES_PER_SECOND + 16;
	const size_t heard_room = n_heard * BARK_RATE / SAMPLES_PER_SECOND + 16;
	const double hops = (double)n_clean / SAMPLES_PER_SECOND / DISTURBANCE_HOP_S;

	c->n_frames = hops > 2 ? (size_t)hops - 1 : 0; /* whole ones */
	c->memory = malloc((clean_room + heard_room) * sizeof *c->memory);
	c->frames = malloc((c->n_frames + 1) * sizeof *c->frames);
	c->is_sound = malloc((c->n_frames + 1) * sizeof *c->is_sound);
	c->delays_s = malloc((c->n_frames + 1) * sizeof *c->delays_s);
	c->levels = malloc((c->n_frames + 1) * sizeof *c->levels);
	if (!c->memory || !c->frames || !c->is_sound || !c->delays_s || !c->levels)
		return false;
	c->clean.samples = c->memory;
	c->heard.samples = c->memory + clean_room;
	bark_ear_init(&c->ear);
	return resample(clean, n_clean, c->memory, clean_room, &c->clean.n_samples) &&
	       resample(heard, n_heard, c->memory + clean_room, heard_room, &c->heard.n_samples);
}

static void end(struct comparison *c)
{
	free(c->memory);
	free(c->frames);
	free(c->is_sound);
	free(c->delays_s);
	free(c->levels);
}

static void look(struct comparison *c)
{
	for (size_t k = 0; k < c->n_frames; k++) {
		struct disturbance_frame *const f = &c->frames[k];
		const double at = (double)(k + 1) * DISTURBANCE_HOP_S * BARK_RATE;
		bark_powers(&c->ear, &c->clean, at, f->clean, &c->heard,
			at + c->delays_s[k] * BARK_RATE, f->heard);
		disturbance_weigh(&c->ear, f);
	}
}

/* Which frames of the clean recording sound, all at no delay for the time being. */
static void find_sound(struct comparison *c)
{
	double loudest = 0;

	for (size_t k = 0; k < c->n_frames; k++)
		c->delays_s[k] = 0;
	look(c);
	for (size_t k = 0; k < c->n_frames; k++)
		loudest = fmax(loudest, c->levels[k] = c->frames[k].clean_speech);
	for (size_t k = 0; k < c->n_frames; k++)
		c->is_sound[k] = disturbance_is_sound(c->levels[k], loudest);
}

static double from_disturbance(const struct disturbance *d)
{
	const double disturbed = BOTH * d->both + ADDED * d->added;
	return WORST + (BEST - WORST) / (1 + exp(disturbed - UNDISTURBED));
}

/* The mean of the pieces with enough sound. */
static double rate(struct comparison *c)
{
	const struct speech_rhythm rhythm =
		speech_rhythm_of(c->levels, c->is_sound, c->n_frames, DISTURBANCE_HOP_S);
	const double seconds = (double)c->n_frames * DISTURBANCE_HOP_S;
	const size_t n_pieces = seconds > 2 * PIECE_S ? (size_t)(seconds / PIECE_S) : 1;
	double sum = 0;
	int n = 0;

	if (!speech_rhythm_is_speech(&rhythm))
		return NAN;
	for (size_t i = 0; i < n_pieces; i++) {
		const size_t first = c->n_frames * i / n_pieces;
		const size_t next = c->n_frames * (i + 1) / n_pieces;
		size_t n_sounding = 0;
		for (size_t k = first; k < next; k++)
			n_sounding += c->is_sound[k];
		if ((double)n_sounding * DISTURBANCE_HOP_S < SOUND_MIN_S)
			continue;
		const struct disturbance d =
			disturbance_of(&c->ear, &c->frames[first], next - first);
		sum += from_disturbance(&d);
		n++;
	}
	return n > 0 ? sum / n : NAN;
}

bool mos_lqo_estimate(double *mos, const struct alignment *alignment, const float *clean,
	size_t n_clean, const float *heard, size_t n_heard)
{
	struct comparison c = { 0 };
	bool is_there = begin(&c, clean, n_clean, heard, n_heard);

	if (is_there) {
		find_sound(&c);
		is_there = steady_delay(c.delays_s, c.is_sound, c.n_frames, DISTURBANCE_HOP_S,
			alignment, (double)n_heard / SAMPLES_PER_SECOND);
	}
	if (is_there) {
		look(&c);
		*mos = rate(&c);
	}
	end(&c);
	return is_there;
}
