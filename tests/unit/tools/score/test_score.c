/* The yardstick of whole recordings on cases with known answers. */
#include "tests/unit/spoken_words.h"
#include "tests/unit/unit.h"
#include "tools/score/mos_lqo.h"
#include "tools/score/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	SECONDS = 12,
	N_CLEAN = SECONDS * SAMPLES_PER_SECOND,
	N_ROOM = N_CLEAN + SAMPLES_PER_SECOND
};

static float clean[N_CLEAN], heard[N_ROOM];

/* Whether it is loud in the 6 ms around there. */
static bool is_loud(int at)
{
	double sum = 0;
	for (int i = at - 3 * SAMPLES_PER_MS; i < at + 3 * SAMPLES_PER_MS; i++)
		sum += (double)(clean[i] * clean[i]);
	return sum > 6 * SAMPLES_PER_MS * 0.003;
}

/* The clean signal between its samples. */
static double clean_at(double position)
{
	enum { TAPS = 24 };
	const double pi = 3.14159265358979;
	const long middle = (long)floor(position);
	double sum = 0;
	for (long i = middle - TAPS + 1; i <= middle + TAPS; i++) {
		const double x = position - (double)i;
		const double window = 0.5 + 0.5 * cos(pi * x / (TAPS + 1));
		const double sinc = fabs(x) < 1e-9 ? 1 : sin(pi * x) / (pi * x);
		if (i >= 0 && i < N_CLEAN)
			sum += window * sinc * (double)clean[i];
	}
	return sum;
}

static struct score_result measure(size_t n_heard)
{
	struct score_result r;
	const bool is_scored = score(&r, clean, N_CLEAN, heard, n_heard);
	assert_true(is_scored && r.fault == SCORE_OK);
	return r;
}

static void say_again(void)
{
	memset(heard, 0, sizeof heard);
	memcpy(heard, clean, sizeof clean);
}

static void the_same_has_lost_nothing(void **state)
{
	(void)state;
	say_again();
	const struct score_result r = measure(N_CLEAN);
	assert_true(r.intelligibility > 1 - 1e-9 && r.distance_db < 1e-9 && r.mos_lqo > 4.63);
	assert_true(fabs(r.delay_ms) < 0.002 && r.delay_max_ms - r.delay_min_ms < 0.002);
	assert_int_equal(r.delay_changes + r.dropouts + r.clicks, 0);
	assert_true(fabs(r.seconds - SECONDS) < 0.02);
}

static void a_delay_is_found_to_a_tenth_of_a_millisecond(void **state)
{
	static const double delays_ms[] = { 0.1, 0.35, 7.3, 123.456, 612.5, -0.27, -250.25 };
	(void)state;
	for (size_t k = 0; k < N_ROWS(delays_ms); k++) {
		if (unit_leaves_out(k, 3))
			continue;
		for (int i = 0; i < N_ROOM; i++)
			heard[i] = (float)clean_at(i - delays_ms[k] * SAMPLES_PER_MS);
		const struct score_result r = measure(N_ROOM);
		if (fabs(r.delay_ms - delays_ms[k]) > 0.05 || r.delay_min_ms < delays_ms[k] - 0.1 ||
			r.delay_max_ms > delays_ms[k] + 0.1)
			fail_msg("%f ms: found %f, %f to %f", delays_ms[k], r.delay_ms,
				r.delay_min_ms, r.delay_max_ms);
		assert_int_equal(r.delay_changes, 0);
		assert_true(r.intelligibility > 0.999 && r.distance_db < 0.2);
	}
}

static void steps_of_the_delay_are_found_where_they_are(void **state)
{
	static const struct {
		double at_s, delay_ms;
	} steps[] = { { 0, 40 }, { 2.05, 55 }, { 4.9, 47.5 }, { 9.15, 130 } };
	struct score_result r;
	struct alignment track;
	size_t step = 0;
	(void)state;
	for (int i = 0; i < N_ROOM; i++) {
		if (step + 1 < N_ROWS(steps) && i >= steps[step + 1].at_s * SAMPLES_PER_SECOND)
			step++;
		heard[i] = (float)clean_at(i - steps[step].delay_ms * SAMPLES_PER_MS);
	}
	assert_true(score_with_track(&r, &track, clean, N_CLEAN, heard, N_ROOM));
	assert_int_equal(r.delay_changes, N_ROWS(steps) - 1);
	assert_true(fabs(r.delay_min_ms - 40) < 0.1 && fabs(r.delay_max_ms - 130) < 0.1);
	step = 0;
	for (size_t i = 0; i < track.n_stretches; i++) {
		const struct alignment_stretch *const s = &track.stretches[i];
		step += s->is_step;
		assert_true(fabs(s->begin_delay_ms - steps[step].delay_ms) < 0.1);
		if (s->is_step && fabs(s->begin_s - steps[step].at_s) > 0.06)
			fail_msg("step %zu is at %f s", step, s->begin_s);
	}
	assert_true(fabs(alignment_delay_ms(&track, 3.5) - 55) < 0.1);
	alignment_end(&track);
}

static void clocks_that_drift_are_followed(void **state)
{
	static const double drifts[] = { 100e-6, -100e-6 };
	(void)state;
	for (size_t k = 0; k < N_ROWS(drifts); k++) {
		if (unit_leaves_out(k, 3))
			continue;
		const double end_ms = drifts[k] * SECONDS * 1000;
		for (int i = 0; i < N_CLEAN; i++)
			heard[i] = (float)clean_at(i * (1 - drifts[k]));
		const struct score_result r = measure(N_CLEAN);
		if (fabs(r.delay_ms - end_ms / 2) > 0.05 ||
			fabs(r.delay_max_ms - fmax(0, end_ms)) > 0.1 ||
			fabs(r.delay_min_ms - fmin(0, end_ms)) > 0.1)
			fail_msg("%f: found %f, %f to %f", drifts[k], r.delay_ms, r.delay_min_ms,
				r.delay_max_ms);
		assert_int_equal(r.delay_changes, 0);
		assert_true(r.intelligibility > 0.998);
	}
}

static void the_level_alone_counts_for_nothing(void **state)
{
	static const float gains[] = { 0.03F, 0.5F, 4 };
	(void)state;
	for (size_t k = 0; k < N_ROWS(gains); k++) {
		if (unit_leaves_out(k, 3))
			continue;
		for (int i = 0; i < N_CLEAN; i++)
			heard[i] = gains[k] * clean[i];
		const struct score_result r = measure(N_CLEAN);
		assert_int_equal(r.dropouts + r.clicks + r.delay_changes, 0);
		assert_true(r.mos_lqo > 4.4 && r.distance_db < 0.001);
	}
}

/* Cuts so much out where both of its ends are loud, from that second on; with ends of half a
 * millisecond, so that they do not click. */
static void cut(double from_s, int length_ms)
{
	const int length = length_ms * SAMPLES_PER_MS, fade = SAMPLES_PER_MS / 2;
	int begin = (int)(from_s * SAMPLES_PER_SECOND);
	while (begin + length + fade < N_CLEAN &&
		(!is_loud(begin + 3 * SAMPLES_PER_MS) ||
			!is_loud(begin + length - 3 * SAMPLES_PER_MS)))
		begin++;
	assert_true(begin + length + fade < N_CLEAN);
	for (int i = begin - fade; i < begin + length + fade; i++) {
		const int outside = i < begin ? begin - i : i - begin - length;
		heard[i] *= outside > 0 ? (float)outside / (float)fade : 0;
	}
}

static void holes_are_counted_and_measured(void **state)
{
	(void)state;
	say_again();
	cut(0.3, 3); /* too short to be one */
	cut(2, 12);
	cut(4, 30);
	cut(6, 60);
	cut(8, 150);
	const struct score_result r = measure(N_CLEAN);
	assert_int_equal(r.dropouts, 4);
	if (fabs(r.dropout_ms - 252) > 8 || fabs(r.longest_dropout_ms - 150) > 2)
		fail_msg("holes of %f ms, the longest %f", r.dropout_ms, r.longest_dropout_ms);
	assert_int_equal(r.clicks, 0);
	assert_true(r.mos_lqo < 4.2);
}

static void clicks_are_counted(void **state)
{
	static const double at_s[] = { 0.25, 1.3, 2.35, 3.21, 5, 7.7, 10.6 };
	(void)state;
	say_again();
	for (size_t k = 0; k < N_ROWS(at_s); k++)
		heard[(int)(at_s[k] * SAMPLES_PER_SECOND)] += k % 2 ? 0.2F : -0.2F;
	struct score_result r = measure(N_CLEAN);
	assert_int_equal(r.clicks, N_ROWS(at_s));
	assert_int_equal(r.dropouts + r.delay_changes, 0);

	static float ticking[N_CLEAN]; /* what was sent has them too */
	memcpy(ticking, heard, sizeof ticking);
	assert_true(score(&r, ticking, N_CLEAN, heard, N_CLEAN));
	assert_int_equal(r.clicks, 0);
}

/* Half a second of the sentence missing, the rest moved up: nothing in what was heard is wrong. */
static void what_was_skipped_is_missed(void **state)
{
	const int at = 5 * SAMPLES_PER_SECOND, skipped = SAMPLES_PER_SECOND / 2;
	(void)state;
	say_again();
	memmove(heard + at, clean + at + skipped, (size_t)(N_CLEAN - at - skipped) * sizeof *heard);
	const struct score_result r = measure(N_CLEAN - skipped);
	assert_int_equal(r.delay_changes, 1);
	assert_true(fabs(r.delay_min_ms + 500) < 0.1 && fabs(r.delay_max_ms) < 0.1);
	assert_true(r.intelligibility < 0.98 && r.mos_lqo < 4.2);
}

static void noise_and_a_lost_band_cost_step_by_step(void **state)
{
	double last = MOS_LQO_MAX;
	float low = 0, lower = 0;
	(void)state;
	for (int step = 0; step < 8; step++) {
		struct dice dice = { 5 };
		const float level = 0.0005F * (float)(1 << step);
		for (int i = 0; i < N_CLEAN; i++)
			heard[i] = clean[i] + level * dice_noise(&dice);
		const struct score_result r = measure(N_CLEAN);
		assert_true(r.mos_lqo < last);
		last = r.mos_lqo;
	}
	for (int i = 0; i < N_CLEAN; i++) { /* two low-passes of about 3.5 kHz */
		low += 0.37F * (clean[i] - low);
		lower += 0.37F * (low - lower);
		heard[i] = lower;
	}
	const struct score_result r = measure(N_CLEAN);
	if (r.distance_db < 1 || r.mos_lqo > 4.63)
		fail_msg("a lost band: %f dB, %f", r.distance_db, r.mos_lqo);
}

/* From that second on everything is heard so much later; what is inserted is what came just
 * before. */
static void wait_at(double at_s, int length_ms)
{
	const int at = (int)(at_s * SAMPLES_PER_SECOND), length = length_ms * SAMPLES_PER_MS;

	memmove(heard + at + length, heard + at, (size_t)(N_ROOM - at - length) * sizeof *heard);
	memcpy(heard + at, heard + at - length, (size_t)length * sizeof *heard);
}

/* A delay that changes in a pause is not heard, one that does within words is. */
static void waits_cost_where_they_are_heard(void **state)
{
	static const double places[] = { 2.2, 4.6, 7, 9.4 };
	const int pause = SAMPLES_PER_SECOND / 2;
	double mos[2];
	(void)state;
	for (size_t k = 0; k < N_ROWS(places); k++)
		memset(clean + (int)(places[k] * SAMPLES_PER_SECOND), 0,
			(size_t)pause * sizeof *clean);
	for (int is_within = 0; is_within < 2; is_within++) {
		say_again();
		for (size_t k = N_ROWS(places); k-- > 0;) /* from the end, which moves */
			wait_at(places[k] + (is_within ? 1.1 : 0.3), 40);
		mos[is_within] = measure(N_CLEAN + 160 * SAMPLES_PER_MS).mos_lqo;
	}
	spoken_words_fill(clean, N_CLEAN);
	if (mos[0] < 4.55 || mos[1] > 4.2)
		fail_msg("in pauses %f, within words %f", mos[0], mos[1]);
}

/* Three voices that go on without a break. */
static float music(int i)
{
	static const double notes_hz[] = { 220, 247, 262, 294, 330, 349, 392, 440 };
	double sum = 0;
	for (int voice = 1; voice <= 3; voice++) {
		const int length = SAMPLES_PER_SECOND / (1 + voice);
		const double hz = notes_hz[(i / length * 5 + 3 * voice) % 8] * voice;
		const double t = (double)(i % length) / SAMPLES_PER_SECOND;
		for (int k = 1; k <= 4; k++)
			sum += sin(2 * 3.14159265358979 * hz * k * t) / k * exp(-2 * t);
	}
	return (float)(0.05 * sum);
}

/* Its parts are told all the same. */
static void what_is_no_speech_has_no_mos(void **state)
{
	struct dice dice = { 9 };
	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		for (int i = 0; i < N_CLEAN; i++)
			clean[i] = kind == 0   ? 0.1F * dice_noise(&dice)
				   : kind == 1 ? (float)(0.3 * sin(i * 0.0576))
					       : music(i);
		say_again();
		const struct score_result r = measure(N_CLEAN);
		if (!isnan(r.mos_lqo) || r.distance_db > 0.01 || r.intelligibility < 0.99)
			fail_msg("kind %d: %f, %f dB, %f", kind, r.mos_lqo, r.distance_db,
				r.intelligibility);
	}
	spoken_words_fill(clean, N_CLEAN);
}

static void what_cannot_be_judged_is_refused(void **state)
{
	struct score_result r;
	(void)state;
	say_again();
	assert_false(score(&r, clean, 40000, heard, N_CLEAN));
	assert_int_equal(r.fault, SCORE_REFERENCE_SHORT);
	assert_false(score(&r, clean, N_CLEAN, heard, 0));
	assert_int_equal(r.fault, SCORE_HEARD_SHORT);
	memset(heard, 0, sizeof heard);
	assert_false(score(&r, clean, N_CLEAN, heard, N_CLEAN));
	assert_int_equal(r.fault, SCORE_HEARD_SILENT);
	assert_false(score(&r, heard, N_CLEAN, clean, N_CLEAN));
	assert_int_equal(r.fault, SCORE_REFERENCE_SILENT);
	assert_true(r.mos_lqo == 0 && r.seconds == 0);
	for (int fault = SCORE_OK; fault <= SCORE_NO_MEMORY; fault++)
		assert_true(strlen(score_fault_text((enum score_fault)fault)) > 5);
}

int main(int argc, char *argv[])
{
	(void)argv;
	*unit_takes_all() = argc > 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_has_lost_nothing),
		cmocka_unit_test(a_delay_is_found_to_a_tenth_of_a_millisecond),
		cmocka_unit_test(steps_of_the_delay_are_found_where_they_are),
		cmocka_unit_test(clocks_that_drift_are_followed),
		cmocka_unit_test(the_level_alone_counts_for_nothing),
		cmocka_unit_test(holes_are_counted_and_measured),
		cmocka_unit_test(clicks_are_counted),
		cmocka_unit_test(what_was_skipped_is_missed),
		cmocka_unit_test(noise_and_a_lost_band_cost_step_by_step),
		cmocka_unit_test(waits_cost_where_they_are_heard),
		cmocka_unit_test(what_is_no_speech_has_no_mos),
		cmocka_unit_test(what_cannot_be_judged_is_refused),
	};
	spoken_words_fill(clean, N_CLEAN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
