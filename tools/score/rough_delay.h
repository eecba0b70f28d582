/* Roughly where what was heard lies in the clean recording: by the loudness of a few bands, which
 * survives coding, concealment and noise, and which does not repeat from one pitch period to the next.
 * Both recordings at 8 kHz. Allocates and frees. Thread: any. */
#ifndef HINDSIGHT_TOOLS_SCORE_ROUGH_DELAY_H
#define HINDSIGHT_TOOLS_SCORE_ROUGH_DELAY_H

#include <stdbool.h>
#include <stddef.h>

enum { ROUGH_RATE = 8000, ROUGH_BLOCK_SAMPLES = 160 };

size_t rough_delay_n_blocks(size_t n_heard);

/* Fills delays[rough_delay_n_blocks(n_heard)]: the delay of each 20 ms of `heard` in samples, good to
 * some 20 ms, and changing by up to 3 s to either side. n_clean, n_heard: at least a block. False:
 * no memory. */
bool rough_delay_find(
	const float *clean, size_t n_clean, const float *heard, size_t n_heard, int *delays);

#endif
