#include "tools/experiment/progress.h"

#include "common/app/cli.h"
#include "common/base/units.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#define DRAW_EACH_US (200 * US_PER_MS)
#define SAY_EACH_US  (10 * US_PER_SECOND)

enum { BAR_CHARS = 24, TIME_BYTES = 40, LINE_BYTES = 200 };

void progress_begin(
	struct progress *p, const char *via, size_t n_all, bool is_quiet, int64_t now_us)
{
	*p = (struct progress){
		.n_all = n_all,
		.via = via,
		.is_quiet = is_quiet,
		.is_terminal = isatty(STDERR_FILENO),
		.start_us = now_us,
		.shown_us = now_us,
	};
}

static void put_time(char text[TIME_BYTES], double seconds)
{
	if (seconds < 100)
		snprintf(text, TIME_BYTES, "%.0f s", seconds);
	else
		snprintf(text, TIME_BYTES, "%.0f min", ceil(seconds / 60));
}

static void put_line(const struct progress *p, char line[LINE_BYTES], double share, int64_t now_us)
{
	const double elapsed_s = (double)(now_us - p->start_us) / US_PER_SECOND;
	char left[TIME_BYTES] = "?", failed[TIME_BYTES] = "";

	if (p->n_done > 0)
		put_time(left, elapsed_s * (1 - share) / share);
	if (p->n_failed > 0)
		snprintf(failed, sizeof failed, ", %zu failed", p->n_failed);
	snprintf(line, LINE_BYTES, "%zu of %zu runs by %s%s, %s left", p->n_done, p->n_all, p->via,
		failed, left);
}

void progress_show(struct progress *p, int64_t now_us)
{
	const double share = p->n_all > 0 ? (double)p->n_done / (double)p->n_all : 1;
	const int n_full = (int)(share * BAR_CHARS);
	char line[LINE_BYTES];

	if (p->is_quiet || now_us - p->shown_us < (p->is_terminal ? DRAW_EACH_US : SAY_EACH_US))
		return;
	p->shown_us = now_us;
	put_line(p, line, share, now_us);
	if (!p->is_terminal) {
		cli_log(CLI_NOTICE, "%s", line);
		return;
	}
	fprintf(stderr, "\r\033[K[%.*s%.*s] %s", n_full, "########################",
		BAR_CHARS - n_full, "........................", line);
	fflush(stderr);
}

void progress_hide(const struct progress *p)
{
	if (p->is_terminal && !p->is_quiet)
		fputs("\r\033[K", stderr);
}
