/* What underruns teach: a second one within ten seconds doubles the device's latency, and a
 * quiet minute halves it again. Where that was too early the next quiet time must be twice as
 * long. Pure. Owner: the caller holds the struct. */
#ifndef HINDSIGHT_COMMON_BASE_XRUN_LESSON_H
#define HINDSIGHT_COMMON_BASE_XRUN_LESSON_H

#include <stdint.h>

enum { XRUN_LESSON_FACTOR_MAX = 16 };

struct xrun_lesson { /* private to xrun_lesson.c */
	int factor;
	int64_t n_seen;
	int64_t last_us;  /* the last xrun that has taught nothing yet; < 0: none */
	int64_t quiet_us; /* as long must be without any before the factor falls */
	int64_t quiet_since_us;
	int64_t fell_us; /* < 0: never */
};

void xrun_lesson_init(struct xrun_lesson *lesson, int64_t now_us);

/* n_xruns: from the start. Returns how many times the shortest latency it should be, 1 to
 * XRUN_LESSON_FACTOR_MAX, a power of two. */
int xrun_lesson_put(struct xrun_lesson *lesson, int64_t n_xruns, int64_t now_us);

#endif
