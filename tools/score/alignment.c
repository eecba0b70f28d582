#include "tools/score/alignment.h"

#include "common/base/pi.h"
#include "common/base/units.h"
#include "tools/score/delay_path.h"
#include "tools/score/rough_delay.h"

#include <math.h>
#include <soxr.h>
#include <stdlib.h>
#include <string.h>

enum {
	RATE = ROUGH_RATE,
	FRAME = ROUGH_BLOCK_SAMPLES, /* 20 ms of the heard recording: each has its own delay */
	LAG_MAX = 640,		     /* 80 ms to either side of the rough delay */
	N_LAGS = 2 * LAG_MAX,
	CUT_LAGS = 2,	   /* a change by this much begins another stretch */
	STRETCH_MAX = 200, /* frames: 4 s, for a line to follow clocks that drift */
	CHUNK = 25,	   /* frames: half a second has one delay to a part of a sample */
	FINE_LAGS = 3,	   /* to either side, searched for it */
	HIGH_PASS_STAGES = 3
};

/* A frame gains at most 1, at the lag where it is the same. */
#define NEIGHBOUR_COST 0.15F
#define JUMP_COST      1.0F
#define HIGH_PASS_HZ   80.0
#define FLOOR	       1e-4 /* of the mean power: what is fainter does not decide */
#define STEP_MS	       1.0
#define SIMILARITY_MIN 0.3
#define DRIFT_MAX      2e-3 /* 2000 ppm: no clock is as bad */

/* One recording at RATE, with what the search asks of it. */
struct track {
	float *samples;
	double *energy_before; /* the sum of the squares of all samples before: n + 1 of them */
	long n;
	double floor; /* the energy of a frame that does not count */
};

static void end_track(struct track *t)
{
	free(t->samples);
	free(t->energy_before);
}

/* A first-order high-pass. */
struct high_pass {
	double last, now;
};

static double high_pass(struct high_pass *h, double pole, double sample)
{
	h->now = pole * h->now + sample - h->last;
	h->last = sample;
	return h->now;
}

/* Resampled, and without what lies below speech: rumble, hum and offsets are no likeness, and may
 * have most of the power. */
static bool begin_track(struct track *t, const float *samples, size_t n_samples)
{
	const size_t n_room = n_samples * RATE / SAMPLES_PER_SECOND + 16;
	const double pole = exp(-2 * PI * HIGH_PASS_HZ / RATE);
	struct high_pass stages[HIGH_PASS_STAGES] = { { 0, 0 } };
	size_t n_done = 0;

	t->samples = malloc(n_room * sizeof *t->samples);
	t->energy_before = malloc((n_room + 1) * sizeof *t->energy_before);
	if (!t->samples || !t->energy_before ||
		soxr_oneshot(SAMPLES_PER_SECOND, RATE, 1, samples, n_samples, NULL, t->samples,
			n_room, &n_done, NULL, NULL, NULL))
		return false;
	t->n = (long)n_done;
	t->energy_before[0] = 0;
	for (long i = 0; i < t->n; i++) {
		double sample = (double)t->samples[i];
		for (int k = 0; k < HIGH_PASS_STAGES; k++)
			sample = high_pass(&stages[k], pole, sample);
		t->samples[i] = (float)sample;
		t->energy_before[i + 1] = t->energy_before[i] + sample * sample;
	}
	t->floor = t->n > 0 ? t->energy_before[t->n] / (double)t->n * FRAME * FLOOR : 0;
	return t->floor > 0 && t->n >= ROUGH_BLOCK_SAMPLES;
}

static double energy(const struct track *t, long begin, long end)
{
	const long from = begin < 0 ? 0 : begin > t->n ? t->n : begin;
	const long to = end < 0 ? 0 : end > t->n ? t->n : end;
	return t->energy_before[to] - t->energy_before[from];
}

/* ---- each frame's delay, to the sample ---- */

/* products[i] += a * b[i]: in this order compilers do several at once. */
static void add_products(float *restrict products, float a, const float *restrict b)
{
	for (int i = 0; i < N_LAGS; i++)
		products[i] += a * b[i];
}

/* gains[i]: how alike the frame and what lies middle_delay + i - LAG_MAX before it are. */
static void weigh(const struct track *clean, const struct track *heard, long begin,
	long middle_delay, float gains[N_LAGS])
{
	float around[FRAME + N_LAGS], products[N_LAGS] = { 0 };
	const long first =
		begin - middle_delay - LAG_MAX + 1; /* the clean one's, at the largest lag */
	const double heard_energy = energy(heard, begin, begin + FRAME) + heard->floor;

	for (int i = 0; i < FRAME + N_LAGS; i++) {
		const long at = first + i;
		around[i] = at >= 0 && at < clean->n ? clean->samples[at] : 0;
	}
	for (int k = 0; k < FRAME && begin + k < heard->n; k++)
		add_products(products, heard->samples[begin + k], around + k);
	for (int i = 0; i < N_LAGS; i++) {
		const long at = first + N_LAGS - 1 - i;
		const double clean_energy = energy(clean, at, at + FRAME) + clean->floor;
		gains[i] = products[N_LAGS - 1 - i] / (float)sqrt(clean_energy * heard_energy);
	}
}

/* delays[n_frames], in samples at RATE. */
static bool follow(const struct track *clean, const struct track *heard, const int *rough,
	int *delays, size_t n_frames)
{
	float gains[N_LAGS];
	struct delay_path path;
	const bool is_begun = delay_path_begin(&path, N_LAGS, n_frames, NEIGHBOUR_COST, JUMP_COST);
	int last = rough[0];

	for (size_t k = 0; is_begun && k < n_frames; k++) {
		const int middle = rough[k];
		weigh(clean, heard, (long)k * FRAME, middle, gains);
		delay_path_add(&path, gains, middle - last);
		last = middle;
	}
	if (is_begun)
		delay_path_trace(&path, delays);
	for (size_t k = 0; is_begun && k < n_frames; k++)
		delays[k] += rough[k] - LAG_MAX;
	delay_path_end(&path);
	return is_begun;
}

/* ---- stretches, to a part of a sample ---- */

/* The weighted sums of a straight line through delays. */
struct line {
	double weight, x, y, xx, xy;
};

/* Where between the samples the products of a chunk of frames are largest; its weight is how much
 * sound they have in common, 0 for none. */
static double fine_delay(const struct track *clean, const struct track *heard, long begin, long end,
	int delay, double *weight)
{
	double products[2 * FINE_LAGS + 1] = { 0 };
	int best = 1;

	for (int j = 0; j <= 2 * FINE_LAGS; j++) {
		const long shift = delay + j - FINE_LAGS;
		for (long i = begin; i < end && i < heard->n; i++)
			if (i >= shift && i - shift < clean->n)
				products[j] +=
					(double)(heard->samples[i] * clean->samples[i - shift]);
	}
	for (int j = 2; j < 2 * FINE_LAGS; j++) /* one that has neighbours */
		if (products[j] > products[best])
			best = j;
	const double before = products[best - 1], top = products[best], after = products[best + 1];
	const double curve = 2 * top - before - after;
	*weight = top > 0 && curve > 0 ? top : 0;
	const double part = curve > 0 ? (after - before) / (2 * curve) : 0;
	return delay + best - FINE_LAGS + (fabs(part) <= 1 ? part : 0);
}

static void add_chunk(struct line *line, const struct track *clean, const struct track *heard,
	const int *delays, size_t first, size_t end)
{
	const long begin_at = (long)first * FRAME, end_at = (long)end * FRAME;
	const double x = (double)(begin_at + end_at) / 2;
	double weight;

	const double y =
		fine_delay(clean, heard, begin_at, end_at, delays[(first + end) / 2], &weight);
	const double heard_energy = energy(heard, begin_at, end_at);
	const double clean_energy = energy(clean, begin_at - lround(y), end_at - lround(y));
	if (heard_energy < 10 * heard->floor * (double)(end - first) ||
		weight <= SIMILARITY_MIN * sqrt(heard_energy * clean_energy))
		return;
	line->weight += weight;
	line->x += weight * x;
	line->y += weight * y;
	line->xx += weight * x * x;
	line->xy += weight * x * y;
}

/* False: there is nothing in it to tell by. */
static bool fit(const struct line *line, struct alignment_stretch *s)
{
	if (line->weight <= 0)
		return false;
	const double x = line->x / line->weight, y = line->y / line->weight;
	const double spread = line->xx / line->weight - x * x;
	const double slope = spread > FRAME * CHUNK * FRAME * CHUNK / 8.0
				     ? (line->xy / line->weight - x * y) / spread
				     : 0;
	const double drift = fmax(-DRIFT_MAX, fmin(DRIFT_MAX, slope));
	s->begin_delay_ms = (y + drift * (s->begin_s * RATE - x)) * 1000 / RATE;
	s->end_delay_ms = (y + drift * (s->end_s * RATE - x)) * 1000 / RATE;
	return true;
}

/* The frames from `first` on whose delay stays about the same. */
static size_t stretch_end(const int *delays, size_t first, size_t n_frames)
{
	size_t k = first + 1;
	while (k < n_frames && k - first < STRETCH_MAX && abs(delays[k] - delays[k - 1]) < CUT_LAGS)
		k++;
	return k;
}

/* Those that tell nothing go on as the one before, or as the first that tells. */
static void fill_gaps(struct alignment *a, const bool *is_known)
{
	double delay_ms = 0;

	for (size_t i = a->n_stretches; i-- > 0;)
		if (is_known[i])
			delay_ms = a->stretches[i].begin_delay_ms;
	for (size_t i = 0; i < a->n_stretches; i++) {
		struct alignment_stretch *const s = &a->stretches[i];
		if (!is_known[i])
			s->begin_delay_ms = s->end_delay_ms = delay_ms;
		s->is_step = i > 0 && fabs(s->begin_delay_ms - delay_ms) >= STEP_MS;
		delay_ms = s->end_delay_ms;
	}
}

static bool make_stretches(struct alignment *a, const struct track *clean,
	const struct track *heard, const int *delays, size_t n_frames)
{
	bool *const is_known = malloc(n_frames * sizeof *is_known);

	a->n_stretches = 0;
	a->stretches = malloc(n_frames * sizeof *a->stretches);
	if (!is_known || !a->stretches) {
		free(is_known);
		alignment_end(a);
		return false;
	}
	for (size_t first = 0, end; first < n_frames; first = end) {
		struct line line = { 0 };
		end = stretch_end(delays, first, n_frames);
		a->stretches[a->n_stretches] = (struct alignment_stretch){
			.begin_s = (double)first * FRAME / RATE,
			.end_s = (double)end * FRAME / RATE,
		};
		for (size_t k = first; k < end; k += CHUNK)
			add_chunk(
				&line, clean, heard, delays, k, k + CHUNK < end ? k + CHUNK : end);
		is_known[a->n_stretches] = fit(&line, &a->stretches[a->n_stretches]);
		a->n_stretches++;
	}
	fill_gaps(a, is_known);
	free(is_known);
	return true;
}

bool alignment_find(
	struct alignment *a, const float *clean, size_t n_clean, const float *heard, size_t n_heard)
{
	struct track tracks[2] = { 0 };
	int *rough = NULL, *delays = NULL;
	bool is_found = false;

	*a = (struct alignment){ 0 };
	if (begin_track(&tracks[0], clean, n_clean) && begin_track(&tracks[1], heard, n_heard)) {
		const size_t n = (size_t)tracks[1].n, n_frames = (n + FRAME - 1) / FRAME;
		rough = malloc(rough_delay_n_blocks(n) * sizeof *rough);
		delays = malloc(n_frames * sizeof *delays);
		is_found = rough && delays &&
			   rough_delay_find(tracks[0].samples, (size_t)tracks[0].n,
				   tracks[1].samples, n, rough) &&
			   follow(&tracks[0], &tracks[1], rough, delays, n_frames) &&
			   make_stretches(a, &tracks[0], &tracks[1], delays, n_frames);
	}
	free(rough);
	free(delays);
	end_track(&tracks[0]);
	end_track(&tracks[1]);
	return is_found;
}

void alignment_end(struct alignment *a)
{
	free(a->stretches);
	*a = (struct alignment){ 0 };
}

double alignment_delay_ms(const struct alignment *a, double heard_s)
{
	size_t low = 0, high = a->n_stretches - 1; /* the last that begins before */

	while (low < high) {
		const size_t middle = (low + high + 1) / 2;
		if (a->stretches[middle].begin_s <= heard_s)
			low = middle;
		else
			high = middle - 1;
	}
	const struct alignment_stretch *const s = &a->stretches[low];
	const double part = (heard_s - s->begin_s) / (s->end_s - s->begin_s);
	const double within = fmax(0, fmin(1, part));
	return s->begin_delay_ms + within * (s->end_delay_ms - s->begin_delay_ms);
}
