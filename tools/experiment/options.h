/* What the command line of hindsight-experiment says, and where its parts lie. */
#ifndef HINDSIGHT_TOOLS_EXPERIMENT_OPTIONS_H
#define HINDSIGHT_TOOLS_EXPERIMENT_OPTIONS_H

#include "common/app/program_options.h"
#include "tools/experiment/plan.h"
#include "tools/experiment/run.h"

#include <limits.h>
#include <stdbool.h>

enum { EXPERIMENT_JOBS_MAX = 256 };

struct experiment_options {
	struct experiment_plan plan; /* settled */
	const char *out;
	const char *judge; /* a program of the user's; NULL: none */
	const struct via *via;
	int n_jobs;
	bool resumes;
	bool keeps_wavs;
	struct program_options program;
	char programs[PATH_MAX]; /* the folder where this program lies */
};

/* Returns OPTION_TAKEN where the program should go on, else the code to exit with: --help and
 * --version are done, or a complaint is printed. */
int experiment_options_parse(struct experiment_options *options, int argc, char *argv[]);

#endif
