#include "common/app/opus_library.h"

#include "common/base/units.h"
#include "common/io/audio_io.h"

#include <math.h>
#include <opus/opus.h>
#include <sndfile.h>
#include <soxr.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { FRAME = 20 * SAMPLES_PER_MS };

struct opus_library {
	const char *version;	 /* "libopus 1.3.1" */
	bool takes_complexity;	 /* the decoder has a complexity: 1.5 or newer */
	bool has_neural_conceal; /* and conceals by a neural network */
	bool has_dred;		 /* the encoder can send deep redundancy */
};

/* A buzz of 120 Hz, whose pitch concealment can continue. */
static void make_buzz(float pcm[FRAME], int frame)
{
	for (int i = 0; i < FRAME; i++) {
		const double t = (frame * FRAME + i) / (double)SAMPLES_PER_SECOND;
		pcm[i] = 0;
		for (int k = 1; k <= 8; k++)
			pcm[i] += (float)(0.1 * sin(2 * 3.14159265358979 * 120 * k * t));
	}
}

/* Conceals after a few frames of buzz, at a complexity. */
static bool conceal(OpusEncoder *encoder, int complexity, float out[FRAME])
{
	float pcm[FRAME];
	unsigned char packet[400];
	int error;
	OpusDecoder *const decoder = opus_decoder_create(SAMPLES_PER_SECOND, 1, &error);

	if (!decoder)
		return false;
	bool ok = opus_encoder_ctl(encoder, OPUS_RESET_STATE) == OPUS_OK &&
		  opus_decoder_ctl(decoder, OPUS_SET_COMPLEXITY(complexity)) == OPUS_OK;
	for (int i = 0; ok && i < 10; i++) {
		make_buzz(pcm, i);
		const int n_bytes = opus_encode_float(encoder, pcm, FRAME, packet, sizeof packet);
		ok = n_bytes > 0 &&
		     opus_decode_float(decoder, packet, n_bytes, out, FRAME, 0) == FRAME;
	}
	ok = ok && opus_decode_float(decoder, NULL, 0, out, FRAME, 0) == FRAME;
	opus_decoder_destroy(decoder);
	return ok;
}

/* Found by trial: the library does not tell how it was built. */
static struct opus_library probe(void)
{
	struct opus_library library = { .version = opus_get_version_string() };
	float plain[FRAME], neural[FRAME];
	int error;
	OpusEncoder *const encoder =
		opus_encoder_create(SAMPLES_PER_SECOND, 1, OPUS_APPLICATION_VOIP, &error);

	if (!encoder)
		return library;
	library.takes_complexity = conceal(encoder, 0, plain) && conceal(encoder, 5, neural);
	library.has_neural_conceal =
		library.takes_complexity && memcmp(plain, neural, sizeof plain) != 0;
#ifdef OPUS_SET_DRED_DURATION
	library.has_dred = opus_encoder_ctl(encoder, OPUS_SET_DRED_DURATION(10)) == OPUS_OK;
#endif
	opus_encoder_destroy(encoder);
	return library;
}

void opus_library_print_version(const char *program)
{
	const struct opus_library library = probe();

	printf("%s %s\n", program, HINDSIGHT_VERSION);
	printf("%s: decoder complexity %s, neural concealment %s, DRED %s\n", library.version,
		library.takes_complexity ? "yes" : "no (needs 1.5)",
		library.has_neural_conceal ? "yes" : "no", library.has_dred ? "yes" : "no");
	printf("%s\n%s, %s\n", audio_io_version(), sf_version_string(), soxr_version());
}
