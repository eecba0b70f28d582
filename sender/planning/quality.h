/* How frames sound, by the form in which they are heard and the rate of that form: the measured tables
 * (tools/bench/calibrate) and how they are read. Pure; constant data. Thread: any.
 *
 * One number a form: what a call in which all frames are heard so would be disturbed by, squared, on the
 * scale of common/base/mos_scale.h. A call's is the mean of its frames'. A form's own may be beyond what a whole
 * call can have, where it also spoils the frames after it. */
#ifndef HINDSIGHT_SENDER_PLANNING_QUALITY_H
#define HINDSIGHT_SENDER_PLANNING_QUALITY_H

#include "common/base/concealment.h"
#include "sender/coding/coding.h"

enum {
	QUALITY_RATES = 15,
	/* Told to the encoder where the primaries carry FEC: by it libopus chooses how much goes into that. At 20 %
	 * lost, copies 2 and 3 back and 64 kbit/s in all, libopus 1.3.1: 4.10 (P.862.2) with 3, 3.94 with 10, 3.77
	 * with 25; with 1.5.2 alike. */
	QUALITY_FEC_LOSS_PERCENT = 3
};

/* A gap spoils what is near it, too, and of many some fall where all is spoiled already: a share s of the
 * frames disturbs as s / (1 + QUALITY_GAPS_OVERLAP s) of them would. Measured by P.862.2's reference code:
 * holes in 0.5, 2 and 9 % of the frames disturb by 92, 76 and 50 each. */
#define QUALITY_GAPS_OVERLAP 7.0

/* Of one coding in frames of one length, one channel; by rate. */
struct quality {
	struct coding coding;
	int frame_samples;
	double primary[QUALITY_RATES];
	double copy[QUALITY_RATES][QUALITY_RATES]; /* [primary][copy] */
	double fec_primary[QUALITY_RATES];	   /* a primary that carries in-band FEC */
	double fec[QUALITY_RATES];		   /* what is heard of it; by the primary's rate */
	double concealed[QUALITY_RATES];	   /* by the primary's rate */
};

/* The tables (sender/planning/quality_plain.c, quality_neural.c: printed by tools/bench/calibrate). */
struct quality_table {
	int n_rows;
	const struct quality *rows;
};
extern const int quality_rates_bps[QUALITY_RATES];
extern const struct quality_table quality_plain, quality_neural;

/* The row that is nearest, never NULL; of CODING_FREE the one of wideband SILK or CELT. */
const struct quality *quality_of(
	struct coding coding, int frame_samples, enum concealment concealment);

/* Rates in bit/s of one channel, > 0; beyond the table's ends they are taken for its ends. */
double quality_primary(const struct quality *q, int primary_bps);
double quality_copy(const struct quality *q, int primary_bps, int copy_bps);
double quality_fec_primary(const struct quality *q, int primary_bps);
double quality_fec(const struct quality *q, int primary_bps);
double quality_concealed(const struct quality *q, int primary_bps);

#endif
