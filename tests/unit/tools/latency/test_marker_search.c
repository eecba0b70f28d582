/* From recordings to figures: the train's plan, markers in a recording, delays and what they come
 * to; with some missing, some doubled, and a clock that drifts. */
#include "tests/unit/unit.h"
#include "tools/latency/marker_search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	N_MARKERS = 12,
	MAX_DELAY_SAMPLES = 250 * SAMPLES_PER_MS,
	LEAD_SAMPLES = 1234,
	N_SAMPLES = 6 * SAMPLES_PER_SECOND
};

static struct marker_train train;
static struct marker_search search;
static struct delay_list list;
static float played[N_SAMPLES], recorded[N_SAMPLES];
static double sorted[MARKER_TRAIN_MAX];

static int begin(void **state)
{
	*state = malloc(marker_search_bytes(MAX_DELAY_SAMPLES));
	if (!*state)
		return -1;
	marker_search_init(&search, *state, MAX_DELAY_SAMPLES);
	marker_train_init(&train, N_MARKERS, LEAD_SAMPLES, MAX_DELAY_SAMPLES);
	if (marker_train_samples(&train) > N_SAMPLES)
		return -1;
	marker_train_fill(&train, 0, played, N_SAMPLES);
	return 0;
}

static int end(void **state)
{
	free(*state);
	return 0;
}

static void the_plan(void **state)
{
	float piece[777];
	bool is_regular = true;

	(void)state;
	for (int64_t k = 0; k < N_MARKERS; k++) {
		const int64_t at = marker_train_at(&train, k);
		const int64_t next = marker_train_at(&train, k + 1);
		assert_true(at >= LEAD_SAMPLES && next - at >= MAX_DELAY_SAMPLES + MARKER_SAMPLES);
		is_regular = is_regular && (next - at) % 960 == 0;
		assert_memory_equal(played + at, train.marker, sizeof train.marker);
	}
	assert_false(is_regular);
	assert_true(marker_train_at(&train, N_MARKERS - 1) + MAX_DELAY_SAMPLES + MARKER_SAMPLES <=
		    marker_train_samples(&train));
	/* In pieces, as a device asks, it is the same. */
	for (size_t at = 0; at + 777 <= N_SAMPLES; at += 777) {
		marker_train_fill(&train, (int64_t)at, piece, 777);
		assert_memory_equal(piece, played + at, sizeof piece);
	}
	for (int64_t i = 0; i < LEAD_SAMPLES; i++)
		assert_true(played[i] == 0);
}

static void all_places_are_found_once(void **state)
{
	double places[N_MARKERS];

	(void)state;
	assert_int_equal(
		marker_search_places(&search, played, N_SAMPLES, places, N_MARKERS), N_MARKERS);
	for (int64_t k = 0; k < N_MARKERS; k++)
		assert_true(fabs(places[k] - (double)marker_train_at(&train, k)) < 0.05);
	/* Wherever the stretches that are searched begin. */
	for (size_t cut = 0; cut < 24000; cut += 1111) {
		const size_t n = marker_search_places(
			&search, played + cut, N_SAMPLES - cut, places, N_MARKERS);
		size_t n_whole = 0;
		for (int64_t k = 0; k < N_MARKERS; k++)
			n_whole += marker_train_at(&train, k) >= (int64_t)cut;
		/* One that is cut may be taken for one, if most of it is there. */
		assert_in_range(n, n_whole, n_whole + 1);
		assert_true(fabs(places[n - 1] + (double)cut -
				    (double)marker_train_at(&train, N_MARKERS - 1)) < 0.05);
	}
}

/* Marker k as it was recorded, delayed by whole samples. */
static void add_marker(int64_t k, int64_t delay, float gain)
{
	const int64_t at = marker_train_at(&train, k) + delay;
	for (int64_t i = 0; i < MARKER_SAMPLES && at + i < N_SAMPLES; i++)
		recorded[at + i] += gain * train.marker[i];
}

static struct delay_summary measure(void)
{
	list.n_rows = 0;
	for (int64_t k = 0; k < N_MARKERS; k++)
		marker_search_delay(
			&search, (double)marker_train_at(&train, k), recorded, N_SAMPLES, &list);
	return delay_list_summary(&list, sorted);
}

static void missing_ones_are_counted_not_guessed(void **state)
{
	struct dice dice = { 9 };

	(void)state;
	memset(recorded, 0, sizeof recorded);
	for (size_t i = 0; i < N_SAMPLES; i++)
		recorded[i] = 0.02F * dice_noise(&dice);
	for (int64_t k = 0; k < N_MARKERS; k++)
		if (k % 4 != 1)
			add_marker(k, 100 * SAMPLES_PER_MS + 48 * k, 0.2F);
	add_marker(6, 30 * SAMPLES_PER_MS, 0.2F); /* two as loud: which? */
	const struct delay_summary s = measure();
	assert_int_equal(s.n_sent, N_MARKERS);
	assert_int_equal(s.n_found, 8);
	assert_true(isnan(list.rows[1].delay_ms) && isnan(list.rows[5].delay_ms));
	assert_true(isnan(list.rows[6].delay_ms) && isnan(list.rows[9].delay_ms));
	assert_true(fabs(s.min_ms - 100) < 0.02 && fabs(s.max_ms - 111) < 0.02);
}

/* Beyond the longest delay it is not looked for; at it, it is found. */
static void the_longest_delay(void **state)
{
	(void)state;
	memset(recorded, 0, sizeof recorded);
	for (int64_t k = 0; k < N_MARKERS; k++)
		add_marker(k, MAX_DELAY_SAMPLES + (k % 2 ? 96 : -1), 1);
	assert_int_equal(measure().n_found, N_MARKERS / 2);
}

/* A delay longer than was searched for: nearly all markers are found, but the wrong ones, and it is
 * noticed by how much their delays vary; also where the true ones vary, and some are missing. */
static void a_delay_beyond_is_noticed(void **state)
{
	static const struct {
		const char *name;
		int64_t delay, jitter; /* samples */
		size_t lag;
	} rows[] = {
		{ "within", 100 * SAMPLES_PER_MS, 0, 0 },
		{ "within, jitter", 100 * SAMPLES_PER_MS, 60 * SAMPLES_PER_MS, 0 },
		{ "one marker beyond", 500 * SAMPLES_PER_MS, 0, 1 },
		{ "one marker beyond, jitter", 480 * SAMPLES_PER_MS, 15 * SAMPLES_PER_MS, 1 },
		{ "two markers beyond", 900 * SAMPLES_PER_MS, 0, 2 },
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct dice dice = { 3 };
		double median_ms = NAN;
		memset(recorded, 0, sizeof recorded);
		for (int64_t k = 0; k < N_MARKERS; k++) {
			const int64_t more =
				rows[i].jitter ? dice_below(&dice, (uint32_t)rows[i].jitter) : 0;
			if (k != 7)
				add_marker(k, rows[i].delay + more, 1);
		}
		assert_in_range(measure().n_found, N_MARKERS - 5, N_MARKERS);
		assert_row_equal(
			rows[i].name, delay_list_lag(&list, sorted, &median_ms), rows[i].lag);
		const double delay_ms = (double)rows[i].delay / SAMPLES_PER_MS;
		if (rows[i].lag > 0)
			assert_true(median_ms > delay_ms - 1 && median_ms < delay_ms + 16);
	}
	delay_list_forget(&list);
	assert_int_equal(delay_list_summary(&list, sorted).n_found, 0);
	list.n_rows = 0;
	assert_int_equal(delay_list_lag(&list, sorted, NULL), 0);
}

static void figures(void **state)
{
	static const double delays_ms[] = { 3, 1, NAN, 2, 5, 4 };

	(void)state;
	list.n_rows = 0;
	for (size_t i = 0; i < N_ROWS(delays_ms); i++)
		delay_list_add(&list,
			&(struct delay_row){ .played_s = (double)i, .delay_ms = delays_ms[i] });
	struct delay_summary s = delay_list_summary(&list, sorted);
	assert_true(s.n_sent == 6 && s.n_found == 5 && s.mean_ms == 3 && s.min_ms == 1);
	assert_true(s.max_ms == 5 && s.p50_ms == 3 && fabs(s.p5_ms - 1.2) < 1e-9);
	assert_true(fabs(s.p95_ms - 4.8) < 1e-9);
	delay_list_subtract(&list, 0.5);
	s = delay_list_summary(&list, sorted);
	assert_true(s.n_found == 5 && s.mean_ms == 2.5);

	list.n_rows = 2;
	assert_true(isnan(delay_list_summary(&list, sorted).drift_ppm));
	list.n_rows = 0;
	s = delay_list_summary(&list, sorted);
	assert_true(s.n_sent == 0 && s.n_found == 0 && isnan(s.mean_ms) && isnan(s.max_ms));
}

/* A recorder whose clock is 200 ppm fast: what it hears comes later and later. */
static void drift(void **state)
{
	(void)state;
	memset(recorded, 0, sizeof recorded);
	for (int64_t k = 0; k < N_MARKERS; k++)
		add_marker(k, 2400 + llround(200e-6 * (double)marker_train_at(&train, k)), 1);
	const struct delay_summary s = measure();
	assert_int_equal(s.n_found, N_MARKERS);
	assert_true(fabs(s.drift_ppm - 200) < 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_plan),
		cmocka_unit_test(all_places_are_found_once),
		cmocka_unit_test(missing_ones_are_counted_not_guessed),
		cmocka_unit_test(the_longest_delay),
		cmocka_unit_test(a_delay_beyond_is_noticed),
		cmocka_unit_test(figures),
		cmocka_unit_test(drift),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
