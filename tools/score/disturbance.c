#include "tools/score/disturbance.h"

#include <math.h>

#define SPEECH_LOWEST_HZ  300.0
#define SPEECH_HIGHEST_HZ 3200.0
#define SOUND_MIN	  3e-4 /* 35 dB below the loudest */

#define SPEECH_POWER 2e8 /* 83 dB SPL: a loud telephone */

/* A spectrum that is steadily bent by less than this is taken for the listener's own telephone. */
#define BENT_MAX   100.0
#define BENT_FLOOR 1e3

/* The gain that follows the level from frame to frame. */
#define GAIN_SPEED 0.7
#define GAIN_MIN   3e-4
#define GAIN_MAX   5.0
#define GAIN_FLOOR 5e3

#define MASKED_SHARE 0.15 /* a difference by less of the loudness is not heard */
#define BOTH_POWER   1.75
#define ADDED_POWER  1.5
#define ADDED_FLOOR  50.0
#define ADDED_MIN    3.0 /* less is nothing added */
#define ADDED_MAX    12.0

#define BOTH_FRAME_MAX	45.0
#define ADDED_FRAME_MAX 180.0

enum { SHORT_FRAMES = 30, SHORT_HOP = 15 }; /* half a second, by halves */
#define SHORT_POWER 7.0

void disturbance_weigh(const struct bark_ear *ear, struct disturbance_frame *frame)
{
	frame->clean_speech = frame->heard_speech = 0;
	for (int b = 0; b < BARK_BANDS; b++)
		if (ear->hz[b] > SPEECH_LOWEST_HZ && ear->hz[b] < SPEECH_HIGHEST_HZ) {
			frame->clean_speech += frame->clean[b];
			frame->heard_speech += frame->heard[b];
		}
}

int disturbance_is_sound(double speech, double loudest)
{
	return speech > SOUND_MIN * loudest;
}

/* ---- the listener's telephone: level, spectrum and gain ---- */

static void scale(double bands[BARK_BANDS], const double factors[BARK_BANDS])
{
	for (int b = 0; b < BARK_BANDS; b++)
		bands[b] *= factors[b];
}

/* Both to the level of speech; and what bends the spectrum all the time counts for nothing. */
static void level(struct disturbance_frame *frames, size_t n_frames)
{
	double loudest = 0, clean = 0, heard = 0, n = 0;
	double clean_bands[BARK_BANDS] = { 0 }, heard_bands[BARK_BANDS] = { 0 };

	for (size_t k = 0; k < n_frames; k++)
		loudest = fmax(loudest, frames[k].clean_speech);
	for (size_t k = 0; k < n_frames; k++) {
		if (!disturbance_is_sound(frames[k].clean_speech, loudest))
			continue;
		n++;
		clean += frames[k].clean_speech;
		heard += frames[k].heard_speech;
		for (int b = 0; b < BARK_BANDS; b++) {
			clean_bands[b] += frames[k].clean[b];
			heard_bands[b] += frames[k].heard[b];
		}
	}
	const double to_clean = SPEECH_POWER * n / clean;
	const double to_heard = SPEECH_POWER * n / fmax(heard, 1e-20);
	for (int b = 0; b < BARK_BANDS; b++) {
		const double bent = (heard_bands[b] / n * to_heard + BENT_FLOOR) /
				    (clean_bands[b] / n * to_clean + BENT_FLOOR);
		clean_bands[b] = to_clean * fmax(1 / BENT_MAX, fmin(BENT_MAX, bent));
		heard_bands[b] = to_heard;
	}
	for (size_t k = 0; k < n_frames; k++) {
		scale(frames[k].clean, clean_bands);
		scale(frames[k].heard, heard_bands);
	}
}

static double audible(const struct bark_ear *ear, const double bands[BARK_BANDS])
{
	double sum = 0;

	for (int b = 0; b < BARK_BANDS; b++)
		sum += bands[b] > ear->threshold[b] ? bands[b] : 0;
	return sum;
}

/* A level that wanders counts for little. */
static void follow_gain(
	const struct bark_ear *ear, struct disturbance_frame *frames, size_t n_frames)
{
	double followed = 1;

	for (size_t k = 0; k < n_frames; k++) {
		const double gain = (audible(ear, frames[k].clean) + GAIN_FLOOR) /
				    (audible(ear, frames[k].heard) + GAIN_FLOOR);
		followed += GAIN_SPEED * (gain - followed);
		const double bounded = fmax(GAIN_MIN, fmin(GAIN_MAX, followed));
		for (int b = 0; b < BARK_BANDS; b++)
			frames[k].heard[b] *= bounded;
	}
}

/* ---- what differs ---- */

static double added_share(double clean, double heard)
{
	const double share = pow((heard + ADDED_FLOOR) / (clean + ADDED_FLOOR), ADDED_POWER);
	return share < ADDED_MIN ? 0 : fmin(share, ADDED_MAX);
}

static void compare(const struct bark_ear *ear, struct disturbance_frame *frame)
{
	double both = 0, added = 0;

	for (int b = 0; b < BARK_BANDS; b++) {
		const double clean = bark_loudness(ear, b, frame->clean[b]);
		const double heard = bark_loudness(ear, b, frame->heard[b]);
		const double difference = fabs(heard - clean) - MASKED_SHARE * fmin(heard, clean);
		if (difference <= 0)
			continue;
		both += pow(difference * ear->width[b], BOTH_POWER);
		if (heard > clean)
			added += difference * ear->width[b] *
				 added_share(frame->clean[b], frame->heard[b]);
	}
	frame->both = fmin(BOTH_FRAME_MAX, pow(both, 1 / BOTH_POWER));
	frame->added = fmin(ADDED_FRAME_MAX, added);
}

/* Root mean square of the half seconds, in each of which the worst moments count most. */
static struct disturbance pool(const struct disturbance_frame *frames, size_t n_frames)
{
	struct disturbance sum = { 0 };
	size_t n = 0;

	for (size_t at = 0; at == 0 || at + SHORT_FRAMES <= n_frames; at += SHORT_HOP) {
		double both = 0, added = 0;
		for (size_t k = at; k < at + SHORT_FRAMES && k < n_frames; k++) {
			both += pow(frames[k].both, SHORT_POWER) / SHORT_FRAMES;
			added += pow(frames[k].added, SHORT_POWER) / SHORT_FRAMES;
		}
		sum.both += pow(both, 2 / SHORT_POWER);
		sum.added += pow(added, 2 / SHORT_POWER);
		n++;
	}
	return (struct disturbance){ sqrt(sum.both / (double)n), sqrt(sum.added / (double)n) };
}

struct disturbance disturbance_of(
	const struct bark_ear *ear, struct disturbance_frame *frames, size_t n_frames)
{
	level(frames, n_frames);
	follow_gain(ear, frames, n_frames);
	for (size_t k = 0; k < n_frames; k++)
		compare(ear, &frames[k]);
	return pool(frames, n_frames);
}
