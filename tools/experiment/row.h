/* The row of a run: what its programs told, and what follows from it. docs/hindsight-experiment.1
 * tells the columns. Thread: main(). */
#ifndef HINDSIGHT_TOOLS_EXPERIMENT_ROW_H
#define HINDSIGHT_TOOLS_EXPERIMENT_ROW_H

#include "tools/experiment/run.h"

/* Reads what lies in the run's folder into a table of its own, *measured, empty before. Where a
 * summary is missing the run has failed. */
void row_measure(struct experiment_run *run, struct results *measured);

/* Puts it into `results`, with what has become of the run, and ends *measured. */
void row_finish(
	const struct experiment_run *run, struct results *measured, struct results *results);

#endif
