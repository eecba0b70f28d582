/* Something is decoded in any case. */
#include "receiver/arrival/packet_info.h"
#include "receiver/sound/decoder.h"

#include "common/base/units.h"
#include "tests/unit/speech_like.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <opus/opus.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct decoder decoder;
	void *memory;
	float pcm[PACKET_SAMPLES_MAX * DECODER_CHANNELS];
};

static struct fixture *begin(void)
{
	struct fixture *const f = malloc(sizeof *f);
	f->memory = malloc(decoder_bytes());
	assert_int_equal(decoder_init(&f->decoder, f->memory, 0), STATUS_OK);
	return f;
}

static void end(struct fixture *f)
{
	free(f->memory);
	free(f);
}

static double level(const float *pcm, int n_samples)
{
	double sum = 0;
	for (int i = 0; i < n_samples * DECODER_CHANNELS; i++) {
		assert_true(isfinite(pcm[i]));
		sum += (double)pcm[i] * (double)pcm[i];
	}
	return sqrt(sum / n_samples / DECODER_CHANNELS);
}

/* Frames of speech, in mono, one of which is concealed or brought back by in-band FEC. */
static void what_is_missing_is_filled(void **state)
{
	enum { FRAMES = 24, MISSING = 19 };
	static uint8_t packets[FRAMES][500];
	opus_int32 n_bytes[FRAMES];
	struct speech_like speech = speech_like_begin(0);
	int error;
	OpusEncoder *const opus =
		opus_encoder_create(SAMPLES_PER_SECOND, 1, OPUS_APPLICATION_VOIP, &error);
	(void)state;
	opus_encoder_ctl(opus, OPUS_SET_BITRATE(24000));
	opus_encoder_ctl(opus, OPUS_SET_BANDWIDTH(OPUS_BANDWIDTH_WIDEBAND));
	opus_encoder_ctl(opus, OPUS_SET_INBAND_FEC(1));
	opus_encoder_ctl(opus, OPUS_SET_PACKET_LOSS_PERC(20));
	for (int i = 0; i < FRAMES; i++) {
		float pcm[960];
		speech_like_fill(&speech, pcm, 960, 1);
		n_bytes[i] = opus_encode_float(opus, pcm, 960, packets[i], sizeof packets[i]);
		assert_true(n_bytes[i] > 10);
	}
	opus_encoder_destroy(opus);
	assert_true(packet_info_has_fec(packets[MISSING + 1], (size_t)n_bytes[MISSING + 1]));
	static float played[3][960 * DECODER_CHANNELS]; /* as it was; concealed; by FEC */
	for (int means = 0; means < 3; means++) {
		struct fixture *const f = begin();
		for (int i = 0; i < MISSING; i++)
			assert_int_equal(decoder_decode(&f->decoder, packets[i], (size_t)n_bytes[i],
						 f->pcm, 960),
				STATUS_OK);
		enum status status;
		if (means == 0)
			status = decoder_decode(&f->decoder, packets[MISSING],
				(size_t)n_bytes[MISSING], f->pcm, 960);
		else if (means == 1)
			status = decoder_conceal(&f->decoder, f->pcm, 960);
		else
			status = decoder_decode_fec(&f->decoder, packets[MISSING + 1],
				(size_t)n_bytes[MISSING + 1], f->pcm, 960);
		assert_int_equal(status, STATUS_OK);
		memcpy(played[means], f->pcm, sizeof played[means]);
		for (int i = 0; i < 960; i++) /* mono is the same on both */
			assert_true(f->pcm[2 * i] == f->pcm[2 * i + 1]);
		end(f);
	}
	for (int i = 0; i < 960 * DECODER_CHANNELS; i++) {
		played[1][i] -= played[0][i];
		played[2][i] -= played[0][i];
	}
	assert_true(level(played[0], 960) > 0.01);
	assert_true(level(played[1], 960) > 0.001); /* concealment is only an approximation */
	assert_true(level(played[2], 960) < 0.7 * level(played[1], 960)); /* FEC is nearer */
}

static void all_lengths_of_concealment_work(void **state)
{
	struct fixture *const f = begin();
	(void)state;
	for (int n = FRAME_SAMPLES_MIN; n <= PACKET_SAMPLES_MAX; n += FRAME_SAMPLES_MIN) {
		f->pcm[0] = NAN;
		f->pcm[2 * n - 1] = NAN;
		assert_int_equal(decoder_conceal(&f->decoder, f->pcm, n), STATUS_OK);
		level(f->pcm, n);
	}
	end(f);
}

/* Valid framing, any contents: always the promised number of samples, all of them finite. */
static void any_contents_are_decoded_to_something(void **state)
{
	struct fixture *const f = begin();
	struct dice dice = { 6716 };
	(void)state;
	for (int i = 0; i < 3000; i++) {
		uint8_t packet[120];
		const size_t n_bytes = 1 + dice_below(&dice, sizeof packet);
		for (size_t b = 0; b < n_bytes; b++)
			packet[b] = (uint8_t)dice_u32(&dice);
		const int n_samples = packet_info_samples(packet, n_bytes);
		if (n_samples == 0)
			continue;
		f->pcm[0] = NAN;
		f->pcm[2 * n_samples - 1] = NAN;
		const enum status status =
			decoder_decode(&f->decoder, packet, n_bytes, f->pcm, n_samples);
		assert_true(status == STATUS_OK || status == STATUS_CODEC);
		level(f->pcm, n_samples);
	}
	end(f);
}

static void what_cannot_be_decoded_is_silence(void **state)
{
	static const uint8_t not_opus[] = { 1 << 3 | 2, 200,
		1 }; /* two frames, the first too long */
	struct fixture *const f = begin();
	(void)state;
	f->pcm[0] = 1;
	f->pcm[2 * 960 - 1] = 1;
	assert_int_equal(
		decoder_decode(&f->decoder, not_opus, sizeof not_opus, f->pcm, 960), STATUS_CODEC);
	assert_true(level(f->pcm, 960) == 0);
	end(f);
}

/* Back to a saved state: concealment in between leaves no trace. */
static void a_saved_state_is_gone_back_to(void **state)
{
	enum { N = 20 };
	static float straight[N * 960 * DECODER_CHANNELS], around[N * 960 * DECODER_CHANNELS];
	struct speech_like speech = speech_like_begin(0);
	struct decoder d, e;
	int error;
	OpusEncoder *const opus =
		opus_encoder_create(SAMPLES_PER_SECOND, 1, OPUS_APPLICATION_VOIP, &error);
	void *const memories[] = { malloc(decoder_bytes()), malloc(decoder_bytes()) };
	void *const saved = malloc(decoder_bytes());
	(void)state;
	assert_non_null(opus);
	assert_true(memories[0] && memories[1] && saved);
	assert_int_equal(decoder_init(&d, memories[0], 0), STATUS_OK);
	assert_int_equal(decoder_init(&e, memories[1], 0), STATUS_OK);
	for (int i = 0; i < N; i++) {
		uint8_t packet[1000];
		float pcm[960 * DECODER_CHANNELS];
		speech_like_fill(&speech, pcm, 960, 1);
		const opus_int32 n = opus_encode_float(opus, pcm, 960, packet, sizeof packet);
		assert_true(n > 2);
		decoder_decode(&d, packet, (size_t)n, straight + i * 960 * DECODER_CHANNELS, 960);
		decoder_save(&e, saved);
		for (int k = 0; k < i % 4; k++)
			decoder_conceal(&e, pcm, 480);
		decoder_restore(&e, saved);
		decoder_decode(&e, packet, (size_t)n, around + i * 960 * DECODER_CHANNELS, 960);
	}
	assert_memory_equal(straight, around, sizeof straight);
	opus_encoder_destroy(opus);
	free(memories[0]);
	free(memories[1]);
	free(saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_missing_is_filled),
		cmocka_unit_test(all_lengths_of_concealment_work),
		cmocka_unit_test(any_contents_are_decoded_to_something),
		cmocka_unit_test(a_saved_state_is_gone_back_to),
		cmocka_unit_test(what_cannot_be_decoded_is_silence),
	};
	return cmocka_run_group_tests_name("decoder", tests, NULL, NULL);
}
