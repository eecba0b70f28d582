/* What the adaptive playout delay is worth: each channel once with the learned delay and once with
 * every fixed one. The oracle is the smallest fixed delay that misses no more frames; it knows the
 * whole run beforehand, which no receiver does. Virtual time, fixed seeds: the same on every run.
 *
 * usage: receiver-bench SPEECH.wav [--seconds N] [--channel NAME] [--hour] [--day] [--choices]
 *                       [--marks]
 *   --hour  the channels with clock skew for an hour    --day  24 hours, learned delay only
 *   --choices  the constants of the rule against others, in place of the oracle
 *   --marks  concealment and mouth-to-ear delay under loss, by the distances of the copies
 * Exit status 1: a bound is broken (the last column says which).     (by tools/bench/receiver) */
#include "common/base/units.h"
#include "tools/bench/made_speech.h"
#include "tools/sim/rehearsed_stream.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECONDS_DEFAULT = 60, BLOCK_SAMPLES = 480, SWEEP_MS_MAX = 400 };

/* What the project has set itself: the delay against the oracle's, and what it costs to learn it; where
 * the channel changes, how much of the sound is missing. */
#define RATIO_MAX	1.10
#define LEARNING_MS_MAX 5.0
#define CHANGE_MS_MAX	500.0

/* Where what cannot be repaired is no reason to conceal. */
enum demand { ANY, NOTHING_CONCEALED };

struct bench_row {
	struct rehearsed_channel channel;
	enum demand demand;
};

static const struct bench_row rows[] = {
	{ { .name = "clean", .spec = "delay 20ms", .n_copies = 1 }, NOTHING_CONCEALED },
	{ { .name = "loss 5 %", .spec = "delay 20ms loss 5%", .n_copies = 2 }, ANY },
	{ { .name = "loss 10 %", .spec = "delay 20ms loss 10%", .n_copies = 2 }, ANY },
	{ { .name = "loss 20 %", .spec = "delay 20ms loss 20%", .n_copies = 3 }, ANY },
	{ { .name = "loss 30 %", .spec = "delay 20ms loss 30%", .n_copies = 4 }, ANY },
	{ { .name = "bursts 3 30", .spec = "delay 20ms loss gemodel 3% 30%", .n_copies = 3 }, ANY },
	{ { .name = "jitter 40 15", .spec = "delay 40ms 15ms distribution normal", .n_copies = 1 },
		ANY },
	{ { .name = "jitter, loss 10 %",
		  .spec = "delay 40ms 15ms distribution normal loss 10%",
		  .n_copies = 2 },
		ANY },
	{ { .name = "pareto", .spec = "delay 40ms 10ms distribution pareto", .n_copies = 1 }, ANY },
	{ { .name = "reordering", .spec = "delay 40ms reorder 10% 50%", .n_copies = 1 },
		NOTHING_CONCEALED },
	{ { .name = "stalls", .spec = "delay 20ms", .n_copies = 1, .stall_period_s = 2 }, ANY },
	{ { .name = "step +60 ms",
		  .spec = "delay 20ms 2ms",
		  .later_spec = "delay 80ms 2ms",
		  .n_copies = 1 },
		ANY },
	{ { .name = "skew +300", .spec = "delay 20ms 2ms", .n_copies = 1, .skew_ppm = 300 },
		NOTHING_CONCEALED },
	{ { .name = "skew -300", .spec = "delay 20ms 2ms", .n_copies = 1, .skew_ppm = -300 },
		NOTHING_CONCEALED },
	{ { .name = "DTX, loss 5 %", .spec = "delay 20ms 5ms loss 5%", .n_copies = 1, .dtx = true },
		ANY },
};

static const struct rehearsed_channel days[] = {
	{ .name = "a day, +100 ppm",
		.spec = "delay 20ms 5ms loss 1%",
		.n_copies = 1,
		.skew_ppm = 100 },
	{ .name = "a day, -100 ppm",
		.spec = "delay 20ms 5ms loss 1%",
		.n_copies = 1,
		.skew_ppm = -100 },
};

enum { N_ROWS = sizeof rows / sizeof *rows, N_DAYS = sizeof days / sizeof *days };

static void fail(const char *what)
{
	fprintf(stderr, "receiver-bench: %s\n", what);
	exit(2);
}

/* ---- listening ---- */

static struct rehearsed_stream encode(
	const char *path, const struct rehearsed_channel *c, double seconds)
{
	const struct redundancy copies = { .n_copies = c->n_copies, .distances = { 1, 2, 3, 4 } };

	return bench_speech_encode(path, &copies, c->dtx, seconds);
}

static struct rehearsed_outcome listen_tuned(const struct rehearsed_channel *c,
	const struct rehearsed_stream *stream, double seconds, int64_t fixed_us,
	const struct playout_delay_tuning *tuning, uint64_t seed)
{
	const struct rehearsed_listening listening = {
		.seconds = seconds,
		.fixed_us = fixed_us,
		.tuning = tuning,
		.seed = seed,
		.block_samples = BLOCK_SAMPLES,
		.first_seq = 65000,
		.first_timestamp = UINT32_MAX - 480000,
	};
	struct rehearsed_outcome outcome;

	if (rehearsed_stream_listen(stream, c, &listening, &outcome) != STATUS_OK)
		fail("cannot listen");
	return outcome;
}

/* fixed_us < 0: learned. */
static struct rehearsed_outcome listen(const struct rehearsed_channel *c,
	const struct rehearsed_stream *stream, double seconds, int64_t fixed_us)
{
	return listen_tuned(c, stream, seconds, fixed_us, NULL, 1);
}

/* The smallest fixed delay that misses no more frames. */
static struct rehearsed_outcome find_oracle(const struct rehearsed_channel *c,
	const struct rehearsed_stream *stream, double seconds, int64_t n_missing, double *fixed_ms)
{
	struct rehearsed_outcome o = { 0 };

	for (double ms = 0; ms <= SWEEP_MS_MAX; ms += ms < 100 ? 2.5 : 10) {
		*fixed_ms = ms;
		o = listen(c, stream, seconds, (int64_t)(ms * US_PER_MS));
		if (o.n_missing <= n_missing)
			return o;
	}
	*fixed_ms = NAN;
	return o;
}

/* Which bound is broken; "" where none is. */
static const char *judge(const struct bench_row *row, const struct rehearsed_outcome *learned,
	const struct rehearsed_outcome *oracle)
{
	const double most_ms = RATIO_MAX * oracle->delay_mean_ms + LEARNING_MS_MAX;
	const double beyond_ms = 20 + BLOCK_SAMPLES / (double)SAMPLES_PER_MS;

	if (row->channel.later_spec && (double)learned->n_missing * 20 > CHANGE_MS_MAX)
		return "BROKEN: missing at the change";
	if (!row->channel.later_spec && learned->delay_mean_ms > most_ms)
		return "BROKEN: delay against the oracle's";
	if (row->demand == NOTHING_CONCEALED && learned->n_missing_later > 0)
		return "BROKEN: concealed after the first second";
	if (row->demand == NOTHING_CONCEALED &&
		learned->delay_mean_ms > beyond_ms + learned->jitter_p99_ms)
		return "BROKEN: delay beyond the network's";
	return "";
}

static bool bench(const char *path, const struct bench_row *row, double seconds)
{
	const struct rehearsed_channel *const c = &row->channel;
	struct rehearsed_stream stream = encode(path, c, seconds);
	double fixed_ms;
	const struct rehearsed_outcome learned = listen(c, &stream, seconds, -1);
	const struct rehearsed_outcome oracle =
		find_oracle(c, &stream, seconds, learned.n_missing, &fixed_ms);
	const char *const broken = judge(row, &learned, &oracle);

	printf("%-18s | %12.2f %% %6.1f %5.1f %6.1f %7.0f | %9.2f %% %6.1f %5.1f | %.2f %s\n",
		c->name, rehearsed_percent_missing(&learned), learned.delay_mean_ms,
		learned.delay_p95_ms, learned.actions_per_min, learned.inserted_ms_per_min,
		rehearsed_percent_missing(&oracle), oracle.delay_mean_ms, fixed_ms,
		learned.delay_mean_ms / oracle.delay_mean_ms, broken);
	fflush(stdout);
	rehearsed_stream_end(&stream);
	return *broken == '\0';
}

/* Nothing accumulates, nothing is stuck. */
static bool bench_day(const char *path, const struct rehearsed_channel *c, double seconds)
{
	struct rehearsed_stream stream = encode(path, c, BENCH_SPEECH_FRAMES / 50);
	const struct rehearsed_outcome o = listen(c, &stream, seconds, -1);
	const bool is_well = rehearsed_percent_missing(&o) < 0.1 && o.delay_mean_ms < 50 &&
			     o.last_delay_ms < 60 && o.delay_max_ms < 200 &&
			     o.longest_quiet_ms < 250;

	printf("%-18s | %12.3f %% %6.1f %5.1f %6.1f %7.0f | longest %.1f, last %.1f ms, nothing "
	       "played for at most %.0f ms%s\n",
		c->name, rehearsed_percent_missing(&o), o.delay_mean_ms, o.delay_p95_ms,
		o.actions_per_min, o.inserted_ms_per_min, o.delay_max_ms, o.last_delay_ms,
		o.longest_quiet_ms, is_well ? "" : " BROKEN");
	fflush(stdout);
	rehearsed_stream_end(&stream);
	return is_well;
}

/* ---- the constants of the rule ---- */

enum { CHOICE_SEEDS = 3 };

/* One line: means over all channels and seeds. */
static void bench_choice(const char *name, const struct playout_delay_tuning *tuning,
	const struct rehearsed_stream *streams, double seconds)
{
	const double n_runs = CHOICE_SEEDS * N_ROWS;
	double missing = 0, delay_ms = 0, p95_ms = 0, actions = 0, inserted_ms = 0;

	for (int i = 0; i < N_ROWS; i++)
		for (uint64_t seed = 1; seed <= CHOICE_SEEDS; seed++) {
			const struct rehearsed_outcome o = listen_tuned(
				&rows[i].channel, &streams[i], seconds, -1, tuning, seed);
			missing += rehearsed_percent_missing(&o) / n_runs;
			delay_ms += o.delay_mean_ms / n_runs;
			p95_ms += o.delay_p95_ms / n_runs;
			actions += o.actions_per_min / n_runs;
			inserted_ms += o.inserted_ms_per_min / n_runs;
		}
	printf("%-42s | %7.3f %% %6.1f %6.1f %8.1f %6.0f\n", name, missing, delay_ms, p95_ms,
		actions, inserted_ms);
	fflush(stdout);
}

static void bench_choices(const char *path, double seconds)
{
	static const struct {
		const char *name;
		double price_s, window_s, hysteresis_ms, fall_share;
	} choices[] = {
		{ "as chosen", 5, 30, 2, 0.8 },
		{ "price 2 s", 2, 30, 2, 0.8 },
		{ "price 10 s", 10, 30, 2, 0.8 },
		{ "window 8 s", 5, 8, 2, 0.8 },
		{ "window 15 s", 5, 15, 2, 0.8 },
		{ "down as easily as up", 5, 30, 2, 0 },
		{ "down for 0.4 of what it saves", 5, 30, 2, 0.4 },
		{ "no hysteresis", 5, 30, 0, 0.8 },
		{ "hysteresis 5 ms", 5, 30, 5, 0.8 },
	};
	struct rehearsed_stream streams[N_ROWS];

	for (int i = 0; i < N_ROWS; i++)
		streams[i] = encode(path, &rows[i].channel, seconds);
	printf("%-42s | missing  delay    p95  actions   inserted\n", "");
	for (size_t k = 0; k < sizeof choices / sizeof *choices; k++)
		bench_choice(choices[k].name,
			&(struct playout_delay_tuning){
				.price_us = (int64_t)(choices[k].price_s * US_PER_SECOND),
				.window_us = (int64_t)(choices[k].window_s * US_PER_SECOND),
				.hysteresis_us = (int64_t)(choices[k].hysteresis_ms * US_PER_MS),
				.fall_share = choices[k].fall_share,
			},
			streams, seconds);
	for (int i = 0; i < N_ROWS; i++)
		rehearsed_stream_end(&streams[i]);
}

/* ---- the marks ---- */

enum { MARK_SEEDS = 4 };

struct mark {
	const char *name, *spec;
	double missing_percent_max, mouth_to_ear_ms_max;
	struct redundancy copies[10]; /* the first must reach the mark; n_copies 0: no more */
};

static const struct mark marks[] = {
	{ "random 20 %", "delay 20ms loss 20%", 0.3, 125,
		{ { .n_copies = 3, .distances = { 1, 2, 3 } },
			{ .n_copies = 1, .distances = { 1 } },
			{ .n_copies = 2, .distances = { 1, 2 } },
			{ .n_copies = 3, .distances = { 1, 2, 4 } },
			{ .n_copies = 4, .distances = { 1, 2, 3, 4 } } } },
	{ "random 30 %", "delay 20ms loss 30%", 1, 130,
		{ { .n_copies = 3, .distances = { 1, 2, 3 } },
			{ .n_copies = 2, .distances = { 1, 2 } },
			{ .n_copies = 3, .distances = { 1, 2, 4 } },
			{ .n_copies = 4, .distances = { 1, 2, 3, 4 } } } },
	{ "bursts 3 30", "delay 20ms loss gemodel 3% 30%", 1.3, 185,
		{ { .n_copies = 2, .distances = { 3, 6 } },
			{ .n_copies = 3, .distances = { 2, 4, 7 } },
			{ .n_copies = 2, .distances = { 4, 8 } },
			{ .n_copies = 3, .distances = { 1, 2, 3 } },
			{ .n_copies = 3, .distances = { 1, 3, 5 } },
			{ .n_copies = 3, .distances = { 1, 3, 6 } },
			{ .n_copies = 3, .distances = { 2, 5, 8 } },
			{ .n_copies = 3, .distances = { 3, 6, 9 } },
			{ .n_copies = 4, .distances = { 1, 3, 5, 8 } } } },
};

/* One line: means over the seeds. */
static bool bench_mark(
	const char *path, const struct mark *m, const struct redundancy *copies, double seconds)
{
	const struct rehearsed_channel channel = { .name = m->name, .spec = m->spec };
	struct rehearsed_stream stream = bench_speech_encode(path, copies, false, seconds);
	double missing = 0, inserted = 0, mean_ms = 0, p95_ms = 0;
	char distances[32] = "";

	for (uint64_t seed = 1; seed <= MARK_SEEDS; seed++) {
		const struct rehearsed_outcome o =
			listen_tuned(&channel, &stream, seconds, -1, NULL, seed);
		missing += rehearsed_percent_missing(&o) / MARK_SEEDS;
		inserted += o.inserted_ms_per_min / 600 / MARK_SEEDS;
		mean_ms += o.mouth_to_ear_mean_ms / MARK_SEEDS;
		p95_ms += o.mouth_to_ear_p95_ms / MARK_SEEDS;
	}
	rehearsed_stream_end(&stream);
	for (int i = 0; i < copies->n_copies; i++)
		snprintf(distances + strlen(distances), sizeof distances - strlen(distances), " %d",
			copies->distances[i]);
	const bool is_best = copies == m->copies;
	const bool is_well = !is_best || (missing <= m->missing_percent_max &&
						 mean_ms <= m->mouth_to_ear_ms_max);
	printf("%-12s | %-8s | %9.2f %% %5.2f %% | %6.1f %6.1f%s\n", m->name, distances, missing,
		inserted, mean_ms, p95_ms, is_well ? "" : " BROKEN");
	fflush(stdout);
	return is_well;
}

static bool bench_marks(const char *path, double seconds)
{
	bool is_well = true;

	printf("%-12s | %-8s | %-19s | %s\n", "", "copies", "concealed inserted",
		"mouth to ear, p95");
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		for (const struct redundancy *c = marks[i].copies; c->n_copies > 0; c++)
			is_well = bench_mark(path, &marks[i], c, seconds) && is_well;
	return is_well;
}

struct bench_options {
	const char *speech, *channel;
	double seconds;
	bool hour, day, choices, marks;
};

static struct bench_options read_options(int argc, char *argv[])
{
	struct bench_options o = { .seconds = SECONDS_DEFAULT };

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--hour") == 0)
			o.hour = true;
		else if (strcmp(argv[i], "--day") == 0)
			o.day = true;
		else if (strcmp(argv[i], "--choices") == 0)
			o.choices = true;
		else if (strcmp(argv[i], "--marks") == 0)
			o.marks = true;
		else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
			o.seconds = atof(argv[++i]);
		else if (strcmp(argv[i], "--channel") == 0 && i + 1 < argc)
			o.channel = argv[++i];
		else
			o.speech = argv[i];
	}
	if (!o.speech || o.speech[0] == '-' || !(o.seconds >= 3))
		fail("usage: receiver-bench SPEECH.wav [--seconds N] [--channel NAME] [--hour] "
		     "[--day] [--choices] [--marks]");
	return o;
}

int main(int argc, char *argv[])
{
	const struct bench_options o = read_options(argc, argv);
	bool is_well = true;

	if (o.choices) {
		bench_choices(o.speech, o.seconds);
		return 0;
	}
	if (o.marks)
		return bench_marks(o.speech, o.seconds) ? 0 : 1;
	printf("%-18s | %-38s | %-26s | %s\n", "", "auto: missing  delay  p95  actions  inserted",
		"oracle: missing  delay  -d", "auto / oracle");
	for (int i = 0; i < N_ROWS && !o.day; i++) {
		const struct rehearsed_channel *const c = &rows[i].channel;
		const double seconds = o.hour && c->skew_ppm != 0 ? 3600 : o.seconds;
		if (!o.channel || strstr(c->name, o.channel))
			is_well = bench(o.speech, &rows[i], seconds) && is_well;
	}
	for (int i = 0; i < N_DAYS && o.day; i++)
		if (!o.channel || strstr(days[i].name, o.channel))
			is_well = bench_day(o.speech, &days[i], 86400) && is_well;
	return is_well ? 0 : 1;
}
