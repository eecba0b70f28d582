#include "receiver/recv_stats.h"

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

/* NAN where the delay is unknown, or no frame was due. */
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

size_t recv_stats_fields(const struct recv_stats *now, const struct recv_stats *before,
	double time_s, struct stats_field fields[STATS_FIELDS_MAX])
{
	const int64_t *const frames = now->frames;
	const struct latency_means delay = latency_means(&now->latency, &before->latency);
	const double *const parts = delay.parts_ms;
	const struct stats_field values[] = {
		stats_figure("time_s", time_s),
		stats_count("packets_received", now->packets_received),
		stats_count("packets_lost", now->packets_lost),
		stats_count("packets_late", now->packets_late),
		stats_count("packets_duplicate", now->packets_duplicate),
		stats_count("packets_reordered", now->packets_reordered),
		stats_count("packets_rejected", now->packets_rejected),
		stats_count("frames_played", recv_stats_frames_played(now)),
		stats_count("frames_primary", frames[PLAYOUT_PRIMARY]),
		stats_count("frames_redundant", frames[PLAYOUT_REDUNDANT]),
		stats_count("frames_fec", frames[PLAYOUT_FEC]),
		stats_count("frames_dred", frames[PLAYOUT_DRED]),
		stats_count("frames_concealed", frames[PLAYOUT_CONCEALED]),
		stats_count("frames_silent", frames[PLAYOUT_SILENT]),
		stats_figure("jitter_ms", now->jitter_ms),
		stats_figure("playout_delay_ms", recv_stats_delay_ms(now, before)),
		stats_figure("target_delay_ms", now->target_delay_ms),
		stats_figure("one_way_delay_ms", delay.one_way_ms),
		stats_figure("mouth_to_ear_ms", delay.whole_ms),
		stats_figure("capture_ms", parts[LATENCY_CAPTURE]),
		stats_figure("framing_ms", parts[LATENCY_FRAMING]),
		stats_figure("lookahead_ms", parts[LATENCY_LOOKAHEAD]),
		stats_figure("sender_queue_ms", parts[LATENCY_SENDER_QUEUE]),
		stats_figure("network_ms", parts[LATENCY_NETWORK]),
		stats_figure("jitter_buffer_ms", parts[LATENCY_JITTER_BUFFER]),
		stats_figure("decoded_ms", parts[LATENCY_DECODED]),
		stats_figure("playout_device_ms", parts[LATENCY_PLAYOUT_DEVICE]),
		stats_figure("clock_uncertainty_ms", delay.uncertainty_ms),
		stats_figure("skew_ppm", delay.skew_ppm),
		stats_figure("level_dbfs", level_dbfs(now->square_sum - before->square_sum,
						   now->n_squares - before->n_squares)),
		stats_count("underruns", now->underruns),
		stats_figure("mos_estimate", mos_between(now, before, delay.whole_ms)),
		stats_count("bytes_received", now->bytes_received),
		stats_figure("decoder_complexity",
			now->decoder_complexity >= 0 ? (double)now->decoder_complexity : NAN),
		stats_count("time_scale_joins", (now->n_lengthened + now->n_shortened)),
		stats_figure("inserted_ms", ms(now->lengthened_samples + now->inserted_samples)),
		stats_figure("removed_ms", ms(now->shortened_samples)),
		stats_count("repairs", now->repairs),
		stats_count("rtcp_rejected", now->rtcp_rejected),
		stats_count("receive_failures", now->receive_failures),
		stats_count("packets_other", now->packets_other),
		stats_figure("output_dropped_ms", now->output_dropped_ms),
		stats_count("device_losses", now->device_losses),
		stats_figure("device_latency_ms", now->device_latency_ms),
	};
	_Static_assert(sizeof values / sizeof *values <= STATS_FIELDS_MAX, "room");
	memcpy(fields, values, sizeof values);
	return sizeof values / sizeof *values;
}
