#include "sender/send_stats.h"

#include "common/base/level.h"
#include "common/base/units.h"

#include <math.h>
#include <string.h>

static double kbps(int64_t n_bytes, double interval_s)
{
	return interval_s > 0 ? (double)n_bytes * 8 / 1000 / interval_s : NAN;
}

static double mean_ms(int64_t sum_us, int64_t n)
{
	return n > 0 ? (double)sum_us / (double)n / US_PER_MS : NAN;
}

void send_stats_add(struct send_stats *stats, const struct sent_packet *p, int sign)
{
	stats->packets_sent += sign;
	stats->bytes_sent += sign * (int64_t)p->n_bytes;
	stats->payload_bytes += sign * (int64_t)p->payload_bytes;
	stats->copies_sent += sign * p->n_copies;
	stats->primary_bytes += sign * (int64_t)p->primary_bytes;
	stats->copy_bytes += sign * (int64_t)p->copy_bytes;
}

size_t send_stats_fields(const struct send_stats *now, const struct send_stats *before,
	double time_s, double interval_s, struct stats_field fields[STATS_FIELDS_MAX])
{
	const int64_t n_squares = now->n_squares - before->n_squares;
	const struct send_delay_sums *const d = &now->delay;
	const struct send_delay_sums *const b = &before->delay;
	const int64_t n_frames = d->n_frames - b->n_frames;
	const struct stats_field values[] = {
		stats_figure("time_s", time_s),
		stats_count("packets_sent", now->packets_sent),
		stats_count("bytes_sent", now->bytes_sent),
		stats_count("frames_encoded", now->frames_encoded),
		stats_count("copies_sent", now->copies_sent),
		stats_count("redundancy", now->n_copies),
		stats_figure("primary_kbps",
			kbps(now->primary_bytes - before->primary_bytes, interval_s)),
		stats_figure("copy_kbps", kbps(now->copy_bytes - before->copy_bytes, interval_s)),
		stats_figure("reported_loss", now->reported_loss),
		stats_figure("rtt_ms", now->rtt_ms),
		stats_count("receivers", now->n_receivers),
		stats_count("plan_changes", now->plan_changes),
		stats_count("overruns", now->overruns),
		stats_figure(
			"level_dbfs", level_dbfs(now->square_sum - before->square_sum, n_squares)),
		stats_figure("capture_ms", mean_ms(d->capture_us - b->capture_us, n_frames)),
		stats_figure("framing_ms", mean_ms(d->framing_us - b->framing_us, n_frames)),
		stats_figure("lookahead_ms", (double)now->lookahead_us / US_PER_MS),
		stats_figure("sender_queue_ms",
			mean_ms(d->queue_us - b->queue_us, d->n_left - b->n_left)),
		stats_word("plan_reason",
			now->is_planned ? planner_reason_name(now->reason) : "fixed"),
		stats_figure("expected_mos", now->expected_mos),
		stats_figure("expected_delay_ms", now->expected_delay_ms),
		stats_count("fec", now->has_fec),
		stats_word("circuit_cause", circuit_cause_name(now->circuit_cause)),
		stats_count("reports_rejected", now->rtcp_rejected),
		stats_count("packets_unsent", now->packets_unsent),
		stats_count("refusals", now->refusals),
		stats_count("device_losses", now->device_losses),
		stats_figure("device_latency_ms", now->device_latency_ms),
	};
	_Static_assert(sizeof values / sizeof *values <= STATS_FIELDS_MAX, "room");
	memcpy(fields, values, sizeof values);
	return sizeof values / sizeof *values;
}
