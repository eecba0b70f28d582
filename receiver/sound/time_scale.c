#include "receiver/sound/time_scale.h"

#include "common/base/vector.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
	CHANNELS = TIME_SCALE_CHANNELS,
	HISTORY = TIME_SCALE_HISTORY_SAMPLES,
	BLOCK_SAMPLES = 5 * SAMPLES_PER_MS / 2,
	BLOCKS_MAX = TIME_SCALE_LINE_SAMPLES / BLOCK_SAMPLES + 1,
	QUIET_BLOCKS_MIN = 7, /* 17.5 ms: a shorter pause may lie between two pulses of a voice */
	PAUSE_SAMPLES = 100 * SAMPLES_PER_MS,
	FADE_MIN_SAMPLES = 24 /* shorter ones click */
};

#define SILENCE_POWER	     1e-9F    /* -90 dBFS: inaudible, whatever was before */
#define PEAK_DECAY	     0.995F   /* per block: 8.7 dB per second */
#define SPEECH_DECAY	     0.99942F /* per block: 1 dB per second, so that it outlasts a pause */
#define PAUSE_RATIO	     6e-3F    /* 22 dB below it */
#define NOISE_SIMILARITY_MAX 0.33F    /* noise is similar to itself at no lag; chords exceed this */
#define NOISE_RISE_MAX	     2.5F     /* its blocks against their mean: three standard deviations */
#define NOISE_DIP_MIN	     0.25F
#define LOUD_POWER_MAX	     1e6F /* not audio: never learned from, never joined */

struct time_scale_tuning time_scale_tuning(void)
{
	return (struct time_scale_tuning){
		.similarity_min = 0.9F,
		.quiet_ratio = 3e-4F,
		.lag_max_samples = TIME_SCALE_LAG_MAX_SAMPLES,
		.fade_samples = 10 * SAMPLES_PER_MS,
		.context_samples = 10 * SAMPLES_PER_MS,
		.emphasis = 0.95F,
	};
}

void time_scale_init(struct time_scale *t)
{
	memset(t, 0, sizeof *t);
	t->tuning = time_scale_tuning();
}

void time_scale_tune(struct time_scale *t, const struct time_scale_tuning *tuning)
{
	assert(tuning->lag_max_samples <= TIME_SCALE_LAG_MAX_SAMPLES);
	assert(tuning->context_samples <= TIME_SCALE_LAG_MAX_SAMPLES);
	t->tuning = *tuning;
}

const struct time_scale_join *time_scale_last_join(const struct time_scale *t)
{
	return &t->join;
}

static float power(const float *samples, int n_samples)
{
	const int n = n_samples * CHANNELS;
	return vector_dot(samples, samples, n) / (float)n;
}

static bool is_faint(const struct time_scale *t, float power)
{
	const float relative = t->speech_power * PAUSE_RATIO;
	return power <= (relative > SILENCE_POWER ? relative : SILENCE_POWER);
}

void time_scale_passed(struct time_scale *t, const float *pcm, int n_samples)
{
	assert(n_samples >= 0);
	for (int at = 0; at < n_samples; at += BLOCK_SAMPLES) {
		const int n = n_samples - at < BLOCK_SAMPLES ? n_samples - at : BLOCK_SAMPLES;
		const float now = power(pcm + at * CHANNELS, n);
		t->peak_power *= PEAK_DECAY;
		if (now > t->peak_power && now < LOUD_POWER_MAX)
			t->peak_power = now;
		t->speech_power *= SPEECH_DECAY;
		if (now > t->speech_power && now < LOUD_POWER_MAX)
			t->speech_power = now;
		t->paused_samples = is_faint(t, now) ? t->paused_samples + n : 0;
	}
	const int n_new = n_samples < HISTORY ? n_samples : HISTORY;
	const size_t sample_bytes = CHANNELS * sizeof(float);
	memmove(t->line, t->line + n_new * CHANNELS, (size_t)(HISTORY - n_new) * sample_bytes);
	memcpy(t->line + (HISTORY - n_new) * CHANNELS, pcm + (n_samples - n_new) * CHANNELS,
		(size_t)n_new * sample_bytes);
}

/* A place in the line, counted from the beginning of pcm; at >= -HISTORY. */
static float *place(struct time_scale *t, int at)
{
	return t->line + (HISTORY + at) * CHANNELS;
}

/* ---- where any length will do ---- */

/* Fills in the power of each block, aligned to the end of pcm; returns their number. */
static int block_powers(const struct time_scale *t, int n_samples, float powers[BLOCKS_MAX])
{
	const int n_line = HISTORY + n_samples;
	const int n_blocks = n_line / BLOCK_SAMPLES;
	const float *block = t->line + n_line % BLOCK_SAMPLES * CHANNELS;

	for (int b = 0; b < n_blocks; b++, block += BLOCK_SAMPLES * CHANNELS)
		powers[b] = power(block, BLOCK_SAMPLES);
	return n_blocks;
}

/* Whether all blocks are equally loud. */
static bool is_stationary(const float *powers, int n_blocks)
{
	float mean = 0;

	for (int b = 0; b < n_blocks; b++)
		mean += powers[b] / (float)n_blocks;
	for (int b = 0; b < n_blocks; b++)
		if (!(powers[b] <= mean * NOISE_RISE_MAX && powers[b] >= mean * NOISE_DIP_MIN))
			return false;
	return mean < LOUD_POWER_MAX;
}

/* The longest run of inaudible blocks. *begin may lie in the history. */
static int longest_quiet(
	const struct time_scale *t, const float *powers, int n_blocks, int n_samples, int *begin)
{
	const float relative = t->peak_power * t->tuning.quiet_ratio;
	const float most = relative > SILENCE_POWER ? relative : SILENCE_POWER;
	int longest = 0, run = 0;

	for (int b = 0; b < n_blocks; b++) {
		run = powers[b] <= most ? run + 1 : 0;
		if (run >= longest && run > 0) {
			longest = run;
			*begin = n_samples - (n_blocks - 1 - b + run) * BLOCK_SAMPLES;
		}
	}
	return longest < QUIET_BLOCKS_MIN ? 0 : longest * BLOCK_SAMPLES;
}

/* Puts a join of up to `most` into a run where any length will do; false where it is too short.
 * e may lie in the history unless has_both. */
static bool join_freely(
	struct similarity_question *q, int begin, int run, int most, struct similarity *match)
{
	int fade = q->fade_samples;

	if (q->has_both && begin < 0) {
		run += begin;
		begin = 0;
	}
	if (fade > run / 2)
		fade = run / 2;
	if (fade > begin + run) /* only the part within pcm */
		fade = begin + run;
	if (fade < FADE_MIN_SAMPLES)
		return false;
	q->fade_samples = fade;
	*match =
		(struct similarity){ begin + run - fade, run - fade < most ? run - fade : most, 0 };
	return match->lag_samples > 0;
}

/* ---- the join ---- */

/* The similarity of the two lines within the fade, 0..1, regardless of level. */
static float correlation(const float *a, const float *b, int n)
{
	const float energies = vector_dot(a, a, n) * vector_dot(b, b, n);
	const float rho = energies > 0 ? vector_dot(a, b, n) / sqrtf(energies) : 0;
	return rho > 0 ? (rho < 1 ? rho : 1) : 0; /* NAN: 0 */
}

/* Fades from one line to the other by a raised cosine. The sum keeps its power whatever the
 * correlation: of equal signals the amplitudes add up, of different ones the powers. */
static void cross_fade(float *to, const float *out, const float *in, int n_samples)
{
	const float rho = correlation(out, in, n_samples * CHANNELS);
	const double turn = 2 * cos(3.14159265358979 / (n_samples + 1));
	double last = 1, cosine = turn / 2;

	for (int i = 0; i < n_samples; i++) {
		const float b = (float)(0.5 - 0.5 * cosine);
		const float a = 1 - b;
		const float gain = 1 / sqrtf(a * a + b * b + 2 * a * b * rho);
		for (int c = 0; c < CHANNELS; c++) {
			const int k = i * CHANNELS + c;
			to[k] = gain * (a * out[k] + b * in[k]);
		}
		const double next = turn * cosine - last;
		last = cosine;
		cosine = next;
	}
}

/* The question for the next n_samples of pcm, which are laid behind the history. */
static struct similarity_question ask(struct time_scale *t, const float *pcm, int n_samples)
{
	const int n = n_samples < TIME_SCALE_SEARCH_SAMPLES ? n_samples : TIME_SCALE_SEARCH_SAMPLES;

	memcpy(place(t, 0), pcm, (size_t)(n * CHANNELS) * sizeof *pcm);
	return (struct similarity_question){
		.line = t->line,
		.n_samples = n,
		.context_samples = t->tuning.context_samples,
		.emphasis = t->tuning.emphasis,
	};
}

/* Whether all of these samples lie in a pause that has lasted for a while. */
static bool is_in_pause(const struct time_scale *t, int n_samples)
{
	for (int at = 0; at < n_samples; at += BLOCK_SAMPLES) {
		const int n = n_samples - at < BLOCK_SAMPLES ? n_samples - at : BLOCK_SAMPLES;
		if (!is_faint(t, power(t->line + (HISTORY + at) * CHANNELS, n)))
			return false;
	}
	return t->paused_samples + n_samples >= PAUSE_SAMPLES;
}

/* Finds the best join of at most `most` samples; false where there is none good enough. */
static bool find(struct time_scale *t, struct similarity_question *q, int most,
	enum time_scale_places places, struct similarity *match)
{
	float powers[BLOCKS_MAX];
	int begin = 0;

	if (places == TIME_SCALE_QUIET)
		return is_in_pause(t, q->n_samples) &&
		       join_freely(q, -HISTORY, HISTORY + q->n_samples, most, match);
	const int n_blocks = block_powers(t, q->n_samples, powers);
	const int run = longest_quiet(t, powers, n_blocks, q->n_samples, &begin);
	const int lag_max = t->tuning.lag_max_samples;

	if (t->tuning.is_blind) {
		*match = (struct similarity){ q->n_samples - q->fade_samples,
			most < lag_max ? most : lag_max, 0 };
		return true;
	}
	if (run > 0 && join_freely(q, begin, run, most, match))
		return true;
	q->lag_max_samples = most < lag_max ? most : lag_max;
	*match = similarity_search(q);
	if (is_stationary(powers, n_blocks) && similarity_anywhere(q) < NOISE_SIMILARITY_MAX &&
		join_freely(q, -HISTORY, HISTORY + q->n_samples, most, match))
		return true;
	if (!(match->similarity >= t->tuning.similarity_min))
		return false;
	*match = similarity_refine(q, *match);
	return match->similarity >= t->tuning.similarity_min;
}

static int joined(struct time_scale *t, int at, int fade, const struct similarity *match)
{
	t->join.at_samples = at;
	t->join.fade_samples = fade;
	t->join.n_samples = match->lag_samples;
	t->join.similarity = match->similarity;
	t->join.is_free = match->similarity <= 0;
	return match->lag_samples;
}

int time_scale_shorten(struct time_scale *t, float *pcm, int n_samples, int most_samples,
	enum time_scale_places places)
{
	struct similarity_question q = ask(t, pcm, n_samples);
	struct similarity match;

	q.has_both = true;
	q.fade_samples = t->tuning.fade_samples;
	if (q.fade_samples > q.n_samples / 4) /* short pcm needs room for the lag */
		q.fade_samples = q.n_samples / 4;
	if (most_samples > q.n_samples - q.fade_samples)
		most_samples = q.n_samples - q.fade_samples;
	if (q.fade_samples < FADE_MIN_SAMPLES || most_samples <= 0 ||
		!find(t, &q, most_samples, places, &match))
		return 0;
	const int l = match.l_samples, e = l - match.lag_samples, fade = q.fade_samples;
	assert(e >= 0 && match.lag_samples <= most_samples && l + fade <= n_samples);
	cross_fade(pcm + e * CHANNELS, place(t, e), place(t, l), fade);
	memmove(pcm + (e + fade) * CHANNELS, pcm + (l + fade) * CHANNELS,
		(size_t)((n_samples - l - fade) * CHANNELS) * sizeof *pcm);
	return joined(t, e, fade, &match);
}

int time_scale_lengthen(struct time_scale *t, float *pcm, int n_samples, int room_samples,
	int most_samples, enum time_scale_places places)
{
	struct similarity_question q = ask(t, pcm, n_samples);
	struct similarity match;

	q.fade_samples = t->tuning.fade_samples;
	if (q.fade_samples > q.n_samples)
		q.fade_samples = q.n_samples;
	if (most_samples > room_samples - n_samples)
		most_samples = room_samples - n_samples;
	if (most_samples > TIME_SCALE_LAG_MAX_SAMPLES) /* limited by the history */
		most_samples = TIME_SCALE_LAG_MAX_SAMPLES;
	if (q.fade_samples < FADE_MIN_SAMPLES || most_samples <= 0 ||
		!find(t, &q, most_samples, places, &match))
		return 0;
	const int l = match.l_samples, lag = match.lag_samples, e = l - lag, fade = q.fade_samples;
	assert(l >= 0 && e >= -HISTORY && lag <= most_samples && l + fade <= n_samples);
	memmove(pcm + (l + fade + lag) * CHANNELS, pcm + (l + fade) * CHANNELS,
		(size_t)((n_samples - l - fade) * CHANNELS) * sizeof *pcm);
	cross_fade(pcm + l * CHANNELS, place(t, l), place(t, e), fade);
	memcpy(pcm + (l + fade) * CHANNELS, place(t, e + fade),
		(size_t)(lag * CHANNELS) * sizeof *pcm);
	return joined(t, l, fade, &match);
}
