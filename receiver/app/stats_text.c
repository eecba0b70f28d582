#include "receiver/app/stats_text.h"

#include "receiver/sound/decoder.h"

#include <math.h>

static double percent(int64_t part, int64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

/* Of the comparison of the two clocks; a smaller one is not worth a word. */
#define UNCERTAINTY_SHOWN_MS 2.0

void recv_stats_text(struct text_buffer *text, const struct recv_stats *now,
	const struct recv_stats *before, double mouth_to_ear_ms, double uncertainty_ms,
	double time_s, bool is_summary)
{
	const int64_t n_played = recv_stats_frames_played(now);
	const int64_t n_expected = now->packets_received - now->packets_duplicate +
				   now->packets_other + now->packets_lost;
	const double delay_ms = recv_stats_delay_ms(now, before);
	const struct {
		const char *name;
		int64_t count;
	} rare[] = {
		{ "late", now->packets_late },
		{ "rejected", now->packets_rejected },
		{ "rejected reports", now->rtcp_rejected },
		{ "receive failures", now->receive_failures },
		{ "underruns", now->underruns },
	};

	text_buffer_put(text, "%s%.1f s  concealed %.2f %%  lost %.1f %%",
		is_summary ? "total " : "", time_s,
		percent(now->frames[PLAYOUT_CONCEALED], n_played),
		percent(now->packets_lost, n_expected));
	if (!isnan(delay_ms)) /* a frame was played */
		text_buffer_put(text, "  mean delay %.0f ms", delay_ms);
	if (!isnan(mouth_to_ear_ms))
		text_buffer_put(text, "  mouth to ear %.0f ms", mouth_to_ear_ms);
	if (!isnan(mouth_to_ear_ms) && uncertainty_ms > UNCERTAINTY_SHOWN_MS)
		text_buffer_put(text, " +-%.0f", uncertainty_ms);
	if (!isnan(delay_ms))
		text_buffer_put(text, "  jitter %.1f ms", now->jitter_ms);
	text_buffer_put(text, "  from copies %.1f %%  played %lld",
		percent(now->frames[PLAYOUT_REDUNDANT] + now->frames[PLAYOUT_FEC], n_played),
		(long long)n_played);
	for (size_t i = 0; i < sizeof rare / sizeof *rare; i++)
		if (rare[i].count > 0)
			text_buffer_put(text, "  %s %lld", rare[i].name, (long long)rare[i].count);
	/* Below the initial complexity: decoding took too long. */
	if (now->decoder_complexity >= 0 && now->decoder_complexity < DECODER_COMPLEXITY_DEFAULT)
		text_buffer_put(text, "  decoder complexity %d", now->decoder_complexity);
}
