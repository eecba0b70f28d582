/* The last step before the loudspeaker: what leaves is finite and within +-1, whatever came before.
 * Up to full scale it changes nothing. Above, the gain falls with the sample that needs it and comes
 * back over some 50 ms, so that a peak is turned down rather than cut off; both channels alike.
 * What is not a number is silence.
 * Pure: no allocation. Owner: recv_stream. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_SOUND_LIMITER_H
#define HINDSIGHT_RECEIVER_SOUND_LIMITER_H

#include <stddef.h>

enum { LIMITER_CHANNELS = 2 };

struct limiter {    /* private to limiter.c */
	float gain; /* 0..1 */
};

void limiter_init(struct limiter *l);

/* pcm: n_samples of LIMITER_CHANNELS interleaved, limited in place. */
void limiter_run(struct limiter *l, float *pcm, size_t n_samples);

#endif
