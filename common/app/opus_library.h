/* The libopus that the program runs with: its version and capabilities.
 * Thread: any but the audio callback (it allocates). */
#ifndef HINDSIGHT_COMMON_APP_OPUS_LIBRARY_H
#define HINDSIGHT_COMMON_APP_OPUS_LIBRARY_H

/* Prints the whole output of --version to stdout. */
void opus_library_print_version(const char *program);

#endif
