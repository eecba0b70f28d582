/* The options that every program has: how long it runs, what it tells, help and version. A program
 * puts them into its own getopt_long() table and hands on what it does not know itself.
 * Thread: main(), before others start. Owner: the caller holds the struct. */
#ifndef HINDSIGHT_COMMON_APP_RUN_OPTIONS_H
#define HINDSIGHT_COMMON_APP_RUN_OPTIONS_H

#include "common/app/stats_writer.h"

#include <stdbool.h>

/* What taking an option answers beside the codes to exit with, which are >= 0. */
enum { OPTION_TAKEN = -1, OPTION_UNKNOWN = -2 };

enum { RUN_OPTION_STATS = 256, RUN_OPTION_STATS_FILE, RUN_OPTION_VERSION };

#define RUN_OPTIONS_SHORT "t:vqh"
#define RUN_OPTIONS_LONG                                                                           \
	{ "duration", required_argument, NULL, 't' },                                              \
		{ "stats", required_argument, NULL, RUN_OPTION_STATS },                            \
		{ "stats-file", required_argument, NULL, RUN_OPTION_STATS_FILE },                  \
		{ "verbose", no_argument, NULL, 'v' }, { "quiet", no_argument, NULL, 'q' },        \
		{ "help", no_argument, NULL, 'h' },                                                \
	{                                                                                          \
		"version", no_argument, NULL, RUN_OPTION_VERSION                                   \
	}
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
