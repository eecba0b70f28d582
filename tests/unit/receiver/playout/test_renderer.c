/* What is handed out for each choice, against a decoder that decodes the same by itself. */
#include "receiver/playout/renderer.h"

#include "common/rtp/rtp.h"
#include "common/base/units.h"
#include "tests/unit/rehearsal.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME = 960, FRAMES = 40, FADE = 5 * SAMPLES_PER_MS, VALUES = FRAME * DECODER_CHANNELS };

struct stage {
	struct buffered_frame frames[FRAMES];
	struct jitter_buffer jitter_buffer; /* empty: nothing comes late */
	struct renderer renderer;
	struct decoder decoder; /* the reference decoder */
	void *memory[2];
	float pcm[PACKET_SAMPLES_MAX * DECODER_CHANNELS];
	float expected[PACKET_SAMPLES_MAX * DECODER_CHANNELS];
};

static struct stage stage;

static int set_up(void **state)
{
	const struct send_stream_config config = rehearsal_config(0, 32000);
	struct sent_stream sent = sent_stream_make(&config, FRAMES, 0, 0);
	(void)state;

	memset(&stage, 0, sizeof stage);
	for (int i = 0; i < FRAMES; i++) {
		struct buffered_frame *const f = &stage.frames[i];
		struct rtp_packet packet;
		assert_int_equal(
			rtp_parse(&packet, sent.datagrams[i].bytes, sent.datagrams[i].n_bytes),
			STATUS_OK);
		f->timestamp = i * (int64_t)FRAME;
		f->n_samples = FRAME;
		f->primary_bytes = packet.payload_bytes;
		memcpy(f->primary, packet.payload, packet.payload_bytes);
	}
	sent_stream_end(&sent);
	jitter_buffer_init(&stage.jitter_buffer);
	stage.memory[0] = malloc(renderer_bytes());
	stage.memory[1] = malloc(decoder_bytes());
	assert_int_equal(renderer_init(&stage.renderer, stage.memory[0], 0, &stage.jitter_buffer),
		STATUS_OK);
	assert_int_equal(decoder_init(&stage.decoder, stage.memory[1], 0), STATUS_OK);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(stage.memory[0]);
	free(stage.memory[1]);
	return 0;
}

static void render(enum playout_means means, int i, int n_samples, int skip_samples)
{
	const bool is_concealed = means == PLAYOUT_CONCEALED || means == PLAYOUT_INSERTED;
	const struct playout_choice choice = {
		.means = means,
		.frame = is_concealed ? NULL : &stage.frames[i],
		.n_samples = n_samples,
		.skip_samples = skip_samples,
	};
	renderer_render(&stage.renderer, &choice, i * (int64_t)FRAME, stage.pcm);
}

static void decode(int i)
{
	assert_int_equal(decoder_decode(&stage.decoder, stage.frames[i].primary,
				 stage.frames[i].primary_bytes, stage.expected, FRAME),
		STATUS_OK);
}

static double power(const float *pcm, int n_samples)
{
	double sum = 0;

	for (int i = 0; i < n_samples * DECODER_CHANNELS; i++)
		sum += (double)(pcm[i] * pcm[i]);
	return sum / n_samples;
}

static void frames_that_came_are_decoded_and_nothing_else(void **state)
{
	(void)state;
	for (int i = 0; i < FRAMES; i++) {
		render(PLAYOUT_PRIMARY, i, FRAME, 0);
		decode(i);
		assert_memory_equal(stage.pcm, stage.expected, VALUES * sizeof *stage.pcm);
	}
	assert_int_equal(stage.renderer.decode_failures, 0);
}

static void what_another_frame_has_played_is_left_out(void **state)
{
	enum { SKIPPED = 312 };
	(void)state;
	for (int i = 0; i < 10; i++)
		decode(i), render(PLAYOUT_PRIMARY, i, FRAME, 0);
	render(PLAYOUT_PRIMARY, 10, FRAME - SKIPPED, SKIPPED);
	decode(10);
	assert_memory_equal(stage.pcm, stage.expected + SKIPPED * DECODER_CHANNELS,
		(FRAME - SKIPPED) * DECODER_CHANNELS * sizeof *stage.pcm);
}

/* Concealment inserted before a frame: once the cross-fade is over, the frame sounds as if nothing
 * had been inserted. */
static void inserted_concealment_leaves_no_trace(void **state)
{
	(void)state;
	for (int i = 0; i < 15; i++)
		decode(i), render(PLAYOUT_PRIMARY, i, FRAME, 0);
	render(PLAYOUT_INSERTED, 15, FRAME / 2, 0);
	assert_true(power(stage.pcm, FRAME / 2) > 0);
	render(PLAYOUT_PRIMARY, 15, FRAME, 0);
	decode(15);
	assert_memory_not_equal(
		stage.pcm, stage.expected, FADE * DECODER_CHANNELS * sizeof *stage.pcm);
	assert_memory_equal(stage.pcm + FADE * DECODER_CHANNELS,
		stage.expected + FADE * DECODER_CHANNELS,
		(FRAME - FADE) * DECODER_CHANNELS * sizeof *stage.pcm);
	render(PLAYOUT_PRIMARY, 16, FRAME, 0);
	decode(16);
	assert_memory_equal(stage.pcm, stage.expected, VALUES * sizeof *stage.pcm);
	assert_int_equal(stage.renderer.repair.n_repairs, 1);
}

/* A gap in the stream is different: its concealment changes what follows, until it is repaired. */
static void a_concealed_frame_changes_the_state(void **state)
{
	(void)state;
	for (int i = 0; i < 15; i++)
		decode(i), render(PLAYOUT_PRIMARY, i, FRAME, 0);
	render(PLAYOUT_CONCEALED, 15, FRAME, 0);
	render(PLAYOUT_PRIMARY, 16, FRAME, 0);
	assert_int_equal(decoder_conceal(&stage.decoder, stage.expected, FRAME), STATUS_OK);
	decode(16);
	assert_memory_equal(stage.pcm, stage.expected, VALUES * sizeof *stage.pcm);
}

static void a_long_gap_does_not_become_silence_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < 15; i++)
		render(PLAYOUT_PRIMARY, i, FRAME, 0);
	const double before = power(stage.pcm, FRAME);
	render(PLAYOUT_CONCEALED, 15, FRAME, 0);
	assert_true(power(stage.pcm, FRAME) > before / 100);
	for (int i = 16; i < 39; i++)
		render(PLAYOUT_CONCEALED, i, FRAME, 0);
	assert_true(power(stage.pcm, FRAME) < before / 10); /* nor does concealment go on */
}

static void what_libopus_cannot_decode_is_counted(void **state)
{
	(void)state;
	render(PLAYOUT_PRIMARY, 0, FRAME, 0);
	stage.frames[1].n_samples = FRAME / 2; /* the packet is longer than it claims */
	render(PLAYOUT_PRIMARY, 1, FRAME / 2, 0);
	assert_int_equal(stage.renderer.decode_failures, 1);
	assert_true(power(stage.pcm, FRAME / 2) == 0);
}

static void another_stream_is_decoded_afresh(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		render(PLAYOUT_PRIMARY, i, FRAME, 0);
	renderer_begin_stream(&stage.renderer);
	for (int i = 0; i < 3; i++) {
		render(PLAYOUT_PRIMARY, i, FRAME, 0);
		decode(i);
		assert_memory_equal(stage.pcm, stage.expected, VALUES * sizeof *stage.pcm);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			frames_that_came_are_decoded_and_nothing_else, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			what_another_frame_has_played_is_left_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			inserted_concealment_leaves_no_trace, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_concealed_frame_changes_the_state, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_long_gap_does_not_become_silence_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			what_libopus_cannot_decode_is_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			another_stream_is_decoded_afresh, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("renderer", tests, NULL, NULL);
}
