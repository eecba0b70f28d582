#include "tests/sim/call.h"

#include "common/base/units.h"
#include "tests/unit/speech_like.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct script {
	struct call *call;
	const struct simulation_config *config;
	int lookahead_samples;
	struct speech_like voice;
	size_t n_left, n_room;
	int n_channels;
};

static size_t read_speech(void *context, float *samples, size_t n_samples)
{
	struct script *const s = context;
	const size_t n = n_samples < s->n_left ? n_samples : s->n_left;

	for (size_t i = 0; i < n; i++) {
		float value;
		speech_like_fill(&s->voice, &value, 1, 1);
		s->call->said[s->call->n_said++] = value;
		for (int c = 0; c < s->n_channels; c++) /* the right side softer, so they differ */
			samples[i * (size_t)s->n_channels + (size_t)c] = c ? 0.5F * value : value;
	}
	s->n_left -= n;
	return n;
}

static void write_heard(void *context, const float *pcm, size_t n_samples, int64_t now_us)
{
	struct script *const s = context;

	(void)now_us;
	for (size_t i = 0; i < n_samples; i++) {
		for (int c = 0; c < RECV_CHANNELS; c++)
			if (!(fabsf(pcm[RECV_CHANNELS * i + (size_t)c]) <= 1))
				s->call->has_bad_sample = true;
		if (s->call->n_heard < s->n_room)
			s->call->heard[s->call->n_heard++] = pcm[RECV_CHANNELS * i];
	}
}

static void note_sent(void *context, const struct simulation_frame *frame)
{
	struct call *const call = ((struct script *)context)->call;

	((struct script *)context)->lookahead_samples = frame->lookahead_samples;
	if (!frame->fate)
		return;
	call->delivered[call->n_packets] = frame->fate->outcome == CHANNEL_DELIVERED;
	*call->duplicates += frame->fate->n_copies > 1;
	call->n_packets++;
}

static void note_played(void *context, const struct playout_record *record)
{
	const struct script *const s = context;
	struct call *const call = s->call;
	/* What a frame begins with was captured before it, by the look-ahead. */
	const uint32_t position =
		(uint32_t)(uint64_t)record->timestamp - s->config->send.rtp.first_timestamp;
	const int64_t captured = (int64_t)position - s->lookahead_samples;

	if (record->means < PLAYOUT_CONCEALED) {
		call->n_mouth_to_ear++;
		call->mouth_to_ear_sum_us += simulation_heard_us(s->config, record->output_sample) -
					     us_from_samples(captured);
		if (record->playout_delay_us > call->delay_us_max)
			call->delay_us_max = record->playout_delay_us;
	}
	call->n_records[record->means]++;
	call->n_played_samples += record->n_samples;
	if (call->first_output_sample < 0) {
		call->first_output_sample = record->output_sample;
		call->first_timestamp = record->timestamp;
	} else {
		call->n_shifted += record->output_sample != call->next_output_sample;
	}
	call->next_output_sample = record->output_sample + record->n_samples;
}

/* "1 3 6" */
static int parse_distances(const char *text, int distances[REDUNDANCY_COPIES_MAX])
{
	int n = 0;
	char *end;

	for (long d = strtol(text, &end, 10); end != text; d = strtol(text, &end, 10)) {
		distances[n++] = (int)d;
		text = end;
	}
	return n;
}

static struct simulation_config simulation_config(const struct call_config *c)
{
	char message[CHANNEL_SPEC_MESSAGE_BYTES];
	struct simulation_config config = {
		.send = {
			.profile = c->profile,
			.n_channels = c->n_channels,
			.frame_samples = (int)(c->frame_ms * SAMPLES_PER_MS),
			.budget_bps = c->kbps * 1000,
			.dtx = c->dtx,
			/* Both counters wrap within the first second. */
			.rtp = { .ssrc = 0x1234567, .first_seq = 65500, .first_timestamp = UINT32_MAX - 9600 },
		},
		.recv = {
			.delay = { .fixed_us = c->delay_us, .max_us = c->max_delay_us > 0 ? c->max_delay_us : 500 * US_PER_MS },
			.decoder_complexity = 0,
		},
		.seed = c->seed,
		.block_samples = c->block_samples ? (size_t)c->block_samples : 480,
		.first_pull_us = 3 * US_PER_MS, /* no device begins with the sender's frames */
		.run_on_us = 1 * US_PER_SECOND,
	};

	config.send.redundancy.n_copies =
		parse_distances(c->distances, config.send.redundancy.distances);
	if (channel_spec_parse(&config.channel, c->channel, message, sizeof message) != STATUS_OK)
		fail_msg("%s: %s", c->channel, message);
	return config;
}

enum redundancy_fault call_run(struct call *call, const struct call_config *c)
{
	struct simulation_config config = simulation_config(c);
	const size_t n_said = (size_t)(c->seconds * SAMPLES_PER_SECOND);
	int limit;
	const enum redundancy_fault fault = redundancy_share(&config.send.redundancy,
		config.send.frame_samples, config.send.budget_bps, 0, &limit);
	struct script script = {
		.call = call,
		.config = &config,
		.voice = speech_like_begin(c->pause_samples),
		.n_left = n_said,
		.n_room = n_said + 4 * SAMPLES_PER_SECOND,
		.n_channels = c->n_channels,
	};
	const struct simulation_hooks hooks = {
		.read = read_speech,
		.write = write_heard,
		.sent = note_sent,
		.played = note_played,
		.context = &script,
	};

	*call = (struct call){ .first_output_sample = -1 };
	if (fault != REDUNDANCY_OK)
		return fault;
	call->said = calloc(n_said, sizeof *call->said);
	call->heard = calloc(script.n_room, sizeof *call->heard);
	call->delivered = calloc(n_said / FRAME_SAMPLES_MIN + 16, sizeof *call->delivered);
	call->duplicates = calloc(1, sizeof *call->duplicates);
	assert_true(call->said && call->heard && call->delivered && call->duplicates);
	assert_int_equal(simulation_run(&config, &hooks, &call->result), STATUS_OK);
	return REDUNDANCY_OK;
}

void call_end(struct call *call)
{
	free(call->said);
	free(call->heard);
	free(call->delivered);
	free(call->duplicates);
}

struct reckoning call_reckon(const struct call *call, const char *text)
{
	int distances[REDUNDANCY_COPIES_MAX];
	const int n_copies = parse_distances(text, distances);
	struct reckoning r = { 0 };
	size_t first = 0, end = call->n_packets;

	while (first < end && !call->delivered[first])
		first++;
	while (end > first && !call->delivered[end - 1])
		end--;
	/* The first packet that came may carry copies of frames whose packets did not. */
	size_t begin = first;
	for (int i = 0; i < n_copies; i++)
		if ((size_t)distances[i] <= first)
			begin = first - (size_t)distances[i];
	for (size_t n = begin; n < end; n++) {
		bool has_copy = false;
		for (int i = 0; i < n_copies; i++) {
			const size_t carrier = n + (size_t)distances[i];
			has_copy = has_copy || (carrier < end && call->delivered[carrier]);
		}
		if (call->delivered[n])
			r.primary++;
		else if (has_copy)
			r.redundant++;
		else
			r.concealed++;
		r.lost += n >= first && !call->delivered[n];
	}
	return r;
}

double call_concealed_percent(const struct call *call)
{
	const struct recv_stats *const stats = &call->result.received;
	return 100.0 * (double)stats->frames[PLAYOUT_CONCEALED] /
	       (double)recv_stats_frames_played(stats);
}

double call_mouth_to_ear_ms(const struct call *call)
{
	return (double)call->mouth_to_ear_sum_us / (double)call->n_mouth_to_ear / US_PER_MS;
}
