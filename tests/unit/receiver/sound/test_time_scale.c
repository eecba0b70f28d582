/* Shorter and longer, inaudibly. */
#include "receiver/sound/time_scale.h"
#include "tests/unit/speech_like.h"
#include "tests/unit/unit.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNELS = TIME_SCALE_CHANNELS, ROOM = PACKET_SAMPLES_MAX + TIME_SCALE_LAG_MAX_SAMPLES };

#define TURN 6.28318530717958648

struct bench {
	struct time_scale t;
	float pcm[ROOM * CHANNELS];
};

static int set_up(void **state)
{
	*state = calloc(1, sizeof(struct bench));
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static int scale(struct bench *b, int n_samples, int most, bool is_longer)
{
	return is_longer
		       ? time_scale_lengthen(&b->t, b->pcm, n_samples, ROOM, most, TIME_SCALE_ALIKE)
		       : time_scale_shorten(&b->t, b->pcm, n_samples, most, TIME_SCALE_ALIKE);
}

/* ---- periodic signals ---- */

enum shape { SHAPE_SINE, SHAPE_HARMONICS, SHAPE_PULSES, SHAPE_SIDE };

/* The right channel runs ahead of the left by an eighth of a turn. */
static void periodic(enum shape shape, int period, int at, float both[2])
{
	for (int c = 0; c < CHANNELS; c++) {
		const double phase = TURN * at / period + c * TURN / 8;
		double value = 0.4 * sin(phase);
		if (shape == SHAPE_HARMONICS)
			for (int k = 2; k < 8; k++)
				value += 0.2 / k * sin(k * phase + k);
		if (shape == SHAPE_PULSES) /* round ones, 0.4 ms wide */
			value = 0.8 * exp(60 * (cos(phase) - 1));
		both[c] = (float)(shape == SHAPE_SIDE && c == 1 ? -0.4 * sin(TURN * at / period)
								: value);
	}
}

/* One frame after a history; returns the scaled length or 0. The scaled frame must be the signal
 * going on as it was, apart from the whole periods. */
static void periods_go_or_come_whole(void **state)
{
	static const struct {
		const char *name;
		enum shape shape;
		int period_samples, frame_samples;
	} rows[] = {
		{ "sine of 100 Hz", SHAPE_SINE, 480, 960 },
		{ "sine of 400 Hz", SHAPE_SINE, 120, 960 },
		{ "sine of 1 kHz", SHAPE_SINE, 48, 960 },
		{ "harmonics of 220 Hz", SHAPE_HARMONICS, 218, 960 },
		{ "harmonics of 220 Hz, 10 ms", SHAPE_HARMONICS, 218, 480 },
		{ "harmonics of 300 Hz, 5 ms", SHAPE_HARMONICS, 160, 240 },
		{ "harmonics of 66 Hz, 60 ms", SHAPE_HARMONICS, 727, 2880 },
		{ "harmonics of 90 Hz, 120 ms", SHAPE_HARMONICS, 533, 5760 },
		{ "pulses at 150 Hz", SHAPE_PULSES, 320, 960 },
		{ "pulses at 70 Hz, 40 ms", SHAPE_PULSES, 685, 1920 },
		{ "all in the side", SHAPE_SIDE, 301, 960 },
	};
	struct bench *const b = *state;
	for (size_t i = 0; i < N_ROWS(rows); i++)
		for (int is_longer = 0; is_longer < 2; is_longer++) {
			const int n = rows[i].frame_samples, period = rows[i].period_samples;
			time_scale_init(&b->t);
			int at = -TIME_SCALE_HISTORY_SAMPLES;
			for (; at < 0; at++) {
				float both[2];
				periodic(rows[i].shape, period, at, both);
				time_scale_passed(&b->t, both, 1);
			}
			for (; at < n; at++)
				periodic(rows[i].shape, period, at, b->pcm + at * CHANNELS);
			const int done = scale(b, n, TIME_SCALE_LAG_MAX_SAMPLES, is_longer);
			assert_row_in_range(rows[i].name, done, period / 2, 768);
			assert_row_equal(rows[i].name, done % period, 0);
			const int left = is_longer ? n + done : n - done;
			for (int k = 0; k < left; k++) {
				float both[2];
				periodic(rows[i].shape, period, k, both);
				for (int c = 0; c < CHANNELS; c++)
					if (fabsf(b->pcm[k * CHANNELS + c] - both[c]) > 1e-3F)
						fail_msg("\"%s\": off at %d", rows[i].name, k);
			}
		}
}

/* ---- any signal ---- */

typedef float signal_at(int at, struct dice *dice);

static float silence(int at, struct dice *dice)
{
	(void)at, (void)dice;
	return 0;
}

static float noise(int at, struct dice *dice)
{
	(void)at;
	return 0.2F * dice_noise(dice);
}

/* Noise with a strike in the middle of the frame: nothing may be removed or repeated here. */
static float strike(int at, struct dice *dice)
{
	return at < 400 ? 0.003F * dice_noise(dice)
			: 0.7F * dice_noise(dice) * expf((float)(400 - at) / 200);
}

static float onset(int at, struct dice *dice)
{
	const double swell = at < 0 ? 0.01 : 0.01 + at / 400.0;
	return (float)(0.3 * swell * sin(TURN * at / 300)) + 0.002F * dice_noise(dice);
}

static float glide(int at, struct dice *dice)
{
	(void)dice;
	const double t = at / 48000.0 + 1; /* 150 Hz, an octave a second */
	return (float)(0.4 * sin(TURN * 150 * exp2(t) / log(2)));
}

static float not_a_number(int at, struct dice *dice)
{
	return at == 300 ? NAN : noise(at, dice);
}

static float infinite(int at, struct dice *dice)
{
	return at == -300 ? INFINITY : noise(at, dice);
}

static float huge(int at, struct dice *dice)
{
	return (at & 1 ? 1 : -1) * FLT_MAX * dice_noise(dice);
}

static float denormal(int at, struct dice *dice)
{
	(void)at;
	return FLT_MIN * 0.01F * dice_noise(dice);
}

static void signals_are_scaled_or_left(void **state)
{
	enum { NEVER, FREELY, SAME };
	static const struct {
		const char *name;
		signal_at *signal;
		int wanted;
	} rows[] = {
		{ "silence", silence, FREELY },
		{ "white noise", noise, FREELY },
		{ "denormals", denormal, FREELY },
		{ "a strike", strike, NEVER },
		{ "an onset", onset, NEVER },
		{ "NaN", not_a_number, NEVER },
		{ "infinity in the history", infinite, NEVER },
		{ "huge", huge, NEVER },
		{ "a glide", glide, SAME },
	};
	static const int mosts[] = { 1, 37, 300 };
	struct bench *const b = *state;
	for (size_t i = 0; i < N_ROWS(rows); i++)
		for (size_t m = 0; m < N_ROWS(mosts) * 2; m++) {
			struct dice dice = { 77 };
			const int n = 960, most = mosts[m / 2];
			time_scale_init(&b->t);
			for (int at = -4800; at < n; at++) {
				float both[2] = { 0 };
				both[0] = both[1] = rows[i].signal(at, &dice);
				if (at < 0)
					time_scale_passed(&b->t, both, 1);
				else
					memcpy(b->pcm + at * CHANNELS, both, sizeof both);
			}
			const int done = scale(b, n, most, m % 2 == 1);
			if (rows[i].wanted == FREELY)
				assert_row_equal(rows[i].name, done, most);
			else if (rows[i].wanted == NEVER)
				assert_row_equal(rows[i].name, done, 0);
			else
				assert_row_in_range(rows[i].name, done, 0, most);
			for (int k = 0; k < n - most; k++)
				assert_true(rows[i].wanted == NEVER ||
					    fabsf(b->pcm[k * CHANNELS]) < 0.6F);
		}
}

/* How hard the signal is bent within half a millisecond, at most: the mean of the second
 * difference. A click would stand out; two noises that cross-fade have a peak more now and then. */
static double most_bent(const float *pcm, int n_samples)
{
	enum { NEAR = SAMPLES_PER_MS / 2 };
	double most = 0, sum = 0;
	double squares[NEAR] = { 0 };

	for (int k = 2; k < n_samples; k++) {
		const float *const now = pcm + k * CHANNELS;
		const double bend = (double)(now[0] - 2 * now[-CHANNELS] + now[-2 * CHANNELS]);
		sum += bend * bend - squares[k % NEAR];
		squares[k % NEAR] = bend * bend;
		most = fmax(most, sum);
	}
	return sqrt(most / NEAR);
}

/* Ten minutes of what sounds like speech, 5 % either way: never more than asked for, nothing bent
 * harder than the signal bends itself, and in the end as long as wanted. */
static void ten_minutes_come_out_as_long_as_wanted(void **state)
{
	static const int frames[] = { 120, 240, 480, 960, 1920, 2880 };
	const int64_t n_all = (*unit_takes_all() ? 600LL : 24LL) * SAMPLES_PER_SECOND;
	struct bench *const b = *state;
	for (size_t i = 0; i < N_ROWS(frames) * 2; i++) {
		const bool is_longer = i % 2 == 1;
		const int n = frames[i / 2];
		struct speech_like speech = speech_like_begin(SAMPLES_PER_SECOND / 3);
		double owed = 0, steepest = 0, steepest_join = 0;
		int64_t n_out = 0;
		/* The whole for the usual frame, a part for the others. */
		const int64_t n_in = n == 960 ? n_all : n_all / (*unit_takes_all() ? 10 : 2);
		time_scale_init(&b->t);
		for (int64_t at = 0; at < n_in; at += n) {
			speech_like_fill(&speech, b->pcm, n, CHANNELS);
			steepest = fmax(steepest, most_bent(b->pcm, n));
			owed += 0.05 * n;
			const int most = owed < 768 ? (int)owed : 768;
			const int done = most > 0 ? scale(b, n, most, is_longer) : 0;
			assert_in_range(done, 0, most);
			const int left = is_longer ? n + done : n - done;
			if (done > 0)
				steepest_join = fmax(steepest_join, most_bent(b->pcm, left));
			owed -= done;
			n_out += left;
			time_scale_passed(&b->t, b->pcm, left);
		}
		const int64_t wanted = n_in / 20;
		assert_row_in_range(is_longer ? "longer" : "shorter", llabs(n_out - n_in),
			n < 480 && !is_longer ? wanted / 4
					      : wanted * (*unit_takes_all() ? 97 : 90) / 100,
			wanted);
		if (steepest_join > steepest * 1.2)
			fail_msg("%d samples: a step of %.3f, %.3f in the signal", n, steepest_join,
				steepest);
	}
}

/* The join goes on from what was handed out before, for every length of frame. */
static void joins_go_on_from_the_history(void **state)
{
	static const int frames[] = { 120, 240, 480, 960, 1920, 2880 };
	struct bench *const b = *state;
	for (size_t i = 0; i < N_ROWS(frames) * 2; i++) {
		float both[2] = { 0 }, next[2];
		const int n = frames[i / 2], period = 131;
		time_scale_init(&b->t);
		for (int at = -4800; at < n; at++) {
			periodic(SHAPE_HARMONICS, period, at, next);
			memcpy(at < 0 ? both : b->pcm + at * CHANNELS, next, sizeof next);
			if (at < 0)
				time_scale_passed(&b->t, both, 1);
		}
		const int done = scale(b, n, 400, i % 2 == 1);
		if (i % 2 == 1 || n >= 240)
			assert_row_in_range("a join", done, period, 400);
		periodic(SHAPE_HARMONICS, period, 0, next);
		for (int c = 0; c < CHANNELS; c++)
			assert_true(fabsf(b->pcm[c] - next[c]) < 1e-3F);
	}
}

static void only_pauses_are_quiet(void **state)
{
	struct bench *const b = *state;
	struct speech_like speech = speech_like_begin(0);
	int n_quiet = 0, n_alike = 0;

	time_scale_init(&b->t);
	for (int k = 0; k < 500; k++) {
		float loudest = 0;
		speech_like_fill(&speech, b->pcm, 960, CHANNELS);
		for (int i = 0; i < 960 * CHANNELS; i++)
			loudest = fmaxf(loudest, fabsf(b->pcm[i]));
		const int n = time_scale_shorten(&b->t, b->pcm, 960, 768, TIME_SCALE_QUIET);
		n_quiet += n > 0;
		assert_true(n == 0 || loudest < 0.05F);
		n_alike += time_scale_shorten(&b->t, b->pcm, 960 - n, 768, TIME_SCALE_ALIKE) > 0;
		time_scale_passed(&b->t, b->pcm, 960 - n);
	}
	assert_true(n_quiet > 0 && n_alike > 2 * n_quiet);
}

int main(int argc, char *argv[])
{
	(void)argv;
	*unit_takes_all() = argc > 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(periods_go_or_come_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(signals_are_scaled_or_left, set_up, tear_down),
		cmocka_unit_test_setup_teardown(joins_go_on_from_the_history, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_pauses_are_quiet, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			ten_minutes_come_out_as_long_as_wanted, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
