#include "sender/planning/planner.h"

#include "common/rtp/red.h"
#include "common/base/units.h"
#include "sender/planning/candidates.h"

#include <assert.h>
#include <string.h>

/* Another plan must promise to be better by this, in MOS; and by more soon after a change, when the
 * known loss has hardly changed since. */
#define BETTER_MIN	0.02
#define BETTER_MIN_SOON 0.06
#define SOON_US		(10 * US_PER_SECOND)

/* Protection is reduced at most this often. */
#define LOWER_EVERY_US (2 * US_PER_SECOND)

/* The reports must cover this much sound before the absence of losses means that the channel is
 * clear. */
enum { CLEAR_MS = 1000 };

/* What a sender without reports protects against: an independent loss that any wireless link may
 * have. */
#define UNHEARD_LOSS 0.05

/* And against what it does after who reported has fallen silent for long: the worst that a call
 * bears. Two copies at that rate leave less than a percent of the frames missing. */
#define BAD_LOSS 0.20

enum {
	BAD_CHANNEL_BPS = 32000,
	LEAST_BPS = 9000 /* what speech needs to be understood */
};

static struct loss_pattern independent(double loss)
{
	struct loss_pattern pattern = { .loss = loss, .follow = { 1 } };

	for (int g = 1; g <= LOSS_GAPS; g++)
		pattern.follow[g] = loss;
	return pattern;
}

/* The wanted budget, but at least the lowest that redundancy_share() accepts without copies. */
static int granted_bps(const struct planner *p, int wanted_bps)
{
	struct redundancy r = { .n_copies = 0 };
	int limit;

	if (redundancy_share(&r, p->config.frame_samples, wanted_bps, 0, &limit) ==
		REDUNDANCY_BUDGET_SMALL)
		wanted_bps = limit;
	return wanted_bps < p->config.budget_bps ? wanted_bps : p->config.budget_bps;
}

static int budget_bps(const struct planner *p)
{
	const int shared_bps = (int)(p->config.budget_bps * p->congestion.share);

	switch (p->broken) {
	case PLANNER_LEAST:
		return granted_bps(p, LEAST_BPS);
	case PLANNER_BAD_CHANNEL:
		return granted_bps(p, shared_bps < BAD_CHANNEL_BPS ? shared_bps : BAD_CHANNEL_BPS);
	default:
		return granted_bps(p, shared_bps);
	}
}

/* A copy is useful if the receiver's delay bound covers its distance and the jitter of its
 * packet. */
static int reach_frames(const struct planner *p)
{
	const struct planner_report *const r = &p->report;
	const int64_t bound_us = r->delay_bound_us > 0 ? r->delay_bound_us : PLANNER_DELAY_BOUND_US;
	const int64_t room_us = bound_us - 2 * r->jitter_us;
	const int64_t frame_us = us_from_samples(p->config.frame_samples);
	const int farthest = RED_OFFSET_SAMPLES_MAX / p->config.frame_samples;

	if (room_us < frame_us)
		return 0;
	return room_us / frame_us < farthest ? (int)(room_us / frame_us) : farthest;
}

static enum planner_reason reason(const struct planner *p)
{
	if (p->broken != PLANNER_UNBROKEN)
		return PLANNER_BROKEN;
	if (!p->has_report)
		return PLANNER_UNHEARD;
	if (p->congestion.share < 1)
		return PLANNER_CONGESTED;
	return p->report.pattern.loss > 0 ? PLANNER_FOLLOWS : PLANNER_CLEAR;
}

static bool adopt(struct planner *p, const struct candidate *c, int used_bps, int64_t now_us)
{
	const struct send_plan plan = {
		.redundancy = c->redundancy,
		.budget_bps = used_bps,
		.fec = c->fec,
		.loss_percent = c->fec ? QUALITY_FEC_LOSS_PERCENT : 0,
		.reason = reason(p),
		.expected_mos = c->mos,
		.expected_delay_ms = c->delay_ms,
	};
	const bool has_changed =
		memcmp(&plan.redundancy, &p->plan.redundancy, sizeof plan.redundancy) != 0 ||
		plan.fec != p->plan.fec || plan.budget_bps != p->plan.budget_bps;
	p->plan = plan;
	if (has_changed)
		p->changed_us = now_us;
	return has_changed;
}

/* Whether the best candidate should replace the present plan. */
static bool should_change(const struct planner *p, const struct candidate *present,
	const struct candidate *best, int64_t now_us)
{
	const bool is_known =
		p->report.pattern.n_packets >= CLEAR_MS * SAMPLES_PER_MS / p->config.frame_samples;
	if (p->has_report && p->report.pattern.loss <= 0)
		return is_known;
	const int64_t since_us = now_us - p->changed_us;
	if (best->value < present->value + (since_us < SOON_US ? BETTER_MIN_SOON : BETTER_MIN))
		return false;
	return best->missing < present->missing || since_us >= LOWER_EVERY_US;
}

static bool decide(struct planner *p, int64_t now_us)
{
	const bool is_bad = p->broken == PLANNER_BAD_CHANNEL;
	const struct loss_pattern assumed = independent(is_bad ? BAD_LOSS : UNHEARD_LOSS);
	struct candidates circumstances = {
		.quality = quality_of(p->coding, p->config.frame_samples, p->report.concealment),
		.pattern = p->has_report && !is_bad ? &p->report.pattern : &assumed,
		.n_channels = p->config.n_channels,
		.frame_samples = p->config.frame_samples,
		.budget_bps = budget_bps(p),
		.reach_frames_max = p->broken == PLANNER_LEAST ? 0 : reach_frames(p),
		/* What a queue of ours loses, less of everything repairs, and copies most of all. */
		.primary_bps_min = p->congestion.loss_is_ours ? p->plan.redundancy.primary_bps : 0,
	};
	const struct candidate best = candidates_best(&circumstances);
	struct candidate present = { .redundancy = p->plan.redundancy, .fec = p->plan.fec };

	if (!candidates_weigh(&circumstances, &present) ||
		should_change(p, &present, &best, now_us))
		return adopt(p, &best, circumstances.budget_bps, now_us);
	return adopt(p, &present, circumstances.budget_bps, now_us);
}

void planner_init(struct planner *p, const struct planner_config *config)
{
	memset(p, 0, sizeof *p);
	p->config = *config;
	p->coding = coding_for_budget(
		config->profile, config->n_channels, config->frame_samples, config->budget_bps);
	p->report.round_trip_us = -1;
	p->report.queue_us = -1;
	congestion_init(&p->congestion);
	(void)decide(p, 0);
	p->changed_us = 0;
}

bool planner_on_report(struct planner *p, const struct planner_report *report, int64_t now_us)
{
	p->report = *report;
	p->has_report = true;
	congestion_on_report(&p->congestion,
		&(struct congestion_report){
			.queue_us = report->queue_us,
			.round_trip_us = report->round_trip_us,
			.jitter_us = report->jitter_us,
			.loss = report->pattern.loss,
		},
		now_us);
	return decide(p, now_us);
}

bool planner_set_budget(struct planner *p, int budget_bps, int64_t now_us)
{
	p->config.budget_bps = budget_bps;
	return decide(p, now_us);
}

bool planner_on_silence(struct planner *p, int64_t now_us)
{
	p->has_report = false;
	return decide(p, now_us);
}

bool planner_set_broken(struct planner *p, enum planner_break broken, int64_t now_us)
{
	p->broken = broken;
	return decide(p, now_us);
}

const char *planner_reason_name(enum planner_reason reason_)
{
	static const char *const names[PLANNER_REASONS] = { "unheard", "clear", "follows",
		"congested", "broken" };
	return names[reason_];
}
