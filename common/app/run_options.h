/* The options of every program that runs a stream: its duration, its statistics, and the options of
 * all programs. A program adds them to its own getopt_long() table and passes on the options that
 * it does not know itself.
 * Thread: main(), before others start. Owner: the caller owns the struct. */
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
	"  -t, --duration S      stop after S seconds\n"                                           \
	"      --stats FORMAT    text | json | none                                [text]\n"       \
	"      --stats-file FILE write statistics to FILE, not to stderr\n"                        \
	"  -v, --verbose         print details\n"                                                  \
	"  -q, --quiet           errors only; a later --stats turns statistics back on\n"          \
	"  -h, --help            --version\n"

struct run_options {
	double duration_s; /* 0: until the end */
	enum stats_format stats_format;
	const char *stats_path; /* NULL: stderr */
	bool is_verbose;
};

/* Takes an option that getopt_long() has found, with its optarg. program: its name in --version;
 * usage: what --help prints. OPTION_TAKEN, or the exit code: --help and --version are done, or an
 * error is printed, by getopt_long() itself for an unknown option. */
int run_options_take(
	struct run_options *options, const char *program, const char *usage, int option);

#endif
