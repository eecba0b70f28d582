/* What time-scaling does to recordings: scales them by 5 % for as long as they last, with the usual
 * choices and with others, and compares with the original along the known joins.
 *
 * usage: time-scale-bench SPEECH...                      the table
 *        time-scale-bench --joins FILE SPEECH...         the waveforms around some joins
 *        time-scale-bench --raw up|down FILE SPEECH...   what it sounds like, as raw s16le stereo
 *
 * ESTOI and the spectral distance, of the frames that hold a join, are taken from the
 * left channel at 10 kHz. Step: the largest
 * second difference within a join over that of the original within 20 ms around; above 1 is what
 * a click would be. */
#include "common/base/units.h"
#include "receiver/sound/time_scale.h"
#include "tools/signal/estoi.h"
#include "tools/bench/allocated.h"
#include "tools/bench/material.h"

#include <math.h>
#include <soxr.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNELS = TIME_SCALE_CHANNELS, JOINS_MAX = 1 << 14, NEAR_SAMPLES = 20 * SAMPLES_PER_MS };

#define RATE 0.05

/* The heard samples from `heard_at` on are those of the original `shift` later. */
struct piece {
	int heard_at, fade_samples, shift;
	bool is_free;
	float similarity;
};

struct run {
	float *heard;
	int n_heard;
	int n_joins, n_free;
	struct piece pieces[JOINS_MAX + 1];
};

struct variant {
	const char *name;
	struct time_scale_tuning tuning;
	int frame_samples;
};

/* Frame by frame as the receiver does it; each join is made as soon as one is owed. */
static void scale(struct run *r, const struct material *m, const struct variant *v, bool is_longer)
{
	struct time_scale *const t = allocated(sizeof *t);
	const int most = TIME_SCALE_LAG_MAX_SAMPLES;
	double owed = 0;

	r->heard = allocated((size_t)(m->n_samples + m->n_samples / 4 + 9600) * CHANNELS * 4);
	r->n_heard = r->n_joins = r->n_free = 0;
	r->pieces[0] = (struct piece){ 0 };
	time_scale_init(t);
	time_scale_tune(t, &v->tuning);
	for (int at = 0; at + v->frame_samples <= m->n_samples; at += v->frame_samples) {
		float *const pcm = r->heard + r->n_heard * CHANNELS;
		int n = v->frame_samples, done = 0;
		memcpy(pcm, m->pcm + at * CHANNELS, (size_t)(n * CHANNELS) * sizeof *pcm);
		owed += RATE * n;
		if (owed > 0 && r->n_joins < JOINS_MAX)
			done = is_longer ? time_scale_lengthen(
						   t, pcm, n, n + most, most, TIME_SCALE_ALIKE)
					 : time_scale_shorten(t, pcm, n, most, TIME_SCALE_ALIKE);
		owed -= done;
		n += is_longer ? done : -done;
		if (done > 0) {
			const struct time_scale_join *const join = time_scale_last_join(t);
			const int shift = r->pieces[r->n_joins].shift + (is_longer ? -done : done);
			r->pieces[++r->n_joins] = (struct piece){ r->n_heard + join->at_samples,
				join->fade_samples, shift, join->is_free, join->similarity };
			r->n_free += join->is_free;
		}
		time_scale_passed(t, pcm, n);
		r->n_heard += n;
	}
	free(t);
}

static float *left_at_10_khz(const float *pcm, int n_samples, int *n_out)
{
	float *const left = allocated((size_t)n_samples * sizeof *left);
	float *const out = allocated(((size_t)n_samples / 4 + 16) * sizeof *out);
	size_t n_done = 0;

	for (int i = 0; i < n_samples; i++)
		left[i] = pcm[i * CHANNELS];
	if (soxr_oneshot(SAMPLES_PER_SECOND, ESTOI_RATE, 1, left, (size_t)n_samples, NULL, out,
		    (size_t)n_samples / 4 + 16, &n_done, NULL, NULL, NULL))
		exit(1);
	free(left);
	*n_out = (int)n_done;
	return out;
}

/* The mean over those frames that hold a join; 0 where there are none. */
static double distance_at_joins(const struct run *r, const double *distances_db, int n_frames)
{
	const double ratio = (double)SAMPLES_PER_SECOND / ESTOI_RATE;
	double sum = 0;
	int n = 0;

	for (int i = 1; i <= r->n_joins; i++) {
		const struct piece *const p = &r->pieces[i];
		const double middle = (p->heard_at + p->fade_samples / 2) / ratio;
		const int last = (int)middle / ESTOI_HOP_SAMPLES;
		for (int k = last - 1; k <= last; k++)
			if (k >= 0 && k < n_frames && !isnan(distances_db[k])) {
				sum += distances_db[k];
				n++;
			}
	}
	return n > 0 ? sum / n : 0;
}

/* Compares with the original, each frame with what it was made of. The distance is that at the
 * joins: everywhere else it is nothing. */
static struct estoi_result compare(const struct run *r, const struct material *m)
{
	const double ratio = (double)SAMPLES_PER_SECOND / ESTOI_RATE;
	struct estoi_pair pair = { 0 };
	int k_piece = 0;

	float *const clean = left_at_10_khz(m->pcm, m->n_samples, &pair.n_clean);
	float *const heard = left_at_10_khz(r->heard, r->n_heard, &pair.n_heard);
	const int n_frames = estoi_n_frames(pair.n_heard);
	double *const clean_at = allocated(((size_t)n_frames + 1) * sizeof *clean_at);
	for (int k = 0; k < n_frames; k++) {
		const double middle = k * ESTOI_HOP_SAMPLES + ESTOI_FRAME_SAMPLES / 2;
		while (k_piece < r->n_joins &&
			r->pieces[k_piece + 1].heard_at + r->pieces[k_piece + 1].fade_samples / 2 <=
				middle * ratio)
			k_piece++;
		clean_at[k] = middle + r->pieces[k_piece].shift / ratio;
	}
	pair.clean = clean;
	pair.heard = heard;
	pair.clean_at = clean_at;
	pair.distances_db = allocated(((size_t)n_frames + 1) * sizeof *pair.distances_db);
	struct estoi_result result = estoi(&pair);
	result.distance_db = distance_at_joins(r, pair.distances_db, n_frames);
	free(pair.distances_db);
	free(clean_at);
	free(clean);
	free(heard);
	return result;
}

static double largest_step(const float *pcm, int n_samples, int begin, int end)
{
	double largest = 1e-5;

	begin = begin < 2 ? 2 : begin;
	end = end > n_samples ? n_samples : end;
	for (int i = begin * CHANNELS; i < end * CHANNELS; i++)
		largest = fmax(largest,
			fabs((double)(pcm[i] - 2 * pcm[i - CHANNELS] + pcm[i - 2 * CHANNELS])));
	return largest;
}

/* Over all joins. */
static double worst_step(const struct run *r, const struct material *m)
{
	double worst = 0;

	for (int k = 1; k <= r->n_joins; k++) {
		const struct piece *const p = &r->pieces[k];
		const int original = p->heard_at + p->shift;
		const double join = largest_step(
			r->heard, r->n_heard, p->heard_at, p->heard_at + p->fade_samples + 2);
		const double around = largest_step(m->pcm, m->n_samples, original - NEAR_SAMPLES,
			original + p->fade_samples + NEAR_SAMPLES);
		worst = fmax(worst, join / around);
	}
	return worst;
}

static void print_row(const struct material *m, const struct variant *v)
{
	struct run *const r = allocated(sizeof *r);

	printf("| %-7s | %-28s |", m->name, v->name);
	for (int is_longer = 0; is_longer < 2; is_longer++) {
		scale(r, m, v, is_longer);
		const struct estoi_result result = compare(r, m);
		printf(" %+5.2f %% | %4.1f | %4.1f | %.4f | %4.2f | %4.2f |",
			100.0 * (r->n_heard - m->n_samples) / m->n_samples,
			(double)r->n_joins * SAMPLES_PER_SECOND / m->n_samples,
			r->n_joins ? 100.0 * r->n_free / r->n_joins : 0, result.intelligibility,
			result.distance_db, worst_step(r, m));
		free(r->heard);
	}
	putchar('\n');
	free(r);
}

static int variants(struct variant *list)
{
	const struct time_scale_tuning usual = time_scale_tuning();
	const struct variant base = { "as chosen", usual, 20 * SAMPLES_PER_MS };
	int n = 0;
#define ADD(text, field, value)                                                                    \
	do {                                                                                       \
		list[n] = base;                                                                    \
		list[n].name = text;                                                               \
		list[n++].field = value;                                                           \
	} while (0)
	list[n++] = base;
	ADD("no search (plain overlap-add)", tuning.is_blind, true);
	ADD("similarity 0.5", tuning.similarity_min, 0.5F);
	ADD("similarity 0.7", tuning.similarity_min, 0.7F);
	ADD("similarity 0.8", tuning.similarity_min, 0.8F);
	ADD("similarity 0.85", tuning.similarity_min, 0.85F);
	ADD("similarity 0.95", tuning.similarity_min, 0.95F);
	ADD("fade 2.5 ms", tuning.fade_samples, 120);
	ADD("fade 5 ms", tuning.fade_samples, 240);
	ADD("context 2.5 ms", tuning.context_samples, 120);
	ADD("context 5 ms", tuning.context_samples, 240);
	ADD("context 16 ms", tuning.context_samples, 768);
	ADD("context 12 ms", tuning.context_samples, 576);
	ADD("lags up to 8 ms", tuning.lag_max_samples, 384);
	ADD("lags up to 12 ms", tuning.lag_max_samples, 576);
	ADD("emphasis 0", tuning.emphasis, 0.0F);
	ADD("emphasis 0.8", tuning.emphasis, 0.8F);
	ADD("quiet below -30 dB", tuning.quiet_ratio, 1e-3F);
	ADD("quiet below -45 dB", tuning.quiet_ratio, 3e-5F);
	ADD("frames of 10 ms", frame_samples, 480);
	ADD("frames of 40 ms", frame_samples, 1920);
	ADD("frames of 60 ms", frame_samples, 2880);
#undef ADD
	return n;
}

static void print_table(const struct material *materials, int n_materials)
{
	struct variant list[32];
	const int n = variants(list);

	puts("| signal | choice | shorter by | joins/s | free % | ESTOI | dB | step "
	     "| longer by | joins/s | free % | ESTOI | dB | step |\n"
	     "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
	for (int k = 0; k < n_materials; k++)
		for (int i = 0; i < n; i++)
			print_row(&materials[k], &list[i]);
}

/* Blocks for gnuplot: time in ms, heard, the line before the join, the line after it. Joins that
 * are in voiced sound, evenly taken from all. */
static int write_joins(const char *path, const struct material *m)
{
	enum { PLOTS = 6, BEFORE = 12 * SAMPLES_PER_MS, AFTER = 18 * SAMPLES_PER_MS };
	struct run *const r = allocated(sizeof *r);
	struct variant list[32];
	FILE *const file = fopen(path, "w");

	if (!file) {
		perror(path);
		return 1;
	}
	variants(list);
	for (int is_longer = 0; is_longer < 2; is_longer++) {
		scale(r, m, &list[0], is_longer);
		for (int plot = 0; plot < PLOTS / 2; plot++) {
			int k = 1 + (2 * plot + 1) * r->n_joins / PLOTS;
			while (k < r->n_joins && r->pieces[k].is_free)
				k++;
			const struct piece *const p = &r->pieces[k];
			for (int i = p->heard_at - BEFORE; i < p->heard_at + AFTER; i++) {
				if (i < 0 || i >= r->n_heard || i + p->shift >= m->n_samples)
					continue;
				const int before = i + r->pieces[k - 1].shift;
				fprintf(file, "%.4f %.6f %.6f %.6f %d\n",
					(double)(i - p->heard_at) / SAMPLES_PER_MS,
					(double)r->heard[i * CHANNELS],
					(double)m->pcm[before * CHANNELS],
					(double)m->pcm[(i + p->shift) * CHANNELS], p->fade_samples);
			}
			fputs("\n\n", file);
		}
		free(r->heard);
	}
	free(r);
	return fclose(file) == 0 ? 0 : 1;
}

static int write_raw(const char *path, bool is_longer, const struct material *m)
{
	struct run *const r = allocated(sizeof *r);
	struct variant list[32];
	FILE *const file = fopen(path, "wb");

	if (!file) {
		perror(path);
		return 1;
	}
	variants(list);
	scale(r, m, &list[0], is_longer);
	for (int i = 0; i < r->n_heard * CHANNELS; i++) {
		const long value = lrintf(32767 * fmaxf(-1, fminf(1, r->heard[i])));
		fputc((int)(value & 0xff), file);
		fputc((int)(value >> 8 & 0xff), file);
	}
	free(r->heard);
	free(r);
	return fclose(file) == 0 ? 0 : 1;
}

int main(int argc, char *argv[])
{
	const bool wants_joins = argc > 3 && strcmp(argv[1], "--joins") == 0;
	const bool wants_raw = argc > 4 && strcmp(argv[1], "--raw") == 0;
	const int first = wants_raw ? 4 : (wants_joins ? 3 : 1);

	if (argc <= first) {
		fputs("usage: time-scale-bench [--joins FILE | --raw up|down FILE] SPEECH...\n",
			stderr);
		return 2;
	}
	struct material materials[] = { material_recordings("speech", argv + first, argc - first),
		material_music(20) };
	int status = 0;
	if (wants_joins)
		status = write_joins(argv[2], &materials[0]);
	else if (wants_raw)
		status = write_raw(argv[3], strcmp(argv[2], "up") == 0, &materials[0]);
	else
		print_table(materials, 2);
	for (int i = 0; i < 2; i++)
		material_free(&materials[i]);
	return status;
}
