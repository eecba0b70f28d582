/* The options that every program has: -v, -q, --help and --version. A program puts them into its
 * own getopt_long() table and hands on the options that it does not know itself. Thread: main(),
 * before others start. Owner: the caller holds the struct. */
#ifndef HINDSIGHT_COMMON_APP_PROGRAM_OPTIONS_H
#define HINDSIGHT_COMMON_APP_PROGRAM_OPTIONS_H

#include <stdbool.h>

/* What taking an option answers beside the codes to exit with, which are >= 0. */
enum { OPTION_TAKEN = -1, OPTION_UNKNOWN = -2 };

/* No short option, and before all long ones, which begin at 256 in each program. */
enum { PROGRAM_OPTION_VERSION = 255 };

#define PROGRAM_OPTIONS_SHORT "vqh"
/* clang-format off */
#define PROGRAM_OPTIONS_LONG                                \
	{ "verbose", no_argument, NULL, 'v' },              \
	{ "quiet", no_argument, NULL, 'q' },                \
	{ "help", no_argument, NULL, 'h' },                 \
	{ "version", no_argument, NULL, PROGRAM_OPTION_VERSION }
/* clang-format on */
#define PROGRAM_OPTIONS_USAGE                                                                      \
	"  -v, --verbose         -q, --quiet\n"                                                    \
	"  -h, --help            --version\n"

struct program_options {
	bool is_verbose, is_quiet;
};

/* Takes what getopt_long() has found. program: as --version names it; usage: what --help prints.
 * OPTION_TAKEN, or the code to exit with: --help and --version are done, or getopt_long() itself
 * has complained of an option that nobody knows. -v and -q set the level of cli_log(). */
int program_options_take(
	struct program_options *options, const char *program, const char *usage, int option);

#endif
