/* The pictures of an experiment's report, as SVG to be put into a page, drawn by gnuplot.
 * Owner: the caller. Thread: main(). */
#ifndef HINDSIGHT_TOOLS_EXPERIMENT_PICTURE_H
#define HINDSIGHT_TOOLS_EXPERIMENT_PICTURE_H

#include "tools/experiment/figures.h"
#include "tools/process/work_folder.h"

#include <stdbool.h>

struct picture_source {
	struct via_runs runs;
	const struct work_folder *folder;
};

/* Where the settings stand side by side in one picture; more are left out of a channel's. */
enum { PICTURE_SETTINGS_MAX = 6 };

/* All of these append to `svg`, and nothing where there is nothing to show or gnuplot failed.
 *
 * One line per setting over the channels: by their loss where they differ in that, else one after
 * the other; the bars reach from the lowest to the highest seed. */
bool picture_against_loss(
	struct text_buffer *svg, const struct picture_source *source, const struct figure *figure);

/* Each channel and setting by `via` against the same by source->runs.via. */
bool picture_side_by_side(struct text_buffer *svg, const struct picture_source *source,
	const char *via, const struct figure *figure);

/* What a channel did in time, with the plan's first seed: playout and target delay of each setting,
 * and below which frames were missing, and what replaced them. */
bool picture_of_channel(struct text_buffer *svg, const struct picture_source *source,
	const struct plan_channel *channel);

#endif
