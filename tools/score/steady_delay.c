#include "tools/score/steady_delay.h"

#include <math.h>
#include <stdlib.h>

#define LOOK_S	0.002 /* the heard recording is looked through in such steps */
#define SAME_S	0.002 /* a change by less is none */
#define AGAIN_S 0.03  /* what is delayed by this much more was heard twice */

enum { NEAR_FRAMES = 4 };

/* Frames first .. end - 1 in a row of one delay; those from first_own to end_own - 1 had it
 * before. */
struct stretch {
	size_t first, first_own, end_own, end;
	size_t n_sounding;
};

/* ---- the course over the clean recording ---- */

/* What was skipped has the delay of the nearest frame that was not. */
static void fill_skipped(double *delays_s, double *distances, size_t n_frames, double hop_s)
{
	for (size_t k = 1; k < n_frames; k++)
		if (distances[k - 1] + hop_s < distances[k]) {
			distances[k] = distances[k - 1] + hop_s;
			delays_s[k] = delays_s[k - 1];
		}
	for (size_t k = n_frames; k-- > 1;)
		if (distances[k] + hop_s < distances[k - 1]) {
			distances[k - 1] = distances[k] + hop_s;
			delays_s[k - 1] = delays_s[k];
		}
}

/* Where in the heard recording each frame of the clean one is nearest to; of what was heard again,
 * as after a wait, the last. */
static void find_course(double *delays_s, double *distances, size_t n_frames, double hop_s,
	const struct alignment *alignment, double heard_s)
{
	size_t stretch = 0;

	for (size_t k = 0; k < n_frames; k++) {
		distances[k] = INFINITY;
		delays_s[k] = 0;
	}
	for (long i = 0; (double)i * LOOK_S < heard_s; i++) {
		const double at_s = (double)i * LOOK_S;
		while (stretch + 1 < alignment->n_stretches &&
			alignment->stretches[stretch + 1].begin_s <= at_s)
			stretch++;
		const struct alignment_stretch *const s = &alignment->stretches[stretch];
		const double along =
			fmax(0, fmin(1, (at_s - s->begin_s) / fmax(1e-6, s->end_s - s->begin_s)));
		const double delay_s =
			(s->begin_delay_ms + along * (s->end_delay_ms - s->begin_delay_ms)) / 1000;
		const long k = lround((at_s - delay_s) / hop_s) - 1;
		if (k < 0 || (size_t)k >= n_frames)
			continue;
		const double distance = fabs(at_s - delay_s - (double)(k + 1) * hop_s);
		const bool is_again = delay_s - delays_s[k] > AGAIN_S;
		if (!is_again && distance >= distances[k])
			continue;
		distances[k] = distance;
		delays_s[k] = delay_s;
	}
	fill_skipped(delays_s, distances, n_frames, hop_s);
}

/* ---- its stretches ---- */

static size_t cut(
	struct stretch *stretches, const double *delays_s, const bool *is_sound, size_t n_frames)
{
	size_t n = 0;

	for (size_t k = 0; k < n_frames; k++) {
		if (k == 0 || fabs(delays_s[k] - delays_s[k - 1]) > SAME_S)
			stretches[n++] = (struct stretch){ .first = k, .first_own = k };
		stretches[n - 1].end = stretches[n - 1].end_own = k + 1;
		stretches[n - 1].n_sounding += is_sound[k];
	}
	return n;
}

static void take_out(struct stretch *stretches, size_t *n, size_t i)
{
	for (size_t k = i; k + 1 < *n; k++)
		stretches[k] = stretches[k + 1];
	(*n)--;
}

/* Frames first .. end - 1, which are between two that go on with the same delay, take it. */
static void bridge(double *delays_s, size_t first, size_t end)
{
	for (size_t k = first; k < end; k++)
		delays_s[k] = delays_s[first - 1];
}

/* Stretch i becomes part of a neighbour, and neighbours that agree become one. */
static void give_way(struct stretch *s, size_t *n, size_t i, double *delays_s)
{
	const bool goes_left = i + 1 == *n || (i > 0 && s[i - 1].n_sounding >= s[i + 1].n_sounding);
	struct stretch *const to = goes_left ? &s[i - 1] : &s[i + 1];

	if (goes_left)
		to->end = s[i].end;
	else
		to->first = s[i].first;
	to->n_sounding += s[i].n_sounding;
	take_out(s, n, i);
	if (i == 0 || i >= *n)
		return;
	struct stretch *const left = &s[i - 1], *const right = &s[i];
	if (fabs(delays_s[left->end_own - 1] - delays_s[right->first_own]) >= SAME_S)
		return;
	bridge(delays_s, left->end_own, right->first_own);
	left->end = right->end;
	left->end_own = right->end_own;
	left->n_sounding += right->n_sounding;
	take_out(s, n, i);
}

static void make_steady(struct stretch *stretches, size_t *n, double *delays_s, double hop_s)
{
	while (*n > 1) {
		size_t least = 0;
		for (size_t i = 1; i < *n; i++)
			if (stretches[i].n_sounding < stretches[least].n_sounding)
				least = i;
		if ((double)stretches[least].n_sounding * hop_s >= STEADY_MIN_S)
			return;
		give_way(stretches, n, least, delays_s);
	}
}

/* The middle of the quiet frames at or near that one; without any, the same. */
static size_t quiet_middle(const bool *is_sound, size_t n_frames, size_t at)
{
	for (size_t away = 0; away <= NEAR_FRAMES; away++)
		for (int side = 0; side < 2; side++) {
			size_t first = side ? at - away : at + away;
			size_t end = first;
			if (first >= n_frames || is_sound[first])
				continue;
			while (first > 0 && !is_sound[first - 1])
				first--;
			while (end < n_frames && !is_sound[end])
				end++;
			return (first + end) / 2;
		}
	return at;
}

/* Where in a pause a delay has changed cannot be told by its sound: it is taken for the middle. */
static void move_into_pauses(
	struct stretch *stretches, size_t n, const bool *is_sound, size_t n_frames)
{
	for (size_t i = 1; i < n; i++) {
		struct stretch *const left = &stretches[i - 1], *const right = &stretches[i];
		const size_t to = quiet_middle(is_sound, n_frames, right->first);
		if (to <= left->first_own || to >= right->end_own)
			continue;
		left->end = right->first = to;
		left->end_own = left->end_own < to ? left->end_own : to;
		right->first_own = right->first_own > to ? right->first_own : to;
	}
}

bool steady_delay(double *delays_s, const bool *is_sound, size_t n_frames, double hop_s,
	const struct alignment *alignment, double heard_s)
{
	double *const distances = malloc((n_frames + 1) * sizeof *distances);
	struct stretch *const stretches = malloc((n_frames + 1) * sizeof *stretches);
	const bool is_there = distances && stretches;

	if (is_there && n_frames > 0) {
		find_course(delays_s, distances, n_frames, hop_s, alignment, heard_s);
		size_t n = cut(stretches, delays_s, is_sound, n_frames);
		make_steady(stretches, &n, delays_s, hop_s);
		move_into_pauses(stretches, n, is_sound, n_frames);
		for (const struct stretch *s = stretches; s < stretches + n; s++) {
			for (size_t k = s->first; k < s->first_own; k++)
				delays_s[k] = delays_s[s->first_own];
			for (size_t k = s->end_own; k < s->end; k++)
				delays_s[k] = delays_s[s->end_own - 1];
		}
	}
	free(stretches);
	free(distances);
	return is_there;
}
