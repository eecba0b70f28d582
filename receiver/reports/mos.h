/* The expected rating of a call, 1 (bad) to 4.5: the E-model (ITU-T G.107) for delay and missing
 * sound alone. It is an estimate: ITU-T G.113 has no values for Opus, so those for missing sound
 * are ours, and echo, noise and coding are left out.
 * Pure. */
#ifndef HINDSIGHT_RECEIVER_REPORTS_MOS_H
#define HINDSIGHT_RECEIVER_REPORTS_MOS_H

/* mouth_to_ear_ms >= 0; missing_share: concealed share of the frames, 0..1. */
double mos_estimate(double mouth_to_ear_ms, double missing_share);

#endif
