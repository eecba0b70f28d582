#include "sender/app/pipe_pace.h"

#include "common/base/units.h"

#include <string.h>

enum {
	BLOCK_SAMPLES = 10 * SAMPLES_PER_MS,
	EASE_SHARE = 64,     /* of what stands is worked off with each block, but not more than */
	EASE_SHARE_MAX = 100 /* such a part of the block */
};

#define LATE_US	  (50 * US_PER_MS) /* the source paused, or this process was stopped */
#define STALL_US  (60 * US_PER_MS) /* stands: more than working off gets rid of in seconds */
#define EASE_US	  (2 * US_PER_MS)
#define LIVE_US	  (2 * US_PER_SECOND) /* who has not filled the pipe until then does not want to */
#define REFILL_US (20 * US_PER_MS)

void pipe_pace_init(struct pipe_pace *p, int64_t now_us)
{
	memset(p, 0, sizeof *p);
	p->begin_us = now_us;
	p->full_us = now_us;
}

/* After a pipe was emptied, a live source has written a block or two; who could fill it at once is
 * none, and is never taken for one again. */
static void look_again(struct pipe_pace *p, int64_t backlog_us, int64_t now_us)
{
	if (p->look_again_us == 0 || now_us < p->look_again_us)
		return;
	p->look_again_us = 0;
	if (backlog_us > STALL_US) {
		p->is_live = false;
		p->is_file = true;
	}
}

static void learn(struct pipe_pace *p, bool is_full, int64_t now_us)
{
	if (is_full || p->is_file) {
		p->full_us = now_us;
		p->is_live = false;
	}
	if (now_us - p->full_us >= LIVE_US)
		p->is_live = true;
}

/* The source is the clock: sooner where sound stands in the pipe. */
static void follow(struct pipe_pace *p, int64_t standing_us, int64_t block_us)
{
	const int64_t share_us = standing_us / EASE_SHARE;

	if (standing_us > STALL_US) {
		p->begin_us -= standing_us;
		standing_init(&p->backlog);
	} else if (standing_us > EASE_US) {
		p->begin_us -=
			share_us < block_us / EASE_SHARE_MAX ? share_us : block_us / EASE_SHARE_MAX;
	}
}

size_t pipe_pace_skip(struct pipe_pace *p, int64_t backlog_us, int64_t now_us)
{
	const int64_t late_us = now_us - p->begin_us - us_from_samples(p->n_samples);
	const int64_t stale_us = late_us < backlog_us ? late_us : backlog_us;

	if (!p->is_live || stale_us <= STALL_US)
		return 0;
	const int64_t n_samples = samples_from_us(stale_us) / BLOCK_SAMPLES * BLOCK_SAMPLES;
	p->n_samples += n_samples;
	p->look_again_us = now_us + REFILL_US;
	return (size_t)n_samples;
}

int64_t pipe_pace_put(
	struct pipe_pace *p, size_t n_samples, int64_t backlog_us, bool is_full, int64_t now_us)
{
	const int64_t standing_us = standing_put(&p->backlog, backlog_us, now_us);

	look_again(p, backlog_us, now_us);
	learn(p, is_full, now_us);
	if (p->is_live)
		follow(p, standing_us, us_from_samples((int64_t)n_samples));

	int64_t late_us = now_us - p->begin_us - us_from_samples(p->n_samples + (int64_t)n_samples);
	const int64_t standing_late_us = standing_put(&p->lateness, late_us, now_us);
	if (standing_late_us > 0 && backlog_us == 0) { /* its clock is slower than ours */
		p->begin_us += standing_late_us;
		late_us -= standing_late_us;
		standing_init(&p->lateness);
	}
	if (p->is_live) /* what has waited in the pipe since then was captured in time */
		late_us -= backlog_us;
	if (late_us > LATE_US)
		p->begin_us += late_us;

	const int64_t capture_us = p->begin_us + us_from_samples(p->n_samples);
	p->n_samples += (int64_t)n_samples;
	return capture_us;
}
