/* From the capture callback to the send thread: pieces, their times, channels, what finds no
 * room. */
#include "sender/app/capture.h"

#include "common/base/units.h"
#include "common/io/monotonic.h"
#include "tests/unit/unit.h"

enum { BLOCK_MAX = 2000, MAX = CAPTURE_SAMPLES_MAX, MS = SAMPLES_PER_MS };

/* A block at 1 s whose left values are 0, 1, 2 ... and in each further channel 1000 more. */
static void take(struct capture *c, int n_channels, size_t n_samples, int64_t latency_us)
{
	static float input[BLOCK_MAX * 8];
	const struct audio_block block = {
		.input = input,
		.n_channels = n_channels,
		.n_samples = n_samples,
		.now_us = US_PER_SECOND,
		.device_latency_us = latency_us,
	};
	for (size_t i = 0; i < n_samples * (size_t)n_channels; i++)
		input[i] = (float)(i / (size_t)n_channels + 1000 * (i % (size_t)n_channels));
	capture_take(c, &block);
}

static void blocks_are_read_in_pieces_with_their_times(void **state)
{
	static const struct {
		const char *name;
		size_t n_samples;
		int64_t latency_us;
		size_t pieces[6];
		int64_t first_us; /* before the callback */
	} rows[] = {
		{ "half a piece", MAX / 2, 3000, { MAX / 2 }, 3000 },
		{ "a piece", MAX, 3000, { MAX }, 3000 },
		{ "two and a rest", 2 * MAX + 7, 40000, { MAX, MAX, 7 }, 40000 },
		{ "the device does not tell", 5 * MS, -1, { 5 * MS }, 5000 },
		{ "it tells of none", 5 * MS, 0, { 5 * MS }, 5000 },
	};
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		struct capture c;
		float samples[MAX];
		int64_t capture_us;
		size_t n, n_before = 0;
		assert_true(capture_init(&c, 1, (struct capture_choice){ 0 }));
		take(&c, 1, rows[r].n_samples, rows[r].latency_us);
		for (size_t k = 0; rows[r].pieces[k] > 0; k++) {
			assert_true(capture_read(&c, samples, &n, &capture_us));
			assert_row_equal(rows[r].name, n, rows[r].pieces[k]);
			assert_row_equal(rows[r].name, capture_us,
				US_PER_SECOND - rows[r].first_us +
					us_from_samples((int64_t)n_before));
			assert_row_equal(rows[r].name, samples[0], n_before);
			assert_row_equal(rows[r].name, samples[n - 1], n_before + n - 1);
			n_before += n;
		}
		assert_false(capture_read(&c, samples, &n, &capture_us));
		assert_row_equal(rows[r].name, capture_overruns(&c), 0);
		capture_end(&c);
	}
}

static void one_channel_serves_two_and_two_are_averaged(void **state)
{
	static const struct {
		const char *name;
		int n_device, n_wanted;
		struct capture_choice choice;
		float second[2]; /* the second sample, as it is read */
	} rows[] = {
		{ "mono", 1, 1, { 0, 0 }, { 1 } },
		{ "mono for two", 1, 2, { 0, 0 }, { 1, 1 } },
		{ "stereo", 2, 2, { 0, 0 }, { 1, 1001 } },
		{ "stereo for one", 2, 1, { 0, 0 }, { 501 } },
		{ "eight for one", 8, 1, { 0, 0 }, { 3501 } },
		{ "eight for two", 8, 2, { 0, 0 }, { 1, 1001 } },
		{ "the third of eight", 8, 1, { 3, 0 }, { 2001 } },
		{ "the third of eight, for two", 8, 2, { 3, 0 }, { 2001, 2001 } },
		{ "two of eight", 8, 2, { 7, 2 }, { 6001, 1001 } },
		{ "two of eight, for one", 8, 1, { 1, 3 }, { 1001 } },
	};
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		struct capture c;
		float samples[MAX * 2];
		int64_t capture_us;
		size_t n;
		assert_true(capture_init(&c, rows[r].n_wanted, rows[r].choice));
		take(&c, rows[r].n_device, 2, 1000);
		assert_true(capture_read(&c, samples, &n, &capture_us));
		assert_row_equal(rows[r].name, n, 2);
		for (int k = 0; k < rows[r].n_wanted; k++)
			assert_row_equal(
				rows[r].name, samples[rows[r].n_wanted + k], rows[r].second[k]);
		capture_end(&c);
	}
}

/* There is room for 640 ms. Without a reader the rest is dropped and counted, and the earlier
 * samples stay. */
static void a_send_thread_that_sleeps_loses_the_newest(void **state)
{
	struct capture c;
	float samples[MAX];
	int64_t capture_us;
	size_t n, n_read = 0;
	(void)state;
	assert_true(capture_init(&c, 1, (struct capture_choice){ 0 }));
	for (int i = 0; i < 70; i++)
		take(&c, 1, MAX, 1000);
	assert_int_equal(capture_overruns(&c), 6);
	while (n_read < 100 && capture_read(&c, samples, &n, &capture_us))
		n_read++;
	assert_int_equal(n_read, 64);
	const struct audio_block xrun = {
		.input = samples, .n_channels = 1, .n_samples = 1, .had_xrun = true
	};
	capture_take(&c, &xrun);
	assert_int_equal(capture_overruns(&c), 7);
	capture_end(&c);
}

static void a_callback_ends_the_wait(void **state)
{
	struct capture c;
	(void)state;
	assert_true(capture_init(&c, 1, (struct capture_choice){ 0 }));
	take(&c, 1, MAX, 1000);
	const int64_t begin_us = monotonic_now_us();
	capture_wait(&c, begin_us + 100 * US_PER_SECOND);
	assert_true(monotonic_now_us() < begin_us + 50 * US_PER_SECOND);
	const int64_t again_us = monotonic_now_us();
	capture_wait(&c, again_us + 2000); /* nothing more was taken: all of it is waited for */
	assert_true(monotonic_now_us() >= again_us + 2000);
	capture_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_read_in_pieces_with_their_times),
		cmocka_unit_test(one_channel_serves_two_and_two_are_averaged),
		cmocka_unit_test(a_send_thread_that_sleeps_loses_the_newest),
		cmocka_unit_test(a_callback_ends_the_wait),
	};
	return cmocka_run_group_tests_name("capture", tests, NULL, NULL);
}
