/* What the planner chooses, how it gets there and back, and what it is made of. */
#include "sender/planner.h"

#include "common/red.h"
#include "common/units.h"
#include "sender/candidates.h"
#include "sender/outlook.h"
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

static bool is_protected(const struct plan *plan)
{
	return plan->redundancy.n_copies > 0 || plan->fec;
}

/* How the plan would do if the pattern were so; *best: the value of the best one. */
static struct candidate fate_of(
	const struct planner *p, const struct loss_pattern *pattern, double *best)
{
	struct candidates c = {
		.quality = p->quality,
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
	assert_true(o.missing >= lost && o.missing < lost + 1e-3);
	assert_true(fabs(o.primary + o.fec + o.copies + o.missing - 1) < 1e-12);
	assert_true(o.fec == 0 && o.delay_ms > 0 && o.delay_ms <= 140);
	o = outlook_of(&pattern, distances, 0, true, 20); /* of active frames only */
	assert_true(o.fec < pattern.loss * (1 - f[1]) && o.fec > 0.7 * pattern.loss * (1 - f[1]));
	assert_true(fabs(o.primary + o.fec + o.copies + o.missing - 1) < 1e-12);
}

/* A copy that is needed rarely and comes long after the others is not waited for. */
static void what_comes_too_late_is_missing(void **state)
{
	const struct gilbert g = gilbert_random(0.01, 1);
	const struct loss_pattern pattern = gilbert_pattern(&g);
	static const int far[] = { 1, 10 };
	(void)state;
	const struct outlook o = outlook_of(&pattern, far, 2, false, 20);
	assert_true(o.delay_ms <= 20);
	assert_true(fabs(o.missing - 0.01 * 0.01) < 1e-9);
}

static bool is_same(struct sound a, struct sound b)
{
	return fabs(a.intelligibility - b.intelligibility) < 1e-9 && fabs(a.power - b.power) < 1e-9;
}

static int rate_number(int bps)
{
	int r = 0;
	while (quality_rates_bps[r] < bps)
		r++;
	assert_int_equal(quality_rates_bps[r], bps);
	return r;
}

static void the_table_is_read_between_its_rates(void **state)
{
	const int at_24 = rate_number(24000), at_32 = rate_number(32000);
	(void)state;
	assert_true(quality_table_rows >= 10);
	for (int i = 0; i < quality_table_rows; i++) {
		const struct quality *const q = &quality_table[i];
		const int last = QUALITY_RATES - 1;
		assert_ptr_equal(quality_of(q->coding, q->frame_samples), q);
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
		const double between = quality_primary(q, 40000).power;
		assert_true(between < q->primary[at_32].power);
		assert_true(between > q->primary[at_32 + 1].power);
		/* More bits never sound worse, and a hole sounds worse than any primary. */
		assert_true(q->concealed[last].power > q->primary[at_24].power);
		for (int r = rate_number(20000); r <= last; r++)
			assert_true(quality_of_sound(q->primary[r]) >
				    quality_of_sound(q->primary[r - 1]) - 0.002);
	}
	const struct coding hybrid = { CODING_HYBRID, CODING_FULLBAND };
	assert_int_equal(quality_of(hybrid, 2880)->coding.mode, CODING_HYBRID);
	assert_true(quality_of_sound((struct sound){ 1, 0 }) == 1);
	assert_true(quality_of_sound((struct sound){ -1, 1 }) == 0);
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

/* The best quality of what may be fixed by hand, at any of these distances and rates. */
static double best_fixed(const struct planner *p, const struct loss_pattern *pattern)
{
	static const int sets[][5] = { { 0 }, { 1, 1 }, { 1, 2 }, { 1, 3 }, { 2, 1, 2 },
		{ 2, 1, 3 }, { 2, 2, 4 }, { 2, 3, 6 }, { 3, 1, 2, 3 }, { 3, 1, 3, 5 },
		{ 3, 1, 3, 6 }, { 3, 2, 4, 6 }, { 3, 2, 4, 7 }, { 4, 1, 2, 3, 4 },
		{ 4, 1, 3, 5, 7 } };
	const struct candidates c = {
		.quality = p->quality,
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
			if (candidates_weigh(&c, &fixed) && fixed.quality > best)
				best = fixed.quality;
		}
	return best;
}

static void every_cell_is_near_the_best(void **state)
{
	(void)state;
	for (size_t b = 0; b < N_ROWS(budgets_bps); b++)
		for (size_t i = 0; i < N_ROWS(channels); i++) {
			const struct gilbert g = channel_of(i, 1);
			const struct loss_pattern pattern = gilbert_pattern(&g);
			struct planner p = planner_of(budgets_bps[b]);
			const struct planner_report report = report_of(&pattern);
			double best;
			(void)planner_on_report(&p, &report, 10 * US_PER_SECOND);
			const struct candidate fate = fate_of(&p, &pattern, &best);
			const double fixed = best_fixed(&p, &pattern);
			/* Who spends more wants fewer gaps rather than the last bit of sound. */
			const double near = budgets_bps[b] <= 48000 ? 0.96 : 0.87;
			if (fate.quality < near * fixed)
				fail_msg("%s at %d: %.4f, by hand %.4f", channels[i].name,
					budgets_bps[b], fate.quality, fixed);
			if (channels[i].loss >= 0.05 && budgets_bps[b] >= 48000)
				assert_true(is_protected(&p.plan));
			const struct redundancy *const r = &p.plan.redundancy;
			if (r->n_copies > 1 && r->copy_bps[0] >= 12000) /* rarely heard, so less */
				assert_true(r->copy_bps[1] < r->copy_bps[0]);
		}
}

static void at_64_kbit_few_frames_are_missing(void **state)
{
	static const struct {
		size_t channel;
		double missing_max, delay_ms_max;
	} rows[] = { { 5, 0.003, 50 }, { 6, 0.01, 65 }, { 10, 0.01, 130 } };
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

	assert_int_equal(redundancy_share_two(&share, p->config.frame_samples, p->plan.budget_bps,
				 r->copy_bps[0], r->copy_bps[1], &limit),
		REDUNDANCY_OK);
	assert_int_equal(share.primary_bps, r->primary_bps);
	assert_true(r->copy_bps[1] <= r->copy_bps[0]);
	if (p->coding.mode == CODING_CELT && r->n_copies > 1)
		assert_int_equal(r->copy_bps[1], r->copy_bps[0]);
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
	(void)state;
	for (int profile = PROFILE_VOICE; profile <= PROFILE_LOWDELAY; profile++)
		for (size_t l = 0; l < N_ROWS(lengths); l++)
			for (size_t b = 0; b < N_ROWS(rates_bps); b++)
				for (size_t k = 0; k < N_ROWS(bounds_ms) * 3; k++) {
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

/* A sender and what it hears. */
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
			/* Few bursts fall into what is remembered: they are known less well. */
			const double far = channels[i].burst > 1 ? 0.05 : 0.04;
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
			struct rehearsal r =
				rehearsal_of(budgets_bps[b], gilbert_random(0, seed * 104729));
			while (r.now_us < 20 * US_PER_SECOND)
				report_after(&r, 300);
			assert_false(is_protected(&r.planner.plan));
			r.channel = gilbert_random(0.2, seed * 104729);
			int64_t first_us = 0;
			while (!is_protected(&r.planner.plan)) {
				const int64_t before_us = r.now_us;
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
				const struct plan *const plan = &r.planner.plan;
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

/* A queue of ours: less is sent, the copies go first, and what was taken comes back slowly. */
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

/* Where the loss is random, a queue that others make takes bits, but the copies stay. */
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
		assert_true(is_protected(&p.plan));
		if (ms < 20000)
			assert_int_equal(p.plan.budget_bps, 64000);
		if (p.plan.budget_bps > 32000)
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
	const struct plan before = p.plan;
	assert_true(planner_set_broken(&p, true, 12 * US_PER_SECOND));
	assert_int_equal(p.plan.reason, PLANNER_BROKEN);
	assert_false(is_protected(&p.plan));
	assert_true(p.plan.redundancy.primary_bps <= 9600);
	(void)planner_on_report(&p, &report, 13 * US_PER_SECOND);
	assert_false(is_protected(&p.plan));
	assert_true(planner_set_broken(&p, false, 14 * US_PER_SECOND));
	assert_memory_equal(&p.plan.redundancy, &before.redundancy, sizeof before.redundancy);
	assert_string_equal(planner_reason_name(p.plan.reason), "follows");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outlooks_are_the_closed_form),
		cmocka_unit_test(what_comes_too_late_is_missing),
		cmocka_unit_test(the_table_is_read_between_its_rates),
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
	};
	return cmocka_run_group_tests_name("planner", tests, NULL, NULL);
}
