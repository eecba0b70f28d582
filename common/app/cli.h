/* The common part of the command lines: values of options, log lines, stop signals, exit codes.
 * Every error is one line on stderr that names the option, the value and what is allowed:
 *
 *     hindsight-send: --frame 15: must be one of 2.5, 5, 10, 20, 40, 60 ms
 *
 * The program's name, verbosity and stop flag belong to the process, as stderr and signals do; they
 * are the only state here. Thread: parsing and set-up in main() before other threads start;
 * cli_log() and cli_stop_requested() anywhere but in the audio callback. */
#ifndef HINDSIGHT_COMMON_APP_CLI_H
#define HINDSIGHT_COMMON_APP_CLI_H

#include "common/io/io_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

enum cli_level {
	CLI_ERROR,  /* always printed */
	CLI_NOTICE, /* printed unless -q */
	CLI_DETAIL  /* printed with -v */
};

enum { CLI_HOST_BYTES = 256 }; /* RFC 1035: a name has at most 253 characters */

struct cli_endpoint {
	char host[CLI_HOST_BYTES]; /* without brackets; "" where none was given */
	uint16_t port;		   /* 1..65535 */
};

/* First in main(): standard descriptors that are closed become /dev/null. The name in front of
 * each line is argv[0] without its folder, and argv[0] is made to point there, so that
 * getopt_long()'s own messages begin with it as well. */
void cli_begin(char *argv[]);

/* From here on what libraries print on stderr is lost, and this module's lines go on; not under a
 * sanitizer, whose reports would be lost too. */
void cli_silence_libraries(void);

/* The descriptor of the real stderr. */
int cli_stderr(void);

/* Lines up to this level are printed; CLI_NOTICE at the start. */
void cli_set_level(enum cli_level level);

/* One line on stderr, "hindsight-send: ..."; erases a statistics line that is being redrawn.
 * Dropped where stderr is a pipe whose reader has no room for a tenth of a second. */
void cli_log(enum cli_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "program: option value: ..." for a rule of the program's own; value may be NULL. Returns
 * EXIT_USAGE, so that main() can `return cli_refuse(...)`. */
int cli_refuse(const char *option, const char *value, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* On an error the parsers below print it, return false, and leave the result untouched. option: as
 * the user types it, "--bitrate". unit: "kbit/s" is printed after the bounds; "" for none. Numbers
 * have a decimal point in every locale. */

/* A number in min..max. No nan, inf, hex, blanks or trailing text. */
bool cli_number(const char *option, const char *text, double min, double max, const char *unit,
	double *number);

/* A whole number in min..max. */
bool cli_integer(const char *option, const char *text, int64_t min, int64_t max, const char *unit,
	int64_t *number);

/* One of a few numbers, such as the frame lengths. */
bool cli_number_among(const char *option, const char *text, const double *among, size_t n_among,
	const char *unit, double *number);

/* One of a few words; *index says which. */
bool cli_choice(const char *option, const char *text, const char *const *words, size_t n_words,
	size_t *index);

/* HOST[:PORT], [IPv6][:PORT], or an IPv6 address without a port. The host is required.
 * default_port: 1..65535, or 0 where a port must be given. */
bool cli_host_port(
	const char *option, const char *text, uint16_t default_port, struct cli_endpoint *endpoint);

/* [ADDRESS:]PORT of a listener: a number alone is a port (host ""); an address alone, in brackets
 * or not, gets the default port. */
bool cli_address_port(
	const char *option, const char *text, uint16_t default_port, struct cli_endpoint *endpoint);

/* From here on SIGINT, SIGTERM and SIGHUP set the stop flag, a second one of them ends the
 * program at once; a SIGHUP that is ignored, by nohup(1), stays so. SIGPIPE and SIGXFSZ are
 * ignored: a write then fails with EPIPE or EFBIG. Waits are interrupted. */
void cli_catch_signals(void);

/* Whether SIGINT or SIGTERM has come. */
bool cli_stop_requested(void);

#endif
