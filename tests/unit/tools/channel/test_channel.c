/* The fates of packets against the theory, with fixed seeds: each bound is some four standard
 * errors wide, and the same numbers come on every machine. */
#include "tools/channel/channel.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum { N_PACKETS = 200000, SPACING_US = 20000, N_BYTES = 100 };

static void open_channel(struct channel *channel, const char *text, uint64_t seed)
{
	struct channel_spec spec;
	char message[CHANNEL_SPEC_MESSAGE_BYTES];
	if (channel_spec_parse(&spec, text, message, sizeof message) != STATUS_OK)
		fail_msg("\"%s\": %s", text, message);
	channel_init(channel, &spec, seed);
}

/* What happened to N_PACKETS, one each 20 ms, with none queued. */
struct tally {
	double loss, duplicate, corrupt, reorder; /* of all packets */
	double burst_packets;			  /* mean length of a run of losses */
	double mean_ms, sigma_ms, min_ms, max_ms; /* of the first copies' delay */
	double lag_1;				  /* correlation of a delay with the one before */
};

static struct tally tally_of(const char *text, uint64_t seed)
{
	struct channel channel;
	struct tally t = { .min_ms = 1e9 };
	double n = 0, sum = 0, squares = 0, products = 0, n_bursts = 0, last_ms = 0;
	bool was_lost = false;
	open_channel(&channel, text, seed);
	for (int i = 0; i < N_PACKETS; i++) {
		struct channel_fate fate;
		const int64_t now_us = i * (int64_t)SPACING_US;
		channel_next_fate(&channel, N_BYTES, 0, now_us, &fate);
		assert_int_equal(fate.n, i);
		const bool is_lost = fate.outcome == CHANNEL_LOST;
		n_bursts += is_lost && !was_lost;
		t.loss += is_lost;
		was_lost = is_lost;
		if (is_lost)
			continue;
		t.duplicate += fate.n_copies == 2;
		t.corrupt += fate.is_corrupted;
		const double ms = (double)(fate.departure_us[0] - now_us) / 1000;
		t.reorder += fate.is_reordered;
		t.min_ms = fmin(t.min_ms, ms);
		t.max_ms = fmax(t.max_ms, ms);
		products += n > 0 ? ms * last_ms : 0;
		last_ms = ms;
		n++;
		sum += ms;
		squares += ms * ms;
	}
	t.burst_packets = n_bursts > 0 ? t.loss / n_bursts : 0;
	t.loss /= N_PACKETS;
	t.duplicate /= N_PACKETS;
	t.corrupt /= N_PACKETS;
	t.reorder /= N_PACKETS;
	t.mean_ms = sum / n;
	t.sigma_ms = sqrt(squares / n - t.mean_ms * t.mean_ms);
	t.lag_1 = (products / (n - 1) - t.mean_ms * t.mean_ms) / (t.sigma_ms * t.sigma_ms);
	return t;
}

static void assert_near(const char *text, const char *what, double is, double wanted, double bound)
{
	if (!(fabs(is - wanted) <= bound))
		fail_msg("\"%s\": %s is %.5f, not %.5f +- %.5f", text, what, is, wanted, bound);
}

/* Stationary loss and mean burst of the chains. gemodel: a share p / (p + r) of bad states; runs of
 * losses where only bad ones lose last 1 / r. A 4-state chain that never enters state 2: p13 into
 * bursts of 1 / p31, p14 single losses. */
static void test_losses(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		double loss, burst_packets;
	} rows[] = {
		{ "", 0, 0 },
		{ "loss 0%", 0, 0 },
		{ "loss 100%", 1, N_PACKETS },
		{ "loss 10%", 0.10, 1 / 0.9 },
		{ "loss 30%", 0.30, 1 / 0.7 },
		{ "loss gemodel 10%", 0.10, 1 / 0.9 },
		{ "loss gemodel 3% 30%", 3 / 33.0, 1 / 0.3 },
		{ "loss gemodel 1% 10%", 1 / 11.0, 10 },
		{ "loss gemodel 3% 30% 70% 1%", 3 / 33.0 * 0.7 + 30 / 33.0 * 0.01, 1.7705 },
		{ "loss state 3% 30%", 3 / 33.0, 1 / 0.3 },
		{ "loss state 0% 100% 0% 100% 5%", 0.05 / 1.05, 1 },
		{ "loss state 3% 30% 10% 50% 1%", 0.09735, 2.2 },
		/* netem's correlation draws the numbers towards the middle: few are small */
		{ "loss 10% 50%", 0.00115, 1.125 },
		{ "loss 50% 50%", 0.5, 2.78 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct tally t = tally_of(rows[i].text, 11);
		const double error = 4 * sqrt(rows[i].loss * (1 - rows[i].loss) * 2 *
						 rows[i].burst_packets / N_PACKETS);
		assert_near(rows[i].text, "loss", t.loss, rows[i].loss, error);
		assert_near(rows[i].text, "mean burst", t.burst_packets, rows[i].burst_packets,
			rows[i].burst_packets * 0.04);
	}
}

/* sigma is the jitter for normal; netem's pareto tables are cut at four jitters, which leaves 0.82,
 * 0.83 with a quarter of normal, and a mean of -0.033 and -0.025 jitters. */
static void test_delays(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		double mean_ms, sigma_ms, min_ms, max_ms, lag_1;
	} rows[] = {
		{ "", 0, 0, 0, 0, NAN }, { "delay 40ms", 40, 0, 40, 40, NAN },
		{ "delay 100ms 10ms", 100, 10 / 1.7320508, 90, 110, 0 },
		{ "delay 100ms 10ms distribution normal", 100, 10, 60, 135.23, 0 },
		{ "delay 100ms 10ms distribution pareto", 99.665, 8.197, 93.33, 140, 0 },
		{ "delay 100ms 10ms distribution paretonormal", 99.747, 8.339, 84.98, 138.8, 0 },
		{ "delay 100ms 10ms 75%", 100, 10 / 1.7320508, 90, 110, 0.734 },
		{ "delay 100ms 10ms 75% distribution normal", 100, 10, 60, 135.23, 0.75 },
		{ "delay 100ms 10ms 25% distribution pareto", 99.665, 8.197, 93.33, 140, 0.196 },
		{ "delay 0ms 10ms", 2.5, 3.227, 0, 10, 0 }, /* half of them clamped to zero */
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *const text = rows[i].text;
		const struct tally t = tally_of(text, 12);
		const double correlation = isnan(rows[i].lag_1) ? 0 : rows[i].lag_1;
		const double spread = sqrt((1 + correlation) / (1 - correlation) / N_PACKETS);
		assert_near(text, "mean", t.mean_ms, rows[i].mean_ms,
			4 * rows[i].sigma_ms * spread + 0.001);
		assert_near(text, "sigma", t.sigma_ms, rows[i].sigma_ms,
			6 * rows[i].sigma_ms * spread + 0.001);
		assert_near(text, "shortest", t.min_ms, rows[i].min_ms, 0.02);
		assert_near(text, "longest", t.max_ms, rows[i].max_ms, 0.02);
		if (!isnan(rows[i].lag_1))
			assert_near(text, "lag 1", t.lag_1, rows[i].lag_1, 0.012);
	}
}

static void test_copies_corruption_and_reordering(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		double loss, duplicate, corrupt, reorder;
	} rows[] = {
		{ "duplicate 10%", 0, 0.10, 0, 0 },
		{ "duplicate 100%", 0, 1, 0, 0 },
		/* of a packet that is lost and doubled one copy is left */
		{ "duplicate 50% loss 50%", 0.25, 0.25, 0, 0 },
		{ "corrupt 5%", 0, 0, 0.05, 0 },
		/* 20 ms apart one can overtake the one before, unless that went at once too */
		{ "delay 30ms reorder 25%", 0, 0, 0, 0.25 * 0.75 },
		{ "delay 30ms reorder 100% gap 4", 0, 0, 0, 0.25 },
		/* three that cannot, then some that might: one of 3 + 1 / 0.5 */
		{ "delay 30ms reorder 50% gap 4", 0, 0, 0, 1 / 5.0 },
		{ "delay 30ms 25ms", 0, 0, 0, 0.1894 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *const text = rows[i].text;
		const struct tally t = tally_of(text, 13);
		assert_near(text, "loss", t.loss, rows[i].loss, 0.004);
		assert_near(text, "duplicate", t.duplicate, rows[i].duplicate, 0.004);
		assert_near(text, "corrupt", t.corrupt, rows[i].corrupt, 0.002);
		assert_near(text, "reorder", t.reorder, rows[i].reorder, 0.004);
	}
}

static void test_every_bit_can_be_corrupted(void **state)
{
	(void)state;
	struct channel channel;
	struct channel_fate fate;
	int n_hits[24] = { 0 };
	open_channel(&channel, "corrupt 100%", 1);
	for (int i = 0; i < 2400; i++) {
		channel_next_fate(&channel, 3, 0, i, &fate);
		assert_true(fate.is_corrupted && fate.corrupted_bit < 24);
		n_hits[fate.corrupted_bit]++;
	}
	for (int i = 0; i < 24; i++)
		assert_in_range(n_hits[i], 60, 140);
	channel_next_fate(&channel, 0, 0, 2400, &fate); /* nothing to corrupt */
	assert_false(fate.is_corrupted);
}

/* A line of 100 kbit/s = 12500 bytes/s; 83 bytes and 42 of headers take 10 ms. */
static void test_rate(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t second_us, third_us; /* departures of packets at 0, 0 and 60 ms */
	} rows[] = {
		{ "rate 100kbit", 20000, 70000 }, { "rate 100kbit delay 5ms", 25000, 75000 },
		{ "rate 100kbit -25", 16000, 68000 },
		{ "rate 100kbit 0 50 5", 26400, 73200 }, /* 3 cells of 55 bytes */
		{ "rate 100kbit -65535", 0, 60000 },
		{ "rate 10kbit", 200000, 300000 }, /* the third waits for the second */
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct channel channel;
		struct channel_fate fate;
		open_channel(&channel, rows[i].text, 1);
		channel_next_fate(&channel, 83, 0, 0, &fate);
		channel_next_fate(&channel, 83, 1, 0, &fate);
		assert_int_equal(fate.departure_us[0], rows[i].second_us);
		channel_next_fate(&channel, 83, 0, 60000, &fate);
		assert_int_equal(fate.departure_us[0], rows[i].third_us);
	}
}

/* The slowest line and the longest delays: nothing overflows, and the departures rise. */
static void test_extremes(void **state)
{
	(void)state;
	struct channel channel;
	struct channel_fate fate;
	open_channel(&channel,
		"delay 274s 274s distribution pareto rate 8bit 65535 1 65535 limit 1m duplicate "
		"100%",
		1);
	int64_t last_us = 0;
	const int64_t start_us = INT64_C(1000000000000000); /* 31 years after the clock's origin */
	for (int i = 0; i < 1000; i++) {
		channel_next_fate(&channel, SIZE_MAX, 0, start_us + i, &fate);
		assert_true(fate.departure_us[0] >= start_us);
		assert_true(fate.departure_us[0] >= last_us);
		last_us = fate.departure_us[1];
	}
}

static void test_limit(void **state)
{
	(void)state;
	struct channel channel;
	struct channel_fate fate;
	open_channel(&channel, "limit 3 duplicate 100%", 1);
	channel_next_fate(&channel, N_BYTES, 2, 0, &fate);
	assert_int_equal(fate.outcome, CHANNEL_DELIVERED);
	assert_int_equal(fate.n_copies, 2);
	channel_next_fate(&channel, N_BYTES, 3, 0, &fate);
	assert_int_equal(fate.outcome, CHANNEL_LIMITED);
	assert_int_equal(fate.n_copies, 0);
	open_channel(&channel, "limit 0", 1);
	channel_next_fate(&channel, N_BYTES, 0, 0, &fate);
	assert_int_equal(fate.outcome, CHANNEL_LIMITED);
}

/* Past the gap alone a number is drawn, so that its correlation is with the last one drawn. With all
 * but full correlation those past the gap are nearly all reordered, or nearly none. */
static void test_gap_and_correlation(void **state)
{
	(void)state;
	struct channel a, b;
	open_channel(&a, "delay 50ms reorder 50% 50%", 4);
	open_channel(&b, "delay 50ms reorder 50% 50% gap 3", 4);
	uint32_t drawn = 0;
	for (int i = 0; i < 1000; i++) {
		struct channel_fate fate;
		const uint32_t before = b.last.reorder;
		const bool is_past = b.gap_count >= 2;
		channel_next_fate(&a, N_BYTES, 0, i * INT64_C(20000), &fate);
		channel_next_fate(&b, N_BYTES, 0, i * INT64_C(20000), &fate);
		assert_int_equal(b.last.reorder != before, is_past);
		drawn += is_past;
	}
	assert_in_range(drawn, 300, 700);
}

/* Two channels with one seed, whose packets differ in size and time and of which one is now and
 * then at its limit: what chance decides is the same. */
static void test_fate_depends_on_seed_and_n_alone(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"delay 40ms 15ms 30% distribution pareto loss 10% 25% duplicate 5% 20% corrupt 3%",
		"delay 40ms 15ms loss gemodel 3% 30% 90% 1% duplicate 5% reorder 5% 50% gap 3",
		"delay 40ms 15ms distribution normal loss state 3% 30% 10% 50% 1% corrupt 5% 50%",
	};
	for (size_t row = 0; row < sizeof texts / sizeof texts[0]; row++) {
		struct channel a, b;
		open_channel(&a, texts[row], 77);
		open_channel(&b, texts[row], 77);
		for (int i = 0; i < 20000; i++) {
			struct channel_fate x, y;
			const int64_t now_us = i * INT64_C(333);
			channel_next_fate(&a, 100, 0, i * INT64_C(20000), &x);
			channel_next_fate(
				&b, (size_t)i % 1400, i % 7 == 0 ? SIZE_MAX : 1, now_us, &y);
			assert_int_equal(x.outcome == CHANNEL_LOST, y.outcome == CHANNEL_LOST);
			if (y.outcome == CHANNEL_LIMITED)
				continue;
			assert_int_equal(x.n_copies, y.n_copies);
			if (i % 1400 > 0)
				assert_int_equal(x.is_corrupted, y.is_corrupted);
			for (unsigned copy = 0; copy < x.n_copies; copy++)
				assert_int_equal(x.departure_us[copy] - i * INT64_C(20000),
					y.departure_us[copy] - now_us);
		}
	}
}

/* One impairment more leaves the decisions of the others as they were. */
static void test_impairments_do_not_disturb_each_other(void **state)
{
	(void)state;
	struct channel a, b;
	open_channel(&a, "loss 10%", 3);
	open_channel(&b, "loss 10% delay 40ms 20ms corrupt 5% reorder 5% rate 100kbit", 3);
	for (int i = 0; i < 10000; i++) {
		struct channel_fate x, y;
		channel_next_fate(&a, N_BYTES, 0, i * INT64_C(20000), &x);
		channel_next_fate(&b, N_BYTES, 0, i * INT64_C(20000), &y);
		assert_int_equal(x.outcome, y.outcome);
	}
}

static void test_seeds_differ(void **state)
{
	(void)state;
	struct channel a, b;
	int n_both = 0;
	open_channel(&a, "loss 50%", 1);
	open_channel(&b, "loss 50%", 2);
	for (int i = 0; i < 10000; i++) {
		struct channel_fate x, y;
		channel_next_fate(&a, N_BYTES, 0, i, &x);
		channel_next_fate(&b, N_BYTES, 0, i, &y);
		n_both += x.outcome == y.outcome;
	}
	assert_in_range(n_both, 4800, 5200);
}

/* A route that changes and changes back: the seed and n go on, so that the packets after it have
 * the fates that they would have had. */
static void test_set_spec_keeps_seed_and_n(void **state)
{
	(void)state;
	struct channel a, b;
	struct channel_fate x, y;
	open_channel(&a, "loss 30% delay 20ms 5ms", 5);
	open_channel(&b, "loss 30% delay 20ms 5ms", 5);
	const struct channel_spec first = a.spec;
	const struct channel_spec perfect = { .limit_packets = 1000 };
	for (int i = 0; i < 3000; i++) {
		const int64_t now_us = i * INT64_C(100000);
		if (i == 1000)
			channel_set_spec(&b, &perfect);
		if (i == 2000)
			channel_set_spec(&b, &first);
		channel_next_fate(&a, N_BYTES, 0, now_us, &x);
		channel_next_fate(&b, N_BYTES, 0, now_us, &y);
		assert_int_equal(y.n, i);
		if (i >= 1000 && i < 2000)
			assert_int_equal(y.departure_us[0], now_us);
		else
			assert_memory_equal(&x, &y, sizeof x);
	}
}

/* A stored vector: a change of the model, wanted or not, is noticed, and every compiler and machine
 * must come to the same. */
static void test_stored_fates(void **state)
{
	(void)state;
	static const struct {
		unsigned n_copies;
		int64_t delay_us;
	} stored[] = {
		{ 1, 65226 },
		{ 1, 61987 },
		{ 0, 0 },
		{ 1, 45850 },
		{ 1, 42799 },
		{ 1, 46602 },
		{ 1, 41494 },
		{ 1, 28142 },
		{ 1, 48283 },
		{ 1, 53213 },
		{ 0, 0 },
		{ 0, 0 },
		{ 0, 0 },
		{ 1, 97178 },
		{ 1, 79450 },
		{ 1, 61722 },
	};
	struct channel channel;
	struct channel_fate fate;
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a of the later ones */
	open_channel(&channel,
		"delay 40ms 15ms 25% distribution paretonormal loss gemodel 20% 50% duplicate 5% "
		"corrupt 2% reorder 5% 50% rate 500kbit",
		7);
	for (int i = 0; i < 100000; i++) {
		const int64_t now_us = i * INT64_C(20000);
		channel_next_fate(&channel, N_BYTES, 0, now_us, &fate);
		if (i < (int)(sizeof stored / sizeof stored[0])) {
			assert_int_equal(fate.n_copies, stored[i].n_copies);
			assert_int_equal(fate.n_copies > 0 ? fate.departure_us[0] - now_us : 0,
				stored[i].delay_us);
		}
		const uint64_t words[] = { fate.n_copies, fate.corrupted_bit, fate.is_reordered,
			(uint64_t)(fate.departure_us[0]), (uint64_t)(fate.departure_us[1]) };
		for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
			hash = (hash ^ words[k]) * UINT64_C(1099511628211);
	}
	assert_int_equal(hash, UINT64_C(0x1e87425aab39fae8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_losses),
		cmocka_unit_test(test_delays),
		cmocka_unit_test(test_copies_corruption_and_reordering),
		cmocka_unit_test(test_every_bit_can_be_corrupted),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_gap_and_correlation),
		cmocka_unit_test(test_fate_depends_on_seed_and_n_alone),
		cmocka_unit_test(test_impairments_do_not_disturb_each_other),
		cmocka_unit_test(test_seeds_differ),
		cmocka_unit_test(test_set_spec_keeps_seed_and_n),
		cmocka_unit_test(test_stored_fates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
