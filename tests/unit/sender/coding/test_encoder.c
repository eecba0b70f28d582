/* Primary and copy in step: the same mode and bandwidth on every frame, in every configuration. */
#include "sender/coding/encoder.h"

#include "common/rtp/red.h"
#include "common/base/units.h"
#include "sender/coding/redundancy.h"
#include "tests/unit/speech_like.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <opus/opus.h>
#include <stdlib.h>
#include <string.h>

static const int lengths[] = { 120, 240, 480, 960, 1920, 2880 };

static int toc_config(const uint8_t *packet) /* RFC 6716, 3.1: mode, bandwidth, frame length */
{
	return packet[0] >> 3;
}

/* RFC 6716, 4.2.3 and 4.2.4: in mono, the second bit of a SILK frame says whether it carries the
 * frame before; VAD and LBRR flags are coded with even odds, so they stand in the first byte as
 * they are. */
static bool has_fec(const uint8_t *packet)
{
	return packet[1] >> 6 & 1;
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
		.coding = coding_for_copy(profile, n_channels, frame_samples, r.copy_bps[0]),
	};
	struct encoder encoder;
	struct speech_like speech = speech_like_begin(0);
	float pcm[FRAME_SAMPLES_MAX * 2];
	void *const memory = malloc(encoder_bytes(n_channels));
	int n_bytes = 0;
	const int n_frames = SAMPLES_PER_SECOND * 7 / 10 / frame_samples;

	assert_int_equal(encoder_init(&encoder, memory, &config), STATUS_OK);
	assert_int_equal(encoder_set_copies(&encoder, r.copy_bps, 1), STATUS_OK);
	for (int i = 0; i < n_frames; i++) {
		struct encoded_frame frame;
		speech_like_fill(&speech, pcm, frame_samples, n_channels);
		assert_int_equal(
			encoder_encode(&encoder, pcm, r.primary_bps, ENCODED_BYTES_MAX, &frame),
			STATUS_OK);
		assert_true(frame.primary_bytes > 1 && frame.forms[0].n_bytes > 1);
		assert_true(frame.forms[0].n_bytes <= RED_BLOCK_BYTES_MAX);
		if (toc_config(frame.primary) != toc_config(frame.forms[0].data))
			fail_msg("profile %d, %d channels, %d samples, %d bit/s: frame %d: the "
				 "primary's TOC config is %d, the copy's %d",
				profile, n_channels, frame_samples, budget_bps, i,
				toc_config(frame.primary), toc_config(frame.forms[0].data));
		n_bytes += (int)frame.forms[0].n_bytes;
	}
	const double copy_bps = (double)n_bytes * 8 * SAMPLES_PER_SECOND / frame_samples / n_frames;
	if (copy_bps > 1.1 * r.copy_bps[0])
		fail_msg("profile %d, %d channels, %d samples: copies of %d bit/s take %.0f",
			profile, n_channels, frame_samples, r.copy_bps[0], copy_bps);
	free(memory);
}

static void copies_share_mode_and_bandwidth(enum profile profile)
{
	static const int budgets_bps[] = { 24000, 32000, 48000, 64000, 96000, 160000 };
	size_t n_cases = 0;
	for (int n_channels = 1; n_channels <= 2; n_channels++)
		for (size_t l = 0; l < N_ROWS(lengths); l++)
			for (size_t b = 0; b < N_ROWS(budgets_bps); b++)
				if (!unit_leaves_out(n_cases++, 11))
					check_twins(
						profile, n_channels, lengths[l], budgets_bps[b]);
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

static const struct coding codings[] = { { CODING_SILK, CODING_WIDEBAND },
	{ CODING_HYBRID, CODING_FULLBAND }, { CODING_CELT, CODING_WIDEBAND },
	{ CODING_CELT, CODING_FULLBAND } };

static struct encoder_config coded_as(struct coding coding, int n_channels, int frame_samples)
{
	return (struct encoder_config){
		.profile = coding.mode == CODING_CELT ? PROFILE_MUSIC : PROFILE_VOICE,
		.n_channels = n_channels,
		.frame_samples = frame_samples,
		.primary_bps = 64000,
		.coding = coding,
	};
}

/* Copies come and go, rates and FEC jump: one mode and one bandwidth in all that is sent. */
static void plans_change_neither_mode_nor_bandwidth(void **state)
{
	static const int copy_rates_bps[] = { 0, 9600, 16000, 0, 32000, 12000 };
	static const int primary_rates_bps[] = { 64000, 16000, 32000, 24000, 48000 };
	size_t n_cases = 0;
	(void)state;
	for (int n_channels = 1; n_channels <= 2; n_channels++)
		for (size_t c = 0; c < N_ROWS(codings); c++)
			for (size_t l = 0; l < N_ROWS(lengths); l++) {
				if (unit_leaves_out(n_cases++, 7))
					continue;
				const struct encoder_config config =
					coded_as(codings[c], n_channels, lengths[l]);
				void *const memory = malloc(encoder_bytes(n_channels));
				struct speech_like speech = speech_like_begin(0);
				struct dice dice = { 6716 + c };
				struct encoder e;
				float pcm[FRAME_SAMPLES_MAX * 2];
				int toc = -1, primary_bps = 64000, copy_bps = 0, far_bps = 0;
				if (codings[c].mode != CODING_CELT &&
					!coding_is_speech(PROFILE_VOICE, lengths[l])) {
					free(memory);
					continue;
				}
				assert_int_equal(encoder_init(&e, memory, &config), STATUS_OK);
				for (int i = 0; i < 150; i++) {
					struct encoded_frame frame;
					if (i % 7 == 3) {
						copy_bps = copy_rates_bps[dice_below(&dice, 6)];
						far_bps = copy_bps > 9600 && i % 2 &&
									  codings[c].mode !=
										  CODING_CELT
								  ? 9600
								  : 0;
						assert_int_equal(
							encoder_set_copies(&e,
								(const int[]){ copy_bps, far_bps },
								(copy_bps > 0) + (far_bps > 0)),
							STATUS_OK);
					}
					if (i % 5 == 2) {
						primary_bps =
							primary_rates_bps[dice_below(&dice, 5)];
						assert_int_equal(
							encoder_set_fec(&e, i % 2, 10), STATUS_OK);
					}
					speech_like_fill(&speech, pcm, lengths[l], n_channels);
					assert_int_equal(encoder_encode(&e, pcm, primary_bps,
								 ENCODED_BYTES_MAX, &frame),
						STATUS_OK);
					assert_int_equal(frame.n_forms > 0, copy_bps > 0);
					assert_int_equal(frame.n_forms > 1, far_bps > 0);
					if (toc < 0)
						toc = toc_config(frame.primary);
					if (toc_config(frame.primary) != toc ||
						(copy_bps > 0 &&
							(toc_config(frame.forms[0].data) != toc ||
								toc_config(
									frame.forms[frame.n_forms -
										     1]
										.data) != toc)))
						fail_msg("coding %zu, %d channels, %d samples, "
							 "frame "
							 "%d: TOC config %d, was %d",
							c, n_channels, lengths[l], i,
							toc_config(frame.primary), toc);
				}
				free(memory);
			}
}

/* The primaries are the same, byte by byte, whether there are copies beside them or not. */
static void copies_do_not_touch_the_primaries(void **state)
{
	const struct encoder_config config = coded_as(codings[0], 1, 960);
	void *const memories[] = { malloc(encoder_bytes(1)), malloc(encoder_bytes(1)) };
	struct speech_like speech = speech_like_begin(0);
	struct encoder plain, changing;
	float pcm[960];
	(void)state;
	assert_int_equal(encoder_init(&plain, memories[0], &config), STATUS_OK);
	assert_int_equal(encoder_init(&changing, memories[1], &config), STATUS_OK);
	for (int i = 0; i < 200; i++) {
		struct encoded_frame a, b;
		speech_like_fill(&speech, pcm, 960, 1);
		const int copy_bps = i / 9 % 2 ? 9000 + i * 20 : 0;
		const int far_copy_bps = copy_bps > 0 && i / 5 % 2 ? 6000 : 0;
		assert_int_equal(
			encoder_set_copies(&changing, (const int[]){ copy_bps, far_copy_bps },
				(copy_bps > 0) + (far_copy_bps > 0)),
			STATUS_OK);
		assert_int_equal(
			encoder_encode(&plain, pcm, 32000, ENCODED_BYTES_MAX, &a), STATUS_OK);
		assert_int_equal(
			encoder_encode(&changing, pcm, 32000, ENCODED_BYTES_MAX, &b), STATUS_OK);
		assert_int_equal(a.primary_bytes, b.primary_bytes);
		assert_memory_equal(a.primary, b.primary, a.primary_bytes);
	}
	free(memories[0]);
	free(memories[1]);
}

/* The decoded stream against the original: energy of the difference, frame by frame. */
struct listener {
	OpusDecoder *opus;
	float said[960 + 312]; /* the newest, with the coder's look-ahead */
};

static double listen(struct listener *l, const uint8_t *packet, size_t n_bytes, const float *pcm)
{
	float heard[960];
	double error = 0;

	assert_int_equal(
		opus_decode_float(l->opus, packet, (opus_int32)n_bytes, heard, 960, 0), 960);
	memmove(l->said, l->said + 960, 312 * sizeof *l->said);
	memcpy(l->said + 312, pcm, 960 * sizeof *pcm);
	for (int i = 0; i < 960; i++)
		error += (heard[i] - l->said[i]) * (heard[i] - l->said[i]);
	return error;
}

/* A copy's encoder that has just begun is as good as one that has always run: the error of the
 * copies' first frames, each decoded in the place of its primary. */
static void check_first_copies(struct coding coding)
{
	const struct encoder_config config = coded_as(coding, 1, 960);
	void *const memories[] = { malloc(encoder_bytes(1)), malloc(encoder_bytes(1)) };
	struct speech_like speech = speech_like_begin(0);
	struct listener news = { .opus = opus_decoder_create(48000, 1, NULL) };
	struct listener olds = { .opus = opus_decoder_create(48000, 1, NULL) };
	struct encoder young, old;
	float pcm[960];
	double young_error = 0, old_error = 0;
	const int copy_bps = 16000;

	assert_int_equal(encoder_init(&young, memories[0], &config), STATUS_OK);
	assert_int_equal(encoder_init(&old, memories[1], &config), STATUS_OK);
	assert_int_equal(encoder_set_copies(&old, &copy_bps, 1), STATUS_OK);
	for (int i = 0; i < (*unit_takes_all() ? 1200 : 120); i++) {
		const bool is_copy = i % 12 == 7 || i % 12 == 8; /* primaries are lost here */
		struct encoded_frame a, b;
		speech_like_fill(&speech, pcm, 960, 1);
		assert_int_equal(encoder_set_copies(&young, &copy_bps, i % 12 > 6), STATUS_OK);
		assert_int_equal(
			encoder_encode(&young, pcm, 32000, ENCODED_BYTES_MAX, &a), STATUS_OK);
		assert_int_equal(
			encoder_encode(&old, pcm, 32000, ENCODED_BYTES_MAX, &b), STATUS_OK);
		const double x = listen(&news, is_copy ? a.forms[0].data : a.primary,
			is_copy ? a.forms[0].n_bytes : a.primary_bytes, pcm);
		const double y = listen(&olds, is_copy ? b.forms[0].data : b.primary,
			is_copy ? b.forms[0].n_bytes : b.primary_bytes, pcm);
		young_error += is_copy ? x : 0;
		old_error += is_copy ? y : 0;
	}
	if (young_error > 1.2 * old_error)
		fail_msg("mode %d: error %g from the beginning, %g later", coding.mode, young_error,
			old_error);
	opus_decoder_destroy(news.opus);
	opus_decoder_destroy(olds.opus);
	free(memories[0]);
	free(memories[1]);
}

static void copies_are_good_from_the_first(void **state)
{
	(void)state;
	for (size_t c = 0; c < N_ROWS(codings); c++)
		check_first_copies(codings[c]);
}

/* Where rates and FEC change there is no click: no larger step between samples than streams of
 * either plan have by themselves. */
static float largest_step(bool changes, int primary_bps, bool fec)
{
	const struct encoder_config config = coded_as(codings[0], 1, 960);
	void *const memory = malloc(encoder_bytes(1));
	OpusDecoder *const opus = opus_decoder_create(48000, 1, NULL);
	struct speech_like speech = speech_like_begin(0);
	struct encoder e;
	float pcm[960], heard[960], last = 0, largest = 0;

	assert_int_equal(encoder_init(&e, memory, &config), STATUS_OK);
	for (int i = 0; i < (*unit_takes_all() ? 1000 : 100); i++) {
		struct encoded_frame frame;
		if (changes) {
			fec = i / 25 % 2;
			primary_bps = fec ? 26000 : 64000;
		}
		speech_like_fill(&speech, pcm, 960, 1);
		assert_int_equal(encoder_set_fec(&e, fec, fec ? 10 : 0), STATUS_OK);
		assert_int_equal(
			encoder_encode(&e, pcm, primary_bps, ENCODED_BYTES_MAX, &frame), STATUS_OK);
		assert_int_equal(opus_decode_float(opus, frame.primary,
					 (opus_int32)frame.primary_bytes, heard, 960, 0),
			960);
		for (int k = 0; k < 960; k++) {
			largest =
				fabsf(heard[k] - last) > largest ? fabsf(heard[k] - last) : largest;
			last = heard[k];
		}
	}
	opus_decoder_destroy(opus);
	free(memory);
	return largest;
}

static void plans_change_without_a_click(void **state)
{
	const float rich = largest_step(false, 64000, false);
	const float poor = largest_step(false, 26000, true);
	const float changing = largest_step(true, 0, false);
	(void)state;
	if (changing > 1.1F * (rich > poor ? rich : poor))
		fail_msg("a step of %g; %g and %g without changes", (double)changing, (double)rich,
			(double)poor);
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

/* As many forms as there are rates, each with its bytes; the plan may have another number of
 * them. */
static void each_form_has_its_rate(void **state)
{
	static const int rates_bps[] = { 20000, 16000, 11000, 8000 };
	const int n_frames = *unit_takes_all() ? 500 : 60;
	(void)state;
	for (size_t c = 0; c < 2; c++) {
		const struct encoder_config config = coded_as(codings[c], 1, 960);
		void *const memory = malloc(encoder_bytes(1));
		struct speech_like speech = speech_like_begin(0);
		size_t n_bytes[4] = { 0 };
		struct encoder e;
		struct encoded_frame frame;
		float pcm[960];
		assert_int_equal(encoder_init(&e, memory, &config), STATUS_OK);
		assert_int_equal(encoder_set_copies(&e, rates_bps, 4), STATUS_OK);
		for (int i = 0; i < n_frames; i++) {
			speech_like_fill(&speech, pcm, 960, 1);
			assert_int_equal(encoder_encode(&e, pcm, 32000, ENCODED_BYTES_MAX, &frame),
				STATUS_OK);
			assert_int_equal(frame.n_forms, 4);
			for (int k = 0; k < 4; k++)
				n_bytes[k] += frame.forms[k].n_bytes;
		}
		/* Rates are upper bounds; how far below them it stays differs from release to
		 * release, and what hybrid needs at least is above the lowest of them. */
		for (int k = 0; k < 4 && codings[c].mode == CODING_SILK; k++) {
			const size_t granted = (size_t)(n_frames * rates_bps[k] / 400);
			assert_in_range(n_bytes[k], granted * 6 / 10, granted * 11 / 10);
		}
		for (int k = 1; k < 4; k++)
			assert_true(n_bytes[k] < n_bytes[k - 1]);
		assert_int_equal(encoder_set_copies(&e, rates_bps + 1, 1), STATUS_OK);
		assert_int_equal(
			encoder_encode(&e, pcm, 32000, ENCODED_BYTES_MAX, &frame), STATUS_OK);
		assert_int_equal(frame.n_forms, 1);
		free(memory);
	}
}

/* A copy is one frame: it does not carry the one before, as the primary does with in-band FEC. */
static void copies_carry_no_fec(void **state)
{
	static const int copy_bps = 14000;
	const struct encoder_config config = coded_as(codings[0], 1, 960);
	void *const memory = malloc(encoder_bytes(1));
	int n_fec = 0;
	(void)state;
	struct speech_like speech = speech_like_begin(0);
	struct encoder e;
	float pcm[960];
	assert_int_equal(encoder_init(&e, memory, &config), STATUS_OK);
	assert_int_equal(encoder_set_fec(&e, true, 15), STATUS_OK);
	for (int i = 0; i < 300; i++) {
		struct encoded_frame frame;
		if (i % 100 == 10) /* from the second frame with copies on */
			assert_int_equal(encoder_set_copies(&e, &copy_bps, 1), STATUS_OK);
		if (i % 100 == 90)
			assert_int_equal(encoder_set_copies(&e, NULL, 0), STATUS_OK);
		speech_like_fill(&speech, pcm, 960, 1);
		assert_int_equal(
			encoder_encode(&e, pcm, 40000, ENCODED_BYTES_MAX, &frame), STATUS_OK);
		n_fec += has_fec(frame.primary);
		if (frame.n_forms > 0 && i % 100 > 10)
			assert_false(has_fec(frame.forms[0].data));
	}
	assert_true(n_fec > 150);
	free(memory);
}

/* libopus adds in-band FEC only where it expects loss. */
static void fec_comes_with_the_loss_that_is_told(void **state)
{
	static const struct {
		const char *name;
		bool fec;
		int loss_percent, primary_bps;
		bool has_fec;
	} rows[] = {
		{ "no loss", true, 0, 40000, false },
		{ "20 % loss", true, 20, 40000, true },
		{ "20 % loss, not wanted", false, 20, 40000, false },
		{ "20 % loss, no room for it", true, 20, 20000, false },
	};
	const struct encoder_config config = coded_as(codings[0], 1, 960);
	void *const memory = malloc(encoder_bytes(1));
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct speech_like speech = speech_like_begin(0);
		struct encoder e;
		float pcm[960];
		int n_fec = 0;
		assert_int_equal(encoder_init(&e, memory, &config), STATUS_OK);
		assert_int_equal(encoder_set_fec(&e, rows[i].fec, rows[i].loss_percent), STATUS_OK);
		for (int k = 0; k < 50; k++) {
			struct encoded_frame frame;
			speech_like_fill(&speech, pcm, 960, 1);
			assert_int_equal(encoder_encode(&e, pcm, rows[i].primary_bps,
						 ENCODED_BYTES_MAX, &frame),
				STATUS_OK);
			n_fec += has_fec(frame.primary);
		}
		assert_row_in_range(
			rows[i].name, n_fec, rows[i].has_fec ? 25 : 0, rows[i].has_fec ? 50 : 0);
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
			.coding = codings[0],
			.dtx = dtx == 1,
		};
		const int copy_bps = 10000;
		struct encoder encoder;
		int n_silent = 0;
		assert_int_equal(encoder_init(&encoder, memory, &config), STATUS_OK);
		assert_int_equal(encoder_set_copies(&encoder, &copy_bps, 1), STATUS_OK);
		for (int i = 0; i < 100; i++) {
			struct encoded_frame frame;
			assert_int_equal(
				encoder_encode(&encoder, silence, 24000, ENCODED_BYTES_MAX, &frame),
				STATUS_OK);
			assert_int_equal(frame.primary_bytes == 0, frame.n_forms == 0);
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
		assert_int_equal(frame.n_forms, 0);
	}
	free(memory);
}

int main(int argc, char *argv[])
{
	(void)argv;
	*unit_takes_all() = argc > 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_share_mode_and_bandwidth_in_voice),
		cmocka_unit_test(copies_share_mode_and_bandwidth_in_music),
		cmocka_unit_test(copies_share_mode_and_bandwidth_in_lowdelay),
		cmocka_unit_test(plans_change_neither_mode_nor_bandwidth),
		cmocka_unit_test(copies_do_not_touch_the_primaries),
		cmocka_unit_test(copies_are_good_from_the_first),
		cmocka_unit_test(plans_change_without_a_click),
		cmocka_unit_test(wrong_configurations_are_refused),
		cmocka_unit_test(lookahead_follows_the_profile),
		cmocka_unit_test(each_form_has_its_rate),
		cmocka_unit_test(copies_carry_no_fec),
		cmocka_unit_test(fec_comes_with_the_loss_that_is_told),
		cmocka_unit_test(silence_is_not_sent_with_dtx),
		cmocka_unit_test(a_primary_keeps_to_its_room),
	};
	return cmocka_run_group_tests_name("encoder", tests, NULL, NULL);
}
