#include "common/base/standing.h"

#include "common/base/units.h"

#include <string.h>

#define PART_US (US_PER_SECOND / STANDING_PARTS)

void standing_init(struct standing *s)
{
	memset(s, 0, sizeof *s);
}

/* After a pause nothing of before it counts. */
static void begin_part(struct standing *s, int64_t us, int64_t now_us)
{
	if (s->n_parts == 0 || now_us >= s->end_us + US_PER_SECOND) {
		s->n_parts = 0;
		s->end_us = now_us;
	}
	if (s->n_parts == STANDING_PARTS) {
		memmove(s->least_us, s->least_us + 1, sizeof s->least_us - sizeof *s->least_us);
		s->n_parts--;
	}
	s->least_us[s->n_parts++] = us;
	s->end_us += PART_US;
}

int64_t standing_put(struct standing *s, int64_t us, int64_t now_us)
{
	if (s->n_parts == 0 || now_us >= s->end_us)
		begin_part(s, us, now_us);
	else if (us < s->least_us[s->n_parts - 1])
		s->least_us[s->n_parts - 1] = us;
	if (s->n_parts < STANDING_PARTS)
		return 0;

	int64_t least_us = s->least_us[0];
	for (int i = 1; i < STANDING_PARTS; i++)
		least_us = s->least_us[i] < least_us ? s->least_us[i] : least_us;
	return least_us;
}
