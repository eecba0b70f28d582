/* A judge of the user's own: a program that is given two sound files and prints one number.
 *
 *     PROGRAM REF HEARD          3.92 on its standard output, exit status 0
 *
 * It is started without a shell, and does not outlive its limit, nor do the programs that it
 * starts. Thread: main(). */
#ifndef HINDSIGHT_TOOLS_PROCESS_JUDGE_H
#define HINDSIGHT_TOOLS_PROCESS_JUDGE_H

#include "common/io/io_error.h"

#include <stdbool.h>
#include <stdint.h>

/* How long it may take with recordings of this many seconds: 20 s plus five times their length. */
int64_t judge_limit_us(double seconds);

/* Whether there is such a program: a path, or a name that is looked for as the shell does. False:
 * *error says why. */
bool judge_is_there(const char *program, struct io_error *error);

/* False: it failed, took too long, or printed something else than one number; *error says which. */
bool judge_ask(double *figure, const char *program, const char *clean_path, const char *heard_path,
	int64_t limit_us, struct io_error *error);

#endif
