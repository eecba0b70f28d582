/* The bit budget against an encoder that follows the loudness of speech: the mean rate is met, no
 * second goes far beyond it, and a loud word does not starve its primaries. */
#include "sender/coding/bit_budget.h"

#include "common/base/splitmix.h"
#include "tests/unit/unit.h"

#include <math.h>

enum { FRAMES_MAX = 60 * BIT_BUDGET_FRAMES_MAX, PRIMARY_BPS = 20000, COPIES_BPS = 44000 };

static const int lengths[] = { 120, 240, 480, 960, 1920, 2880 };

static size_t payload[FRAMES_MAX];
static int primary_bps[FRAMES_MAX];

static double bytes_a_frame(int bps, int frame_samples)
{
	return bps / 8.0 * frame_samples / SAMPLES_PER_SECOND;
}

/* Words of 400 ms a fifth louder than the mean, and pauses a fifth quieter; single frames vary by
 * up to 15 %. From quiet_s on, nothing is sent for two seconds. Returns the number of frames. */
static int speak(struct bit_budget *b, int frame_samples, double quiet_s)
{
	const int n_frames = 60 * SAMPLES_PER_SECOND / frame_samples;
	const double copies_bytes = bytes_a_frame(COPIES_BPS, frame_samples);
	uint64_t dice = 1;

	bit_budget_init(b, frame_samples);
	bit_budget_set_rates(b, PRIMARY_BPS, COPIES_BPS);
	for (int i = 0; i < n_frames; i++) {
		const double s = (double)i * frame_samples / SAMPLES_PER_SECOND;
		const double loudness = fmod(s, 0.8) < 0.4 ? 1.2 : 0.8;
		const double chance = 0.85 + 0.3 * (double)(splitmix_hash(dice) >> 11) / 0x1p53;
		dice += SPLITMIX_STEP;
		const size_t overhead = (size_t)(copies_bytes * loudness * chance + 0.5);
		primary_bps[i] = bit_budget_primary_bps(b, overhead);
		payload[i] = overhead + (size_t)(bytes_a_frame(primary_bps[i], frame_samples) *
							 loudness * chance +
						 0.5);
		if (s >= quiet_s && s < quiet_s + 2) {
			payload[i] = 0;
			bit_budget_on_frame(b, 0, 0);
			continue;
		}
		bit_budget_on_frame(b, payload[i], overhead);
	}
	return n_frames;
}

/* Of the budget, from the frame `from` on. */
static double fullest_second(int from, int n_frames, int frame_samples)
{
	const int n_second = SAMPLES_PER_SECOND / frame_samples;
	const double granted = n_second * bytes_a_frame(PRIMARY_BPS + COPIES_BPS, frame_samples);
	double sent = 0, fullest = 0;

	for (int i = from; i < n_frames; i++) {
		sent += (double)payload[i];
		if (i - from >= n_second)
			sent -= (double)payload[i - n_second];
		fullest = fmax(fullest, sent / granted);
	}
	return fullest;
}

static void the_mean_is_met_and_no_second_is_too_full(void **state)
{
	static struct bit_budget b;
	(void)state;
	for (size_t l = 0; l < N_ROWS(lengths); l++) {
		const int n_frames = speak(&b, lengths[l], 1000);
		double sent = 0;
		int n_poor = 0;
		for (int i = 0; i < n_frames; i++)
			sent += (double)payload[i];
		for (int i = n_frames / 10; i < n_frames; i++)
			n_poor += primary_bps[i] < PRIMARY_BPS * 7 / 10;
		const double mean =
			sent / n_frames / bytes_a_frame(PRIMARY_BPS + COPIES_BPS, lengths[l]);
		const double fullest = fullest_second(0, n_frames, lengths[l]);
		print_message("%d samples: mean %.3f, fullest %.3f, poor %.3f\n", lengths[l], mean,
			fullest, (double)n_poor / n_frames);
		assert_true(mean > 0.98 && mean < 1.005);
		assert_true(fullest <= 1.05);
		/* By the packets' own copies it would be a third of them. */
		assert_true(n_poor < n_frames / 10);
	}
}

static void silence_is_not_saved_up(void **state)
{
	static struct bit_budget b;
	(void)state;
	for (size_t l = 0; l < N_ROWS(lengths); l++) {
		const int n_frames = speak(&b, lengths[l], 20);
		const int from = 22 * SAMPLES_PER_SECOND / lengths[l];
		assert_true(fullest_second(0, n_frames, lengths[l]) <= 1.05);
		for (int i = from; i < n_frames; i++) /* half a second's worth over a second */
			assert_true(primary_bps[i] <= PRIMARY_BPS + (PRIMARY_BPS + COPIES_BPS) / 2);
		assert_true(
			b.debt_bytes > -0.5001 * SAMPLES_PER_SECOND / lengths[l] *
					       bytes_a_frame(PRIMARY_BPS + COPIES_BPS, lengths[l]));
	}
}

/* With a smaller budget what was sent before does not count against it. */
static void another_budget_counts_from_its_first_frame(void **state)
{
	static struct bit_budget b;
	(void)state;
	(void)speak(&b, 960, 1000);
	bit_budget_set_rates(&b, 16000, 0);
	assert_in_range(bit_budget_primary_bps(&b, 0), 14000, 18000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mean_is_met_and_no_second_is_too_full),
		cmocka_unit_test(silence_is_not_saved_up),
		cmocka_unit_test(another_budget_counts_from_its_first_frame),
	};
	return cmocka_run_group_tests_name("bit_budget", tests, NULL, NULL);
}
