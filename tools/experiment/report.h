/* The report of an experiment: one page of HTML that needs nothing beside it, with pictures by
 * gnuplot. Everything comes from the table of results, but for what a channel did in time, which is
 * read from DIR/frames. Thread: main(). */
#ifndef HINDSIGHT_TOOLS_EXPERIMENT_REPORT_H
#define HINDSIGHT_TOOLS_EXPERIMENT_REPORT_H

#include "tools/experiment/plan.h"
#include "tools/experiment/results.h"
#include "tools/process/work_folder.h"

struct report_input {
	const struct experiment_plan *plan;
	const struct results *results;
	const struct work_folder *folder;
	const char *recording; /* what it was */
};

/* Writes report.html into the folder. Without gnuplot a line on stderr says so, and it has tables
 * only. False: *error says why there is none. */
bool report_write(const struct report_input *input, struct io_error *error);

#endif
