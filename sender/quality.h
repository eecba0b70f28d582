/* How frames sound, by the form in which they are heard and the rate of that form: the measured table
 * (tools/calibrate) and how it is read; and what quality comes of it. Pure; constant data.
 * Thread: any. */
#ifndef HINDSIGHT_SENDER_QUALITY_H
#define HINDSIGHT_SENDER_QUALITY_H

#include "sender/coding.h"

enum {
	QUALITY_RATES = 15,
	QUALITY_FEC_LOSS_PERCENT = 10 /* told to the encoder, when what FEC is worth was measured */
};

/* What a call sounds like is the mean of its frames, in both. A frame's own may be beyond what a
 * whole call can have, where it also spoils those after it. */
struct sound {
	double intelligibility; /* ESTOI: 1 is the sound as it was said */
	double power;		/* of the spectral distance: dB, squared */
};

/* As hindsight-score has it: 1 is the sound as it was said, 0 is nothing. */
double quality_of_sound(struct sound sound);

/* Of one coding in frames of one length, one channel; by rate. */
struct quality {
	struct coding coding;
	int frame_samples;
	struct sound primary[QUALITY_RATES];
	struct sound copy[QUALITY_RATES][QUALITY_RATES]; /* [primary][copy] */
	struct sound fec_primary[QUALITY_RATES];	 /* a primary that carries in-band FEC */
	struct sound fec[QUALITY_RATES]; /* what is heard of it; by the primary's rate */
	struct sound concealed[QUALITY_RATES];
};

/* The table (quality_table.c, printed by tools/calibrate). */
extern const int quality_rates_bps[QUALITY_RATES];
extern const struct quality quality_table[];
extern const int quality_table_rows;

/* The row that is nearest, never NULL; of CODING_FREE the one of wideband SILK or CELT. */
const struct quality *quality_of(struct coding coding, int frame_samples);

/* Rates in bit/s of one channel, > 0; beyond the table's ends they are taken for its ends. */
struct sound quality_primary(const struct quality *q, int primary_bps);
struct sound quality_copy(const struct quality *q, int primary_bps, int copy_bps);
struct sound quality_fec_primary(const struct quality *q, int primary_bps);
struct sound quality_fec(const struct quality *q, int primary_bps);
struct sound quality_concealed(const struct quality *q, int primary_bps);

#endif
