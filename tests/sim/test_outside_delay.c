/* The delay that is heard from outside against the one that the simulator knows: markers go through
 * coder, network and receiver, and are looked for in what the loudspeaker plays. In virtual time
 * both are exact, so this is the error of the markers themselves, through each coder. */
#include "tests/unit/unit.h"

#include "common/base/units.h"
#include "tools/sim/journal.h"
#include "tools/latency/marker_search.h"
#include "tools/sim/simulation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	N_MARKERS = 20,
	MAX_DELAY_SAMPLES = SAMPLES_PER_SECOND / 2,
	LEAD_SAMPLES = 3 * SAMPLES_PER_SECOND,
	BLOCK_SAMPLES = 240
};

/* What is said and heard; sample 0 of both is of time 0. */
struct recorded_sound {
	struct marker_train train;
	struct journal journal;
	struct journal_sums before; /* the first marker */
	int64_t n_said;
	float *heard;
	size_t n_heard, n_room;
};

static size_t say(void *context, float *samples, size_t n_samples)
{
	struct recorded_sound *const s = context;
	const int64_t n_left = marker_train_samples(&s->train) - s->n_said;
	const size_t n = (int64_t)n_samples < n_left ? n_samples : (size_t)n_left;

	marker_train_fill(&s->train, s->n_said, samples, n);
	s->n_said += (int64_t)n;
	return n;
}

static void hear(void *context, const float *pcm, size_t n_samples, int64_t now_us)
{
	struct recorded_sound *const s = context;

	(void)now_us;
	for (size_t i = 0; i < n_samples && s->n_heard < s->n_room; i++)
		s->heard[s->n_heard++] = pcm[RECV_CHANNELS * i];
}

static void note_sent(void *context, const struct simulation_frame *frame)
{
	journal_on_sent(&((struct recorded_sound *)context)->journal, frame);
}

static void note_played(void *context, const struct playout_record *record)
{
	journal_on_played(&((struct recorded_sound *)context)->journal, record);
}

/* Until the first marker the receiver finds its delay. */
static void note_second(void *context, const struct simulation_result *until_now, int64_t now_us)
{
	struct recorded_sound *const s = context;

	(void)until_now;
	if (now_us <= us_from_samples(LEAD_SAMPLES))
		s->before = s->journal.sums;
}

struct row {
	const char *name;
	enum profile profile;
	double frame_ms;
	int kbps;
	const char *channel;
	double delay_ms; /* fixed; < 0: auto */
	bool dtx;
	double mean_error_ms, worst_error_ms; /* bounds */
	size_t n_found_min;
};

static struct simulation_config config_of(const struct row *row)
{
	struct simulation_config c = {
		.send = {
			.profile = row->profile,
			.n_channels = 1,
			.frame_samples = (int)(row->frame_ms * SAMPLES_PER_MS),
			.budget_bps = row->kbps * 1000,
			.dtx = row->dtx,
			.rtp = { .ssrc = 1, .first_seq = 65500, .first_timestamp = 77 },
		},
		.recv.delay = {
			.fixed_us = row->delay_ms < 0 ? -1 : (int64_t)(row->delay_ms * US_PER_MS),
			.max_us = 400 * US_PER_MS,
		},
		.seed = 3,
		.block_samples = BLOCK_SAMPLES,
		.first_pull_us = 3 * US_PER_MS,
		.run_on_us = 200 * US_PER_MS,
	};
	char message[CHANNEL_SPEC_MESSAGE_BYTES];
	int limit;

	if (channel_spec_parse(&c.channel, row->channel, message, sizeof message) != STATUS_OK)
		fail_msg("%s: %s", row->name, message);
	assert_int_equal(redundancy_share(&c.send.redundancy, c.send.frame_samples,
				 c.send.budget_bps, 0, &limit),
		REDUNDANCY_OK);
	return c;
}

static void run(const struct row *row, struct recorded_sound *s, struct delay_list *list)
{
	const struct simulation_config config = config_of(row);
	const struct simulation_hooks hooks = {
		.read = say,
		.write = hear,
		.sent = note_sent,
		.played = note_played,
		.report = note_second,
		.context = s,
	};
	const size_t n_before = (size_t)samples_from_us(simulation_heard_us(&config, 0));
	struct simulation_result result;
	struct marker_search search;
	struct io_error error;

	*s = (struct recorded_sound){ 0 };
	marker_train_init(&s->train, N_MARKERS, LEAD_SAMPLES, MAX_DELAY_SAMPLES);
	s->n_heard = n_before;
	s->n_room = (size_t)marker_train_samples(&s->train) + SAMPLES_PER_SECOND;
	s->heard = calloc(s->n_room, sizeof *s->heard);
	void *const memory = malloc(marker_search_bytes(MAX_DELAY_SAMPLES));
	assert_true(s->heard && memory && journal_open(&s->journal, NULL, &config, &error));
	assert_int_equal(simulation_run(&config, &hooks, &result), STATUS_OK);
	marker_search_init(&search, memory, MAX_DELAY_SAMPLES);
	for (int64_t k = 0; k < N_MARKERS; k++)
		marker_search_delay(
			&search, (double)marker_train_at(&s->train, k), s->heard, s->n_heard, list);
	free(memory);
	free(s->heard);
}

/* SILK at 16 kHz is 0.025 ms earlier than its look-ahead says: its resamplers' share is no whole
 * number of samples. Lost frames and comfort noise tear markers, seldom far; a delay that is
 * learned from jitter moves between the markers. */
static const struct row rows[] = {
	{ "voice", PROFILE_VOICE, 20, 24, "delay 30ms", 60, false, 0.05, 0.1, 20 },
	{ "voice, 16 kbit/s", PROFILE_VOICE, 20, 16, "delay 30ms", 60, false, 0.05, 0.1, 20 },
	{ "voice, DTX", PROFILE_VOICE, 20, 24, "delay 30ms", 60, true, 0.05, 0.1, 20 },
	{ "voice, 60 ms", PROFILE_VOICE, 60, 32, "delay 30ms", 100, false, 0.05, 0.1,
		16 }, /* libopus 1.5.2: 16, 1.3.1: 20 */
	{ "voice, 10 ms", PROFILE_VOICE, 10, 32, "delay 30ms", 60, false, 0.05, 0.1, 20 },
	{ "voice, learned", PROFILE_VOICE, 20, 24, "delay 30ms", -1, false, 0.05, 0.1, 20 },
	{ "voice, 10 % lost", PROFILE_VOICE, 20, 24, "delay 30ms loss 10%", 60, false, 0.05, 0.5,
		18 },
	{ "voice, jitter", PROFILE_VOICE, 20, 24, "delay 40ms 15ms distribution normal", -1, false,
		3, 20, 18 },
	{ "music", PROFILE_MUSIC, 20, 64, "delay 30ms", 60, false, 0.01, 0.02, 20 },
	{ "low delay, 5 ms", PROFILE_LOWDELAY, 5, 64, "delay 3ms", 20, false, 0.01, 0.02, 20 },
	{ "low delay, 2.5 ms", PROFILE_LOWDELAY, 2.5, 96, "delay 3ms", 10, false, 0.01, 0.02, 20 },
};

static void outside_is_inside(void **state)
{
	static struct delay_list list;
	static double sorted[MARKER_TRAIN_MAX];

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct row *const row = &rows[i];
		struct recorded_sound sound;
		list.n_rows = 0;
		run(row, &sound, &list);
		const struct delay_summary d = delay_list_summary(&list, sorted);
		const double inside_ms =
			journal_mouth_to_ear_ms(&sound.journal.sums, &sound.before);
		double similarity = 1;
		for (size_t k = 0; k < list.n_rows; k++)
			similarity = fmin(similarity, list.rows[k].similarity);
		assert_true(journal_close(&sound.journal, NULL));
		printf("%-24s inside %8.3f ms; outside %8.3f ms, %.3f to %.3f; %zu found, "
		       "similar by %.2f or more\n",
			row->name, inside_ms, d.mean_ms, d.min_ms, d.max_ms, d.n_found, similarity);
		if (d.n_found < row->n_found_min)
			fail_msg("%s: %zu found", row->name, d.n_found);
		if (!(fabs(d.mean_ms - inside_ms) <= row->mean_error_ms))
			fail_msg(
				"%s: the mean is off by %.3f ms", row->name, d.mean_ms - inside_ms);
		if (!(d.max_ms - inside_ms <= row->worst_error_ms &&
			    inside_ms - d.min_ms <= row->worst_error_ms))
			fail_msg("%s: a marker is off by more than %.2f ms", row->name,
				row->worst_error_ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(outside_is_inside) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
