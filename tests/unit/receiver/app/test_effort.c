/* When the decoder steps down: by recurring costs, never by interruptions. No real time. */
#include "receiver/app/effort.h"

#include "tests/unit/unit.h"

#include <string.h>

enum { PERIOD_US = 5000 };

/* One call per character: 'g' concealment, 'd' decoding, '.' nothing done; upper case: it took too
 * long. */
static int first_step_down(const char *calls)
{
	struct effort e;
	effort_init(&e);
	for (int i = 0; calls[i]; i++) {
		const char c = calls[i];
		const enum effort_work work = strchr("gG", c)	? EFFORT_CONCEALED
					      : strchr("dD", c) ? EFFORT_DECODED
								: EFFORT_NONE;
		if (effort_is_too_much(&e, work, strchr("GD!", c) ? 2501 : 2500, PERIOD_US))
			return i + 1;
	}
	return 0;
}

static void costs_that_come_back_count(void **state)
{
	static const struct {
		const char *name, *calls;
		int step_down;
	} rows[] = {
		{ "nothing costs much", "d.d.g.d.g.g.g.d.", 0 },
		{ "one concealment was interrupted", "d.G.d.g.", 0 },
		{ "so were two", "d.GGgd.", 0 },
		{ "three concealments", "GGG", 3 },
		{ "three concealments, others between them", "G.d.d..Gd.d.G.d", 13 },
		{ "every other one", "GgGgGgGgGg", 0 },
		{ "concealment does not clear the decoding", "DgDgD", 5 },
		{ "decoding, then concealment", "DDGG", 0 },
		{ "a machine that stalls in idle calls", "!!!!!!!!", 0 },
		{ "enhancement is too dear", ".d.D.D.D", 8 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++)
		assert_row_equal(rows[i].name, first_step_down(rows[i].calls), rows[i].step_down);
}

/* After a step the count starts anew. */
static void a_step_begins_anew(void **state)
{
	struct effort e;
	int n_steps = 0;
	(void)state;
	effort_init(&e);
	for (int i = 0; i < 3 * EFFORT_RUN - 1; i++)
		n_steps += effort_is_too_much(&e, EFFORT_CONCEALED, PERIOD_US, PERIOD_US);
	assert_int_equal(n_steps, 2);
}

/* A busy machine, as measured: one call in 300 interrupted for 5 to 280 ms, a tenth of the calls
 * conceal in 0.6 ms. An hour of it at 5 ms. */
static void an_hour_of_interruptions_changes_nothing(void **state)
{
	struct dice dice = { 3600 };
	struct effort e;
	(void)state;
	effort_init(&e);
	for (int i = 0; i < 3600 * 200; i++) {
		const bool guesses = dice_below(&dice, 10) == 0;
		int64_t took_us = guesses ? 600 : 60;
		if (dice_below(&dice, 300) == 0)
			took_us += 5000 + dice_below(&dice, 275000);
		assert_false(effort_is_too_much(
			&e, guesses ? EFFORT_CONCEALED : EFFORT_DECODED, took_us, PERIOD_US));
	}
}

static void steps_lead_to_the_plain_decoder(void **state)
{
	static const int steps[][2] = { { 10, 5 }, { 7, 5 }, { 6, 5 }, { 5, 0 }, { 3, 0 },
		{ 0, 0 } };
	(void)state;
	for (size_t i = 0; i < N_ROWS(steps); i++)
		assert_int_equal(effort_lower_complexity(steps[i][0]), steps[i][1]);
	assert_int_equal(effort_first_complexity(5, 10000), 5);
	assert_int_equal(effort_first_complexity(10, 2500), 10);
	assert_int_equal(effort_first_complexity(5, 1333), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(costs_that_come_back_count),
		cmocka_unit_test(a_step_begins_anew),
		cmocka_unit_test(an_hour_of_interruptions_changes_nothing),
		cmocka_unit_test(steps_lead_to_the_plain_decoder),
	};
	return cmocka_run_group_tests_name("effort", tests, NULL, NULL);
}
