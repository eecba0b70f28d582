#include "sender/app/stats_text.h"

#include "common/base/level.h"

#include <math.h>
#include <stddef.h>

static void put_reports(struct text_buffer *text, const struct send_stats *now)
{
	if (now->n_receivers == 0) {
		const bool is_fixed = now->is_adaptive && now->reason == PLANNER_UNHEARD &&
				      (now->n_copies > 0 || now->has_fec);
		text_buffer_put(text, "  no reports%s", is_fixed ? ": fixed protection" : "");
		return;
	}
	if (!isnan(now->reported_loss))
		text_buffer_put(text, "  reported loss %.1f %%", 100 * now->reported_loss);
	if (!isnan(now->rtt_ms))
		text_buffer_put(text, "  round trip %.1f ms", now->rtt_ms);
}

/* The expectations when the plan was made. */
static void put_plan(struct text_buffer *text, const struct send_stats *now)
{
	if (now->is_planned)
		text_buffer_put(text, "  plan %s: expected MOS %.1f, delay %.0f ms",
			planner_reason_name(now->reason), now->expected_mos,
			now->expected_delay_ms);
	if (now->has_fec)
		text_buffer_put(text, "  FEC");
}

static void put_circuit(struct text_buffer *text, const struct send_stats *now)
{
	static const char *const states[] = {
		[CIRCUIT_CLOSED] = "closed",
		[CIRCUIT_REDUCED] = "reduced",
		[CIRCUIT_OPEN] = "open",
	};

	if (now->circuit != CIRCUIT_CLOSED || now->frames_withheld > 0)
		text_buffer_put(text, "  circuit breaker %s, %lld frames withheld",
			states[now->circuit], (long long)now->frames_withheld);
	if (now->circuit_cause != CIRCUIT_NO_CAUSE)
		text_buffer_put(text, " (%s)", circuit_cause_name(now->circuit_cause));
}

void send_stats_text(struct text_buffer *text, const struct send_stats *now,
	const struct send_stats *before, double time_s, double interval_s, bool is_summary)
{
	const int64_t payload_bytes = now->payload_bytes - before->payload_bytes;
	const double dbfs = level_dbfs(
		now->square_sum - before->square_sum, now->n_squares - before->n_squares);

	text_buffer_put(text, "%s%.1f s", is_summary ? "total " : "", time_s);
	put_reports(text, now);
	text_buffer_put(text, "  copies %d per packet  mean payload %.1f kbit/s", now->n_copies,
		interval_s > 0 ? (double)payload_bytes * 8 / 1000 / interval_s : 0.0);
	if (!isnan(dbfs)) /* there was sound, if only silence */
		text_buffer_put(text, "  level %.0f dBFS", dbfs);
	put_plan(text, now);
	text_buffer_put(text, "  sent %lld packets", (long long)now->packets_sent);
	if (now->frames_silent > 0)
		text_buffer_put(text, "  silent %lld frames", (long long)now->frames_silent);
	if (now->overruns > 0)
		text_buffer_put(text, "  overruns %lld", (long long)now->overruns);
	put_circuit(text, now);
	if (now->packets_unsent > 0)
		text_buffer_put(text, "  not taken %lld", (long long)now->packets_unsent);
	if (now->rtcp_rejected > 0)
		text_buffer_put(text, "  rejected reports %lld", (long long)now->rtcp_rejected);
	if (now->encode_failures > 0)
		text_buffer_put(text, "  not encoded %lld frames", (long long)now->encode_failures);
}
