/* The options that every program has that runs a stream: how long it runs, its statistics, and what
 * all programs have. A program puts them into its own getopt_long() table and hands on the options
 * that it does not know itself.
 * Thread: main(), before others start. Owner: the caller holds the struct. */
#ifndef HINDSIGHT_COMMON_APP_RUN_OPTIONS_H
#define HINDSIGHT_COMMON_APP_RUN_OPTIONS_H

#include "common/app/program_options.h"
#include "common/app/stats_writer.h"

#include <stdbool.h>

enum { RUN_OPTION_STATS = 256, RUN_OPTION_STATS_FILE };

#define RUN_OPTIONS_SHORT "t:" PROGRAM_OPTIONS_SHORT
/* clang-format off */
#define RUN_OPTIONS_LONG                                                   \
	{ "duration", required_argument, NULL, 't' },                      \
	{ "stats", required_argument, NULL, RUN_OPTION_STATS },            \
	{ "stats-file", required_argument, NULL, RUN_OPTION_STATS_FILE },  \
	PROGRAM_OPTIONS_LONG
/* clang-format on */
#define RUN_OPTIONS_USAGE                                                                          \
	"  -t, --duration S      stop after so many seconds\n"                                     \
	"      --stats FORMAT    text | json | none                                [text]\n"       \
	"      --stats-file FILE in place of stderr\n"                                             \
	"  -v, --verbose         -q, --quiet (no statistics either, but by a later --stats)\n"     \
	"  -h, --help            --version\n"

struct run_options {
	double duration_s; /* 0: until the end */
	enum stats_format stats_format;
	const char *stats_path; /* NULL: stderr */
	bool is_verbose;
};

/* Takes what getopt_long() has found, with its optarg. program: as --version names it; usage: what
 * --help prints. OPTION_TAKEN, or the code to exit with: --help and --version are done, or a
 * complaint is printed, as getopt_long() itself does for an option that nobody knows. */
int run_options_take(
	struct run_options *options, const char *program, const char *usage, int option);

#endif
