#include "tools/sim/capture_timing.h"

#include "common/base/units.h"

#include <math.h>
#include <stdlib.h>

enum {
	SPAN_BEATS_MAX = 250, /* over which a pace is measured: five seconds of 20 ms frames */
	SPANS_MIN = 3,	      /* that lie one behind the other: a leap spoils one of them */
	WATCHED_BEATS = 50    /* a leap must last for this long */
};

/* Less than this is a delay, even if it lasts. */
#define LEAP_US (500 * US_PER_MS)

/* A media clock off by more than this factor is no RTP clock. It is about the root of 90/48, the
 * widest step between two rates. */
#define CLOCK_FACTOR_MAX 1.37

/* Within this factor of the pace a rate that makes the frames a usual length wins. */
#define CLOCK_FACTOR_NEAR 1.15

/* Of timestamps within one baseline: far from what cannot be computed with. */
#define TIMESTAMP_SPAN_MAX INT64_C(1000000000000)

static int compare_doubles(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
	qsort(values, n, sizeof *values, compare_doubles);
	return values[n / 2];
}

/* Ticks a second, by the median of overlapping spans, which leaps and jitter do not move; 0: the
 * timestamps stand still. */
static double find_pace(const struct capture_beat *b, size_t n_beats, double *values)
{
	const size_t n_part = n_beats / SPANS_MIN;
	const size_t n_span = n_part < SPAN_BEATS_MAX ? n_part : SPAN_BEATS_MAX;
	size_t n = 0;

	for (size_t i = 0; i + n_span < n_beats; i++) {
		const double us = (double)(b[i + n_span].at_us - b[i].at_us);
		const double ticks = (double)(b[i + n_span].timestamp - b[i].timestamp);
		if (us > 0)
			values[n++] = ticks / us * US_PER_SECOND;
	}
	return n > 0 ? median(values, n) : 0;
}

/* The usual distance of two timestamps, in ticks. */
static double find_step(const struct capture_beat *b, size_t n_beats, double *values)
{
	size_t n = 0;

	for (size_t i = 1; i < n_beats; i++)
		if (b[i].seq == b[i - 1].seq + 1)
			values[n++] = (double)(b[i].timestamp - b[i - 1].timestamp);
	return n > 0 ? median(values, n) : 0;
}

/* Whether a step is a whole number of 2.5 ms, as codecs have it, to within one tick. */
static bool is_usual_step(double step, double rate)
{
	const double unit = rate / 400;
	const double n_units = round(step / unit);

	return n_units >= 1 && fabs(n_units * unit - step) < 1;
}

int64_t capture_timing_clock_rate(const struct capture_beat *beats, size_t n_beats)
{
	static const int64_t rates[] = { 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100,
		48000, 90000, 96000 };
	double best_distance = log(CLOCK_FACTOR_MAX);
	bool best_is_usual = false;
	int64_t best = 0;

	if (n_beats < SPANS_MIN)
		return 0;
	double *const values = malloc(n_beats * sizeof *values);
	if (!values)
		return -1;
	const double pace = find_pace(beats, n_beats, values);
	const double step = find_step(beats, n_beats, values);
	free(values);
	for (size_t i = 0; pace > 0 && i < sizeof rates / sizeof *rates; i++) {
		const double distance = fabs(log(pace / (double)rates[i]));
		const bool is_usual =
			distance < log(CLOCK_FACTOR_NEAR) && is_usual_step(step, (double)rates[i]);
		if (is_usual == best_is_usual ? distance >= best_distance : best_is_usual)
			continue;
		if (distance >= log(CLOCK_FACTOR_MAX))
			continue;
		best = rates[i];
		best_distance = distance;
		best_is_usual = is_usual;
	}
	return best;
}

static int64_t transit_us(const struct capture_beat *b, int64_t first_timestamp, int64_t clock_rate)
{
	return b->at_us - (b->timestamp - first_timestamp) * US_PER_SECOND / clock_rate;
}

/* Whether the timestamps leave the time at beat i for good. b[0] begins the baseline, whose fastest
 * packet so far is known. A stall of the network is no leap: what queued up comes faster than it
 * was sent, until the delay is the old one. */
static bool is_leap(const struct capture_beat *b, size_t n_beats, size_t i, int64_t clock_rate,
	int64_t fastest_us)
{
	const int64_t span = b[i].timestamp - b[0].timestamp;

	if (span > TIMESTAMP_SPAN_MAX || span < -TIMESTAMP_SPAN_MAX)
		return true;
	const int64_t now_us = transit_us(&b[i], b[0].timestamp, clock_rate);
	const int64_t before_us = transit_us(&b[i - 1], b[0].timestamp, clock_rate);
	if (now_us < fastest_us - LEAP_US)
		return true;
	if (now_us <= before_us + LEAP_US)
		return false;
	const size_t end = n_beats - i < WATCHED_BEATS ? n_beats : i + WATCHED_BEATS;
	for (size_t k = i + 1; k < end; k++)
		if (transit_us(&b[k], b[i].timestamp, clock_rate) <=
			b[i].at_us - now_us + before_us + LEAP_US)
			return false; /* the old pace again */
	const int64_t media_us =
		(b[end - 1].timestamp - b[i].timestamp) * US_PER_SECOND / clock_rate;
	return b[end - 1].at_us - b[i].at_us >= media_us * 3 / 4;
}

/* The beats of one baseline from b[0] on; returns how many, and how fast the fastest was. */
static size_t find_baseline(
	const struct capture_beat *b, size_t n_beats, int64_t clock_rate, int64_t *fastest_us)
{
	*fastest_us = INT64_MAX;
	for (size_t i = 0; i < n_beats; i++) {
		if (i > 0 && is_leap(b, n_beats, i, clock_rate, *fastest_us))
			return i;
		const int64_t us = transit_us(&b[i], b[0].timestamp, clock_rate);
		*fastest_us = us < *fastest_us ? us : *fastest_us;
	}
	return n_beats;
}

static bool add_beat(
	struct trace *trace, const struct capture_beat *b, int64_t delay_us, struct io_error *error)
{
	if (delay_us > CHANNEL_TIME_MAX_US)
		return io_error_set(error, "its timestamps jump: a delay of %lld s",
			(long long)(delay_us / US_PER_SECOND));
	for (int64_t i = 0; i < b->n_lost; i++)
		if (!trace_add(trace, TRACE_LOST))
			return io_error_set(error, "out of memory");
	return trace_add(trace, delay_us) || io_error_set(error, "out of memory");
}

bool capture_timing_trace(struct trace *trace, const struct capture_beat *beats, size_t n_beats,
	int64_t clock_rate, size_t *n_baselines, struct io_error *error)
{
	*n_baselines = 0;
	for (size_t first = 0; first < n_beats;) {
		const struct capture_beat *const b = beats + first;
		int64_t fastest_us;
		const size_t n = find_baseline(b, n_beats - first, clock_rate, &fastest_us);
		for (size_t i = 0; i < n; i++) {
			const int64_t us = transit_us(&b[i], b->timestamp, clock_rate);
			if (!add_beat(trace, &b[i], us - fastest_us, error))
				return false;
		}
		++*n_baselines;
		first += n;
	}
	return true;
}
