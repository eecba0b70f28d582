/* The options that every program has: -v, -q, --help and --version. A program adds them to its own
 * getopt_long() table and passes on the options that it does not know itself. Thread: main(),
 * before others start. Owner: the caller owns the struct. */
#ifndef HINDSIGHT_COMMON_APP_PROGRAM_OPTIONS_H
#define HINDSIGHT_COMMON_APP_PROGRAM_OPTIONS_H

#include <stdbool.h>

/* Results of taking an option, besides exit codes, which are >= 0. */
enum { OPTION_TAKEN = -1, OPTION_UNKNOWN = -2 };

/* Not a short option, and below all long ones, which begin at 256 in each program. */
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
	"  -v, --verbose         print details\n"                                                  \
	"  -q, --quiet           print errors only\n"                                              \
	"  -h, --help            --version\n"

struct program_options {
	bool is_verbose, is_quiet;
};

/* Takes an option that getopt_long() has found. program: its name in --version; usage: what --help
 * prints. OPTION_TAKEN, or the exit code: --help and --version are done, or getopt_long() itself
 * has reported an unknown option. -v and -q set the level of cli_log(). */
int program_options_take(
	struct program_options *options, const char *program, const char *usage, int option);

#endif
