#include "receiver/reports/reporter.h"

#include "common/base/units.h"
#include "common/rtp/ntp.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { VOIP_UNAVAILABLE = 127 }; /* RFC 3611, 4.7 */

void reporter_init(struct reporter *r, const struct rtcp_session_config *config, int64_t now_us)
{
	memset(r, 0, sizeof *r);
	rtcp_session_init(&r->session, config, now_us);
	sender_news_init(&r->news, &r->session);
}

static void begin_source(struct reporter *r, const struct reception_source *source, int64_t now_us)
{
	if (r->n_streams > 0 && r->source_ssrc != source->ssrc)
		rtcp_schedule_on_bye(&r->session.schedule, r->source_ssrc, now_us);
	r->n_streams = source->n_streams;
	r->source_ssrc = source->ssrc;
	r->expected_before = 0;
	r->received_before = 0;
	for (int i = 0; i < REPORTER_OVERLAP; i++)
		r->told_until[i] = source->first_seq;
	r->n_transits = 0;
	sender_news_begin_source(&r->news); /* another sender, another clock */
}

void reporter_on_packet(struct reporter *r, const struct reception *reception,
	size_t datagram_bytes, int64_t now_us)
{
	struct reception_source source;

	if (!reception_source(reception, &source))
		return;
	if (source.ssrc == r->session.config.ssrc)
		rtcp_session_collide(&r->session, now_us);
	if (source.n_streams != r->n_streams)
		begin_source(r, &source, now_us);
	rtcp_schedule_on_member(&r->session.schedule, source.ssrc, true, now_us);
	rtcp_session_on_rtp(&r->session, datagram_bytes, now_us);
	if (reception_n_lost_between(reception, r->told_until[0], source.settled_seq) > 0)
		rtcp_schedule_want_early(&r->session.schedule, now_us);
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

enum status reporter_on_rtcp(
	struct reporter *r, const uint8_t *datagram, size_t n_bytes, int64_t arrival_us, bool *bye)
{
	struct rtcp_reader reader;
	struct rtcp_item item;
	const enum status status = rtcp_session_open(&r->session, &reader, datagram, n_bytes);

	*bye = false;
	if (status != STATUS_OK)
		return status;
	while (rtcp_session_next(&r->session, &reader, &item, arrival_us)) {
		if (r->n_streams == 0 || item.from != r->source_ssrc)
			continue;
		sender_news_take(&r->news, &item, arrival_us);
		*bye = *bye || item.kind == RTCP_BYE;
	}
	return STATUS_OK;
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

static void write_receiver(
	struct reporter *r, const struct reporter_playout *playout, struct rtcp_writer *w)
{
	const bool has_transit = r->n_transits >= REPORTER_TRANSIT_PACKETS;

	rtcp_write_receiver(w, r->session.config.ssrc,
		&(struct rtcp_receiver){
			.concealment = playout->concealment,
			.has_transit = has_transit,
			.transit_us = (uint32_t)(uint64_t)r->fastest_us,
		});
	if (has_transit)
		r->n_transits = 0;
}

static void write_voip_metrics(struct reporter *r, const struct reception_source *source,
	const struct reporter_playout *playout, struct rtcp_writer *w)
{
	const struct burst_metrics b = burst_meter_read(&r->bursts);
	const double frame_ms = (double)playout->frame_us / US_PER_MS;

	rtcp_write_voip_metrics(w,
		&(struct rtcp_voip_metrics){
			.ssrc = source->ssrc,
			.loss_rate = share_256(b.missing_share),
			.discard_rate = share_256(playout->discard_share),
			.burst_density = share_256(b.burst_density),
			.gap_density = share_256(b.gap_density),
			.burst_ms = whole_ms(b.burst_frames * frame_ms),
			.gap_ms = whole_ms(b.gap_frames * frame_ms),
			.round_trip_ms =
				whole_ms(r->news.round_trip_us > 0
						 ? (double)r->news.round_trip_us / US_PER_MS
						 : 0),
			.end_system_ms = whole_ms(
				(double)(playout->delay_us + playout->frame_us) / US_PER_MS),
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
			.jitter_buffer_max_ms =
				whole_ms((double)playout->delay_worst_us / US_PER_MS),
			/* Not 0: who reads that takes it for unknown. */
			.jitter_buffer_abs_max_ms =
				whole_ms(fmax(1, (double)playout->delay_bound_us / US_PER_MS)),
		});
}

/* Begins three reports back, so that the sender learns each packet's fate though reports are lost.
 * False: there is nothing to tell, or no room. */
static bool write_loss_map(struct reporter *r, const struct reception *reception,
	const struct reception_source *source, struct rtcp_writer *w)
{
	struct rtcp_loss_map map;
	const size_t n_bytes_before = w->n_bytes;

	reception_loss_map(
		reception, r->told_until[REPORTER_OVERLAP - 1], source->settled_seq, &map);
	rtcp_write_loss_map(w, &map);
	assert(!w->failed); /* the most ragged map takes a quarter of a datagram */
	memmove(r->told_until + 1, r->told_until, (REPORTER_OVERLAP - 1) * sizeof *r->told_until);
	r->told_until[0] = source->settled_seq;
	return w->n_bytes > n_bytes_before;
}

size_t reporter_next(struct reporter *r, const struct reception *reception,
	const struct reporter_playout *playout, uint8_t *datagram, int64_t now_us)
{
	struct rtcp_session *const s = &r->session;
	struct reception_source source;
	struct rtcp_writer w = rtcp_writer_over(datagram, RTCP_DATAGRAM_BYTES_MAX);

	if (r->n_streams == 0 || !rtcp_schedule_is_due(&s->schedule, now_us) ||
		!reception_source(reception, &source))
		return 0; /* nobody to speak to before the first packet */
	const bool is_full =
		r->n_full == 0 || s->has_left || now_us - r->full_us >= REPORTER_FULL_EVERY_US;
	if (is_full) {
		const struct rtcp_report report = report_of(r, &source, now_us);
		rtcp_write_rr(&w, s->config.ssrc, &report, 1);
		rtcp_session_finish(s, &w);
		write_receiver(r, playout, &w);
	}
	rtcp_begin_xr(&w, s->config.ssrc);
	if (is_full && r->n_full++ % REPORTER_VOIP_EVERY == 0)
		write_voip_metrics(r, &source, playout, &w);
	/* The map is never the last block: Wireshark 4.0 takes the chunks to reach eight bytes beyond
	 * its end, and would call the datagram malformed. */
	if (write_loss_map(r, reception, &source, &w) || is_full)
		rtcp_write_reference_time(&w, rtcp_session_ntp(s, now_us));
	rtcp_end_xr(&w);
	if (is_full)
		r->full_us = now_us;
	if (w.n_bytes == 0) /* nothing is new; the next turn tells more */
		return 0;
	r->n_reports++;
	rtcp_schedule_sent(&s->schedule, w.n_bytes, now_us);
	return w.n_bytes;
}

size_t reporter_bye(struct reporter *r, uint8_t *datagram)
{
	return rtcp_session_bye(&r->session, datagram);
}
