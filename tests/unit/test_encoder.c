/* Primary and copy in step: the same mode and bandwidth on every frame, in every configuration. */
#include "sender/encoder.h"

#include "common/red.h"
#include "common/units.h"
#include "sender/redundancy.h"
#include "tests/unit/speech_like.h"
#include "tests/unit/unit.h"

#include <stdlib.h>

static const int lengths[] = { 120, 240, 480, 960, 1920, 2880 };

static int toc_config(const uint8_t *packet) /* RFC 6716, 3.1: mode, bandwidth, frame length */
{
	return packet[0] >> 3;
}

static void check_twins(enum profile profile, int n_channels, int frame_samples, int budget_bps)
{
	struct redundancy r = { .n_copies = 2, .distances = { 1, 2 } };
	int limit;
	if (redundancy_share(&r, frame_samples, budget_bps, 0, &limit) != REDUNDANCY_OK)
		return;
	const struct encoder_config config = {
		.profile = profile,
		.n_channels = n_channels,
		.frame_samples = frame_samples,
		.primary_bps = r.primary_bps,
		.copy_bps = r.copy_bps,
	};
	struct encoder encoder;
	struct speech_like speech = speech_like_begin(0);
	float pcm[FRAME_SAMPLES_MAX * 2];
	void *const memory = malloc(encoder_bytes(n_channels));
	int n_bytes = 0;
	const int n_frames = SAMPLES_PER_SECOND * 7 / 10 / frame_samples;

	assert_int_equal(encoder_init(&encoder, memory, &config), STATUS_OK);
	for (int i = 0; i < n_frames; i++) {
		struct encoded_frame frame;
		speech_like_fill(&speech, pcm, frame_samples, n_channels);
		assert_int_equal(
			encoder_encode(&encoder, pcm, r.primary_bps, ENCODED_BYTES_MAX, &frame),
			STATUS_OK);
		assert_true(frame.primary_bytes > 1 && frame.copy_bytes > 1);
		assert_true(frame.copy_bytes <= RED_BLOCK_BYTES_MAX);
		if (toc_config(frame.primary) != toc_config(frame.copy))
			fail_msg("profile %d, %d channels, %d samples, %d bit/s: frame %d: the "
				 "primary's TOC config is %d, the copy's %d",
				profile, n_channels, frame_samples, budget_bps, i,
				toc_config(frame.primary), toc_config(frame.copy));
		n_bytes += (int)frame.copy_bytes;
	}
	const double copy_bps = (double)n_bytes * 8 * SAMPLES_PER_SECOND / frame_samples / n_frames;
	if (copy_bps > 1.1 * r.copy_bps)
		fail_msg("profile %d, %d channels, %d samples: copies of %d bit/s take %.0f",
			profile, n_channels, frame_samples, r.copy_bps, copy_bps);
	free(memory);
}

static void copies_share_mode_and_bandwidth(enum profile profile)
{
	static const int budgets_bps[] = { 24000, 32000, 48000, 64000, 96000, 160000 };
	for (int n_channels = 1; n_channels <= 2; n_channels++)
		for (size_t l = 0; l < N_ROWS(lengths); l++)
			for (size_t b = 0; b < N_ROWS(budgets_bps); b++)
				check_twins(profile, n_channels, lengths[l], budgets_bps[b]);
}

static void copies_share_mode_and_bandwidth_in_voice(void **state)
{
	(void)state;
	copies_share_mode_and_bandwidth(PROFILE_VOICE);
}

static void copies_share_mode_and_bandwidth_in_music(void **state)
{
	(void)state;
	copies_share_mode_and_bandwidth(PROFILE_MUSIC);
}

static void copies_share_mode_and_bandwidth_in_lowdelay(void **state)
{
	(void)state;
	copies_share_mode_and_bandwidth(PROFILE_LOWDELAY);
}

static void wrong_configurations_are_refused(void **state)
{
	static const struct {
		const char *name;
		int n_channels, frame_samples;
		enum status status;
	} rows[] = {
		{ "mono", 1, 960, STATUS_OK },
		{ "no channel", 0, 960, STATUS_BAD_CONFIG },
		{ "three channels", 3, 960, STATUS_BAD_CONFIG },
		{ "15 ms", 1, 720, STATUS_BAD_CONFIG },
		{ "nothing long", 1, 0, STATUS_BAD_CONFIG },
		{ "120 ms", 1, 5760, STATUS_BAD_CONFIG },
	};
	void *const memory = malloc(encoder_bytes(2));
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct encoder_config config = {
			.n_channels = rows[i].n_channels,
			.frame_samples = rows[i].frame_samples,
			.primary_bps = 32000,
		};
		struct encoder encoder;
		assert_row_equal(
			rows[i].name, encoder_init(&encoder, memory, &config), rows[i].status);
	}
	free(memory);
}

/* RFC 6716, 2.1: the restricted low delay looks 2.5 ms ahead, the others 6.5 ms. */
static void lookahead_follows_the_profile(void **state)
{
	static const int expected[] = { 312, 312, 120 };
	void *const memory = malloc(encoder_bytes(1));
	(void)state;
	for (int profile = PROFILE_VOICE; profile <= PROFILE_LOWDELAY; profile++) {
		const struct encoder_config config = {
			.profile = (enum profile)profile,
			.n_channels = 1,
			.frame_samples = 960,
			.primary_bps = 32000,
		};
		struct encoder encoder;
		assert_int_equal(encoder_init(&encoder, memory, &config), STATUS_OK);
		assert_int_equal(encoder_lookahead_samples(&encoder), expected[profile]);
	}
	free(memory);
}

static void silence_is_not_sent_with_dtx(void **state)
{
	static const float silence[960] = { 0 };
	void *const memory = malloc(encoder_bytes(1));
	(void)state;
	for (int dtx = 0; dtx <= 1; dtx++) {
		const struct encoder_config config = {
			.profile = PROFILE_VOICE,
			.n_channels = 1,
			.frame_samples = 960,
			.primary_bps = 24000,
			.copy_bps = 10000,
			.dtx = dtx == 1,
		};
		struct encoder encoder;
		int n_silent = 0;
		assert_int_equal(encoder_init(&encoder, memory, &config), STATUS_OK);
		for (int i = 0; i < 100; i++) {
			struct encoded_frame frame;
			assert_int_equal(
				encoder_encode(&encoder, silence, 24000, ENCODED_BYTES_MAX, &frame),
				STATUS_OK);
			assert_int_equal(frame.primary_bytes == 0, frame.copy_bytes == 0);
			n_silent += frame.primary_bytes == 0;
		}
		assert_true(dtx ? n_silent > 70 : n_silent == 0);
	}
	free(memory);
}

static void a_primary_keeps_to_its_room(void **state)
{
	const struct encoder_config config = {
		.profile = PROFILE_MUSIC,
		.n_channels = 2,
		.frame_samples = 960,
		.primary_bps = 510000,
	};
	struct dice dice = { 6716 };
	struct encoder encoder;
	float noise[960 * 2];
	void *const memory = malloc(encoder_bytes(2));
	(void)state;
	for (size_t i = 0; i < N_ROWS(noise); i++)
		noise[i] = dice_noise(&dice);
	assert_int_equal(encoder_init(&encoder, memory, &config), STATUS_OK);
	for (size_t room = 100; room <= 1200; room += 100) {
		struct encoded_frame frame;
		assert_int_equal(encoder_encode(&encoder, noise, 510000, room, &frame), STATUS_OK);
		assert_true(frame.primary_bytes <= room && frame.primary_bytes > room / 2);
		assert_int_equal(frame.copy_bytes, 0);
	}
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_share_mode_and_bandwidth_in_voice),
		cmocka_unit_test(copies_share_mode_and_bandwidth_in_music),
		cmocka_unit_test(copies_share_mode_and_bandwidth_in_lowdelay),
		cmocka_unit_test(wrong_configurations_are_refused),
		cmocka_unit_test(lookahead_follows_the_profile),
		cmocka_unit_test(silence_is_not_sent_with_dtx),
		cmocka_unit_test(a_primary_keeps_to_its_room),
	};
	return cmocka_run_group_tests_name("encoder", tests, NULL, NULL);
}
