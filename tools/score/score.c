#include "tools/score/score.h"

#include "common/base/units.h"
#include "tools/score/clicks.h"
#include "tools/score/dropouts.h"
#include "tools/signal/estoi.h"
#include "tools/score/mos_lqo.h"
#include "tools/score/spectral_distance.h"

#include <math.h>
#include <soxr.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_MIN_S 1.0
#define SOUND_MIN_S  0.5
#define SILENCE	     1e-10 /* 100 dB below full scale: dither is more */

/* ---- is there anything to compare? ---- */

/* By blocks of 10 ms that are not silent. */
static double seconds_of_sound(const float *samples, size_t n_samples)
{
	enum { BLOCK = 10 * SAMPLES_PER_MS };
	size_t n = 0;

	for (size_t at = 0; at + BLOCK <= n_samples; at += BLOCK) {
		double sum = 0;
		for (size_t i = at; i < at + BLOCK; i++)
			sum += (double)samples[i] * (double)samples[i];
		n += sum > SILENCE * BLOCK;
	}
	return (double)n * BLOCK / SAMPLES_PER_SECOND;
}

static enum score_fault check(
	const float *clean, size_t n_clean, const float *heard, size_t n_heard)
{
	if ((double)n_clean < LENGTH_MIN_S * SAMPLES_PER_SECOND)
		return SCORE_REFERENCE_SHORT;
	if ((double)n_heard < LENGTH_MIN_S * SAMPLES_PER_SECOND)
		return SCORE_HEARD_SHORT;
	if (seconds_of_sound(clean, n_clean) < SOUND_MIN_S)
		return SCORE_REFERENCE_SILENT;
	if (seconds_of_sound(heard, n_heard) < SOUND_MIN_S)
		return SCORE_HEARD_SILENT;
	return SCORE_OK;
}

const char *score_fault_text(enum score_fault fault)
{
	switch (fault) {
	case SCORE_OK:
		return "no fault";
	case SCORE_REFERENCE_SHORT:
		return "the reference is too short: a second is needed";
	case SCORE_HEARD_SHORT:
		return "the recording is too short: a second is needed";
	case SCORE_REFERENCE_SILENT:
		return "the reference is silent: half a second of sound is needed";
	case SCORE_HEARD_SILENT:
		return "the recording is silent: half a second of sound is needed";
	case SCORE_NOTHING_COMMON:
		return "the two have not enough in common: half a second of sound in both is "
		       "needed";
	case SCORE_NO_MEMORY:
		break;
	}
	return "out of memory";
}

/* ---- the figures ---- */

static bool rate_intelligibility(struct score_result *r, const struct alignment *a,
	const float *clean, size_t n_clean, const float *heard, size_t n_heard)
{
	const size_t clean_room = n_clean * ESTOI_RATE / SAMPLES_PER_SECOND + 16;
	const size_t heard_room = n_heard * ESTOI_RATE / SAMPLES_PER_SECOND + 16;
	float *const memory = malloc((clean_room + heard_room) * sizeof *memory);
	size_t clean_done = 0, heard_done = 0;
	struct frame_pairs pairs = { 0 };
	const bool is_there =
		memory &&
		!soxr_oneshot(SAMPLES_PER_SECOND, ESTOI_RATE, 1, clean, n_clean, NULL, memory,
			clean_room, &clean_done, NULL, NULL, NULL) &&
		!soxr_oneshot(SAMPLES_PER_SECOND, ESTOI_RATE, 1, heard, n_heard, NULL,
			memory + clean_room, heard_room, &heard_done, NULL, NULL, NULL) &&
		frame_pairs_make(&pairs, a, (double)n_clean / SAMPLES_PER_SECOND,
			(double)n_heard / SAMPLES_PER_SECOND, ESTOI_RATE, ESTOI_HOP_SAMPLES);

	if (is_there) {
		const struct estoi_pair pair = {
			.clean = memory,
			.heard = memory + clean_room,
			.n_clean = (int)clean_done,
			.n_heard = (int)heard_done,
			.clean_at = pairs.clean_at,
			.heard_at = pairs.heard_at,
			.n_at = pairs.n,
		};
		r->intelligibility = estoi(&pair).intelligibility;
	}
	frame_pairs_end(&pairs);
	free(memory);
	return is_there;
}

/* Over what lies in both recordings. */
static void rate_delay(struct score_result *r, const struct alignment *a, double clean_s)
{
	double sum = 0;

	r->delay_min_ms = INFINITY;
	r->delay_max_ms = -INFINITY;
	for (size_t i = 0; i < a->n_stretches; i++) {
		const struct alignment_stretch *const s = &a->stretches[i];
		const double begin_s = fmax(s->begin_s, s->begin_delay_ms / 1000);
		const double end_s = fmin(s->end_s, clean_s + s->end_delay_ms / 1000);
		if (end_s <= begin_s)
			continue;
		r->delay_changes += s->is_step && r->seconds > 0;
		sum += (end_s - begin_s) * (s->begin_delay_ms + s->end_delay_ms) / 2;
		r->seconds += end_s - begin_s;
		r->delay_min_ms = fmin(r->delay_min_ms, fmin(s->begin_delay_ms, s->end_delay_ms));
		r->delay_max_ms = fmax(r->delay_max_ms, fmax(s->begin_delay_ms, s->end_delay_ms));
	}
	r->delay_ms = r->seconds > 0 ? sum / r->seconds : 0;
}

static enum score_fault rate(struct score_result *r, const struct alignment *a, const float *clean,
	size_t n_clean, const float *heard, size_t n_heard)
{
	const double clean_s = (double)n_clean / SAMPLES_PER_SECOND;
	const double heard_s = (double)n_heard / SAMPLES_PER_SECOND;
	struct frame_pairs pairs;
	struct spectral_distance distance;
	struct dropouts holes;

	if (!frame_pairs_make(
		    &pairs, a, clean_s, heard_s, SAMPLES_PER_SECOND, SPECTRAL_HOP_SAMPLES))
		return SCORE_NO_MEMORY;
	const bool is_measured =
		spectral_distance(&distance, &pairs, clean, n_clean, heard, n_heard);
	frame_pairs_end(&pairs);
	if (!is_measured)
		return SCORE_NO_MEMORY;
	if (distance.seconds < SOUND_MIN_S || distance.clean_power <= SILENCE)
		return SCORE_NOTHING_COMMON;
	const double gain = pow(10, distance.gain_db / 10);
	const struct dropout_levels levels = { gain, distance.clean_power };
	rate_delay(r, a, clean_s);
	r->distance_db = distance.distance_db;
	r->clicks = clicks_count(
		a, sqrt(gain), sqrt(distance.clean_power), clean, n_clean, heard, n_heard);
	if (r->clicks < 0 || !dropouts_find(&holes, a, &levels, clean, n_clean, heard, n_heard) ||
		!rate_intelligibility(r, a, clean, n_clean, heard, n_heard))
		return SCORE_NO_MEMORY;
	if (isnan(r->intelligibility))
		return SCORE_NOTHING_COMMON;
	r->dropouts = holes.n;
	r->dropout_ms = holes.all_ms;
	r->longest_dropout_ms = holes.longest_ms;
	return mos_lqo_estimate(&r->mos_lqo, a, clean, n_clean, heard, n_heard) ? SCORE_OK
										: SCORE_NO_MEMORY;
}

bool score_with_track(struct score_result *result, struct alignment *track, const float *clean,
	size_t n_clean, const float *heard, size_t n_heard)
{
	enum score_fault fault = check(clean, n_clean, heard, n_heard);

	*result = (struct score_result){ 0 };
	*track = (struct alignment){ 0 };
	if (fault == SCORE_OK && !alignment_find(track, clean, n_clean, heard, n_heard))
		fault = SCORE_NO_MEMORY;
	if (fault == SCORE_OK)
		fault = rate(result, track, clean, n_clean, heard, n_heard);
	if (fault == SCORE_OK)
		return true;
	*result = (struct score_result){ .fault = fault };
	alignment_end(track);
	return false;
}

bool score(struct score_result *result, const float *clean, size_t n_clean, const float *heard,
	size_t n_heard)
{
	struct alignment track;
	const bool is_scored = score_with_track(result, &track, clean, n_clean, heard, n_heard);

	if (is_scored)
		alignment_end(&track);
	return is_scored;
}
