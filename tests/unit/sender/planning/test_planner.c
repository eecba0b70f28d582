/* What the planner chooses, how it gets there and back, and what it is made of. */
#include "sender/planning/planner.h"

#include "common/base/mos_scale.h"
#include "common/rtp/red.h"
#include "common/base/units.h"
#include "sender/planning/candidates.h"
#include "sender/planning/outlook.h"
#include "tests/unit/gilbert.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

enum { FRAME = 960, PACKETS_PER_SECOND = SAMPLES_PER_SECOND / FRAME };

/* The channels that the planner is judged by. */
static const struct {
	const char *name;
	double loss, burst; /* 0: independent */
} channels[] = {
	{ "0 %", 0, 0 },
	{ "1 %", 0.01, 0 },
	{ "2 %", 0.02, 0 },
	{ "5 %", 0.05, 0 },
	{ "10 %", 0.1, 0 },
	{ "20 %", 0.2, 0 },
	{ "30 %", 0.3, 0 },
	{ "40 %", 0.4, 0 },
	{ "5 % in bursts of 1", 0.05, 1 },
	{ "5 % in bursts of 2", 0.05, 2 },
	{ "9 % in bursts of 3.3", 1.0 / 11, 10.0 / 3 },
	{ "9 % in bursts of 5", 0.09, 5 },
};

static const int budgets_bps[] = { 24000, 32000, 48000, 64000 };

static struct gilbert channel_of(size_t i, uint64_t seed)
{
	return channels[i].burst > 0 ? gilbert_of(channels[i].loss, channels[i].burst, seed)
				     : gilbert_random(channels[i].loss, seed);
}

static struct planner planner_of(int budget_bps)
{
	const struct planner_config config = {
		.profile = PROFILE_VOICE,
		.n_channels = 1,
		.frame_samples = FRAME,
		.budget_bps = budget_bps,
	};
	struct planner p;

	planner_init(&p, &config);
	return p;
}

static struct planner_report report_of(const struct loss_pattern *pattern)
{
	return (struct planner_report){ .pattern = *pattern, .round_trip_us = 40 * US_PER_MS };
}

static bool is_protected(const struct send_plan *plan)
{
	return plan->redundancy.n_copies > 0 || plan->fec;
}

/* The value of the plan under this pattern; *best: that of the best plan. */
static struct candidate fate_of(
	const struct planner *p, const struct loss_pattern *pattern, double *best)
{
	struct candidates c = {
		.quality = quality_of(p->coding, p->config.frame_samples, CONCEALMENT_PLAIN),
		.pattern = pattern,
		.n_channels = p->config.n_channels,
		.frame_samples = p->config.frame_samples,
		.budget_bps = p->plan.budget_bps,
		.reach_frames_max = RED_OFFSET_SAMPLES_MAX / p->config.frame_samples,
	};
	struct candidate candidate = { .redundancy = p->plan.redundancy, .fec = p->plan.fec };

	assert_true(candidates_weigh(&c, &candidate));
	*best = candidates_best(&c).value;
	return candidate;
}

/* ---- what it is made of ---- */

static double copies_of(const struct outlook *o)
{
	double sum = 0;

	for (int i = 0; i < REDUNDANCY_COPIES_MAX; i++)
		sum += o->copies[i];
	return sum;
}

static void outlooks_are_the_closed_form(void **state)
{
	const struct gilbert g = { .to_bad = 0.03, .to_good = 0.3 };
	const struct loss_pattern pattern = gilbert_pattern(&g);
	static const int distances[] = { 2, 4, 7 };
	const double *const f = pattern.follow;
	(void)state;

	struct outlook o = outlook_of(&pattern, distances, 0, false, 20);
	assert_true(fabs(o.missing - pattern.loss) < 1e-12 && o.delay_ms == 0);
	o = outlook_of(&pattern, distances, 3, false, 20);
	/* And now and then the receiver plays so early that the last copy is too late. */
	const double lost = pattern.loss * f[2] * f[2] * f[3];
	assert_true(o.missing >= lost && o.missing < lost + 4e-3);
	assert_true(fabs(o.primary + o.fec + copies_of(&o) + o.missing - 1) < 1e-12);
	assert_true(o.fec == 0 && o.delay_ms > 0 && o.delay_ms <= 140);
	o = outlook_of(&pattern, distances, 0, true, 20);
	assert_true(fabs(o.fec - pattern.loss * (1 - f[1])) < 1e-3);
	assert_true(fabs(o.primary + o.fec + copies_of(&o) + o.missing - 1) < 1e-12);
}

/* No receiver increases its delay for a copy that is rarely needed and arrives long after the
 * others. */
static void what_comes_too_late_is_missing(void **state)
{
	const struct gilbert g = gilbert_random(0.01, 1);
	const struct loss_pattern pattern = gilbert_pattern(&g);
	static const int far[] = { 1, 10 };
	(void)state;
	const struct outlook o = outlook_of(&pattern, far, 2, false, 20);
	assert_true(o.delay_ms <= 20);
	assert_true(o.missing >= 0.01 * 0.01 && o.missing < 0.01 * 0.01 + 5e-4);
}

/* FEC brings what no copy does: all copies are lost, and the next packet came. */
static void fec_stands_behind_the_copies(void **state)
{
	const struct gilbert independent = gilbert_random(0.2, 1);
	const struct gilbert bursty = { .to_bad = 0.03, .to_good = 0.3 };
	const struct loss_pattern random = gilbert_pattern(&independent);
	const struct loss_pattern bursts = gilbert_pattern(&bursty);
	static const int distances[] = { 2, 3 };
	(void)state;
	struct outlook o = outlook_of(&random, distances, 2, true, 20);
	assert_true(fabs(o.copies[0] - 0.2 * 0.8) < 2e-3);
	assert_true(fabs(o.copies[1] - 0.2 * 0.2 * 0.8) < 1e-2);
	assert_true(o.fec >= 0.2 * 0.2 * 0.2 * 0.8 && o.fec < 0.2 * 0.2 * 0.8);
	assert_true(fabs(o.primary + o.fec + copies_of(&o) + o.missing - 1) < 1e-12);
	/* Lost, come, lost, lost: of Markov's chain. */
	o = outlook_of(&bursts, distances, 2, true, 20);
	assert_true(o.fec >= bursts.loss * 0.3 * 0.03 * 0.7 - 1e-12);
	assert_true(o.missing >= bursts.loss * (1 - 0.3) * 0.7 * 0.7 - 1e-12);
}

static bool is_same(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

static int rate_number(int bps)
{
	int r = 0;
	while (r < QUALITY_RATES - 1 && quality_rates_bps[r] < bps)
		r++;
	assert_int_equal(quality_rates_bps[r], bps);
	return r;
}

static void check_row(const struct quality *q)
{
	const int at_24 = rate_number(24000), at_32 = rate_number(32000), last = QUALITY_RATES - 1;

	for (int r = 0; r < QUALITY_RATES; r++) {
		const int bps = quality_rates_bps[r];
		assert_true(is_same(quality_primary(q, bps), q->primary[r]));
		assert_true(is_same(quality_copy(q, bps, bps), q->copy[r][r]));
		assert_true(is_same(quality_fec_primary(q, bps), q->fec_primary[r]));
		assert_true(is_same(quality_fec(q, bps), q->fec[r]));
		assert_true(is_same(quality_concealed(q, bps), q->concealed[r]));
	}
	assert_true(is_same(quality_primary(q, 1000), q->primary[0]));
	assert_true(is_same(quality_primary(q, 500000), q->primary[last]));
	const double between = quality_primary(q, 40000);
	assert_true(between <= q->primary[at_32] && between >= q->primary[at_32 + 1]);
	/* More bits never sound worse, where they suffice for frames of 2.5 ms, and a gap sounds
	 * worse than any primary. */
	assert_true(q->concealed[last] > q->primary[at_24]);
	for (int r = at_32 + 1; r <= last; r++)
		assert_true(q->primary[r] < q->primary[r - 1] + 0.02);
}

static void the_tables_are_read_between_their_rates(void **state)
{
	const struct coding hybrid = { CODING_HYBRID, CODING_FULLBAND };
	const struct quality_table *const tables[CONCEALMENT_NEURAL + 1] = {
		[CONCEALMENT_PLAIN] = &quality_plain,
		[CONCEALMENT_NEURAL] = &quality_neural,
	};
	(void)state;
	for (int kind = CONCEALMENT_PLAIN; kind <= CONCEALMENT_NEURAL; kind++) {
		assert_true(tables[kind]->n_rows >= 10);
		for (int i = 0; i < tables[kind]->n_rows; i++) {
			const struct quality *const q = &tables[kind]->rows[i];
			assert_ptr_equal(
				quality_of(q->coding, q->frame_samples, (enum concealment)kind), q);
			check_row(q);
		}
		assert_int_equal(quality_of(hybrid, 2880, (enum concealment)kind)->coding.mode,
			CODING_HYBRID);
	}
	assert_true(is_same(mos_of_disturbance(disturbance_of_mos(3.5)), 3.5));
	assert_true(mos_of_disturbance(0) > 4.6 && mos_of_disturbance(5) < 1.1);
}

/* ---- what it chooses ---- */

static void without_loss_not_one_bit_is_spent(void **state)
{
	const struct gilbert g = gilbert_random(0, 1);
	const struct loss_pattern pattern = gilbert_pattern(&g);
	(void)state;
	for (size_t b = 0; b < N_ROWS(budgets_bps); b++) {
		struct planner p = planner_of(budgets_bps[b]);
		const struct planner_report report = report_of(&pattern);
		(void)planner_on_report(&p, &report, 10 * US_PER_SECOND);
		assert_int_equal(p.plan.reason, PLANNER_CLEAR);
		assert_false(is_protected(&p.plan));
		assert_int_equal(p.plan.redundancy.primary_bps, budgets_bps[b]);
		assert_int_equal(p.plan.loss_percent, 0);
	}
}

/* The best value of what may be fixed by hand, at any of these distances and rates. */
static double best_fixed(const struct planner *p, const struct loss_pattern *pattern)
{
	static const int sets[][5] = { { 0 }, { 1, 1 }, { 1, 2 }, { 1, 3 }, { 2, 1, 2 },
		{ 2, 1, 3 }, { 2, 2, 4 }, { 2, 3, 6 }, { 3, 1, 2, 3 }, { 3, 1, 3, 5 },
		{ 3, 1, 3, 6 }, { 3, 2, 4, 6 }, { 3, 2, 4, 7 }, { 4, 1, 2, 3, 4 },
		{ 4, 1, 3, 5, 7 } };
	const struct candidates c = {
		.quality = quality_of(p->coding, FRAME, CONCEALMENT_PLAIN),
		.pattern = pattern,
		.n_channels = 1,
		.frame_samples = FRAME,
		.budget_bps = p->config.budget_bps,
		.reach_frames_max = 17,
	};
	double best = 0;

	for (size_t i = 0; i < N_ROWS(sets); i++)
		for (int copy_bps = 6000; copy_bps <= 32000; copy_bps += 1000) {
			struct candidate fixed = { .redundancy = { .n_copies = sets[i][0] } };
			memcpy(fixed.redundancy.distances, sets[i] + 1, 4 * sizeof(int));
			for (int k = 0; k < fixed.redundancy.n_copies; k++)
				fixed.redundancy.copy_bps[k] = copy_bps;
			if (candidates_weigh(&c, &fixed) && fixed.value > best)
				best = fixed.value;
		}
	return best;
}

static void every_cell_is_near_the_best(void **state)
{
	(void)state;
	for (size_t b = 0; b < N_ROWS(budgets_bps); b++)
		for (size_t i = 0; i < N_ROWS(channels); i++) {
			if (unit_leaves_out(b * N_ROWS(channels) + i, 5))
				continue;
			const struct gilbert g = channel_of(i, 1);
			const struct loss_pattern pattern = gilbert_pattern(&g);
			struct planner p = planner_of(budgets_bps[b]);
			const struct planner_report report = report_of(&pattern);
			double best;
			(void)planner_on_report(&p, &report, 10 * US_PER_SECOND);
			const struct candidate fate = fate_of(&p, &pattern, &best);
			const double fixed = best_fixed(&p, &pattern);
			if (fate.value < fixed - 0.02)
				fail_msg("%s at %d: %.4f, by hand %.4f", channels[i].name,
					budgets_bps[b], fate.value, fixed);
			if (channels[i].loss >= 0.05 && budgets_bps[b] >= 48000)
				assert_true(is_protected(&p.plan));
			const struct redundancy *const r = &p.plan.redundancy;
			/* Rarely played, so cheaper; in bursts the farther copy is played often. */
			if (channels[i].burst == 0 && r->n_copies > 1 && r->copy_bps[0] >= 12000)
				assert_true(r->copy_bps[1] < r->copy_bps[0]);
		}
}

static void at_64_kbit_few_frames_are_missing(void **state)
{
	static const struct {
		size_t channel;
		double missing_max, delay_ms_max;
	} rows[] = { { 5, 0.004, 60 }, { 6, 0.01, 65 }, { 10, 0.016, 122 } };
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct gilbert g = channel_of(rows[i].channel, 1);
		const struct loss_pattern pattern = gilbert_pattern(&g);
		struct planner p = planner_of(64000);
		const struct planner_report report = report_of(&pattern);
		double best;
		(void)planner_on_report(&p, &report, 10 * US_PER_SECOND);
		const struct candidate fate = fate_of(&p, &pattern, &best);
		if (fate.missing > rows[i].missing_max || fate.delay_ms > rows[i].delay_ms_max)
			fail_msg("%s: %.2f %% missing at %.0f ms", channels[rows[i].channel].name,
				100 * fate.missing, fate.delay_ms);
	}
}

/* Whatever stream and loss: within the budget, the format and the receiver's bound. */
static void check_plan(const struct planner *p, int bound_frames)
{
	const struct redundancy *const r = &p->plan.redundancy;
	struct redundancy share = *r;
	int limit;

	assert_int_equal(redundancy_share_rates(&share, p->config.frame_samples, p->plan.budget_bps,
				 r->copy_bps, &limit),
		REDUNDANCY_OK);
	assert_int_equal(share.primary_bps, r->primary_bps);
	for (int i = 1; i < r->n_copies; i++) {
		assert_true(r->copy_bps[i] <= r->copy_bps[i - 1]);
		if (p->coding.mode == CODING_CELT)
			assert_int_equal(r->copy_bps[i], r->copy_bps[0]);
	}
	assert_true(p->plan.budget_bps <= p->config.budget_bps);
	assert_true(r->primary_bps >= r->copy_bps[0]);
	for (int i = 0; i < r->n_copies; i++) {
		assert_true(r->distances[i] > (i > 0 ? r->distances[i - 1] : 0));
		assert_true(r->distances[i] <= bound_frames);
	}
	if (p->plan.fec)
		assert_true(p->coding.mode == CODING_SILK || p->coding.mode == CODING_HYBRID);
}

static void every_stream_gets_a_plan_that_fits(void **state)
{
	static const int lengths[] = { 120, 240, 480, 960, 1920, 2880 };
	static const int rates_bps[] = { 15000, 24000, 48000, 64000, 96000, 160000 };
	static const int bounds_ms[] = { 1, 20, 60, 100, 1000 };
	size_t n_cases = 0;
	(void)state;
	for (int profile = PROFILE_VOICE; profile <= PROFILE_LOWDELAY; profile++)
		for (size_t l = 0; l < N_ROWS(lengths); l++)
			for (size_t b = 0; b < N_ROWS(rates_bps); b++)
				for (size_t k = 0; k < N_ROWS(bounds_ms) * 3; k++) {
					if (unit_leaves_out(n_cases++, 23))
						continue;
					const struct planner_config config = {
						.profile = (enum profile)profile,
						.n_channels = profile == PROFILE_MUSIC ? 2 : 1,
						.frame_samples = lengths[l],
						.budget_bps = rates_bps[b],
					};
					const struct gilbert g = channel_of(k % 3 * 4 + 3, 1);
					const struct loss_pattern pattern = gilbert_pattern(&g);
					const int bound_ms = bounds_ms[k / 3];
					struct planner_report report = report_of(&pattern);
					struct planner p;
					report.delay_bound_us = bound_ms * US_PER_MS;
					planner_init(&p, &config);
					check_plan(&p, RED_OFFSET_SAMPLES_MAX / lengths[l]);
					(void)planner_on_report(&p, &report, 10 * US_PER_SECOND);
					check_plan(&p, bound_ms * SAMPLES_PER_MS / lengths[l]);
				}
}

static void the_receivers_bound_is_kept(void **state)
{
	const struct gilbert g = channel_of(10, 1);
	const struct loss_pattern pattern = gilbert_pattern(&g);
	static const struct {
		int bound_ms, jitter_ms, farthest;
	} rows[] = { { 60, 0, 3 }, { 60, 5, 2 }, { 40, 0, 2 }, { 19, 0, 0 }, { 100, 45, 0 } };
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct planner p = planner_of(64000);
		struct planner_report report = report_of(&pattern);
		report.delay_bound_us = rows[i].bound_ms * US_PER_MS;
		report.jitter_us = rows[i].jitter_ms * US_PER_MS;
		(void)planner_on_report(&p, &report, 10 * US_PER_SECOND);
		check_plan(&p, rows[i].farthest);
		assert_int_equal(is_protected(&p.plan), rows[i].farthest > 0);
		if (rows[i].farthest > 0) /* what the bound allows is used against bursts */
			assert_int_equal(
				p.plan.redundancy.distances[p.plan.redundancy.n_copies - 1],
				rows[i].farthest);
	}
}

/* ---- over time ---- */

/* A sender and the reports that it gets. */
struct rehearsal {
	struct planner planner;
	struct loss_history history;
	struct gilbert channel;
	int64_t now_us;
	int64_t lost_us; /* last */
	int n_changes;
};

static struct rehearsal rehearsal_of(int budget_bps, struct gilbert channel)
{
	struct rehearsal r = { .planner = planner_of(budget_bps), .channel = channel };

	loss_history_init(&r.history, FRAME);
	return r;
}

/* As many packets as make an interval, and the report about them. */
static void report_after(struct rehearsal *r, int interval_ms)
{
	const int n_packets = interval_ms * SAMPLES_PER_MS / FRAME;

	for (int i = 0; i < n_packets; i++) {
		const bool lost = gilbert_loses(&r->channel);
		r->now_us += us_from_samples(FRAME);
		r->lost_us = lost ? r->now_us : r->lost_us;
		loss_history_add(&r->history, lost);
	}
	struct planner_report report = { .round_trip_us = 40 * US_PER_MS };
	loss_history_pattern(&r->history, &report.pattern);
	r->n_changes += planner_on_report(&r->planner, &report, r->now_us);
}

static void a_steady_channel_has_a_steady_plan(void **state)
{
	enum { MINUTES = 5, CHANGES_MAX = 14 };
	(void)state;
	for (size_t b = 0; b < N_ROWS(budgets_bps); b++)
		for (size_t i = 0; i < N_ROWS(channels); i++) {
			if (unit_leaves_out(b * N_ROWS(channels) + i, 17))
				continue;
			struct rehearsal r =
				rehearsal_of(budgets_bps[b], channel_of(i, 990001 + i));
			const struct loss_pattern truth = gilbert_pattern(&r.channel);
			double lost_value = 0, best = 0;
			int n = 0;
			while (r.now_us < 20 * US_PER_SECOND)
				report_after(&r, 200);
			r.n_changes = 0;
			while (r.now_us < (20 + 60 * MINUTES) * US_PER_SECOND) {
				report_after(&r, 200);
				const struct candidate fate = fate_of(&r.planner, &truth, &best);
				lost_value += best - fate.value;
				n++;
			}
			if (r.n_changes > MINUTES * CHANGES_MAX)
				fail_msg("%s at %d: %d changes in %d minutes", channels[i].name,
					budgets_bps[b], r.n_changes, MINUTES);
			/* The history holds few bursts, so they are known less well. */
			const double far = channels[i].burst > 1 ? 0.12 : 0.07;
			if (lost_value / n > far)
				fail_msg("%s at %d: %.4f less in the mean than with all known",
					channels[i].name, budgets_bps[b], lost_value / n);
			if (channels[i].loss <= 0)
				assert_int_equal(r.n_changes, 0);
		}
}

/* Loss 0, 20 %, 0: there within a second of the first loss, gone within ten after the last. */
static void loss_is_followed_up_and_down(void **state)
{
	enum { SEEDS = 20 };
	(void)state;
	for (size_t b = 1; b < N_ROWS(budgets_bps); b++)
		for (uint64_t seed = 1; seed <= SEEDS; seed++) {
			if (unit_leaves_out((size_t)seed, 10))
				continue;
			struct rehearsal r =
				rehearsal_of(budgets_bps[b], gilbert_random(0, seed * 104729));
			while (r.now_us < 20 * US_PER_SECOND)
				report_after(&r, 300);
			assert_false(is_protected(&r.planner.plan));
			r.channel = gilbert_random(0.2, seed * 104729);
			int64_t first_us = 0;
			while (!is_protected(&r.planner.plan)) {
				const int64_t before_us = r.now_us;
				assert_true(before_us < 40 * US_PER_SECOND);
				report_after(&r, 300);
				if (first_us == 0 && r.lost_us > before_us)
					first_us = before_us;
				if (first_us > 0 && r.now_us - first_us > US_PER_SECOND)
					fail_msg("%d, seed %d: no protection after a second",
						budgets_bps[b], (int)seed);
			}
			while (r.now_us < 40 * US_PER_SECOND) {
				report_after(&r, 300);
				assert_true(is_protected(&r.planner.plan));
			}
			r.channel = gilbert_random(0, seed);
			int n_copies = r.planner.plan.redundancy.n_copies;
			int64_t lowered_us = 0;
			while (r.planner.plan.reason != PLANNER_CLEAR) {
				report_after(&r, 300);
				assert_true(r.now_us - r.lost_us <= 10 * US_PER_SECOND);
				const struct send_plan *const plan = &r.planner.plan;
				if (plan->redundancy.n_copies < n_copies && is_protected(plan)) {
					assert_true(r.now_us - lowered_us >= 2 * US_PER_SECOND);
					lowered_us = r.now_us;
				}
				n_copies = plan->redundancy.n_copies;
			}
			assert_false(is_protected(&r.planner.plan));
		}
}

static void who_is_not_heard_protects_a_little(void **state)
{
	(void)state;
	for (size_t b = 0; b < N_ROWS(budgets_bps); b++) {
		const struct planner p = planner_of(budgets_bps[b]);
		assert_int_equal(p.plan.reason, PLANNER_UNHEARD);
		assert_true(p.plan.redundancy.n_copies <= 2);
		assert_true(is_protected(&p.plan) || budgets_bps[b] < 32000);
	}
	/* Ten packets without loss are no news. */
	struct planner p = planner_of(48000);
	const struct loss_pattern pattern = { .n_packets = 10, .follow = { 1 } };
	const struct planner_report report = report_of(&pattern);
	(void)planner_on_report(&p, &report, 10 * US_PER_SECOND);
	assert_true(is_protected(&p.plan));
}

static void a_budget_takes_effect_at_once(void **state)
{
	const struct gilbert g = gilbert_random(0.2, 1);
	const struct loss_pattern pattern = gilbert_pattern(&g);
	const struct planner_report report = report_of(&pattern);
	struct planner p = planner_of(64000);
	(void)state;
	(void)planner_on_report(&p, &report, 10 * US_PER_SECOND);
	for (size_t b = 0; b < N_ROWS(budgets_bps); b++) {
		assert_true(planner_set_budget(&p, budgets_bps[b], 10 * US_PER_SECOND));
		assert_int_equal(p.plan.budget_bps, budgets_bps[b]);
		check_plan(&p, 17);
	}
	assert_false(planner_set_budget(&p, 64000, 10 * US_PER_SECOND));
}

/* A queue of our own: less is sent, copies are dropped first, and the rate comes back slowly. */
static void a_queue_of_ours_is_not_fed(void **state)
{
	const struct gilbert g = gilbert_random(0.1, 1), overflowing = gilbert_random(0.2, 1);
	const struct loss_pattern pattern = gilbert_pattern(&g);
	struct planner_report report = report_of(&pattern);
	struct planner p = planner_of(64000);
	int64_t now_us = 0;
	(void)state;
	for (; now_us < 10 * US_PER_SECOND; now_us += 100 * US_PER_MS)
		(void)planner_on_report(&p, &report, now_us);
	assert_int_equal(p.plan.budget_bps, 64000);
	assert_int_equal(p.plan.reason, PLANNER_FOLLOWS);
	const int primary_bps = p.plan.redundancy.primary_bps;

	report.pattern = gilbert_pattern(&overflowing);
	report.queue_us = 210 * US_PER_MS;
	int before_bps = 64000;
	for (; now_us < 14 * US_PER_SECOND; now_us += 100 * US_PER_MS) {
		(void)planner_on_report(&p, &report, now_us);
		assert_true(p.plan.budget_bps <= before_bps);
		before_bps = p.plan.budget_bps;
		if (p.plan.redundancy.n_copies > 0)
			assert_true(p.plan.redundancy.primary_bps >= primary_bps);
	}
	assert_int_equal(p.plan.reason, PLANNER_CONGESTED);
	assert_true(p.plan.budget_bps < 32000);
	assert_int_equal(p.plan.redundancy.n_copies, 0);

	report.pattern = pattern;
	report.queue_us = 0;
	for (; now_us < 19 * US_PER_SECOND; now_us += 100 * US_PER_MS)
		(void)planner_on_report(&p, &report, now_us);
	assert_int_equal(p.plan.reason, PLANNER_CONGESTED);
	assert_true(p.plan.budget_bps < 40000);
	for (; now_us < 60 * US_PER_SECOND; now_us += 100 * US_PER_MS)
		(void)planner_on_report(&p, &report, now_us);
	assert_int_equal(p.plan.reason, PLANNER_FOLLOWS);
	assert_int_equal(p.plan.budget_bps, 64000);
}

/* A bottleneck whose queue has no end loses nothing. */
static void an_endless_queue_needs_no_loss(void **state)
{
	const struct loss_pattern pattern = { .n_packets = 800, .follow = { 1 } };
	struct planner_report report = report_of(&pattern);
	struct planner p = planner_of(64000);
	(void)state;
	for (int64_t ms = 0; ms < 20000; ms += 100) {
		report.queue_us = (ms > 10000 ? (ms - 10000) / 20 : 0) * US_PER_MS;
		(void)planner_on_report(&p, &report, ms * US_PER_MS);
		if (ms < 14000)
			assert_int_equal(p.plan.budget_bps, 64000);
	}
	assert_int_equal(p.plan.reason, PLANNER_CONGESTED);
	assert_true(p.plan.budget_bps < 32000);
	assert_false(is_protected(&p.plan));
}

/* Where the loss is random, a queue caused by others costs bits, but the copies stay. */
static void random_loss_keeps_its_copies(void **state)
{
	const struct gilbert g = gilbert_random(0.3, 1);
	const struct loss_pattern pattern = gilbert_pattern(&g);
	struct planner_report report = report_of(&pattern);
	struct planner p = planner_of(64000);
	(void)state;
	for (int64_t ms = 0; ms < 30000; ms += 100) {
		report.queue_us = (ms < 10000 ? 0 : ms < 20000 ? 200 : 300) * US_PER_MS;
		(void)planner_on_report(&p, &report, ms * US_PER_MS);
		if (ms < 20000)
			assert_int_equal(p.plan.budget_bps, 64000);
		if (p.plan.budget_bps > 20000)
			assert_true(p.plan.redundancy.n_copies > 0);
	}
	assert_int_equal(p.plan.reason, PLANNER_CONGESTED);
}

static void a_broken_circuit_sends_the_least(void **state)
{
	const struct gilbert g = gilbert_random(0.4, 1);
	const struct loss_pattern pattern = gilbert_pattern(&g);
	const struct planner_report report = report_of(&pattern);
	struct planner p = planner_of(64000);
	(void)state;
	(void)planner_on_report(&p, &report, 10 * US_PER_SECOND);
	const struct send_plan before = p.plan;
	assert_true(planner_set_broken(&p, PLANNER_LEAST, 12 * US_PER_SECOND));
	assert_int_equal(p.plan.reason, PLANNER_BROKEN);
	assert_false(is_protected(&p.plan));
	assert_true(p.plan.redundancy.primary_bps <= 9600);
	(void)planner_on_report(&p, &report, 13 * US_PER_SECOND);
	assert_false(is_protected(&p.plan));
	assert_true(planner_set_broken(&p, PLANNER_UNBROKEN, 14 * US_PER_SECOND));
	assert_memory_equal(&p.plan.redundancy, &before.redundancy, sizeof before.redundancy);
	assert_string_equal(planner_reason_name(p.plan.reason), "follows");
}

/* Nothing is known of the channel any more: a plan for 20 % of loss, at no more than 32 kbit/s. */
static void silence_is_protected_as_on_a_bad_channel(void **state)
{
	static const int budgets[] = { 24000, 48000, 64000, 128000 };
	(void)state;
	for (size_t i = 0; i < N_ROWS(budgets); i++) {
		const struct loss_pattern clear = { .follow = { 1 }, .n_packets = 500 };
		const struct planner_report report = report_of(&clear);
		struct planner p = planner_of(budgets[i]);
		(void)planner_on_report(&p, &report, 10 * US_PER_SECOND);
		assert_false(is_protected(&p.plan));
		assert_true(planner_on_silence(&p, 15 * US_PER_SECOND));
		assert_int_equal(p.plan.reason, PLANNER_UNHEARD);
		assert_true(is_protected(&p.plan));
		(void)planner_set_broken(&p, PLANNER_BAD_CHANNEL, 25 * US_PER_SECOND);
		assert_int_equal(p.plan.reason, PLANNER_BROKEN);
		assert_true(p.plan.redundancy.n_copies >= 1);
		assert_true(p.plan.budget_bps == (budgets[i] < 32000 ? budgets[i] : 32000));
		(void)planner_set_broken(&p, PLANNER_UNBROKEN, 30 * US_PER_SECOND);
		assert_true(planner_on_report(&p, &report, 30 * US_PER_SECOND));
		assert_int_equal(p.plan.reason, PLANNER_CLEAR);
		assert_false(is_protected(&p.plan));
	}
}

int main(int argc, char *argv[])
{
	(void)argv;
	*unit_takes_all() = argc > 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_budget_takes_effect_at_once),
		cmocka_unit_test(outlooks_are_the_closed_form),
		cmocka_unit_test(what_comes_too_late_is_missing),
		cmocka_unit_test(fec_stands_behind_the_copies),
		cmocka_unit_test(the_tables_are_read_between_their_rates),
		cmocka_unit_test(without_loss_not_one_bit_is_spent),
		cmocka_unit_test(every_cell_is_near_the_best),
		cmocka_unit_test(at_64_kbit_few_frames_are_missing),
		cmocka_unit_test(every_stream_gets_a_plan_that_fits),
		cmocka_unit_test(the_receivers_bound_is_kept),
		cmocka_unit_test(a_steady_channel_has_a_steady_plan),
		cmocka_unit_test(loss_is_followed_up_and_down),
		cmocka_unit_test(who_is_not_heard_protects_a_little),
		cmocka_unit_test(a_budget_takes_effect_at_once),
		cmocka_unit_test(a_queue_of_ours_is_not_fed),
		cmocka_unit_test(an_endless_queue_needs_no_loss),
		cmocka_unit_test(random_loss_keeps_its_copies),
		cmocka_unit_test(a_broken_circuit_sends_the_least),
		cmocka_unit_test(silence_is_protected_as_on_a_bad_channel),
	};
	return cmocka_run_group_tests_name("planner", tests, NULL, NULL);
}
