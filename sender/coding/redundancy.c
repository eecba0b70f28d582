#include "sender/coding/redundancy.h"

#include "common/rtp/red.h"
#include "common/rtp/rtp.h"
#include "common/base/units.h"

#include <assert.h>

/* The lowest rate at which Opus codes a frame as sound and not as a gap, measured with libopus
 * 1.3.1 and 1.5.2: SILK at 10 ms never falls below 9.3 kbit/s; CELT at 5 and 2.5 ms answers a lower
 * rate with empty frames. */
static int floor_bps(int frame_samples)
{
	switch (frame_samples) {
	case 120:
		return 14400;
	case 240:
		return 10400;
	case 480:
		return 9600;
	default:
		return 6000;
	}
}

static int bps_from_bytes(int bytes_per_frame, int frame_samples)
{
	return (int)((int64_t)bytes_per_frame * 8 * SAMPLES_PER_SECOND / frame_samples);
}

static int header_bps(int n_copies, int frame_samples)
{
	return n_copies == 0 ? 0
			     : bps_from_bytes(n_copies * RED_HEADER_BYTES + RED_LAST_HEADER_BYTES,
				       frame_samples);
}

int redundancy_copies_bps(const struct redundancy *r, int frame_samples)
{
	int bps = header_bps(r->n_copies, frame_samples);

	for (int i = 0; i < r->n_copies; i++)
		bps += r->copy_bps[i];
	return bps;
}

/* Checks what does not depend on the copies' rates. */
static enum redundancy_fault check(
	const struct redundancy *r, int frame_samples, int budget_bps, int *limit)
{
	const int largest_bps = bps_from_bytes(RTP_PAYLOAD_BYTES_MAX, frame_samples);
	const int farthest = RED_OFFSET_SAMPLES_MAX / frame_samples;
	const int n = r->n_copies;

	assert(n >= 0 && n <= REDUNDANCY_COPIES_MAX);
	if (n > 0 && r->distances[n - 1] > farthest) {
		*limit = farthest;
		return REDUNDANCY_TOO_FAR;
	}
	if (budget_bps > largest_bps) {
		*limit = largest_bps;
		return REDUNDANCY_TOO_BIG;
	}
	return REDUNDANCY_OK;
}

/* The primary gets what the copies leave. */
enum redundancy_fault redundancy_share_rates(
	struct redundancy *r, int frame_samples, int budget_bps, const int *copy_bps, int *limit)
{
	const enum redundancy_fault fault = check(r, frame_samples, budget_bps, limit);
	const int least_bps = floor_bps(frame_samples);
	struct redundancy shared = *r;

	if (fault != REDUNDANCY_OK)
		return fault;
	for (int i = 0; i < REDUNDANCY_COPIES_MAX; i++) {
		shared.copy_bps[i] = i < r->n_copies ? copy_bps[i] : 0;
		if (i < r->n_copies && copy_bps[i] < least_bps) {
			*limit = least_bps;
			return REDUNDANCY_COPY_SMALL;
		}
	}
	const int copies_bps = redundancy_copies_bps(&shared, frame_samples);
	shared.primary_bps = budget_bps - copies_bps;
	if (shared.primary_bps < least_bps) {
		*limit = copies_bps + least_bps;
		return REDUNDANCY_BUDGET_SMALL;
	}
	*r = shared;
	return REDUNDANCY_OK;
}

int redundancy_forms(const struct redundancy *r, int form_bps[REDUNDANCY_FORMS_MAX],
	int form_of[REDUNDANCY_COPIES_MAX])
{
	int n_forms = 0;

	for (int i = 0; i < r->n_copies; i++) {
		int form = 0;
		while (form < n_forms && form_bps[form] != r->copy_bps[i])
			form++;
		if (form == n_forms) {
			assert(n_forms < REDUNDANCY_FORMS_MAX);
			form_bps[n_forms++] = r->copy_bps[i];
		}
		form_of[i] = form;
	}
	return n_forms;
}

enum redundancy_fault redundancy_share(
	struct redundancy *r, int frame_samples, int budget_bps, int wanted_copy_bps, int *limit)
{
	const int least_bps = floor_bps(frame_samples);
	/* The primary gets as much as two copies: close to the best split measured at 48 and 64
	 * kbit/s with one, two and three copies. */
	const int by_rule_bps =
		(budget_bps - header_bps(r->n_copies, frame_samples)) / (r->n_copies + 2);
	const int ours_bps = by_rule_bps > least_bps ? by_rule_bps : least_bps;
	int copy_bps[REDUNDANCY_COPIES_MAX];

	for (int i = 0; i < REDUNDANCY_COPIES_MAX; i++)
		copy_bps[i] = wanted_copy_bps > 0 ? wanted_copy_bps : ours_bps;
	return redundancy_share_rates(r, frame_samples, budget_bps, copy_bps, limit);
}
