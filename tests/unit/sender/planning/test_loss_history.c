/* Loss and its clustering from fates: known channels are recognised, changes followed. */
#include "sender/planning/loss_history.h"

#include "common/base/units.h"
#include "tests/unit/gilbert.h"
#include "tests/unit/unit.h"

#include <math.h>

enum { FRAME = 960, PACKETS_PER_SECOND = SAMPLES_PER_SECOND / FRAME };

/* How many of them were lost. */
static int add_seconds(struct loss_history *h, struct gilbert *g, double seconds)
{
	int n_lost = 0;

	for (int i = 0; i < seconds * PACKETS_PER_SECOND; i++) {
		const bool lost = gilbert_loses(g);
		loss_history_add(h, lost);
		n_lost += lost;
	}
	return n_lost;
}

static void assert_falling(const struct loss_pattern *p)
{
	assert_true(p->follow[0] == 1);
	for (int g = 1; g <= LOSS_GAPS; g++) {
		assert_true(p->follow[g] <= p->follow[g - 1]);
		assert_true(p->follow[g] >= p->loss && p->follow[g] <= 1);
	}
}

/* The mean of many estimates, a second apart, against what fell and the closed form. */
static void known_channels_are_recognised(void **state)
{
	const struct {
		const char *name;
		struct gilbert channel;
		double loss_off_max, follow_off_max;
	} rows[] = {
		{ "1 %", gilbert_random(0.01, 20261123), 0.003, 0.02 },
		{ "5 %", gilbert_random(0.05, 40522246), 0.007, 0.03 },
		{ "20 %", gilbert_random(0.2, 60783369), 0.01, 0.03 },
		{ "40 %", gilbert_random(0.4, 81044492), 0.02, 0.03 },
		{ "gemodel 3% 30%", { 0.03, 0.3, { 550923 }, false }, 0.03, 0.06 },
		{ "5 %, bursts of 2", gilbert_of(0.05, 2, 660923), 0.02, 0.06 },
		{ "10 %, bursts of 5", gilbert_of(0.1, 5, 770923), 0.04, 0.08 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct gilbert g = rows[i].channel;
		const struct loss_pattern truth = gilbert_pattern(&g);
		struct loss_history h;
		double fell = 0, loss = 0, follow[LOSS_GAPS + 1] = { 0 };
		const int n = 300;

		loss_history_init(&h, FRAME);
		(void)add_seconds(&h, &g, LOSS_HISTORY_MS / 1000.0);
		for (int k = 0; k < n; k++) {
			struct loss_pattern p;
			fell += (double)add_seconds(&h, &g, 1) / PACKETS_PER_SECOND / n;
			loss_history_pattern(&h, &p);
			assert_falling(&p);
			loss += p.loss / n;
			for (int gap = 1; gap <= LOSS_GAPS; gap++)
				follow[gap] += p.follow[gap] / n;
		}
		if (fabs(loss - fell) > rows[i].loss_off_max)
			fail_msg("%s: loss %.4f, not %.4f", rows[i].name, loss, fell);
		for (int gap = 1; gap <= 8; gap++)
			if (fabs(follow[gap] - truth.follow[gap]) > rows[i].follow_off_max)
				fail_msg("%s: %d packets later %.3f, not %.3f", rows[i].name, gap,
					follow[gap], truth.follow[gap]);
	}
}

static void few_losses_are_taken_for_independent(void **state)
{
	struct loss_history h;
	struct loss_pattern p;
	(void)state;
	loss_history_init(&h, FRAME);
	for (int i = 0; i < 800; i++)
		loss_history_add(&h, i == 700 || i == 701);
	loss_history_pattern(&h, &p);
	assert_int_equal(p.n_lost, 2);
	assert_int_equal(p.n_packets, 800);
	assert_true(fabs(p.loss - (2.0 + 1) / (800 + 20)) < 1e-9);
	assert_true(p.follow[1] == p.loss); /* one pair is no cluster */
	assert_falling(&p);
}

/* Independent losses are hardly ever taken for bursts, and bursts are soon recognised. */
static void clusters_are_told_from_chance(void **state)
{
	enum { CHANNELS = 200 };
	int n_mistaken = 0, n_missed = 0;
	(void)state;
	for (uint64_t seed = 1; seed <= CHANNELS; seed++) {
		struct gilbert random = gilbert_random(0.1, seed);
		struct gilbert bursts = gilbert_of(0.09, 3, seed);
		struct loss_history h;
		struct loss_pattern p;
		loss_history_init(&h, FRAME);
		(void)add_seconds(&h, &random, 16);
		loss_history_pattern(&h, &p);
		n_mistaken += p.follow[1] > p.loss;
		loss_history_init(&h, FRAME);
		(void)add_seconds(&h, &bursts, 5);
		loss_history_pattern(&h, &p);
		n_missed += p.follow[1] < 2 * p.loss;
	}
	print_message("taken for bursts: %d, bursts not seen: %d, of %d\n", n_mistaken, n_missed,
		CHANNELS);
	assert_true(n_mistaken <= CHANNELS / 20);
	assert_true(n_missed <= CHANNELS / 10);
}

static void nothing_is_nothing(void **state)
{
	struct loss_history h;
	struct loss_pattern p;
	(void)state;
	loss_history_init(&h, FRAME);
	loss_history_pattern(&h, &p);
	assert_int_equal(p.n_packets, 0);
	assert_true(p.loss == 0);
	for (int i = 0; i < 10; i++)
		loss_history_add(&h, false);
	loss_history_pattern(&h, &p);
	assert_int_equal(p.n_packets, 10);
	assert_true(p.loss == 0);
	loss_history_add(&h, true);
	loss_history_pattern(&h, &p);
	assert_true(fabs(p.loss - (1.0 + 1) / (11 + 20)) < 1e-9); /* one is no tenth yet */
	for (int i = 0; i < 4000; i++)
		loss_history_add(&h, true);
	loss_history_pattern(&h, &p);
	assert_true(p.loss > 0.97);
	assert_falling(&p);
}

/* After a change: how long until the loss is believed to be on the right side of a bound. */
static double seconds_until(double before, double after, double bound, bool above, uint64_t seed)
{
	struct gilbert g = gilbert_random(before, seed);
	struct loss_history h;
	struct loss_pattern p;

	loss_history_init(&h, FRAME);
	(void)add_seconds(&h, &g, 20);
	g.to_bad = after;
	g.to_good = 1 - after;
	for (int i = 1; i <= 30 * PACKETS_PER_SECOND; i++) {
		loss_history_add(&h, gilbert_loses(&g));
		loss_history_pattern(&h, &p);
		if (above ? p.loss > bound : p.loss < bound)
			return (double)i / PACKETS_PER_SECOND;
	}
	return 30;
}

static void changes_are_followed(void **state)
{
	static const struct {
		const char *name;
		double before, after, bound;
		bool above;
		double mean_s_max, worst_s_max;
	} rows[] = {
		{ "0 to 20 %", 0, 0.2, 0.08, true, 0.5, 1.0 },
		{ "1 to 20 %", 0.01, 0.2, 0.08, true, 0.8, 2.0 },
		{ "5 to 40 %", 0.05, 0.4, 0.2, true, 0.8, 2.0 },
		{ "20 to 0 %", 0.2, 0, 0.05, false, 1.5, 3.0 },
		{ "20 to 0 %, all gone", 0.2, 0, 1e-9, false, 8.1, 8.1 },
		{ "40 to 5 %", 0.4, 0.05, 0.15, false, 1.5, 4.0 },
	};
	enum { SEEDS = 20 };
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		double sum = 0, worst = 0;
		for (uint64_t seed = 1; seed <= SEEDS; seed++) {
			const double s = seconds_until(rows[i].before, rows[i].after, rows[i].bound,
				rows[i].above, seed * 7919);
			sum += s / SEEDS;
			worst = s > worst ? s : worst;
		}
		if (sum > rows[i].mean_s_max || worst > rows[i].worst_s_max)
			fail_msg("%s: seen after %.2f s, at worst %.2f", rows[i].name, sum, worst);
	}
}

/* A receiver that reports only a share: the loss is known, and no bursts are invented. */
static void shares_are_spread(void **state)
{
	struct loss_history h;
	struct loss_pattern p;
	(void)state;
	loss_history_init(&h, FRAME);
	for (int i = 0; i < 160; i++)
		loss_history_add_share(&h, 5, 0.1); /* half a packet each time */
	loss_history_pattern(&h, &p);
	assert_in_range(p.n_lost, 79, 81);
	assert_int_equal(p.n_packets, 800);
	assert_true(p.follow[1] < 0.15);
	assert_falling(&p);
}

/* The window is a time: as many short packets as fill it. */
static void the_window_is_a_time(void **state)
{
	static const int lengths[] = { 120, 240, 480, 960, 1920, 2880 };
	(void)state;
	for (size_t i = 0; i < N_ROWS(lengths); i++) {
		struct loss_history h;
		struct loss_pattern p;
		loss_history_init(&h, lengths[i]);
		for (int k = 0; k < 20000; k++)
			loss_history_add(&h, k % 50 == 0);
		loss_history_pattern(&h, &p);
		assert_int_equal(p.n_packets, LOSS_HISTORY_MS * SAMPLES_PER_MS / lengths[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_channels_are_recognised),
		cmocka_unit_test(few_losses_are_taken_for_independent),
		cmocka_unit_test(clusters_are_told_from_chance),
		cmocka_unit_test(nothing_is_nothing),
		cmocka_unit_test(changes_are_followed),
		cmocka_unit_test(shares_are_spread),
		cmocka_unit_test(the_window_is_a_time),
	};
	return cmocka_run_group_tests_name("loss_history", tests, NULL, NULL);
}
