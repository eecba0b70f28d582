/* What a listener lost: a recording as it was heard against the clean one that was sent.
 *
 *   clean, heard -> alignment -> drop-outs, clicks, intelligibility, distance, MOS-LQO
 *
 * Float samples of one channel at 48 kHz. A constant difference in level between the two counts for
 * nothing. The same input gives the same figures. Allocates, and frees all before it returns: about
 * 60 bytes a sample. Thread: any. */
#ifndef HINDSIGHT_TOOLS_SCORE_SCORE_H
#define HINDSIGHT_TOOLS_SCORE_SCORE_H

#include "tools/score/alignment.h"

#include <stdbool.h>
#include <stddef.h>

/* Why there are no figures. */
enum score_fault {
	SCORE_OK,
	SCORE_REFERENCE_SHORT, /* less than a second of it */
	SCORE_HEARD_SHORT,
	SCORE_REFERENCE_SILENT, /* less than half a second of sound in it */
	SCORE_HEARD_SILENT,
	SCORE_NOTHING_COMMON, /* less than half a second of sound lies in both */
	SCORE_NO_MEMORY
};

struct score_result {
	enum score_fault fault; /* unless SCORE_OK the rest is 0 */
	/* How much later a sound comes in the heard recording than in the clean one; negative where
	 * the heard one began later. The mean over the seconds compared, and the extremes. */
	double delay_ms, delay_min_ms, delay_max_ms;
	int delay_changes; /* steps of a millisecond or more; clocks that drift apart are none */
	/* Stretches of at least 5 ms in which sound was sent and what was heard is more than 20 dB
	 * below it. */
	int dropouts;
	double dropout_ms; /* all of them together */
	double longest_dropout_ms;
	int clicks; /* jumps from one sample to the next that the clean recording has not */
	double intelligibility; /* ESTOI: 1 is the same, about 0 is noise, slightly negative can be */
	double distance_db;	/* of the spectra, 100 Hz to 8 kHz, over what is not silent; >= 0 */
	/* The single figure: an estimate of P.862.2's MOS-LQO, 1 to 4.64 (tools/score/mos_lqo.h); NAN where
	 * the clean recording is not speech. docs/SCORE.md tells how near it comes. */
	double mos_lqo;
	double seconds; /* of the clean recording that could be compared */
};

/* False: result->fault says why. */
bool score(struct score_result *result, const float *clean, size_t n_clean, const float *heard,
	size_t n_heard);

/* The same, and hands out the delay as it changed; the caller ends *track where the answer is true. */
bool score_with_track(struct score_result *result, struct alignment *track, const float *clean,
	size_t n_clean, const float *heard, size_t n_heard);

/* A sentence for the user, without a full stop: what is wrong and what is needed. */
const char *score_fault_text(enum score_fault fault);

#endif
