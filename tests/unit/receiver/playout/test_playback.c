/* Frames into samples, each at its time: how the delay moves, skips and holds. */
#include "receiver/playout/playback.h"

#include "common/base/units.h"
#include "tests/unit/speech_like.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <opus/opus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME = 960, FRAME_US = 20000, TRIP_US = 10000, PACKET_BYTES = 400, NEVER = -1 };

/* The sender's sound as packets, encoded once and repeated. */
struct voice {
	int n_packets;
	opus_int32 n_bytes[250];
	uint8_t packets[250][PACKET_BYTES];
};

/* hz 0: speech-like. At 64 kbit/s a tone comes out as it went in. */
static void encode(struct voice *v, double hz)
{
	struct speech_like speech = speech_like_begin(0);
	int error;
	OpusEncoder *const opus = opus_encoder_create(
		SAMPLES_PER_SECOND, 1, OPUS_APPLICATION_RESTRICTED_LOWDELAY, &error);

	assert_non_null(opus);
	v->n_packets = 250; /* whole periods of a tone of whole hertz */
	for (int i = -250; i < v->n_packets; i++) {
		float pcm[FRAME];
		uint8_t packet[PACKET_BYTES];
		for (int k = 0; k < FRAME; k++)
			pcm[k] = 0.5F * (float)sin(6.283185307179586 * hz *
						   ((i + 250) * FRAME + k) / SAMPLES_PER_SECOND);
		if (hz == 0)
			speech_like_fill(&speech, pcm, FRAME, 1);
		const opus_int32 n = opus_encode_float(opus, pcm, FRAME, packet, PACKET_BYTES);
		assert_true(n > 2);
		if (i < 0) /* the encoder settles */
			continue;
		v->n_bytes[i] = n;
		memcpy(v->packets[i], packet, (size_t)n);
	}
	opus_encoder_destroy(opus);
}

/* A playback with what it needs, and what came out of it. */
struct stage {
	const struct voice *voice;
	int64_t (*late_us)(int i); /* of frame i, beyond TRIP_US; NEVER: lost. NULL: none is */
	int block_samples;
	double skew_ppm;		   /* by which the device's clock is slow */
	int64_t silent_from, silent_until; /* frames that are not sent */

	struct jitter_buffer jb;
	struct playout_delay delay;
	struct playback playback;
	void *memory;
	int64_t n_frames;  /* whose packets have all arrived, if they do */
	bool has_come[64]; /* of the frames from there on */
	int64_t n_pulls;
	int64_t now_us;
	float *heard; /* the left channel */
	size_t n_heard, n_room;
	/* Of the frames of the last run() */
	int64_t delay_us_min, delay_us_max, last_delay_us;
	int64_t n_primary, n_missing, n_samples;
};

static void stage_begin(struct stage *s, const struct voice *voice, int64_t fixed_us)
{
	const struct playout_delay_config config = { .fixed_us = fixed_us,
		.max_us = 500 * US_PER_MS };

	memset(s, 0, sizeof *s);
	s->voice = voice;
	s->block_samples = 480;
	jitter_buffer_init(&s->jb);
	playout_delay_init(&s->delay, &config);
	s->memory = malloc(playback_bytes());
	assert_non_null(s->memory);
	assert_int_equal(playback_init(&s->playback, s->memory, 0, &s->jb, &s->delay), STATUS_OK);
	playback_begin_stream(&s->playback, 0);
}

static void stage_end(struct stage *s)
{
	free(s->memory);
	free(s->heard);
}

/* A frame arrives, as recv_stream takes it. */
static void come(struct stage *s, int64_t seq, int64_t timestamp, int64_t arrival_us)
{
	const int64_t transit_us = arrival_us - us_from_samples(timestamp);
	const int64_t at = seq % s->voice->n_packets;
	int64_t n_dropped = 0;
	bool is_first = false;

	playout_delay_on_packet(&s->delay, transit_us, FRAME);
	if (timestamp + FRAME > playback_next_timestamp(&s->playback)) {
		const struct frame_form form = {
			.timestamp = timestamp,
			.seq = seq,
			.carrier_timestamp = timestamp,
			.arrival_us = arrival_us,
			.n_samples = FRAME,
			.bytes = s->voice->packets[at],
			.n_bytes = (size_t)s->voice->n_bytes[at],
		};
		jitter_buffer_put(&s->jb, &form, &is_first, &n_dropped);
		playout_delay_on_frame(&s->delay, transit_us);
	} else if (playout_history_came_late(&s->playback.history, timestamp, arrival_us)) {
		playout_delay_on_frame(&s->delay, transit_us);
	}
}

/* Everything that arrives until now. */
static void let_come(struct stage *s)
{
	for (int64_t i = s->n_frames; i < s->n_frames + 64; i++) {
		const int64_t late_us = s->late_us ? s->late_us((int)i) : 0;
		const bool is_sent = i < s->silent_from || i >= s->silent_until;
		const int64_t arrival_us = (i + 1) * FRAME_US + TRIP_US + late_us;
		const int64_t n_silent = i < s->silent_until ? 0 : s->silent_until - s->silent_from;
		if (s->has_come[i % 64] || arrival_us > s->now_us)
			continue;
		s->has_come[i % 64] = true;
		if (is_sent && late_us != NEVER)
			come(s, i - n_silent, i * FRAME, arrival_us);
	}
	for (int i = 0; i < 64 && s->has_come[s->n_frames % 64]; i++)
		s->has_come[s->n_frames++ % 64] = false;
}

static void read_records(struct stage *s)
{
	struct playout_record r;

	while (playout_history_next(&s->playback.history, &r)) {
		s->n_primary += r.means == PLAYOUT_PRIMARY;
		s->n_missing += r.means == PLAYOUT_CONCEALED;
		if (r.means != PLAYOUT_PRIMARY)
			continue;
		s->n_samples += r.n_samples;
		s->last_delay_us = r.playout_delay_us;
		if (r.playout_delay_us < s->delay_us_min)
			s->delay_us_min = r.playout_delay_us;
		if (r.playout_delay_us > s->delay_us_max)
			s->delay_us_max = r.playout_delay_us;
	}
}

static void pull(struct stage *s)
{
	float pcm[5000 * DECODER_CHANNELS];

	assert_true(s->block_samples <= 5000);
	playback_pull(&s->playback, pcm, (size_t)s->block_samples, s->now_us);
	if (s->n_heard + (size_t)s->block_samples > s->n_room) {
		s->n_room = 2 * s->n_room + 5000;
		s->heard = realloc(s->heard, s->n_room * sizeof *s->heard);
		assert_non_null(s->heard);
	}
	for (int i = 0; i < s->block_samples; i++)
		s->heard[s->n_heard++] = pcm[i * DECODER_CHANNELS];
	read_records(s);
}

static void run(struct stage *s, double until_s)
{
	s->delay_us_min = INT64_MAX;
	s->delay_us_max = INT64_MIN;
	s->n_primary = s->n_missing = s->n_samples = 0;
	while (s->now_us < (int64_t)(until_s * US_PER_SECOND)) {
		let_come(s);
		pull(s);
		s->n_pulls++;
		s->now_us = (int64_t)((double)(s->n_pulls * s->block_samples) * 1e6 /
				      SAMPLES_PER_SECOND * (1 + s->skew_ppm / 1e6));
	}
}

/* The largest step from one sample to the next. */
static float largest_step(const struct stage *s, double from_s, double until_s)
{
	float step = 0;

	for (size_t i = (size_t)(from_s * SAMPLES_PER_SECOND) + 1;
		i < (size_t)(until_s * SAMPLES_PER_SECOND) && i < s->n_heard; i++)
		step = fmaxf(step, fabsf(s->heard[i] - s->heard[i - 1]));
	return step;
}

/* The quietest stretch of 5 ms: its peak. */
static float quietest(const struct stage *s, double from_s, double until_s)
{
	float least = 1;

	for (size_t i = (size_t)(from_s * SAMPLES_PER_SECOND);
		i + 240 < (size_t)(until_s * SAMPLES_PER_SECOND); i += 120) {
		float peak = 0;
		for (size_t k = i; k < i + 240; k++)
			peak = fmaxf(peak, fabsf(s->heard[k]));
		least = fminf(least, peak);
	}
	return least;
}

static struct voice tone, speech;
static struct stage stage;

static int64_t one_late(int i)
{
	return i == 20 ? 70000 : 0; /* beyond the first 40 ms */
}

static int64_t two_late(int i)
{
	return i == 700 || i == 750 ? 30000 : 0;
}

static int64_t half_late(int i)
{
	return i >= 400 && i < 550 && i % 2 ? 60000 : 0;
}

static int64_t one_lost(int i)
{
	return i == 100 || i == 140 ? NEVER : 0;
}

/* libopus fades concealment out from call to call, and after five calls is down to faint noise: of
 * amplitude 0.5 there were 0.04 left after 60 ms in calls of 10 ms. How much depends on the
 * processor, whose rounding shows in the encoder's packets, and on the release: 1.5.2 leaves 0.016.
 * A gap without concealment has 0. */
#define QUIETEST_GUESS 0.01F

/* A tone of 250 Hz and amplitude 0.5 has steps of 0.0164; where every second frame is concealed
 * libopus makes some of 0.039. A hard cut would be a step of up to 1. */
static void no_join_clicks(void **state)
{
	static const struct {
		const char *name;
		int64_t (*late_us)(int i);
		bool is_inserted, is_shortened;
		int missing;
		int inserted_ms_max;
	} rows[] = {
		{ "nothing happens but that the delay falls", NULL, false, true, 0, 0 },
		{ "late, at the beginning", one_late, false, true, 1, 0 },
		{ "late, and the state is mended", two_late, false, true, 2, 0 },
		{ "up", half_late, true, true, 3, 40 },
		{ "lost", one_lost, false, true, 2, 0 },
	};
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		stage_begin(&stage, &tone, -1);
		stage.late_us = rows[r].late_us;
		run(&stage, 16);
		const struct playback_counts *const counts = &stage.playback.counts;
		assert_row_equal(rows[r].name, counts->inserted_samples > 0, rows[r].is_inserted);
		assert_row_equal(rows[r].name, counts->n_shortened > 0, rows[r].is_shortened);
		assert_row_equal(rows[r].name, stage.playback.history.n_frames[PLAYOUT_CONCEALED],
			rows[r].missing);
		assert_row_in_range(
			rows[r].name, counts->inserted_samples, 0, rows[r].inserted_ms_max * 48);
		if (largest_step(&stage, 0.1, 16) > 0.045F)
			fail_msg("\"%s\": a step of %.3f", rows[r].name,
				(double)largest_step(&stage, 0.1, 16));
		if (quietest(&stage, 0.2, 15.5) < QUIETEST_GUESS)
			fail_msg("\"%s\": a hole, %.3f", rows[r].name,
				(double)quietest(&stage, 0.2, 15.5));
		stage_end(&stage);
	}
}

/* Half of the frames are 60 ms late from 8 s until 11 s. */
static void the_delay_moves_to_its_target_in_time(void **state)
{
	(void)state;
	stage_begin(&stage, &speech, -1);
	stage.late_us = half_late;
	run(&stage, 7);
	run(&stage, 8);
	assert_in_range(stage.delay_us_max, 0, 15000); /* from 40 ms at first */
	assert_int_equal(stage.playback.counts.inserted_samples, 0);
	run(&stage, 9);
	assert_true(
		stage.playback.counts.inserted_samples + stage.playback.counts.lengthened_samples >
		40 * SAMPLES_PER_MS);
	run(&stage, 11);
	assert_in_range(stage.delay_us_min, 60000, 80000);
	assert_in_range(stage.delay_us_max, 60000, 85000);
	assert_int_equal(stage.n_missing, 0);
	run(&stage, 54);
	run(&stage, 55);
	assert_in_range(stage.delay_us_max, 0, 15000);
	assert_int_equal(stage.n_missing, 0);
	assert_true(stage.playback.counts.n_shortened > 5);
	stage_end(&stage);
}

/* A pause begins while the delay is still the first one; after it, the stream is at its target
 * to a frame, and hardly any sound was touched. */
static void gaps_are_used(void **state)
{
	(void)state;
	stage_begin(&stage, &speech, -1);
	stage.silent_from = 50; /* with frame 49 the first second has been heard */
	stage.silent_until = 75;
	run(&stage, 1.03);
	assert_in_range(stage.delay_us_max, 40000, 50000);
	const int64_t n_shortened = stage.playback.counts.n_shortened;
	run(&stage, 1.62);
	assert_int_equal(stage.n_missing, 0);
	assert_in_range(stage.playback.counts.n_shortened - n_shortened, 0, 1);
	assert_in_range(stage.last_delay_us, 0, 32000);
	run(&stage, 2);
	assert_in_range(stage.playback.history.n_frames[PLAYOUT_SILENT], 25, 25);
	assert_int_equal(stage.playback.history.n_frames[PLAYOUT_CONCEALED], 0);
	stage_end(&stage);
}

/* As GStreamer's are: the second packet begins 648 samples after the first, both 960 long. */
static void overlapping_frames_are_played_once(void **state)
{
	(void)state;
	stage_begin(&stage, &tone, 60000);
	for (int i = 0; i < 20; i++)
		come(&stage, i, i == 0 ? 0 : 648 + (i - 1) * FRAME, i * FRAME_US + TRIP_US);
	for (; stage.now_us < 480000; stage.now_us += 10000)
		pull(&stage);
	assert_int_equal(stage.n_primary, 20);
	assert_int_equal(stage.n_samples, 648 + 19 * FRAME);
	assert_int_equal(stage.playback.renderer.decode_failures, 0);
	assert_int_equal(stage.playback.counts.packets_stale, 0);
	assert_int_equal(stage.playback.history.n_frames[PLAYOUT_CONCEALED], 0);
	/* The first one came 6.5 ms earlier than the others; the delay follows in a pause. */
	assert_in_range(stage.last_delay_us, 60000 - 6500, 60000 + 10000 + 6500);
	stage_end(&stage);
}

static void a_fixed_delay_is_held_against_skew(void **state)
{
	static const struct {
		const char *name;
		double ppm;
	} rows[] = { { "equal clocks", 0 }, { "a slow device", 300 }, { "a fast device", -300 } };
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		stage_begin(&stage, &speech, 60000);
		stage.skew_ppm = rows[r].ppm;
		run(&stage, 60);
		const struct playback_counts *const counts = &stage.playback.counts;
		const int64_t n_moved = counts->lengthened_samples - counts->shortened_samples;
		const int64_t n_wanted = samples_from_us((int64_t)(-rows[r].ppm * 60));
		assert_row_equal(rows[r].name, stage.n_missing, 0);
		assert_row_equal(rows[r].name, counts->inserted_samples, 0);
		/* Early by no more than the tolerance; late by that, a block and a pitch period. */
		assert_row_in_range(rows[r].name, stage.delay_us_min, 58500, 70000);
		assert_row_in_range(rows[r].name, stage.delay_us_max, 60000, 78000);
		assert_row_in_range(rows[r].name, n_moved - n_wanted, -720, 720);
		if (rows[r].ppm == 0)
			assert_row_equal(
				rows[r].name, counts->n_shortened + counts->n_lengthened, 0);
		stage_end(&stage);
	}
}

static int64_t last_early(int i)
{
	return i >= 245 ? -14000 : 0;
}

/* A file's last frame is full before its time. It is the fastest packet from then on, and yet no
 * reason to touch what is still to be played. */
static void a_fixed_delay_is_not_moved_by_one_early_packet(void **state)
{
	(void)state;
	stage_begin(&stage, &speech, 200000);
	stage.late_us = last_early;
	stage.silent_from = 246;
	stage.silent_until = 1000;
	run(&stage, 5.1);
	const struct playback_counts *const counts = &stage.playback.counts;
	assert_int_equal(stage.n_primary, 244);
	assert_int_equal(stage.n_samples, 244 * FRAME);
	assert_int_equal(counts->n_shortened + counts->n_lengthened + counts->inserted_samples, 0);
	stage_end(&stage);
}

/* The device stands still for half a second, while everything comes in. */
static void stale_audio_is_skipped(void **state)
{
	(void)state;
	stage_begin(&stage, &speech, 60000);
	run(&stage, 2);
	for (int i = 0; i < 50; i++) {
		stage.now_us += 10000;
		let_come(&stage);
	}
	stage.n_pulls += 50;
	run(&stage, 2.53);
	run(&stage, 4);
	assert_in_range(stage.playback.counts.packets_stale, 20, 25);
	assert_in_range(stage.delay_us_min, 60000, 92000);
	assert_in_range(stage.delay_us_max, 60000, 92000);
	stage_end(&stage);
}

/* The delay beyond the target: the remainder of a block and of a frame. */
static void blocks_of_all_sizes_have_the_least_delay(void **state)
{
	static const int blocks[] = { 1, 47, 120, 441, 480, 512, 960, 1000, 1024, 3000, 5000 };
	(void)state;
	for (size_t b = 0; b < N_ROWS(blocks); b++) {
		const int64_t block_us = us_from_samples(blocks[b]);
		char name[32];
		snprintf(name, sizeof name, "blocks of %d", blocks[b]);
		stage_begin(&stage, &speech, -1);
		stage.block_samples = blocks[b];
		run(&stage, 10);
		run(&stage, 12);
		/* What remains of the first delay is less than could be taken out at once. */
		assert_row_in_range(name, stage.delay_us_min, -1000, 2000 + block_us + 8000);
		assert_row_in_range(name, stage.delay_us_max, 0, 2000 + block_us + 8000);
		assert_row_equal(name, stage.playback.history.n_frames[PLAYOUT_CONCEALED], 0);
		assert_row_equal(name, stage.playback.counts.packets_stale, 0);
		stage_end(&stage);
	}
}

static int make_voices(void **state)
{
	(void)state;
	encode(&tone, 250);
	encode(&speech, 0);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_join_clicks),
		cmocka_unit_test(the_delay_moves_to_its_target_in_time),
		cmocka_unit_test(gaps_are_used),
		cmocka_unit_test(overlapping_frames_are_played_once),
		cmocka_unit_test(a_fixed_delay_is_held_against_skew),
		cmocka_unit_test(a_fixed_delay_is_not_moved_by_one_early_packet),
		cmocka_unit_test(stale_audio_is_skipped),
		cmocka_unit_test(blocks_of_all_sizes_have_the_least_delay),
	};
	return cmocka_run_group_tests_name("playback", tests, make_voices, NULL);
}
