/* Measures how frames sound to a listener, by the form in which they are heard and its rate, with the
 * libopus at hand, and prints it as one of the planner's tables (sender/planning/quality.h).
 *
 * A recording is encoded at every rate of the grid. Then a decoder hears it with a share of its
 * frames in another form. How one frame in that form disturbs follows from the difference, since
 * the squares of disturbances (common/base/mos_scale.h, from hindsight-score's MOS-LQO) add up:
 *
 *     whole recording as primaries        P
 *     a share s of it in another form     M   ->  that form: P + (M - P) / s
 *
 * usage: calibrate SPEECH.wav             (by tools/bench/calibrate)
 *        calibrate --kind                 which table this library makes: plain or neural */
#include "common/base/mos_scale.h"
#include "common/base/splitmix.h"
#include "common/base/units.h"
#include "receiver/sound/decoder.h"
#include "sender/coding/encoder.h"
#include "sender/planning/quality.h"
#include "tools/score/alignment.h"
#include "tools/score/mos_lqo.h"
#include "tools/bench/material.h"

#include <opus/opus.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct row {
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

#define COPY_SHARE 0.15
#define FEC_SHARE  0.15
#define HOLE_SHARE 0.02
#define HEADROOM   8000 /* samples beyond the recording's end */

/* Holes and copies change evenly with the rate of the primaries about them: they are measured at every
 * third rate and at the last, and put between these. */
enum { STEP = 3, HOLES_IN_ROW_MAX = 3 };

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

/* The primaries of a rate; or, where copy_bps > 0, the copies of that rate beside them. */
static struct packet *encode(
	struct listening *l, const struct row *row, int bps, int copy_bps, bool fec)
{
	const struct encoder_config config = {
		.profile = row->profile,
		.n_channels = 1,
		.frame_samples = l->frame_samples,
		.primary_bps = bps,
		.coding = row->coding,
	};
	struct packet *const packets = memory((size_t)l->n_frames * sizeof *packets);
	void *const state = memory(encoder_bytes(1));
	struct encoder encoder;

	if (encoder_init(&encoder, state, &config) != STATUS_OK ||
		encoder_set_copies(&encoder, &copy_bps, copy_bps > 0) != STATUS_OK ||
		encoder_set_fec(&encoder, fec, fec ? QUALITY_FEC_LOSS_PERCENT : 0) != STATUS_OK)
		fail("no encoder");
	l->lookahead_samples = encoder_lookahead_samples(&encoder);
	for (int i = 0; i < l->n_frames; i++) {
		struct encoded_frame frame;
		if (encoder_encode(&encoder, l->said + (size_t)i * (size_t)l->frame_samples, bps,
			    ENCODED_BYTES_MAX, &frame) != STATUS_OK)
			fail("a frame cannot be encoded");
		const uint8_t *const bytes = copy_bps > 0 ? frame.forms[0].data : frame.primary;
		packets[i].n_bytes = copy_bps > 0 ? frame.forms[0].n_bytes : frame.primary_bytes;
		memcpy(packets[i].bytes, bytes, packets[i].n_bytes);
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

/* What is heard comes later by the coder's look-ahead, and by nothing else. */
static double judge(const struct listening *l)
{
	const double delay_ms = (double)l->lookahead_samples / SAMPLES_PER_MS;
	struct alignment_stretch whole = {
		.end_s = (double)l->n_said / SAMPLES_PER_SECOND,
		.begin_delay_ms = delay_ms,
		.end_delay_ms = delay_ms,
	};
	const struct alignment alignment = { .stretches = &whole, .n_stretches = 1 };
	double mos;

	if (!mos_lqo_estimate(&mos, &alignment, l->said, (size_t)l->n_said, l->heard,
		    (size_t)(l->n_said + HEADROOM)))
		fail("out of memory");
	if (isnan(mos))
		fail("this is no speech, or too little of it");
	return pow(disturbance_of_mos(mos), 2);
}

/* How it sounds with the forms as chosen. copies: NULL where there are none. */
static double listen(
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

static double form_of(double primaries, double mixed, double share)
{
	return primaries + (mixed - primaries) / share;
}

/* Holes of one to three frames in a row weigh alike: each frame costs nearly the same. */
static double measure_holes(const struct listening *l, const struct packet *primaries, double clean)
{
	double mean = 0;

	for (int n_in_row = 1; n_in_row <= HOLES_IN_ROW_MAX; n_in_row++) {
		const double share = choose_forms(l, FORM_HOLE, HOLE_SHARE, n_in_row);
		const double hole = form_of(clean, listen(l, primaries, NULL), share);
		mean += hole * (1 + QUALITY_GAPS_OVERLAP * share) / HOLES_IN_ROW_MAX;
	}
	return mean;
}

/* Where libopus left FEC out at a rate, what is heard is a guess: there the next higher rate stands in, so that
 * between the two the table is not read as a slope that no call has. */
static void fill_fec(struct quality *q)
{
	for (int p = QUALITY_RATES - 2; p >= 0; p--) {
		const bool is_left_out = q->fec[p] > 0.9 * q->concealed[p];
		const bool is_in_next = q->fec[p + 1] < 0.9 * q->concealed[p + 1];
		if (!is_left_out || !is_in_next)
			continue;
		q->fec[p] = q->fec[p + 1];
		q->fec_primary[p] = fmax(q->fec_primary[p],
			q->fec_primary[p + 1] * q->primary[p] / fmax(q->primary[p + 1], 0.001));
	}
}

static void measure_fec(struct listening *l, const struct row *row, struct quality *q)
{
	for (int p = 0; p < QUALITY_RATES; p++) {
		q->fec_primary[p] = q->primary[p];
		q->fec[p] = q->concealed[p];
		const int least_bps = coding_fec_bps_min(row->coding, l->frame_samples);
		if (least_bps == 0 || quality_rates_bps[p] < least_bps)
			continue;
		struct packet *const packets = encode(l, row, quality_rates_bps[p], 0, true);
		(void)choose_forms(l, FORM_PRIMARY, 0, 1);
		q->fec_primary[p] = listen(l, packets, NULL);
		const double share = choose_forms(l, FORM_FEC, FEC_SHARE, 1);
		q->fec[p] = form_of(q->fec_primary[p], listen(l, packets, NULL), share);
		free(packets);
	}
	fill_fec(q);
}

/* Where a rate of the primaries was left out. */
static void fill_between(struct quality *q, int low, int high)
{
	for (int p = low + 1; p < high; p++) {
		const double above = log((double)quality_rates_bps[p] / quality_rates_bps[low]) /
				     log((double)quality_rates_bps[high] / quality_rates_bps[low]);
		q->concealed[p] =
			q->concealed[low] + above * (q->concealed[high] - q->concealed[low]);
		for (int c = 0; c < p; c++) {
			/* The lower row has no copy as good as this: only the upper one tells. */
			const double from = c < low ? q->copy[low][c] : q->copy[high][c];
			q->copy[p][c] = from + above * (q->copy[high][c] - from);
		}
	}
}

static void measure_copies(struct listening *l, const struct row *row, int p,
	const struct packet *primaries, struct quality *q)
{
	const double share = choose_forms(l, FORM_COPY, COPY_SHARE, 1);

	for (int c = 0; c < p; c++) {
		struct packet *const copies =
			encode(l, row, quality_rates_bps[p], quality_rates_bps[c], false);
		q->copy[p][c] = form_of(q->primary[p], listen(l, primaries, copies), share);
		free(copies);
	}
}

static void measure_row(struct listening *l, const struct row *row, struct quality *q)
{
	int last = 0;

	for (int p = 0; p < QUALITY_RATES; p++) {
		struct packet *const primaries = encode(l, row, quality_rates_bps[p], 0, false);
		(void)choose_forms(l, FORM_PRIMARY, 0, 1);
		q->primary[p] = listen(l, primaries, NULL);
		if (p % STEP == 0 || p == QUALITY_RATES - 1) {
			measure_copies(l, row, p, primaries, q);
			q->concealed[p] = measure_holes(l, primaries, q->primary[p]);
			fill_between(q, last, p);
			last = p;
		}
		free(primaries);
	}
	for (int p = 0; p < QUALITY_RATES; p++)
		for (int c = p; c < QUALITY_RATES; c++)
			q->copy[p][c] = q->primary[p]; /* nobody would send a larger one */
	measure_fec(l, row, q);
}

static void print_powers(const char *before, const double powers[QUALITY_RATES])
{
	printf("\t\t%s{ ", before);
	for (int i = 0; i < QUALITY_RATES; i++)
		printf("%s%.3f", i ? ", " : "", powers[i]);
	puts(" },");
}

static void print_row(const char *name, const struct quality *q)
{
	printf("\t{\n\t\t.coding = { %s },\n\t\t.frame_samples = %d,\n", name, q->frame_samples);
	print_powers(".primary = ", q->primary);
	puts("\t\t.copy = {");
	for (int p = 0; p < QUALITY_RATES; p++)
		print_powers("\t", q->copy[p]);
	puts("\t\t},");
	print_powers(".fec_primary = ", q->fec_primary);
	print_powers(".fec = ", q->fec);
	print_powers(".concealed = ", q->concealed);
	puts("\t},");
}

/* How the library at hand conceals. */
static bool is_neural(void)
{
	void *const state = memory(decoder_bytes());
	struct decoder decoder;
	const bool yes = decoder_init(&decoder, state, DECODER_COMPLEXITY_DEFAULT) == STATUS_OK &&
			 decoder_complexity(&decoder) >= CONCEALMENT_NEURAL_COMPLEXITY;

	free(state);
	return yes;
}

int main(int argc, char *argv[])
{
	const char *const kind = is_neural() ? "neural" : "plain";

	if (argc != 2) {
		fputs("usage: calibrate SPEECH.wav | --kind\n", stderr);
		return 2;
	}
	if (strcmp(argv[1], "--kind") == 0) {
		puts(kind);
		return 0;
	}
	struct material speech = material_recordings("speech", argv + 1, 1);
	float *const said = memory((size_t)speech.n_samples * sizeof *said);
	struct listening l = { .said = said, .n_said = speech.n_samples };

	for (int i = 0; i < speech.n_samples; i++)
		said[i] = speech.pcm[i * 2];
	l.heard = memory((size_t)(l.n_said + HEADROOM) * sizeof *l.heard);
	l.forms = memory((size_t)(l.n_said / FRAME_SAMPLES_MIN) * sizeof *l.forms);
	printf("/* Printed by tools/bench/calibrate with %s, decoder complexity %d, from %.1f s of "
	       "speech;\n"
	       " * do not edit. */\n#include \"sender/planning/quality.h\"\n\n"
	       "/* clang-format off */\nstatic const struct quality rows[] = {\n",
		opus_get_version_string(), DECODER_COMPLEXITY_DEFAULT,
		(double)l.n_said / SAMPLES_PER_SECOND);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct quality q = { .frame_samples = rows[i].frame_samples };
		l.frame_samples = q.frame_samples;
		l.n_frames = l.n_said / l.frame_samples;
		measure_row(&l, &rows[i], &q);
		print_row(rows[i].name, &q);
		fprintf(stderr, "%s, %g ms\n", rows[i].name,
			(double)q.frame_samples / SAMPLES_PER_MS);
	}
	printf("};\n\nconst struct quality_table quality_%s = { sizeof rows / sizeof *rows, rows "
	       "};\n",
		kind);
	free(l.forms);
	free(l.heard);
	free(said);
	material_free(&speech);
	return 0;
}
