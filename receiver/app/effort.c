#include "receiver/app/effort.h"

#include "common/base/concealment.h"

#include <string.h>

#define PERIOD_MIN_US 2000 /* see effort_first_complexity() */

void effort_init(struct effort *e)
{
	memset(e, 0, sizeof *e);
}

bool effort_is_too_much(struct effort *e, enum effort_work work, int64_t took_us, int64_t period_us)
{
	if (work == EFFORT_NONE)
		return false;
	e->n_over[work] = 2 * took_us > period_us ? e->n_over[work] + 1 : 0;
	if (e->n_over[work] < EFFORT_RUN)
		return false;
	effort_init(e);
	return true;
}

int effort_first_complexity(int wanted, int64_t period_us)
{
	return period_us < PERIOD_MIN_US ? 0 : wanted;
}

int effort_lower_complexity(int complexity)
{
	return complexity > CONCEALMENT_NEURAL_COMPLEXITY ? CONCEALMENT_NEURAL_COMPLEXITY : 0;
}
