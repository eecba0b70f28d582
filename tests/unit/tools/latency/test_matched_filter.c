/* The yardstick itself: how exactly a marker is found, through what, and that nothing is found
 * where there is none. */
#include "tests/unit/speech_like.h"
#include "tests/unit/unit.h"
#include "tools/latency/marker.h"
#include "tools/latency/matched_filter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_SAMPLES = SAMPLES_PER_SECOND + MARKER_SAMPLES };

static float samples[N_SAMPLES];
static struct matched_filter *filter;

static int begin(void **state)
{
	float marker[MARKER_SAMPLES];

	marker_fill(marker);
	*state = malloc(matched_filter_bytes(MARKER_SAMPLES, N_SAMPLES));
	if (!*state)
		return -1;
	filter = matched_filter_init(
		*state, marker, MARKER_SAMPLES, N_SAMPLES, MARKER_LOW_HZ, MARKER_HIGH_HZ);
	return 0;
}

static int end(void **state)
{
	free(*state);
	return 0;
}

/* The marker as it would be sampled, had it begun between two samples. */
static double marker_between(double at)
{
	const double n = MARKER_SAMPLES;
	const double part = (at + 0.5) / n;
	const double swell_at = fmin(part, 1 - part) / 0.25;
	const double pi = 3.14159265358979;

	if (part < 0 || part > 1)
		return 0;
	return MARKER_LEVEL * (swell_at < 1 ? 0.5 - 0.5 * cos(pi * swell_at) : 1) *
	       sin(2 * pi * n / SAMPLES_PER_SECOND * part *
		       (MARKER_LOW_HZ + (MARKER_HIGH_HZ - MARKER_LOW_HZ) / 2.0 * part));
}

static void add_marker(double at, double gain, double stretch)
{
	for (int i = 0; i < N_SAMPLES; i++)
		samples[i] += (float)(gain * marker_between((i - at) * stretch));
}

static struct marker_match find(void)
{
	return matched_filter_find(filter, samples, N_SAMPLES);
}

/* Its error in samples, of 1/48 ms each. */
static double error_at(double at)
{
	const struct marker_match match = find();

	if (!match.is_found)
		fail_msg("at %.2f: not found; %.3f alike, %.2f times the next", at,
			match.similarity, match.prominence);
	return match.lag_samples - at;
}

static void it_is_the_marker(void **state)
{
	float marker[MARKER_SAMPLES];

	(void)state;
	marker_fill(marker);
	for (int i = 0; i < MARKER_SAMPLES; i++)
		assert_true(fabs((double)marker[i] - marker_between(i)) < 1e-6);
}

/* Every place, also at both ends and between samples: to a fiftieth of a sample. */
static void shifts(void **state)
{
	static const double places[] = { 0, 1, 0.5, 7.25, 480, 999.9, 12345.678, 47000.1,
		SAMPLES_PER_SECOND };

	(void)state;
	for (size_t i = 0; i < N_ROWS(places); i++) {
		memset(samples, 0, sizeof samples);
		add_marker(places[i], i % 2 ? -0.01 : 1, 1); /* sign and level do not matter */
		const double error = error_at(places[i]);
		if (fabs(error) > 0.02)
			fail_msg("at %.2f: off by %.4f samples", places[i], error);
		assert_true(find().similarity > 0.99 && find().prominence > 4);
	}
}

/* White noise over all of the band of 24 kHz, and speech as loud as the marker, which lies where it
 * does: still to a sample. */
static void noise_and_speech(void **state)
{
	struct dice dice = { 11 };
	struct speech_like speech = speech_like_begin(0);
	double worst = 0;

	(void)state;
	for (int trial = 0; trial < 10; trial++) {
		const double at = 100 + 4321.7 * trial;
		const double power = MARKER_LEVEL * MARKER_LEVEL / 2 * 0.6875;
		memset(samples, 0, sizeof samples);
		add_marker(at, 1, 1);
		if (trial % 2)
			for (int i = 0; i < N_SAMPLES; i++) /* -10 dB */
				samples[i] += (float)sqrt(3 * 10 * power) * dice_noise(&dice);
		else
			for (int i = 0; i < N_SAMPLES; i++)
				samples[i] += (float)(3 * speech_like_next(&speech));
		worst = fmax(worst, fabs(error_at(at)));
	}
	printf("noise at -10 dB, speech: off by %.2f samples at most\n", worst);
	assert_true(worst < 1);
}

static void echoes(void **state)
{
	const double at = 10000.5;

	(void)state;
	memset(samples, 0, sizeof samples);
	add_marker(at, 1, 1);
	add_marker(at + 300, 0.8, 1);
	add_marker(at + 777, -0.5, 1);
	assert_true(fabs(error_at(at)) < 0.5);

	/* As loud as the sound itself: which of them is not for us to guess. */
	add_marker(at + 300, 0.2, 1);
	const struct marker_match match = find();
	assert_false(match.is_found);
	assert_true(isnan(match.lag_samples) && match.prominence < MATCH_PROMINENCE_MIN);
}

static void clipping(void **state)
{
	const double at = 20000.25;

	(void)state;
	memset(samples, 0, sizeof samples);
	add_marker(at, 1, 1);
	for (int i = 0; i < N_SAMPLES; i++)
		samples[i] = fmaxf(-0.05F, fminf(0.05F, samples[i]));
	assert_true(fabs(error_at(at)) < 0.5);
}

/* A clock that is off by 300 ppm moves the marker's middle by 0.6 samples, and its pitch by as much
 * again; and a sound made longer in the middle by 5 ms, as time-scaling
 * does: the larger part tells the place. */
static void drift_and_stretching(void **state)
{
	const double at = 30000.75;

	(void)state;
	memset(samples, 0, sizeof samples);
	add_marker(at, 1, 1.0003);
	assert_true(fabs(error_at(at)) < 1.5);

	memset(samples, 0, sizeof samples);
	add_marker(at, 1, 1);
	const size_t cut = (size_t)at + MARKER_SAMPLES * 2 / 3, more = 240;
	memmove(samples + cut + more, samples + cut, (N_SAMPLES - cut - more) * sizeof *samples);
	assert_true(fabs(error_at(at)) < 1);
}

static void nothing_is_not_found(void **state)
{
	struct dice dice = { 5 };
	struct speech_like speech = speech_like_begin(12345);
	double most = 0;

	(void)state;
	memset(samples, 0, sizeof samples);
	assert_false(find().is_found);
	for (int i = 0; i < N_SAMPLES; i++)
		samples[i] = NAN;
	assert_false(find().is_found);
	for (int trial = 0; trial < 40; trial++) {
		const int burst = trial % 4 == 1 ? 2000 : N_SAMPLES; /* a short noise, too */
		memset(samples, 0, sizeof samples);
		for (int i = 0; i < burst; i++)
			samples[i] = trial % 2 ? 0.5F * dice_noise(&dice)
					       : (float)speech_like_next(&speech);
		if (trial == 0)
			samples[9999] = 1; /* a click */
		const struct marker_match match = find();
		assert_true(!match.is_found && isnan(match.lag_samples));
		if (trial % 4 == 3)
			most = fmax(most, match.similarity);
	}
	printf("noise is at most %.3f alike\n", most);
	assert_true(most < 0.2);
	memset(samples, 0, sizeof samples); /* half a marker is none */
	add_marker(N_SAMPLES - MARKER_SAMPLES / 2.0, 1, 1);
	assert_false(find().is_found && find().lag_samples > N_SAMPLES - MARKER_SAMPLES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_the_marker),
		cmocka_unit_test(shifts),
		cmocka_unit_test(noise_and_speech),
		cmocka_unit_test(echoes),
		cmocka_unit_test(clipping),
		cmocka_unit_test(drift_and_stretching),
		cmocka_unit_test(nothing_is_not_found),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
