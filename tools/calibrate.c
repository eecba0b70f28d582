/* Measures how frames sound to a listener, by the form in which they are heard and its rate, with the
 * libopus at hand, and prints it as sender/quality_table.c.
 *
 * A recording is encoded at every rate of the grid. Then a decoder hears it with a share of its
 * frames in another form, and how one frame in that form sounds follows from the difference, since
 * both figures (intelligibility; squared spectral distance) are means over the frames:
 *
 *     whole recording as primaries        P
 *     a share s of it in another form     M   ->  that form: P + (M - P) / s
 *
 * usage: calibrate SPEECH.wav             (by tools/calibrate) */
#include "common/units.h"
#include "receiver/decoder.h"
#include "sender/encoder.h"
#include "sender/quality.h"
#include "tools/score.h"
#include "common/splitmix.h"
#include "tools/time_scale_material.h"

#include <opus/opus.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int rates_bps[QUALITY_RATES] = { 6000, 7000, 8000, 9000, 10000, 11000, 12000, 14000,
	16000, 20000, 24000, 32000, 48000, 64000, 96000 };

static const struct {
	struct coding coding;
	const char *name;
	enum profile profile;
	int frame_samples;
} rows[] = {
	{ { CODING_SILK, CODING_WIDEBAND }, "CODING_SILK, CODING_WIDEBAND", PROFILE_VOICE, 480 },
	{ { CODING_SILK, CODING_WIDEBAND }, "CODING_SILK, CODING_WIDEBAND", PROFILE_VOICE, 960 },
	{ { CODING_SILK, CODING_WIDEBAND }, "CODING_SILK, CODING_WIDEBAND", PROFILE_VOICE, 1920 },
	{ { CODING_SILK, CODING_WIDEBAND }, "CODING_SILK, CODING_WIDEBAND", PROFILE_VOICE, 2880 },
	{ { CODING_HYBRID, CODING_FULLBAND }, "CODING_HYBRID, CODING_FULLBAND", PROFILE_VOICE,
		480 },
	{ { CODING_HYBRID, CODING_FULLBAND }, "CODING_HYBRID, CODING_FULLBAND", PROFILE_VOICE,
		960 },
	{ { CODING_CELT, CODING_WIDEBAND }, "CODING_CELT, CODING_WIDEBAND", PROFILE_LOWDELAY, 120 },
	{ { CODING_CELT, CODING_WIDEBAND }, "CODING_CELT, CODING_WIDEBAND", PROFILE_LOWDELAY, 240 },
	{ { CODING_CELT, CODING_WIDEBAND }, "CODING_CELT, CODING_WIDEBAND", PROFILE_LOWDELAY, 480 },
	{ { CODING_CELT, CODING_WIDEBAND }, "CODING_CELT, CODING_WIDEBAND", PROFILE_LOWDELAY, 960 },
	{ { CODING_CELT, CODING_FULLBAND }, "CODING_CELT, CODING_FULLBAND", PROFILE_LOWDELAY, 120 },
	{ { CODING_CELT, CODING_FULLBAND }, "CODING_CELT, CODING_FULLBAND", PROFILE_LOWDELAY, 240 },
	{ { CODING_CELT, CODING_FULLBAND }, "CODING_CELT, CODING_FULLBAND", PROFILE_LOWDELAY, 480 },
	{ { CODING_CELT, CODING_FULLBAND }, "CODING_CELT, CODING_FULLBAND", PROFILE_LOWDELAY, 960 },
};

#define COPY_SHARE	0.2
#define FEC_SHARE	0.1
#define HOLE_SHARE	0.1
#define HOLE_RATES_STEP 3
#define SILENT_DB	30.0 /* where there is nothing to judge */
#define HEADROOM	8000 /* samples beyond the recording's end */

enum form { FORM_PRIMARY, FORM_COPY, FORM_FEC, FORM_HOLE };

struct packet {
	size_t n_bytes;
	uint8_t bytes[ENCODED_BYTES_MAX];
};

/* What is heard, and how it was encoded. */
struct listening {
	const float *said;
	int n_said;
	int frame_samples, n_frames, lookahead_samples;
	enum form *forms; /* of each frame */
	float *heard;
};

static void fail(const char *what)
{
	fprintf(stderr, "calibrate: %s\n", what);
	exit(1);
}

static void *memory(size_t n_bytes)
{
	void *const m = calloc(1, n_bytes);
	if (!m)
		fail("out of memory");
	return m;
}

static struct packet *encode(
	struct listening *l, enum profile profile, struct coding coding, int bps, bool fec)
{
	const struct encoder_config config = {
		.profile = profile,
		.n_channels = 1,
		.frame_samples = l->frame_samples,
		.primary_bps = bps,
		.coding = coding,
	};
	struct packet *const packets = memory((size_t)l->n_frames * sizeof *packets);
	void *const state = memory(encoder_bytes(1));
	struct encoder encoder;

	if (encoder_init(&encoder, state, &config) != STATUS_OK ||
		encoder_set_fec(&encoder, fec, fec ? QUALITY_FEC_LOSS_PERCENT : 0) != STATUS_OK)
		fail("no encoder");
	l->lookahead_samples = encoder_lookahead_samples(&encoder);
	for (int i = 0; i < l->n_frames; i++) {
		struct encoded_frame frame;
		if (encoder_encode(&encoder, l->said + (size_t)i * (size_t)l->frame_samples, bps,
			    ENCODED_BYTES_MAX, &frame) != STATUS_OK)
			fail("a frame cannot be encoded");
		packets[i].n_bytes = frame.primary_bytes;
		memcpy(packets[i].bytes, frame.primary, frame.primary_bytes);
	}
	free(state);
	return packets;
}

/* Puts frames into this form, as many in a row as said; a primary follows. Returns their share. */
static double choose_forms(const struct listening *l, enum form form, double share, int n_in_row)
{
	uint64_t counter = 1;
	int n_chosen = 0;

	for (int i = 0; i < l->n_frames; i++)
		l->forms[i] = FORM_PRIMARY;
	for (int i = 0; i + n_in_row < l->n_frames; i++) {
		const uint64_t hash = splitmix_hash(counter++ * SPLITMIX_STEP);
		if ((double)(hash >> 11) * 0x1p-53 >= share / n_in_row)
			continue;
		for (int k = 0; k < n_in_row; k++)
			l->forms[i++] = form;
		n_chosen += n_in_row;
	}
	return (double)n_chosen / l->n_frames;
}

static struct sound judge(const struct listening *l)
{
	struct score_result r;

	if (!score(&r, l->said, (size_t)l->n_said, l->heard, (size_t)(l->n_said + HEADROOM)))
		return (struct sound){ 0, SILENT_DB * SILENT_DB };
	return (struct sound){ r.intelligibility, r.distance_db * r.distance_db };
}

/* How it sounds with the forms as chosen. copies: NULL where there are none. */
static struct sound listen(
	const struct listening *l, const struct packet *primaries, const struct packet *copies)
{
	float pcm[PACKET_SAMPLES_MAX * DECODER_CHANNELS];
	void *const state = memory(decoder_bytes());
	struct decoder decoder;
	const int n = l->frame_samples;

	if (decoder_init(&decoder, state, DECODER_COMPLEXITY_DEFAULT) != STATUS_OK)
		fail("no decoder");
	for (int i = 0; i < l->n_frames; i++) {
		const struct packet *p = &primaries[i];
		switch (l->forms[i]) {
		case FORM_HOLE:
			(void)decoder_conceal(&decoder, pcm, n);
			break;
		case FORM_FEC:
			p = &primaries[i + 1];
			(void)decoder_decode_fec(&decoder, p->bytes, p->n_bytes, pcm, n);
			break;
		case FORM_COPY:
			p = &copies[i];
			/* fall through */
		default:
			(void)decoder_decode(&decoder, p->bytes, p->n_bytes, pcm, n);
		}
		for (int k = 0; k < n; k++)
			l->heard[i * n + k] = pcm[k * DECODER_CHANNELS];
	}
	free(state);
	return judge(l);
}

static struct sound form_of(struct sound primaries, struct sound mixed, double share)
{
	return (struct sound){
		primaries.intelligibility +
			(mixed.intelligibility - primaries.intelligibility) / share,
		primaries.power + (mixed.power - primaries.power) / share,
	};
}

/* Holes of one to four frames in a row weigh alike: each frame costs nearly the same. */
static struct sound measure_holes(
	const struct listening *l, const struct packet *primaries, struct sound clean)
{
	struct sound mean = { 0, 0 };

	for (int n_in_row = 1; n_in_row <= 4; n_in_row++) {
		const double share = choose_forms(l, FORM_HOLE, HOLE_SHARE, n_in_row);
		const struct sound hole = form_of(clean, listen(l, primaries, NULL), share);
		mean.intelligibility += hole.intelligibility / 4;
		mean.power += hole.power / 4;
	}
	return mean;
}

/* A hole sounds nearly the same whatever the rate of the primaries around it: measured at some of
 * the rates, the others as the next one below. */
static void measure_concealed(struct listening *l, struct packet *const *packets, struct quality *q)
{
	for (int p = 0; p < QUALITY_RATES; p++)
		q->concealed[p] = p % HOLE_RATES_STEP == 0
					  ? measure_holes(l, packets[p], q->primary[p])
					  : q->concealed[p - 1];
}

static void measure_fec(
	struct listening *l, enum profile profile, struct coding coding, struct quality *q)
{
	for (int p = 0; p < QUALITY_RATES; p++) {
		q->fec_primary[p] = q->primary[p];
		q->fec[p] = q->concealed[p];
		const int least_bps = coding_fec_bps_min(coding, l->frame_samples);
		if (least_bps == 0 || rates_bps[p] < least_bps)
			continue;
		struct packet *const packets = encode(l, profile, coding, rates_bps[p], true);
		(void)choose_forms(l, FORM_PRIMARY, 0, 1);
		q->fec_primary[p] = listen(l, packets, NULL);
		const double share = choose_forms(l, FORM_FEC, FEC_SHARE, 1);
		q->fec[p] = form_of(q->fec_primary[p], listen(l, packets, NULL), share);
		free(packets);
	}
}

static void measure_row(
	struct listening *l, enum profile profile, struct coding coding, struct quality *q)
{
	struct packet *packets[QUALITY_RATES];

	for (int p = 0; p < QUALITY_RATES; p++) {
		packets[p] = encode(l, profile, coding, rates_bps[p], false);
		(void)choose_forms(l, FORM_PRIMARY, 0, 1);
		q->primary[p] = listen(l, packets[p], NULL);
		const double share = choose_forms(l, FORM_COPY, COPY_SHARE, 1);
		for (int c = 0; c < p; c++)
			q->copy[p][c] =
				form_of(q->primary[p], listen(l, packets[p], packets[c]), share);
		for (int c = p; c < QUALITY_RATES; c++)
			q->copy[p][c] = q->primary[p]; /* nobody would send a larger one */
	}
	measure_concealed(l, packets, q);
	measure_fec(l, profile, coding, q);
	for (int p = 0; p < QUALITY_RATES; p++)
		free(packets[p]);
}

static void print_sounds(const char *before, const struct sound sounds[QUALITY_RATES])
{
	printf("\t\t%s{ ", before);
	for (int i = 0; i < QUALITY_RATES; i++)
		printf("%s{ %.4f, %.3f }", i ? ", " : "", sounds[i].intelligibility,
			sounds[i].power);
	puts(" },");
}

static void print_row(const char *name, const struct quality *q)
{
	printf("\t{\n\t\t.coding = { %s },\n\t\t.frame_samples = %d,\n", name, q->frame_samples);
	print_sounds(".primary = ", q->primary);
	puts("\t\t.copy = {");
	for (int p = 0; p < QUALITY_RATES; p++)
		print_sounds("\t", q->copy[p]);
	puts("\t\t},");
	print_sounds(".fec_primary = ", q->fec_primary);
	print_sounds(".fec = ", q->fec);
	print_sounds(".concealed = ", q->concealed);
	puts("\t},");
}

int main(int argc, char *argv[])
{
	if (argc != 2) {
		fputs("usage: calibrate SPEECH.wav\n", stderr);
		return 2;
	}
	struct material speech = material_recordings("speech", argv + 1, 1);
	float *const said = memory((size_t)speech.n_samples * sizeof *said);
	struct listening l = { .said = said, .n_said = speech.n_samples };

	for (int i = 0; i < speech.n_samples; i++)
		said[i] = speech.pcm[i * 2];
	l.heard = memory((size_t)(l.n_said + HEADROOM) * sizeof *l.heard);
	l.forms = memory((size_t)(l.n_said / FRAME_SAMPLES_MIN) * sizeof *l.forms);
	printf("/* Printed by tools/calibrate with %s, decoder complexity %d, from %.1f s of "
	       "speech;\n"
	       " * do not edit. */\n#include \"sender/quality.h\"\n\n"
	       "/* clang-format off */\nconst int quality_rates_bps[QUALITY_RATES] = {",
		opus_get_version_string(), DECODER_COMPLEXITY_DEFAULT,
		(double)l.n_said / SAMPLES_PER_SECOND);
	for (int i = 0; i < QUALITY_RATES; i++)
		printf("%s%d", i ? ", " : " ", rates_bps[i]);
	puts(" };\n\nconst struct quality quality_table[] = {");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct quality q = { .frame_samples = rows[i].frame_samples };
		l.frame_samples = q.frame_samples;
		l.n_frames = l.n_said / l.frame_samples;
		measure_row(&l, rows[i].profile, rows[i].coding, &q);
		print_row(rows[i].name, &q);
		fprintf(stderr, "%s, %g ms\n", rows[i].name,
			(double)q.frame_samples / SAMPLES_PER_MS);
	}
	puts("};\n\nconst int quality_table_rows = sizeof quality_table / sizeof *quality_table;");
	free(l.forms);
	free(l.heard);
	free(said);
	material_free(&speech);
	return 0;
}
