/* The libopus that the program runs with: its version, and what it can do.
 * Thread: any but the audio callback (it allocates). */
#ifndef HINDSIGHT_COMMON_APP_OPUS_LIBRARY_H
#define HINDSIGHT_COMMON_APP_OPUS_LIBRARY_H

#include <stdbool.h>

struct opus_library {
	const char *version;	 /* "libopus 1.3.1" */
	bool takes_complexity;	 /* the decoder has a complexity: 1.5 or newer */
	bool has_neural_conceal; /* and guesses lost frames by a neural network */
	bool has_dred;		 /* the encoder can send deep redundancy */
};

/* Found out by trying: how it was built cannot be asked. */
struct opus_library opus_library_probe(void);

/* The whole answer to --version, on stdout. */
void opus_library_print_version(const char *program);

#endif
