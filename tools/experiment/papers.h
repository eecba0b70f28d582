/* The files beside an experiment's results by which it can be repeated: the plan and the versions.
 * Thread: main(). */
#ifndef HINDSIGHT_TOOLS_EXPERIMENT_PAPERS_H
#define HINDSIGHT_TOOLS_EXPERIMENT_PAPERS_H

#include "tools/experiment/run.h"

/* experiment.plan: the plan as it was run, with the changes by options; it can be run again. False:
 * it could not be written. */
bool papers_put_plan(const struct work_folder *folder, const struct experiment_plan *plan);

/* versions.txt: what each program prints for --version, gnuplot, what the via needs, and the
 * system. */
bool papers_put_versions(
	const struct work_folder *folder, const char *programs_folder, const struct via *via);

#endif
