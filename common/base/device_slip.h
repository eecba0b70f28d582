/* Time that a sound device lost: after an underrun, or while it stood still, it asked for no
 * sound, and what was due meanwhile would be heard late from then on. Tells how much of it to
 * leave out, so that the gap costs its own length and no more. Pure. Owner: the playout
 * callback. */
#ifndef HINDSIGHT_COMMON_BASE_DEVICE_SLIP_H
#define HINDSIGHT_COMMON_BASE_DEVICE_SLIP_H

#include "common/base/standing.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct device_slip { /* private to device_slip.c */
	bool has_begun;
	int64_t begin_us, n_samples; /* asked for, from then on */
	int64_t called_us;
	struct standing late;
	int64_t usual_us; /* how late calls are at least */
	int64_t judge_us; /* 0: nothing has happened */
	int64_t least_us; /* how late the calls since then were at least */
};

void device_slip_init(struct device_slip *slip);

/* The device asks for n_samples. Returns how many samples should be left out before them. */
size_t device_slip_put(struct device_slip *slip, size_t n_samples, bool had_xrun, int64_t now_us);

#endif
