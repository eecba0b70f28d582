/* What is an Opus packet and what is not, and that something is decoded in any case. */
#include "receiver/sound/decoder.h"

#include "common/base/units.h"
#include "tests/unit/speech_like.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <opus/opus.h>
#include <stdlib.h>
#include <string.h>

/* RFC 6716, 3: the TOC's configuration 1 is SILK, narrowband, 20 ms; 0 10 ms, 2 40, 3 60;
 * 16 CELT 2.5 ms; code 0 is one frame, 1 two of equal length, 2 two of any, 3 a number. */
#define TOC(config, code) ((uint8_t)((config) << 3 | (code)))

static void framing_is_read_wholly(void **state)
{
	static const struct {
		const char *name;
		size_t n_bytes;
		uint8_t bytes[8];
		int n_samples;
	} rows[] = {
		{ "nothing", 0, { 0 }, 0 },
		{ "an empty frame of 20 ms", 1, { TOC(1, 0) }, 960 },
		{ "20 ms", 3, { TOC(1, 0), 1, 2 }, 960 },
		{ "10 ms", 2, { TOC(0, 0), 1 }, 480 },
		{ "60 ms", 2, { TOC(3, 0), 1 }, 2880 },
		{ "2.5 ms", 2, { TOC(16, 0), 1 }, 120 },
		{ "two equal ones", 3, { TOC(1, 1), 1, 2 }, 1920 },
		{ "two equal ones of odd length", 4, { TOC(1, 1), 1, 2, 3 }, 0 },
		{ "two, the first of one byte", 4, { TOC(1, 2), 1, 7, 8 }, 1920 },
		{ "two, the first too long", 3, { TOC(1, 2), 9, 7 }, 0 },
		{ "two, without a length", 1, { TOC(1, 2) }, 0 },
		{ "three of 20 ms", 5, { TOC(1, 3), 3, 1, 2, 3 }, 2880 },
		{ "two of 60 ms", 4, { TOC(3, 3), 2, 1, 2 }, 5760 },
		{ "three of 60 ms: longer than 120 ms", 5, { TOC(3, 3), 3, 1, 2, 3 }, 0 },
		{ "a number of none", 2, { TOC(1, 3), 0 }, 0 },
		{ "a number missing", 1, { TOC(1, 3) }, 0 },
		{ "48 of 2.5 ms", 2, { TOC(16, 3), 48 }, 5760 },
		{ "49 of 2.5 ms", 2, { TOC(16, 3), 49 }, 0 },
		{ "more padding than packet", 3, { TOC(1, 3), 0x41, 200 }, 0 },
		{ "padding without end", 8, { TOC(1, 3), 0x41, 255, 255, 255, 255, 255, 255 }, 0 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++)
		assert_row_equal(rows[i].name,
			decoder_packet_samples(rows[i].bytes, rows[i].n_bytes), rows[i].n_samples);
	assert_int_equal(decoder_packet_frame_samples(rows[11].bytes), 960);
	assert_false(decoder_packet_is_stereo((const uint8_t[]){ TOC(1, 0) }));
	assert_true(decoder_packet_is_stereo((const uint8_t[]){ TOC(1, 0) | 4 }));
}

/* Voice flags and the in-band FEC flag stand first in a SILK frame (RFC 6716, 4.2.3). */
static void the_fec_flag_is_found(void **state)
{
	static const struct {
		const char *name;
		uint8_t toc, first;
		bool has_fec;
	} rows[] = {
		{ "10 ms, no", TOC(0, 0), 0xBF, false },
		{ "10 ms, yes", TOC(0, 0), 0x40, true },
		{ "20 ms, no", TOC(1, 0), 0xBF, false },
		{ "20 ms, yes", TOC(1, 0), 0x40, true },
		{ "40 ms, no", TOC(2, 0), 0xDF, false },
		{ "40 ms, yes", TOC(2, 0), 0x20, true },
		{ "60 ms, no", TOC(3, 0), 0xEF, false },
		{ "60 ms, yes", TOC(3, 0), 0x10, true },
		{ "hybrid, yes", TOC(13, 0), 0x40, true },
		{ "CELT has none", TOC(16, 0), 0xFF, false },
		{ "CELT has none at 20 ms", TOC(31, 0), 0xFF, false },
		{ "stereo, in the middle", TOC(1, 0) | 4, 0x40, true },
		{ "stereo, in the side", TOC(1, 0) | 4, 0x10, true },
		{ "stereo, no", TOC(1, 0) | 4, 0xAF, false },
		{ "mono has no side", TOC(1, 0), 0x10, false },
		{ "stereo 60 ms, in the side", TOC(3, 0) | 4, 0x01, true },
		{ "stereo 60 ms, no", TOC(3, 0) | 4, 0xEE, false },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const uint8_t packet[] = { rows[i].toc, rows[i].first, 0, 0 };
		assert_row_equal(rows[i].name, decoder_packet_has_fec(packet, sizeof packet),
			rows[i].has_fec);
	}
	assert_false(decoder_packet_has_fec((const uint8_t[]){ TOC(1, 0) }, 1)); /* empty frame */
}

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
	assert_true(decoder_packet_has_fec(packets[MISSING + 1], (size_t)n_bytes[MISSING + 1]));
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
	assert_true(level(played[1], 960) > 0.001);			  /* a guess is a guess */
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

/* Right framing, any contents: never more or less than was promised, never a sample of nothing. */
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
		const int n_samples = decoder_packet_samples(packet, n_bytes);
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
	static const uint8_t not_opus[] = { TOC(1, 2), 200, 1 };
	struct fixture *const f = begin();
	(void)state;
	f->pcm[0] = 1;
	f->pcm[2 * 960 - 1] = 1;
	assert_int_equal(
		decoder_decode(&f->decoder, not_opus, sizeof not_opus, f->pcm, 960), STATUS_CODEC);
	assert_true(level(f->pcm, 960) == 0);
	end(f);
}

/* Back to a saved state: what was guessed in between leaves no trace. */
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
		cmocka_unit_test(framing_is_read_wholly),
		cmocka_unit_test(the_fec_flag_is_found),
		cmocka_unit_test(what_is_missing_is_filled),
		cmocka_unit_test(all_lengths_of_concealment_work),
		cmocka_unit_test(any_contents_are_decoded_to_something),
		cmocka_unit_test(a_saved_state_is_gone_back_to),
		cmocka_unit_test(what_cannot_be_decoded_is_silence),
	};
	return cmocka_run_group_tests_name("decoder", tests, NULL, NULL);
}
