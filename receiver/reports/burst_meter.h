/* How the missing frames cluster: bursts and gaps (RFC 3611, 4.7.2 and A.2, here of frames after
 * all repair). A burst begins and ends with a missing frame and has fewer than BURST_GMIN played
 * frames in a row; everything between bursts is a gap.
 * Pure. Owner: reporter. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_REPORTS_BURST_METER_H
#define HINDSIGHT_RECEIVER_REPORTS_BURST_METER_H

#include <stdbool.h>
#include <stdint.h>

enum { BURST_GMIN = 16 }; /* RFC 3611, 4.7.2: recommended */

struct burst_meter { /* private to burst_meter.c */
	int64_t n_frames, n_missing;
	int64_t n_bursts, burst_frames, burst_missing; /* in bursts, including the present one */
	int64_t n_heard_since; /* frames played since the last missing one */
	bool had_missing, in_burst;
};

struct burst_metrics {
	double missing_share;		   /* 0..1, of all frames */
	double burst_density, gap_density; /* missing share in bursts and in gaps */
	double burst_frames, gap_frames;   /* mean lengths */
};

void burst_meter_add(struct burst_meter *m, bool is_missing);

/* Since the start. */
struct burst_metrics burst_meter_read(const struct burst_meter *m);

#endif
