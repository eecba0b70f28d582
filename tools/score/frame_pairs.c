#include "tools/score/frame_pairs.h"

#include <stdlib.h>

/* A time scaler leaves out a pitch period, of at most 20 ms, and its cross-fade hides that. */
#define SKIP_S 0.03

/* One more pair; n_room has been reckoned beforehand. */
static void add(struct frame_pairs *p, int n_room, double clean_at, double heard_at)
{
	if (p->n == n_room)
		return;
	p->clean_at[p->n] = clean_at;
	p->heard_at[p->n] = heard_at;
	p->n++;
}

bool frame_pairs_make(struct frame_pairs *pairs, const struct alignment *alignment, double clean_s,
	double heard_s, int rate_hz, int hop)
{
	/* All of the heard one, and at most all of the clean one skipped; going back and skipping
	 * again and again is no alignment of speech. */
	const double room = (2 * clean_s + heard_s) * rate_hz / hop + 16;
	const int n_room = room < 1e8 ? (int)room : 0;
	const double hop_s = (double)hop / rate_hz;
	double next_clean_s = 0;
	bool is_first = true;

	*pairs = (struct frame_pairs){
		.clean_at = malloc((size_t)n_room * sizeof *pairs->clean_at),
		.heard_at = malloc((size_t)n_room * sizeof *pairs->heard_at),
	};
	if (n_room == 0 || !pairs->clean_at || !pairs->heard_at) {
		frame_pairs_end(pairs);
		return false;
	}
	for (int k = 0; k * hop_s < heard_s; k++) {
		const double at_s = k * hop_s;
		const double from_s = at_s - alignment_delay_ms(alignment, at_s) / 1000;
		if (from_s < 0 || from_s >= clean_s)
			continue;
		if (!is_first && from_s - next_clean_s > SKIP_S)
			for (; next_clean_s < from_s - hop_s / 2; next_clean_s += hop_s)
				add(pairs, n_room, next_clean_s * rate_hz, at_s * rate_hz);
		add(pairs, n_room, from_s * rate_hz, at_s * rate_hz);
		next_clean_s = from_s + hop_s;
		is_first = false;
	}
	return true;
}

void frame_pairs_end(struct frame_pairs *pairs)
{
	free(pairs->clean_at);
	free(pairs->heard_at);
	*pairs = (struct frame_pairs){ 0 };
}
