/* The libopus that the program runs with: its version, and what it can do.
 * Thread: any but the audio callback (it allocates). */
#ifndef HINDSIGHT_COMMON_APP_OPUS_LIBRARY_H
#define HINDSIGHT_COMMON_APP_OPUS_LIBRARY_H

/* The whole answer to --version, on stdout. */
void opus_library_print_version(const char *program);

#endif
