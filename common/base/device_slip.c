#include "common/base/device_slip.h"

#include "common/base/units.h"

#include <string.h>

#define GAP_US	 (100 * US_PER_MS) /* between two calls: the device stood still */
#define JUDGE_US (250 * US_PER_MS) /* by then it has filled its buffer again */
#define LEAST_US (20 * US_PER_MS)
#define MOST_US	 (1 * US_PER_SECOND) /* after a longer gap the stream begins anew by itself */

void device_slip_init(struct device_slip *s)
{
	memset(s, 0, sizeof *s);
}

static void begin(struct device_slip *s, int64_t now_us)
{
	device_slip_init(s);
	s->has_begun = true;
	s->begin_us = now_us;
}

/* What was lost; 0 while that cannot be told yet. */
static int64_t lost_us(struct device_slip *s, int64_t late_us, int64_t now_us)
{
	if (late_us < s->least_us)
		s->least_us = late_us;
	if (now_us < s->judge_us)
		return 0;
	s->judge_us = 0;
	standing_init(&s->late);
	return s->least_us - s->usual_us;
}

size_t device_slip_put(struct device_slip *s, size_t n_samples, bool had_xrun, int64_t now_us)
{
	const int64_t gap_us = now_us - s->called_us;

	if (!s->has_begun || gap_us > MOST_US)
		begin(s, now_us);
	else if ((had_xrun || gap_us > GAP_US) && s->judge_us == 0) {
		s->judge_us = now_us + JUDGE_US;
		s->least_us = INT64_MAX;
	}
	s->called_us = now_us;
	const int64_t late_us = now_us - s->begin_us - us_from_samples(s->n_samples);
	s->n_samples += (int64_t)n_samples;
	if (s->judge_us == 0) { /* the device's own clock is followed, too */
		const int64_t standing_us = standing_put(&s->late, late_us, now_us);
		s->usual_us = s->late.n_parts < STANDING_PARTS && late_us < s->usual_us
				      ? late_us
				      : standing_us;
		return 0;
	}
	const int64_t slip_us = lost_us(s, late_us, now_us);
	if (slip_us < LEAST_US)
		return 0;
	const int64_t n_lost = samples_from_us(slip_us);
	s->n_samples += n_lost;
	return (size_t)n_lost;
}
