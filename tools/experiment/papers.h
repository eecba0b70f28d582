/* What lies beside an experiment's results, so that it can be repeated: the plan and the versions.
 * Thread: main(). */
#ifndef HINDSIGHT_TOOLS_EXPERIMENT_PAPERS_H
#define HINDSIGHT_TOOLS_EXPERIMENT_PAPERS_H

#include "tools/experiment/run.h"

/* experiment.plan: the plan as it was run, with what options changed; it can be run again. False: it
 * could not be written. */
bool papers_put_plan(const struct work_folder *folder, const struct plan *plan);

/* versions.txt: what each program says to --version, gnuplot, tc where it is used, and the system. */
bool papers_put_versions(
	const struct work_folder *folder, const char *programs_folder, enum via via);

#endif
