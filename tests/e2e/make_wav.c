/* make_wav FILE.wav SECONDS [CHANNELS]: speech-like sound, the same in every run, 16 bit, 48 kHz.
 * For the tests with the real programs, where no recording may be counted on. */
#include "tests/unit/speech_like.h"

#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHANNELS_MAX = 16, PAUSE_SAMPLES = SAMPLES_PER_SECOND / 5 };

int main(int argc, char *argv[])
{
	SF_INFO info = {
		.samplerate = SAMPLES_PER_SECOND,
		.channels = argc > 3 ? atoi(argv[3]) : 1,
		.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16,
	};
	struct speech_like voice = speech_like_begin(PAUSE_SAMPLES);

	if (argc < 3 || info.channels < 1 || info.channels > CHANNELS_MAX) {
		fputs("usage: make_wav FILE.wav SECONDS [CHANNELS]\n", stderr);
		return 2;
	}
	SNDFILE *const file = sf_open(argv[1], SFM_WRITE, &info);
	if (!file) {
		fprintf(stderr, "make_wav: %s: %s\n", argv[1], sf_strerror(NULL));
		return 1;
	}
	for (int64_t n = (int64_t)(atof(argv[2]) * SAMPLES_PER_SECOND); n > 0; n--) {
		float sample[CHANNELS_MAX];
		const float value = (float)speech_like_next(&voice);
		for (int c = 0; c < info.channels; c++) /* none like the other */
			sample[c] = value / (float)(c + 1);
		sf_writef_float(file, sample, 1);
	}
	return sf_close(file) == 0 ? 0 : 1;
}
