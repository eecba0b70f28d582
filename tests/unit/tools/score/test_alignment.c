/* Where in a recording each moment of what was heard comes from: delays that are known. */
#include "tools/score/alignment.h"

#include "common/base/units.h"
#include "tests/unit/speech_like.h"
#include "tests/unit/unit.h"
#include "tools/score/rough_delay.h"

#include <math.h>
#include <string.h>

enum { SECONDS = 5, N = SECONDS * SAMPLES_PER_SECOND, N_ROUGH = SECONDS * ROUGH_RATE };

static float clean[N], heard[N];

static void speak(void)
{
	struct speech_like speech = speech_like_begin(SAMPLES_PER_SECOND / 3);

	speech_like_fill(&speech, clean, N, 1);
	memset(heard, 0, sizeof heard);
}

/* What is heard from begin_ms on is later by delay_ms. */
static void delay_from(int begin_ms, int delay_ms)
{
	for (int i = begin_ms * SAMPLES_PER_MS; i < N; i++) {
		const int from = i - delay_ms * SAMPLES_PER_MS;
		heard[i] = from >= 0 && from < N ? clean[from] : 0;
	}
}

static void delays_are_found_where_they_are(void **state)
{
	static const struct {
		const char *name;
		int first_ms, step_at_ms, then_ms; /* no step: 0 */
	} rows[] = {
		{ "none", 0, 0, 0 },
		{ "37 ms", 37, 0, 0 },
		{ "half a second", 500, 0, 0 },
		{ "it began earlier", -120, 0, 0 },
		{ "a step up", 40, 2500, 100 },
		{ "a step down", 100, 2500, 40 },
	};
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		const bool has_step = rows[r].step_at_ms > 0;
		struct alignment a;
		size_t n_steps = 0;
		speak();
		delay_from(0, rows[r].first_ms);
		if (has_step)
			delay_from(rows[r].step_at_ms, rows[r].then_ms);
		assert_true(alignment_find(&a, clean, N, heard, N));
		const double early_ms = alignment_delay_ms(&a, 1.3),
			     late_ms = alignment_delay_ms(&a, 4);
		if (fabs(early_ms - rows[r].first_ms) > 0.1)
			fail_msg("\"%s\": %.3f ms at first", rows[r].name, early_ms);
		if (fabs(late_ms - (has_step ? rows[r].then_ms : rows[r].first_ms)) > 0.1)
			fail_msg("\"%s\": %.3f ms in the end", rows[r].name, late_ms);
		for (size_t i = 0; i < a.n_stretches; i++)
			n_steps += a.stretches[i].is_step;
		assert_row_equal(rows[r].name, n_steps, has_step);
		assert_true(a.stretches[0].begin_s == 0);
		alignment_end(&a);
	}
}

static void silence_lies_nowhere(void **state)
{
	struct alignment a;
	(void)state;
	speak();
	assert_false(alignment_find(&a, clean, N, heard, N));
}

/* By loudness alone, to some 20 ms. */
static void the_rough_delay_is_roughly_right(void **state)
{
	static const int delays_ms[] = { 0, 300, -300, 1200 };
	static float rough_clean[N_ROUGH], rough_heard[N_ROUGH];
	static int delays[N_ROUGH / ROUGH_BLOCK_SAMPLES + 1];
	(void)state;
	speak();
	for (int i = 0; i < N_ROUGH; i++)
		rough_clean[i] = clean[i * (SAMPLES_PER_SECOND / ROUGH_RATE)];
	assert_int_equal(rough_delay_n_blocks(N_ROUGH), N_ROUGH / ROUGH_BLOCK_SAMPLES);
	for (size_t r = 0; r < N_ROWS(delays_ms); r++) {
		const int delay = delays_ms[r] * ROUGH_RATE / 1000;
		for (int i = 0; i < N_ROUGH; i++)
			rough_heard[i] = i - delay >= 0 && i - delay < N_ROUGH
						 ? 0.5F * rough_clean[i - delay]
						 : 0;
		assert_true(rough_delay_find(rough_clean, N_ROUGH, rough_heard, N_ROUGH, delays));
		for (int k = 100; k < 200; k++) /* the third and fourth second of it */
			assert_in_range(delays[k] + 100000, delay + 100000 - ROUGH_RATE / 40,
				delay + 100000 + ROUGH_RATE / 40);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delays_are_found_where_they_are),
		cmocka_unit_test(silence_lies_nowhere),
		cmocka_unit_test(the_rough_delay_is_roughly_right),
	};
	return cmocka_run_group_tests_name("alignment", tests, NULL, NULL);
}
