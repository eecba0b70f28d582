/* How frames sound, by the form in which they are played and the rate of that form: the measured
 * tables (tools/bench/calibrate) and their interpolation.
 * Pure; constant data. Thread: any.  One number per form: the squared disturbance of a call all of
 * whose frames are played in that form, on the scale of common/base/mos_scale.h. A call's value is
 * the mean over its frames. A form's value may exceed what a whole call can have, because it also
 * spoils the frames after it. */
#ifndef HINDSIGHT_SENDER_PLANNING_QUALITY_H
#define HINDSIGHT_SENDER_PLANNING_QUALITY_H

#include "common/base/concealment.h"
#include "sender/coding/coding.h"

enum {
	QUALITY_RATES = 15,
	/* The expected loss set in the encoder where the primaries carry FEC, by which libopus
	 * chooses the share of FEC. At 20 % loss, copies 2 and 3 back and 64 kbit/s in all, libopus
	 * 1.3.1: 4.10 (P.862.2) with 3, 3.94 with 10, 3.77 with 25; similar with 1.5.2. */
	QUALITY_FEC_LOSS_PERCENT = 3
};

/* A gap also spoils the sound near it, and where there are many gaps, some fall on sound that is
 * spoiled already: a share s of the frames disturbs as s / (1 + QUALITY_GAPS_OVERLAP s) of them
 * would. Measured with P.862.2's reference code: gaps in 0.5, 2 and 9 % of the frames disturb by
 * 92, 76 and 50 each. */
#define QUALITY_GAPS_OVERLAP 7.0

/* For one coding and one frame length, one channel; by rate. */
struct quality {
	struct coding coding;
	int frame_samples;
	double primary[QUALITY_RATES];
	double copy[QUALITY_RATES][QUALITY_RATES]; /* [primary][copy] */
	double fec_primary[QUALITY_RATES];	   /* a primary that carries in-band FEC */
	double fec[QUALITY_RATES];	 /* a frame decoded from FEC; by the primary's rate */
	double concealed[QUALITY_RATES]; /* by the primary's rate */
};

/* The tables (sender/planning/quality_plain.c, quality_neural.c: printed by
 * tools/bench/calibrate). */
struct quality_table {
	int n_rows;
	const struct quality *rows;
};
extern const int quality_rates_bps[QUALITY_RATES];
extern const struct quality_table quality_plain, quality_neural;

/* The nearest row, never NULL; for CODING_FREE that of wideband SILK or CELT. */
const struct quality *quality_of(
	struct coding coding, int frame_samples, enum concealment concealment);

/* Rates in bit/s of one channel, > 0; rates beyond the table's ends count as its ends. */
double quality_primary(const struct quality *q, int primary_bps);
double quality_copy(const struct quality *q, int primary_bps, int copy_bps);
double quality_fec_primary(const struct quality *q, int primary_bps);
double quality_fec(const struct quality *q, int primary_bps);
double quality_concealed(const struct quality *q, int primary_bps);

#endif
