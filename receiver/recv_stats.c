#include "receiver/recv_stream.h"

#include "common/base/level.h"
#include "common/base/units.h"
#include "receiver/reports/mos.h"

#include <math.h>
#include <string.h>

int64_t recv_stats_frames_played(const struct recv_stats *stats)
{
	int64_t n_frames = 0;
	for (int i = 0; i < PLAYOUT_MEANS; i++)
		n_frames += i == PLAYOUT_INSERTED ? 0 : stats->frames[i];
	return n_frames;
}

double recv_stats_delay_ms(const struct recv_stats *now, const struct recv_stats *before)
{
	const int64_t n_delays = now->n_delays - before->n_delays;
	return n_delays > 0 ? (double)(now->delay_sum_us - before->delay_sum_us) /
				      (double)n_delays / US_PER_MS
			    : NAN;
}

/* NAN where the delay is not known, or nothing was to be heard. */
static double mos_between(
	const struct recv_stats *now, const struct recv_stats *before, double mouth_to_ear_ms)
{
	const int64_t n_missing =
		now->frames[PLAYOUT_CONCEALED] - before->frames[PLAYOUT_CONCEALED];
	int64_t n_spoken = 0;

	for (int i = 0; i <= PLAYOUT_CONCEALED; i++)
		n_spoken += now->frames[i] - before->frames[i];
	if (isnan(mouth_to_ear_ms) || n_spoken <= 0)
		return NAN;
	return mos_estimate(mouth_to_ear_ms, (double)n_missing / (double)n_spoken);
}

static double ms(int64_t n_samples)
{
	return (double)n_samples / SAMPLES_PER_MS;
}

void recv_stats_fields(const struct recv_stats *now, const struct recv_stats *before, double time_s,
	struct stats_field fields[RECV_STATS_FIELDS])
{
	const int64_t *const frames = now->frames;
	const struct latency_means delay = latency_means(&now->latency, &before->latency);
	const double *const parts = delay.parts_ms;
	const struct stats_field values[RECV_STATS_FIELDS] = {
		{ "time_s", time_s, false },
		{ "packets_received", (double)now->packets_received, true },
		{ "packets_lost", (double)now->packets_lost, true },
		{ "packets_late", (double)now->packets_late, true },
		{ "packets_duplicate", (double)now->packets_duplicate, true },
		{ "packets_reordered", (double)now->packets_reordered, true },
		{ "packets_rejected", (double)now->packets_rejected, true },
		{ "frames_played", (double)recv_stats_frames_played(now), true },
		{ "frames_primary", (double)frames[PLAYOUT_PRIMARY], true },
		{ "frames_redundant", (double)frames[PLAYOUT_REDUNDANT], true },
		{ "frames_fec", (double)frames[PLAYOUT_FEC], true },
		{ "frames_dred", (double)frames[PLAYOUT_DRED], true },
		{ "frames_concealed", (double)frames[PLAYOUT_CONCEALED], true },
		{ "frames_silent", (double)frames[PLAYOUT_SILENT], true },
		{ "jitter_ms", now->jitter_ms, false },
		{ "playout_delay_ms", recv_stats_delay_ms(now, before), false },
		{ "target_delay_ms", now->target_delay_ms, false },
		{ "one_way_delay_ms", delay.way_ms, false },
		{ "mouth_to_ear_ms", delay.whole_ms, false },
		{ "capture_ms", parts[LATENCY_CAPTURE], false },
		{ "framing_ms", parts[LATENCY_FRAMING], false },
		{ "lookahead_ms", parts[LATENCY_LOOKAHEAD], false },
		{ "sender_queue_ms", parts[LATENCY_SENDER_QUEUE], false },
		{ "network_ms", parts[LATENCY_NETWORK], false },
		{ "jitter_buffer_ms", parts[LATENCY_JITTER_BUFFER], false },
		{ "decoded_ms", parts[LATENCY_DECODED], false },
		{ "playout_device_ms", parts[LATENCY_PLAYOUT_DEVICE], false },
		{ "clock_uncertainty_ms", delay.uncertainty_ms, false },
		{ "skew_ppm", delay.skew_ppm, false },
		{ "level_dbfs",
			level_dbfs(now->square_sum - before->square_sum,
				now->n_squares - before->n_squares),
			false },
		{ "underruns", (double)now->underruns, true },
		{ "mos_estimate", mos_between(now, before, delay.whole_ms), false },
		{ "bytes_received", (double)now->bytes_received, true },
		{ "decoder_complexity",
			now->decoder_complexity >= 0 ? (double)now->decoder_complexity : NAN,
			false },
		{ "time_scale_joins", (double)(now->n_lengthened + now->n_shortened), true },
		{ "inserted_ms", ms(now->lengthened_samples + now->inserted_samples), false },
		{ "removed_ms", ms(now->shortened_samples), false },
		{ "packets_other", (double)now->packets_other, true },
	};
	memcpy(fields, values, sizeof values);
}
