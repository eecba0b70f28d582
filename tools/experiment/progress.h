/* How far an experiment is, on stderr: a bar that is redrawn on a terminal, a line now and then
 * elsewhere. Thread: main(). Owner: the caller holds the struct. */
#ifndef HINDSIGHT_TOOLS_EXPERIMENT_PROGRESS_H
#define HINDSIGHT_TOOLS_EXPERIMENT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	size_t n_all, n_done, n_failed; /* runs; the caller counts them */

	/* private to progress.c */
	const char *via;
	bool is_quiet, is_terminal;
	int64_t start_us, shown_us;
};

/* via: its name, which outlives the struct. */
void progress_begin(
	struct progress *progress, const char *via, size_t n_all, bool is_quiet, int64_t now_us);

/* Shows it, if that is due. */
void progress_show(struct progress *progress, int64_t now_us);

/* Clears the terminal's line for another one. */
void progress_hide(const struct progress *progress);

#endif
