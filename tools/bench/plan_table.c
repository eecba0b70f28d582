/* What the planner chooses, and what it expects of it: the table and the data of the picture in
 * docs/PLANNER.md.
 *
 * usage: plan-table cells            Markdown: one row per channel, one column per budget
 *        plan-table curves KBPS      expected MOS-LQO by random loss, 0 to 45 %, a column each: none,
 *                                    one, two, three copies by rule, and the planner's choice */
#include "common/base/units.h"
#include "sender/planning/candidates.h"
#include "sender/planning/planner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME = 960, FAR_FRAMES = 17 };

/* Gilbert's channel in closed form; burst 0: independent losses. */
static struct loss_pattern pattern_of(double loss, double burst)
{
	struct loss_pattern pattern = { .loss = loss, .n_packets = 800 };
	const double to_good = burst > 0 ? 1 / burst : 1 - loss;
	const double to_bad = burst > 0 ? loss / (1 - loss) / burst : loss;
	double memory = 1;

	pattern.n_lost = (int)(loss * pattern.n_packets);
	for (int g = 0; g <= LOSS_GAPS; g++) {
		pattern.follow[g] = fmax(0, loss + (1 - loss) * memory);
		memory *= 1 - to_bad - to_good;
	}
	return pattern;
}

/* The planner's choice, long after the start. */
static struct planner plan_for(const struct loss_pattern *pattern, int budget_bps)
{
	const struct planner_config config = {
		.profile = PROFILE_VOICE,
		.n_channels = 1,
		.frame_samples = FRAME,
		.budget_bps = budget_bps,
	};
	const struct planner_report report = { .pattern = *pattern, .round_trip_us = -1 };
	struct planner planner;

	planner_init(&planner, &config);
	(void)planner_on_report(&planner, &report, 60 * US_PER_SECOND);
	return planner;
}

static struct candidates circumstances(
	const struct loss_pattern *pattern, const struct planner *planner)
{
	return (struct candidates){
		.quality = quality_of(planner->coding, FRAME, CONCEALMENT_PLAIN),
		.pattern = pattern,
		.n_channels = 1,
		.frame_samples = FRAME,
		.budget_bps = planner->config.budget_bps,
		.reach_frames_max = FAR_FRAMES,
	};
}

static void print_cell(const struct loss_pattern *pattern, int budget_bps)
{
	const struct planner planner = plan_for(pattern, budget_bps);
	const struct redundancy *const r = &planner.plan.redundancy;
	const struct candidates c = circumstances(pattern, &planner);
	struct candidate chosen = { .redundancy = *r, .fec = planner.plan.fec };

	(void)candidates_weigh(&c, &chosen);
	printf(" %s", planner.plan.fec ? "FEC" : r->n_copies == 0 ? "none" : "");
	for (int i = 0; i < r->n_copies; i++)
		printf("%s%d", i > 0 || planner.plan.fec ? " " : "", r->distances[i]);
	for (int i = 0; i < r->n_copies; i++)
		if (i == 0 || r->copy_bps[i] < r->copy_bps[i - 1])
			printf("%s%.3g", i > 0 ? "/" : " at ", r->copy_bps[i] / 1000.0);
	printf(", %.1f: %.2f, %.1f %% |", r->primary_bps / 1000.0, chosen.mos,
		100 * chosen.missing);
}

static void print_cells(void)
{
	static const struct {
		const char *name;
		double loss, burst;
	} channels[] = {
		{ "0 %", 0, 0 },
		{ "1 %", 0.01, 0 },
		{ "2 %", 0.02, 0 },
		{ "5 %", 0.05, 0 },
		{ "10 %", 0.1, 0 },
		{ "20 %", 0.2, 0 },
		{ "30 %", 0.3, 0 },
		{ "40 %", 0.4, 0 },
		{ "5 %, bursts of 1", 0.05, 1 },
		{ "5 %, bursts of 2", 0.05, 2 },
		{ "9 %, bursts of 3.3", 1.0 / 11, 10.0 / 3 },
		{ "9 %, bursts of 5", 0.09, 5 },
	};
	static const int budgets_bps[] = { 24000, 32000, 48000, 64000 };

	puts("| loss | 24 kbit/s | 32 | 48 | 64 |\n|---|---|---|---|---|");
	for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
		const struct loss_pattern pattern = pattern_of(channels[i].loss, channels[i].burst);
		printf("| %s |", channels[i].name);
		for (size_t b = 0; b < sizeof budgets_bps / sizeof *budgets_bps; b++)
			print_cell(&pattern, budgets_bps[b]);
		puts("");
	}
}

static void print_curves(int budget_bps)
{
	for (int percent = 0; percent <= 45; percent++) {
		const struct loss_pattern pattern = pattern_of(percent / 100.0, 0);
		const struct planner planner = plan_for(&pattern, budget_bps);
		const struct candidates c = circumstances(&pattern, &planner);
		struct candidate chosen = { .redundancy = planner.plan.redundancy,
			.fec = planner.plan.fec };

		printf("%d", percent);
		for (int n = 0; n <= 3; n++) {
			struct candidate fixed = { .redundancy = { .n_copies = n,
							   .distances = { 1, 2, 3 } } };
			int limit;
			const bool fits = redundancy_share(&fixed.redundancy, FRAME, budget_bps, 0,
						  &limit) == REDUNDANCY_OK &&
					  candidates_weigh(&c, &fixed);
			printf(" %.4f", fits ? fixed.mos : NAN);
		}
		(void)candidates_weigh(&c, &chosen);
		printf(" %.4f\n", chosen.mos);
	}
}

int main(int argc, char *argv[])
{
	const int kbps = argc == 3 && strcmp(argv[1], "curves") == 0 ? atoi(argv[2]) : 0;

	if (argc == 2 && strcmp(argv[1], "cells") == 0) {
		print_cells();
		return 0;
	}
	if (kbps < 12 || kbps > 400) {
		fputs("usage: plan-table cells | plan-table curves KBPS\n", stderr);
		return 2;
	}
	print_curves(kbps * 1000);
	return 0;
}
