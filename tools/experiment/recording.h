/* What an experiment sends: a recording as one mono WAV at 48 kHz of exactly the length wanted,
 * repeated where it is shorter, so that every run hears the same. Thread: any. */
#ifndef HINDSIGHT_TOOLS_EXPERIMENT_RECORDING_H
#define HINDSIGHT_TOOLS_EXPERIMENT_RECORDING_H

#include "common/io/io_error.h"

#include <stdbool.h>

/* path: a sound file; "" for the recorded speech that Debian's packages hold. *origin becomes what
 * it was, a string that stays. False: *error says why. */
bool recording_make(const char *out_path, const char *path, double seconds, const char **origin,
	struct io_error *error);

#endif
