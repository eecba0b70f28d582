/* How a call is likely to be judged, 1 (bad) to 4.5: the E-model's form (ITU-T G.107) for delay and
 * missing sound alone. An estimate: ITU-T G.113 has no values for Opus, so those for missing sound are
 * ours, and neither echo, noise nor the coding itself is heard in it. Pure. */
#ifndef HINDSIGHT_RECEIVER_REPORTS_MOS_H
#define HINDSIGHT_RECEIVER_REPORTS_MOS_H

/* mouth_to_ear_ms >= 0; missing_share: of the frames, 0..1, those that were guessed. */
double mos_estimate(double mouth_to_ear_ms, double missing_share);

#endif
