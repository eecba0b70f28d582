#include "receiver/arrival/waiting.h"

#include "common/base/units.h"

#include <assert.h>
#include <string.h>

#define WAITING_US (200 * US_PER_MS)

/* Only the last n_kept stay. */
static int keep_last(struct waiting *w, int n_kept)
{
	const int n_dropped = w->n_datagrams - n_kept;

	memmove(w->datagrams, w->datagrams + n_dropped, (size_t)n_kept * sizeof *w->datagrams);
	w->n_datagrams = n_kept;
	return n_dropped;
}

int waiting_keep(struct waiting *w, const uint8_t *datagram, size_t n_bytes, int64_t arrival_us,
	int n_in_sequence)
{
	assert(n_bytes <= WAITING_BYTES_MAX && n_in_sequence >= 1);
	int n_kept = n_in_sequence - 1 < w->n_datagrams ? n_in_sequence - 1 : w->n_datagrams;

	if (n_kept == WAITING_MAX)
		n_kept--;
	const int n_dropped = keep_last(w, n_kept);
	struct waiting_datagram *const d = &w->datagrams[w->n_datagrams++];
	d->n_bytes = n_bytes;
	d->arrival_us = arrival_us;
	memcpy(d->bytes, datagram, n_bytes);
	return n_dropped;
}

int waiting_drop_old(struct waiting *w, int64_t now_us)
{
	int n_old = 0;

	while (n_old < w->n_datagrams && now_us - w->datagrams[n_old].arrival_us > WAITING_US)
		n_old++;
	return keep_last(w, w->n_datagrams - n_old);
}
