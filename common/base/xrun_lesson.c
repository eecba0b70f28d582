#include "common/base/xrun_lesson.h"

#include "common/base/units.h"

#define PAIR_US	     (10 * US_PER_SECOND)
#define QUIET_US     (60 * US_PER_SECOND)
#define QUIET_MAX_US (16 * QUIET_US)

void xrun_lesson_init(struct xrun_lesson *l, int64_t now_us)
{
	*l = (struct xrun_lesson){
		.factor = 1,
		.last_us = -1,
		.quiet_us = QUIET_US,
		.quiet_since_us = now_us,
		.fell_us = -1,
	};
}

static void grow(struct xrun_lesson *l, int64_t now_us)
{
	l->last_us = -1;
	if (l->factor < XRUN_LESSON_FACTOR_MAX)
		l->factor *= 2;
	if (l->fell_us >= 0 && now_us - l->fell_us < l->quiet_us && l->quiet_us < QUIET_MAX_US)
		l->quiet_us *= 2;
}

static void on_xrun(struct xrun_lesson *l, int64_t now_us)
{
	l->quiet_since_us = now_us;
	if (l->last_us >= 0 && now_us - l->last_us <= PAIR_US)
		grow(l, now_us);
	else
		l->last_us = now_us;
}

int xrun_lesson_put(struct xrun_lesson *l, int64_t n_xruns, int64_t now_us)
{
	/* Of many at once, as of one stall, one counts: they tell no more than it. */
	if (n_xruns > l->n_seen)
		on_xrun(l, now_us);
	l->n_seen = n_xruns;
	if (l->factor > 1 && now_us - l->quiet_since_us >= l->quiet_us) {
		l->factor /= 2;
		l->quiet_since_us = l->fell_us = now_us;
	}
	return l->factor;
}
