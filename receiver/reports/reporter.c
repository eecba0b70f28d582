#include "receiver/reports/reporter.h"

#include "common/base/units.h"
#include "common/rtp/ntp.h"

#include <math.h>
#include <string.h>

enum { VOIP_UNAVAILABLE = 127 }; /* RFC 3611, 4.7 */

void reporter_init(struct reporter *r, struct rtcp_session *session)
{
	memset(r, 0, sizeof *r);
	r->session = session;
	sender_news_init(&r->news, session);
}

static void begin_source(struct reporter *r, const struct reception_source *source, int64_t now_us)
{
	if (r->n_streams > 0 && r->source_ssrc != source->ssrc)
		rtcp_schedule_on_bye(&r->session->schedule, r->source_ssrc, now_us);
	r->n_streams = source->n_streams;
	r->source_ssrc = source->ssrc;
	r->expected_before = 0;
	r->received_before = 0;
	for (int i = 0; i < REPORTER_OVERLAP; i++)
		r->reported_until[i] = source->first_seq;
	r->n_transits = 0;
	sender_news_begin_source(&r->news); /* another sender, another clock */
}

void reporter_on_packet(struct reporter *r, const struct reception *reception,
	size_t datagram_bytes, int64_t now_us)
{
	struct reception_source source;

	if (!reception_source(reception, &source))
		return;
	if (source.ssrc == r->session->config.ssrc)
		rtcp_session_collide(r->session, now_us);
	if (source.n_streams != r->n_streams)
		begin_source(r, &source, now_us);
	rtcp_session_on_rtp(r->session, source.ssrc, datagram_bytes, now_us);
	if (reception_n_lost_between(reception, r->reported_until[0], source.settled_seq) > 0)
		rtcp_schedule_want_early(&r->session->schedule, now_us);
}

void reporter_on_transit(struct reporter *r, int64_t transit_us)
{
	if (r->n_transits == 0 || transit_us < r->fastest_us)
		r->fastest_us = transit_us;
	if (r->n_transits < REPORTER_TRANSIT_PACKETS)
		r->n_transits++;
}

void reporter_on_frame(struct reporter *r, bool is_missing)
{
	burst_meter_add(&r->bursts, is_missing);
}

bool reporter_read(struct reporter *r, const struct rtcp_reader *reader, int64_t arrival_us)
{
	struct rtcp_reader items = *reader;
	struct rtcp_item item;
	bool says_bye = false;

	while (rtcp_session_next(r->session, &items, &item)) {
		if (r->n_streams == 0 || item.from != r->source_ssrc)
			continue;
		sender_news_take(&r->news, &item, arrival_us);
		says_bye = says_bye || item.kind == RTCP_BYE;
	}
	return says_bye;
}

static uint8_t share_256(double share)
{
	return (uint8_t)(share >= 1 ? 255 : share <= 0 ? 0 : share * 256);
}

static uint16_t whole_ms(double ms)
{
	return (uint16_t)(ms >= UINT16_MAX ? UINT16_MAX : ms <= 0 ? 0 : ms + 0.5);
}

/* RFC 3550, A.3. */
static struct rtcp_report report_of(
	struct reporter *r, const struct reception_source *source, int64_t now_us)
{
	const int64_t n_expected = source->highest_seq - source->first_seq + 1;
	const int64_t expected = n_expected - r->expected_before;
	const int64_t lost = expected - (source->n_received - r->received_before);
	const int64_t lost_in_all = n_expected - source->n_received;

	r->expected_before = n_expected;
	r->received_before = source->n_received;
	return (struct rtcp_report){
		.ssrc = source->ssrc,
		.fraction_lost =
			expected > 0 && lost > 0 ? share_256((double)lost / (double)expected) : 0,
		.packets_lost = (int32_t)(lost_in_all > 0x7fffff    ? 0x7fffff
					  : lost_in_all < -0x800000 ? -0x800000
								    : lost_in_all),
		.highest_seq = (uint32_t)(source->highest_seq - 0x10000),
		.jitter_samples = source->jitter_samples < UINT32_MAX
					  ? (uint32_t)source->jitter_samples
					  : UINT32_MAX,
		.last_sr = r->news.sr_us >= 0 ? ntp_middle(r->news.sr_ntp) : 0,
		.delay_since_sr = r->news.sr_us >= 0 ? ntp_delay_units(now_us - r->news.sr_us) : 0,
	};
}

static struct rtcp_receiver receiver_of(struct reporter *r, const struct reporter_playout *playout)
{
	const bool has_transit = r->n_transits >= REPORTER_TRANSIT_PACKETS;

	if (has_transit)
		r->n_transits = 0;
	return (struct rtcp_receiver){
		.concealment = playout->concealment,
		.has_transit = has_transit,
		.transit_us = (uint32_t)(uint64_t)r->fastest_us,
	};
}

static struct rtcp_voip_metrics voip_metrics_of(const struct reporter *r,
	const struct reception_source *source, const struct reporter_playout *playout)
{
	const struct burst_metrics b = burst_meter_read(&r->bursts);
	const double frame_ms = (double)playout->frame_us / US_PER_MS;

	return (struct rtcp_voip_metrics){
		.ssrc = source->ssrc,
		.loss_rate = share_256(b.missing_share),
		.discard_rate = share_256(playout->discard_share),
		.burst_density = share_256(b.burst_density),
		.gap_density = share_256(b.gap_density),
		.burst_ms = whole_ms(b.burst_frames * frame_ms),
		.gap_ms = whole_ms(b.gap_frames * frame_ms),
		.round_trip_ms = whole_ms(
			r->news.round_trip_us > 0 ? (double)r->news.round_trip_us / US_PER_MS : 0),
		.end_system_ms =
			whole_ms((double)(playout->delay_us + playout->frame_us) / US_PER_MS),
		.signal_dbm = VOIP_UNAVAILABLE,
		.noise_dbm = VOIP_UNAVAILABLE,
		.echo_return_db = VOIP_UNAVAILABLE,
		.gmin = BURST_GMIN,
		.r_factor = VOIP_UNAVAILABLE,
		.external_r_factor = VOIP_UNAVAILABLE,
		.mos_lq = VOIP_UNAVAILABLE,
		.mos_cq = VOIP_UNAVAILABLE,
		/* RFC 3611, 4.7.6: enhanced concealment, adaptive jitter buffer or not. */
		.rx_config = (uint8_t)(3 << 6 | (playout->is_adaptive ? 3 : 2) << 4),
		.jitter_buffer_ms = whole_ms((double)playout->delay_us / US_PER_MS),
		.jitter_buffer_max_ms = whole_ms((double)playout->delay_worst_us / US_PER_MS),
		/* Not 0, which would mean unknown. */
		.jitter_buffer_abs_max_ms =
			whole_ms(fmax(1, (double)playout->delay_bound_us / US_PER_MS)),
	};
}

/* Begins three reports back, so that the sender learns each packet's fate even where reports are
 * lost. */
static void tell_losses(struct reporter *r, const struct reception *reception,
	const struct reception_source *source, struct rtcp_loss_map *map)
{
	reception_loss_map(
		reception, r->reported_until[REPORTER_OVERLAP - 1], source->settled_seq, map);
	memmove(r->reported_until + 1, r->reported_until,
		(REPORTER_OVERLAP - 1) * sizeof *r->reported_until);
	r->reported_until[0] = source->settled_seq;
}

void reporter_write(struct reporter *r, const struct reception *reception,
	const struct reporter_playout *playout, struct rtcp_compound *report, int64_t now_us)
{
	struct reception_source source;

	if (r->n_streams == 0 || !reception_source(reception, &source))
		return; /* there is no stream to report on */
	if (report->is_full) {
		report->has_report = true;
		report->report = report_of(r, &source, now_us);
		report->has_receiver = true;
		report->receiver = receiver_of(r, playout);
		report->has_voip_metrics = r->n_full++ % REPORTER_VOIP_EVERY == 0;
		if (report->has_voip_metrics)
			report->voip_metrics = voip_metrics_of(r, &source, playout);
	}
	tell_losses(r, reception, &source, &report->loss_map);
	report->has_reference = report->is_full || report->loss_map.n_packets > 0;
	report->reference_ntp = rtcp_session_ntp(r->session, now_us);
}
