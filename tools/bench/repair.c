/* What the state of the decoder is worth after a gap, and what may fill the gap: the sound after
 * it, or in it, against what the same decoder makes of the whole stream.
 *
 *   late     a frame comes when the next 1, 2 or 3 have been due: the decoder goes on as it is, or
 *            goes back, decodes it and what came since, and goes on from there (state repair)
 *   fill     what stands in a missing frame's place: a guess, in-band FEC of the next packet, or a
 *            copy of its own at 9 to 16 kbit/s; within the frame and in the three after it
 *
 * SNR: mean of the frames' signal-to-noise ratios, each within -10..35 dB. LSD: log-spectral
 * distance, root mean square over 100 to 8000 Hz, in dB. Frames below -50 dBFS are left out.
 *
 * usage: repair-bench SPEECH.wav...     (by tools/bench/decoder) */
#include "common/io/sound_file.h"
#include "common/base/pi.h"
#include "common/base/units.h"
#include "receiver/arrival/packet_info.h"
#include "receiver/sound/decoder.h"
#include "tools/bench/allocated.h"
#include "tools/bench/material.h"
#include "tools/signal/fft.h"

#include <math.h>
#include <opus/opus.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CHANNELS = DECODER_CHANNELS,
	FRAMES_MAX = 20000,
	PACKET_BYTES_MAX = 1275,
	MUSIC_SECONDS = 20,
	AFTER_FRAMES = 3, /* how many after the gap are judged */
	COMPLEXITY = 5,
	FADE_SAMPLES = 240,
	SPECTRUM_SAMPLES = 240, /* judged at 16 kHz, 15 ms */
	FFT_SAMPLES = 256,
	BINS_FIRST = 2,
	BINS = 128
};

#define POWER_FLOOR 1e-7

struct packet {
	int n_bytes;
	uint8_t bytes[PACKET_BYTES_MAX];
};

struct stream {
	int frame_samples, n_frames;
	struct packet *packets;
};

struct score {
	double snr_db, lsd_db;
	int n;
};

/* ---- what is compared ---- */

/* At 16 kHz, crudely, but alike on both sides. */
static void put_window(const float *pcm, int n, double windowed[FFT_SAMPLES])
{
	for (int i = 0; i < n; i++) {
		const float *const p = pcm + 3 * i * CHANNELS;
		const double window = 0.5 - 0.5 * cos(2 * PI * (i + 0.5) / n);
		windowed[i] = window * (double)((p[0] + p[CHANNELS] + p[2 * CHANNELS]) / 3);
	}
	memset(windowed + n, 0, (size_t)(FFT_SAMPLES - n) * sizeof *windowed);
}

static double distance_db(const float *wanted, const float *heard, int n_samples)
{
	static double twiddles[FFT_SAMPLES];
	double real[FFT_SAMPLES], imaginary[FFT_SAMPLES], a[BINS], b[BINS], sum = 0;
	const int n = n_samples / 3 < SPECTRUM_SAMPLES ? n_samples / 3 : SPECTRUM_SAMPLES;

	fft_twiddles(twiddles, FFT_SAMPLES);
	put_window(wanted, n, real);
	put_window(heard, n, imaginary);
	fft(real, imaginary, twiddles, FFT_SAMPLES);
	fft_powers_of_two(real, imaginary, FFT_SAMPLES, a, b, BINS);
	for (int k = BINS_FIRST; k < BINS; k++) {
		const double d = 10 * log10((a[k] + POWER_FLOOR) / (b[k] + POWER_FLOOR));
		sum += d * d;
	}
	return sqrt(sum / (BINS - BINS_FIRST));
}

static void judge(struct score *s, const float *wanted, const float *heard, int n_samples)
{
	double signal = 1e-12, noise = 1e-12;

	for (int i = 0; i < n_samples * CHANNELS; i++) {
		const double d = (double)heard[i] - (double)wanted[i];
		signal += (double)wanted[i] * (double)wanted[i];
		noise += d * d;
	}
	if (signal / (n_samples * CHANNELS) < 1e-5)
		return;
	const double snr_db = 10 * log10(signal / noise);
	s->snr_db += snr_db > 35 ? 35 : snr_db < -10 ? -10 : snr_db;
	s->lsd_db += distance_db(wanted, heard, n_samples);
	s->n++;
}

static void print_score(const struct score *s)
{
	printf("  %5.1f %5.1f", s->n > 0 ? s->snr_db / s->n : NAN,
		s->n > 0 ? s->lsd_db / s->n : NAN);
}

/* ---- encoding ---- */

struct coding {
	const char *name;
	int application, frame_samples, bps, bandwidth;
	bool is_music, has_fec;
};

static struct stream encode(const struct coding *c, const struct material *m)
{
	struct stream s = { .frame_samples = c->frame_samples };
	int error;
	OpusEncoder *const opus =
		opus_encoder_create(SAMPLES_PER_SECOND, CHANNELS, c->application, &error);

	if (!opus)
		exit(1);
	opus_encoder_ctl(opus, OPUS_SET_BITRATE(c->bps));
	opus_encoder_ctl(opus, OPUS_SET_FORCE_CHANNELS(1));
	opus_encoder_ctl(opus, OPUS_SET_COMPLEXITY(10));
	if (c->bandwidth)
		opus_encoder_ctl(opus, OPUS_SET_BANDWIDTH(c->bandwidth));
	if (c->application == OPUS_APPLICATION_VOIP)
		opus_encoder_ctl(opus, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
	opus_encoder_ctl(opus, OPUS_SET_INBAND_FEC(c->has_fec));
	opus_encoder_ctl(opus, OPUS_SET_PACKET_LOSS_PERC(c->has_fec ? 20 : 0));
	s.n_frames = m->n_samples / c->frame_samples;
	if (s.n_frames > FRAMES_MAX)
		s.n_frames = FRAMES_MAX;
	s.packets = allocated((size_t)s.n_frames * sizeof *s.packets);
	for (int i = 0; i < s.n_frames; i++)
		s.packets[i].n_bytes =
			opus_encode_float(opus, m->pcm + i * c->frame_samples * CHANNELS,
				c->frame_samples, s.packets[i].bytes, PACKET_BYTES_MAX);
	opus_encoder_destroy(opus);
	return s;
}

/* ---- decoding ---- */

struct bench {
	struct decoder main, other; /* all of the stream; what is tried out */
	void *before, *damaged;	    /* saved states */
	float *wanted;		    /* what the whole stream sounds like */
	float heard[PACKET_SAMPLES_MAX * CHANNELS];
};

static struct bench *begin_bench(const struct stream *s)
{
	struct bench *const b = allocated(sizeof *b);

	b->before = allocated(decoder_bytes());
	b->damaged = allocated(decoder_bytes());
	b->wanted =
		allocated((size_t)(s->n_frames * s->frame_samples * CHANNELS) * sizeof *b->wanted);
	if (decoder_init(&b->main, allocated(decoder_bytes()), COMPLEXITY) != STATUS_OK ||
		decoder_init(&b->other, allocated(decoder_bytes()), COMPLEXITY) != STATUS_OK)
		exit(1);
	for (int i = 0; i < s->n_frames; i++)
		decoder_decode(&b->main, s->packets[i].bytes, (size_t)s->packets[i].n_bytes,
			b->wanted + i * s->frame_samples * CHANNELS, s->frame_samples);
	decoder_reset(&b->main);
	return b;
}

static void play(struct bench *b, const struct stream *s, int frame)
{
	decoder_decode(&b->other, s->packets[frame].bytes, (size_t)s->packets[frame].n_bytes,
		b->heard, s->frame_samples);
}

static void judge_after(struct bench *b, const struct stream *s, int frame, bool fades,
	struct score scores[AFTER_FRAMES])
{
	float fade[FADE_SAMPLES * CHANNELS];
	const int n_fade = s->frame_samples < FADE_SAMPLES ? s->frame_samples : FADE_SAMPLES;

	if (fades) { /* from what would have been heard without the repair */
		void *const repaired = allocated(decoder_bytes());
		decoder_save(&b->other, repaired);
		decoder_restore(&b->other, b->damaged);
		play(b, s, frame);
		memcpy(fade, b->heard, (size_t)(n_fade * CHANNELS) * sizeof *fade);
		decoder_restore(&b->other, repaired);
		free(repaired);
	}
	for (int i = 0; i < AFTER_FRAMES; i++) {
		play(b, s, frame + i);
		for (int k = 0; i == 0 && fades && k < n_fade * CHANNELS; k++) {
			const float gain = (float)(k / CHANNELS + 1) / (float)(n_fade + 1);
			b->heard[k] = fade[k] + gain * (b->heard[k] - fade[k]);
		}
		judge(&scores[i], b->wanted + (frame + i) * s->frame_samples * CHANNELS, b->heard,
			s->frame_samples);
	}
}

/* n_gap frames from each fifth one on are missing when they are due, and there when `late` more
 * than the first have been played. */
static void try_late(const struct stream *s, int n_gap, int late)
{
	struct bench *const b = begin_bench(s);
	struct score plain[AFTER_FRAMES] = { { 0 } }, repaired[AFTER_FRAMES] = { { 0 } };

	for (int i = 0; i + n_gap + late + AFTER_FRAMES < s->n_frames; i++) {
		const int next = i + n_gap + late - 1;
		if (i % 5 == 4) {
			decoder_save(&b->main, b->before);
			decoder_restore(&b->other, b->before);
			for (int k = i; k < next; k++)
				if (k < i + n_gap)
					decoder_conceal(&b->other, b->heard, s->frame_samples);
				else
					play(b, s, k);
			decoder_save(&b->other, b->damaged);
			judge_after(b, s, next, false, plain);
			decoder_restore(&b->other, b->before);
			for (int k = i; k < next; k++)
				play(b, s, k);
			judge_after(b, s, next, true, repaired);
		}
		decoder_decode(&b->main, s->packets[i].bytes, (size_t)s->packets[i].n_bytes,
			b->heard, s->frame_samples);
	}
	printf("  %d lost, %d late ", n_gap, late);
	for (int i = 0; i < AFTER_FRAMES; i++) {
		printf(" |");
		print_score(&plain[i]);
		print_score(&repaired[i]);
	}
	printf("\n");
	free(b->wanted);
	free(b);
}

/* What replaces each fifth frame. copies NULL: FEC of the next packet, or a guess. */
static void try_fill(
	const char *name, const struct stream *s, const struct stream *copies, bool fec)
{
	struct bench *const b = begin_bench(s);
	struct score within = { 0 }, after[AFTER_FRAMES] = { { 0 } };
	double n_bytes = 0;

	for (int i = 0; i + 1 + AFTER_FRAMES < s->n_frames; i++) {
		const struct packet *const next = &s->packets[i + 1];
		if (copies)
			n_bytes += copies->packets[i].n_bytes;
		if (i % 5 == 4) {
			decoder_save(&b->main, b->before);
			decoder_restore(&b->other, b->before);
			if (copies)
				play(b, copies, i);
			else if (fec && packet_info_has_fec(next->bytes, (size_t)next->n_bytes))
				decoder_decode_fec(&b->other, next->bytes, (size_t)next->n_bytes,
					b->heard, s->frame_samples);
			else
				decoder_conceal(&b->other, b->heard, s->frame_samples);
			judge(&within, b->wanted + i * s->frame_samples * CHANNELS, b->heard,
				s->frame_samples);
			judge_after(b, s, i + 1, false, after);
		}
		decoder_decode(&b->main, s->packets[i].bytes, (size_t)s->packets[i].n_bytes,
			b->heard, s->frame_samples);
	}
	printf("  %-22s", name);
	print_score(&within);
	for (int i = 0; i < AFTER_FRAMES; i++) {
		printf(" |");
		print_score(&after[i]);
	}
	if (copies)
		printf("   (%.1f kbit/s)", n_bytes * 8 * 48 / s->frame_samples / s->n_frames);
	printf("\n");
	free(b->wanted);
	free(b);
}

static const struct coding codings[] = {
	{ "voice, SILK 20 ms, 24 kbit/s", OPUS_APPLICATION_VOIP, 960, 24000,
		OPUS_BANDWIDTH_WIDEBAND, false, false },
	{ "voice, hybrid 20 ms, 32 kbit/s", OPUS_APPLICATION_VOIP, 960, 32000,
		OPUS_BANDWIDTH_FULLBAND, false, false },
	{ "voice, SILK 10 ms, 24 kbit/s", OPUS_APPLICATION_VOIP, 480, 24000,
		OPUS_BANDWIDTH_WIDEBAND, false, false },
	{ "voice, CELT 5 ms, 64 kbit/s", OPUS_APPLICATION_RESTRICTED_LOWDELAY, 240, 64000, 0, false,
		false },
	{ "music, CELT 20 ms, 64 kbit/s", OPUS_APPLICATION_RESTRICTED_LOWDELAY, 960, 64000, 0, true,
		false },
};

static void bench_late(const struct material *speech, const struct material *music)
{
	static const int rows[][2] = { { 1, 1 }, { 1, 2 }, { 1, 3 }, { 2, 1 }, { 2, 2 }, { 3, 1 } };

	puts("late: after the gap, as it is and repaired: SNR LSD, SNR LSD; next frame | second | "
	     "third");
	for (size_t c = 0; c < sizeof codings / sizeof *codings; c++) {
		const struct stream s = encode(&codings[c], codings[c].is_music ? music : speech);
		puts(codings[c].name);
		for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
			try_late(&s, rows[r][0], rows[r][1]);
		free(s.packets);
	}
}

static void bench_fill(const struct material *speech)
{
	static const int copy_bps[] = { 9000, 12000, 16000 };
	struct coding c = codings[0];
	char name[40];

	puts("fill: in the gap: SNR LSD | next frame | second | third");
	for (int i = 0; i < 2; i++) {
		c.bps = i == 0 ? 24000 : 32000;
		c.has_fec = true;
		const struct stream s = encode(&c, speech);
		printf("voice, SILK 20 ms, %d kbit/s with FEC for 20 %% loss\n", c.bps / 1000);
		try_fill("guess", &s, NULL, false);
		try_fill("in-band FEC", &s, NULL, true);
		for (size_t k = 0; k < sizeof copy_bps / sizeof *copy_bps; k++) {
			c.bps = copy_bps[k];
			c.has_fec = false;
			const struct stream copies = encode(&c, speech);
			snprintf(name, sizeof name, "copy of %d kbit/s", copy_bps[k] / 1000);
			try_fill(name, &s, &copies, false);
			free(copies.packets);
		}
		free(s.packets);
	}
}

int main(int argc, char *argv[])
{
	if (argc < 2) {
		fputs("usage: repair-bench SPEECH.wav...\n", stderr);
		return 2;
	}
	struct material speech = material_recordings("speech", argv + 1, argc - 1);
	struct material music = material_music(MUSIC_SECONDS);
	puts(opus_get_version_string());
	bench_late(&speech, &music);
	bench_fill(&speech);
	material_free(&speech);
	material_free(&music);
	return 0;
}
