/* What a frame is worth to a listener, by the form in which it is heard and the rate of that form:
 * the measured table (tools/calibrate) and how it is read. 1 is the sound as it was said; a worth
 * may be negative, where a frame also spoils those after it. The quality of a call is the mean of
 * its frames' worths. Pure; constant data. Thread: any. */
#ifndef HINDSIGHT_SENDER_QUALITY_H
#define HINDSIGHT_SENDER_QUALITY_H

#include "sender/coding.h"

enum {
	QUALITY_RATES = 10,
	QUALITY_FEC_LOSS_PERCENT = 10 /* told to the encoder, when what FEC is worth was measured */
};

/* Of one coding in frames of one length, one channel; by rate. */
struct quality {
	struct coding coding;
	int frame_samples;
	double primary[QUALITY_RATES];
	double copy[QUALITY_RATES][QUALITY_RATES]; /* [primary][copy] */
	double fec_primary[QUALITY_RATES];	   /* a primary that carries in-band FEC */
	double fec[QUALITY_RATES];		   /* what is heard of it; by the primary's rate */
	double concealed;
};

/* The table (quality_table.c, printed by tools/calibrate). */
extern const int quality_rates_bps[QUALITY_RATES];
extern const struct quality quality_table[];
extern const int quality_table_rows;

/* The row that is nearest, never NULL; of CODING_FREE the one of wideband SILK or CELT. */
const struct quality *quality_of(struct coding coding, int frame_samples);

/* Rates in bit/s of one channel, > 0; beyond the table's ends they are taken for its ends. */
double quality_primary(const struct quality *q, int primary_bps);
double quality_copy(const struct quality *q, int primary_bps, int copy_bps);
double quality_fec_primary(const struct quality *q, int primary_bps);
double quality_fec(const struct quality *q, int primary_bps);

#endif
