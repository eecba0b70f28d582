#include "sender/outlook.h"

#include "sender/redundancy.h"

#include <assert.h>

/* The receiver's learned delay (docs/RECEIVER.md): a frame in a hundred that comes too late weighs
 * as much as 50 ms. */
#define MS_PER_LATE_FRAME 5000.0

/* Of the frames that can be had at all, those whose form comes later than the delay are late. */
static int cheapest_delay(
	const int *forms_at, const double *lost_after, int n_forms, double frame_ms)
{
	double least = -1;
	int best = 0;

	for (int i = 0; i < n_forms; i++) {
		const double late = lost_after[i] - lost_after[n_forms - 1];
		const double cost = forms_at[i] * frame_ms + MS_PER_LATE_FRAME * late;
		if (least < 0 || cost < least) {
			least = cost;
			best = forms_at[i];
		}
	}
	return best;
}

struct outlook outlook_of(const struct loss_pattern *pattern, const int *distances, int n_copies,
	bool fec, double frame_ms)
{
	int forms_at[REDUNDANCY_COPIES_MAX + 2] = { 0 }; /* frames after the frame itself */
	double lost_after[REDUNDANCY_COPIES_MAX +
			  2]; /* share for which all forms so far are lost */
	int n_forms = 1;

	assert(n_copies <= REDUNDANCY_COPIES_MAX);
	lost_after[0] = pattern->loss;
	if (fec)
		forms_at[n_forms++] = 1;
	for (int i = 0; i < n_copies; i++)
		forms_at[n_forms++] = distances[i];
	/* All lost: the first, and each next one given the one before it, as in a Markov chain. */
	for (int i = 1; i < n_forms; i++)
		lost_after[i] = lost_after[i - 1] *
				loss_pattern_follow(pattern, forms_at[i] - forms_at[i - 1]);
	const double missing = lost_after[n_forms - 1];
	const double by_fec = fec ? lost_after[0] - lost_after[1] : 0;
	return (struct outlook){
		.primary = 1 - pattern->loss,
		.fec = by_fec,
		.copies = pattern->loss - by_fec - missing,
		.missing = missing,
		.delay_frames = cheapest_delay(forms_at, lost_after, n_forms, frame_ms),
	};
}
