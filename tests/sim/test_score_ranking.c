/* The score must rank calls as people would: with more loss, a lower rate or later concealment none
 * scores better. Ladders of whole calls in virtual time, fixed seeds. */
#include "common/units.h"
#include "tests/unit/spoken_words.h"
#include "tests/unit/unit.h"
#include "tools/score.h"
#include "tools/simulation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SECONDS = 10 };
#else
enum { SECONDS = 20 };
#endif

enum {
	N_SAID = SECONDS * SAMPLES_PER_SECOND,
	N_ROOM = N_SAID + 2 * SAMPLES_PER_SECOND,
	BURST_PERIOD = 12 /* one packet in so many is lost */
};

static float said[N_SAID], heard[N_ROOM];

struct place {
	size_t n_said, n_heard;
};

static size_t read_said(void *context, float *samples, size_t n_samples)
{
	struct place *const at = context;
	const size_t n_left = N_SAID - at->n_said;
	const size_t n = n_samples < n_left ? n_samples : n_left;

	memcpy(samples, said + at->n_said, n * sizeof *samples);
	at->n_said += n;
	return n;
}

static void write_heard(void *context, const float *pcm, size_t n_samples, int64_t now_us)
{
	struct place *const at = context;

	(void)now_us;
	for (size_t i = 0; i < n_samples && at->n_heard < N_ROOM; i++)
		heard[at->n_heard++] = pcm[RECV_CHANNELS * i];
}

struct call {
	const char *channel;
	int kbps;
	int n_copies;
	int burst; /* > 0: in place of the channel so many packets in a row are lost, BURST_PERIOD
		      times as many from one burst to the next */
};

static struct score_result hold(const struct call *call)
{
	char message[CHANNEL_SPEC_MESSAGE_BYTES];
	struct simulation_config config = {
		.send = {
			.profile = PROFILE_VOICE,
			.n_channels = 1,
			.frame_samples = 20 * SAMPLES_PER_MS,
			.budget_bps = call->kbps * 1000,
			.redundancy = { .n_copies = call->n_copies, .distances = { 1, 2, 3 } },
		},
		.recv = { .delay = { .fixed_us = 100 * US_PER_MS, .max_us = 500 * US_PER_MS } },
		.seed = 1,
		.block_samples = 480,
		.run_on_us = US_PER_SECOND,
	};
	struct place place = { 0 };
	const struct simulation_hooks hooks = {
		.read = read_said, .write = write_heard, .context = &place
	};
	struct trace trace = { 0 };
	struct simulation_result result;
	struct score_result score_of_it;
	int limit;

	assert_int_equal(
		channel_spec_parse(&config.channel, call->channel, message, sizeof message),
		STATUS_OK);
	assert_int_equal(redundancy_share(&config.send.redundancy, config.send.frame_samples,
				 config.send.budget_bps, 0, &limit),
		REDUNDANCY_OK);
	for (int i = 0; i < call->burst * BURST_PERIOD; i++)
		assert_true(trace_add(&trace,
			i < call->burst * (BURST_PERIOD - 1) ? 20 * US_PER_MS : TRACE_LOST));
	if (call->burst > 0)
		config.trace = &trace;
	assert_int_equal(simulation_run(&config, &hooks, &result), STATUS_OK);
	trace_end(&trace);
	assert_true(score(&score_of_it, said, N_SAID, heard, place.n_heard));
	return score_of_it;
}

/* Each step must cost at least so much. */
static void descend(const struct call *calls, size_t n_calls, double least)
{
	double last = 1;

	for (size_t i = 0; i < n_calls; i++) {
		const struct score_result r = hold(&calls[i]);
		printf("%2d kbit/s, %d copies, %s, bursts of %d: quality %.4f estoi %.4f lsd %.3f "
		       "clicks %d, %d drop-outs of %.0f ms\n",
			calls[i].kbps, calls[i].n_copies, calls[i].channel, calls[i].burst,
			r.quality, r.intelligibility, r.distance_db, r.clicks, r.dropouts,
			r.dropout_ms);
		if (r.quality > last - least)
			fail_msg("%f is not so much worse than %f", r.quality, last);
		last = r.quality;
	}
}

static void more_loss_never_scores_better(void **state)
{
	static const struct call calls[] = { { "delay 20ms", 48, 0, 0 },
		{ "delay 20ms loss 1%", 48, 0, 0 }, { "delay 20ms loss 3%", 48, 0, 0 },
		{ "delay 20ms loss 6%", 48, 0, 0 }, { "delay 20ms loss 12%", 48, 0, 0 },
		{ "delay 20ms loss 24%", 48, 0, 0 }, { "delay 20ms loss 48%", 48, 0, 0 } };
	(void)state;
	descend(calls, N_ROWS(calls), 0.005);
}

static void a_lower_rate_never_scores_better(void **state)
{
	static const struct call calls[] = { { "delay 20ms", 64, 0, 0 }, { "delay 20ms", 48, 0, 0 },
		{ "delay 20ms", 32, 0, 0 }, { "delay 20ms", 24, 0, 0 }, { "delay 20ms", 16, 0, 0 },
		{ "delay 20ms", 12, 0, 0 } };
	(void)state;
	descend(calls, N_ROWS(calls), 0.005);
}

/* The same share of the packets, lost in longer and longer bursts. */
static void later_concealment_never_scores_better(void **state)
{
	static const struct call calls[] = { { "", 48, 0, 1 }, { "", 48, 0, 2 }, { "", 48, 0, 4 },
		{ "", 48, 0, 8 } };
	(void)state;
	descend(calls, N_ROWS(calls), 0.0);
}

/* What the sender's planner asks: under loss copies are worth their bits, without it they cost. */
static void fewer_copies_score_worse_under_loss(void **state)
{
	static const struct call lossy[] = { { "delay 20ms loss 20%", 48, 2, 0 },
		{ "delay 20ms loss 20%", 48, 1, 0 }, { "delay 20ms loss 20%", 48, 0, 0 } };
	static const struct call clean[] = { { "delay 20ms", 48, 0, 0 }, { "delay 20ms", 48, 1, 0 },
		{ "delay 20ms", 48, 3, 0 } };
	(void)state;
	descend(lossy, N_ROWS(lossy), 0.05);
	descend(clean, N_ROWS(clean), 0.005);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_loss_never_scores_better),
		cmocka_unit_test(a_lower_rate_never_scores_better),
		cmocka_unit_test(later_concealment_never_scores_better),
		cmocka_unit_test(fewer_copies_score_worse_under_loss),
	};
	spoken_words_fill(said, N_SAID);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
