#include "sender/send_stream.h"

#include "common/base/level.h"
#include "common/rtp/rtp.h"
#include "common/base/storage.h"
#include "common/base/units.h"
#include "sender/reports/audience.h"
#include "sender/reports/sender_report.h"
#include "sender/planning/quality.h"

#include <math.h>
#include <string.h>

struct send_stream {
	struct send_stream_config config; /* as in force at present */
	struct planner_config planned;	  /* what the coding was chosen for at the start */
	bool can_adapt;
	struct encoder encoder;
	struct packetizer packetizer;
	struct planner planner;
	struct circuit_breaker breaker;
	struct rtcp_session own_session; /* unused where one is lent */
	struct rtcp_session *session;
	struct audience audience;
	struct sender_report report;
	bool has_news;		   /* reports have come that the plan does not yet reflect */
	struct send_stats renamed; /* the counts when the SSRC last changed */
	struct sent_packet last;   /* n_bytes 0: not sent */
	struct send_delay delay;
	int64_t frame_captured_us;
	struct send_stats stats;
	struct bit_budget budget;
	size_t n_pending; /* samples of the frame being filled */
	float pending[FRAME_SAMPLES_MAX * 2];
};

static size_t struct_bytes(void)
{
	return storage_bytes(sizeof(struct send_stream));
}

size_t send_stream_bytes(const struct send_stream_config *config)
{
	return struct_bytes() + encoder_bytes(config->n_channels);
}

static double frames_per_second(const struct send_stream *s)
{
	return (double)SAMPLES_PER_SECOND / s->config.frame_samples;
}

/* The packets' mean rate is the plan's, which may be below the budget. */
static void set_redundancy(struct send_stream *s, const struct redundancy *r)
{
	packetizer_set_redundancy(&s->packetizer, r);
	bit_budget_set_rates(
		&s->budget, r->primary_bps, redundancy_copies_bps(r, s->config.frame_samples));
	s->stats.n_copies = r->n_copies;
}

static bool is_planned(const struct send_stream *s)
{
	return s->config.adaptive || s->breaker.state != CIRCUIT_CLOSED;
}

/* Whether the encoder has forms for these copies. */
static bool can_carry(const struct send_stream *s, const struct redundancy *r)
{
	int form_bps[REDUNDANCY_FORMS_MAX], form_of[REDUNDANCY_COPIES_MAX];
	const int n_forms = redundancy_forms(r, form_bps, form_of);

	switch (s->encoder.config.coding.mode) {
	case CODING_FREE:
		return n_forms == 0;
	case CODING_CELT:
		return n_forms <= 1;
	default:
		return true;
	}
}

/* What the user fixed; where less is to be sent and there is no room for the planner's copies, its
 * primary's and copies' rate in one. */
static struct send_plan fixed_plan(const struct send_stream *s)
{
	struct send_plan plan = {
		.redundancy = s->config.redundancy,
		.fec = s->config.fec,
		.loss_percent = s->config.fec ? QUALITY_FEC_LOSS_PERCENT : 0,
	};
	struct redundancy alone = { .n_copies = 0 };
	int limit;

	if (is_planned(s) && redundancy_share(&alone, s->config.frame_samples,
				     s->planner.plan.budget_bps, 0, &limit) == REDUNDANCY_OK)
		plan.redundancy = alone;
	return plan;
}

/* From the next frame on: the planner's plan where the stream is adaptive, or where the circuit
 * breaker asks for the least; else what the user fixed. What libopus refuses leaves the plan before
 * in place. */
static void follow_plan(struct send_stream *s)
{
	const struct send_plan fixed = fixed_plan(s);
	const bool has_room = can_carry(s, &s->planner.plan.redundancy);
	const struct send_plan *const plan = is_planned(s) && has_room ? &s->planner.plan : &fixed;
	int form_bps[REDUNDANCY_FORMS_MAX], form_of[REDUNDANCY_COPIES_MAX];

	s->stats.plan_changes++;
	const int n_forms = redundancy_forms(&plan->redundancy, form_bps, form_of);
	if (encoder_set_copies(&s->encoder, form_bps, n_forms) != STATUS_OK ||
		encoder_set_fec(&s->encoder, plan->fec, plan->loss_percent) != STATUS_OK) {
		s->stats.encode_failures++;
		return;
	}
	s->stats.has_fec = plan->fec;
	set_redundancy(s, &plan->redundancy);
}

static struct planner_config planner_config_of(const struct send_stream_config *c)
{
	return (struct planner_config){
		.profile = c->profile,
		.n_channels = c->n_channels,
		.frame_samples = c->frame_samples,
		.budget_bps = c->budget_bps,
	};
}

/* The coding of the whole stream. */
static struct coding coding_of(const struct send_stream_config *c)
{
	if (c->adaptive || (c->fec && c->redundancy.n_copies == 0))
		return coding_for_budget(
			c->profile, c->n_channels, c->frame_samples, c->budget_bps);
	if (c->redundancy.n_copies == 0)
		return (struct coding){ .mode = CODING_FREE };
	int least_bps = c->redundancy.copy_bps[0];
	for (int i = 1; i < c->redundancy.n_copies; i++)
		if (c->redundancy.copy_bps[i] < least_bps)
			least_bps = c->redundancy.copy_bps[i];
	return coding_for_copy(c->profile, c->n_channels, c->frame_samples, least_bps);
}

/* The lent session, or one of our own. */
static struct rtcp_session *session_of(struct send_stream *s)
{
	struct rtcp_session_config config = s->config.rtcp;
	const double header_bps = (IPV4_UDP_BYTES + RTP_HEADER_BYTES) * 8 * frames_per_second(s);

	if (s->config.session)
		return s->config.session;
	config.ssrc = s->config.rtp.ssrc;
	config.session_bps = s->config.budget_bps + (int)header_bps;
	rtcp_session_init(&s->own_session, &config);
	return &s->own_session;
}

enum status send_stream_init(
	struct send_stream **stream, void *memory, const struct send_stream_config *config)
{
	struct send_stream *const s = memory;
	const struct planner_config planner = planner_config_of(config);

	memset(s, 0, sizeof *s);
	s->config = *config;
	s->planned = planner;
	s->can_adapt = config->adaptive;
	planner_init(&s->planner, &planner);
	circuit_breaker_init(&s->breaker, us_from_samples(config->frame_samples));
	const struct redundancy *const redundancy =
		config->adaptive ? &s->planner.plan.redundancy : &config->redundancy;
	const struct encoder_config encoder = {
		.profile = config->profile,
		.n_channels = config->n_channels,
		.frame_samples = config->frame_samples,
		.primary_bps = redundancy->primary_bps,
		.coding = coding_of(config),
		.dtx = config->dtx,
		.dred_ms = config->dred_ms,
	};
	const enum status status =
		encoder_init(&s->encoder, (char *)memory + struct_bytes(), &encoder);
	if (status != STATUS_OK)
		return status;
	s->session = session_of(s);
	s->config.rtp.ssrc = s->session->config.ssrc;
	packetizer_init(&s->packetizer, &s->config.rtp);
	audience_init(&s->audience, s->session, config->frame_samples);
	bit_budget_init(&s->budget, config->frame_samples);
	send_delay_init(&s->delay);
	follow_plan(s);
	s->stats.plan_changes = 0;
	s->stats.is_adaptive = config->adaptive;
	s->stats.reported_loss = NAN;
	s->stats.rtt_ms = NAN;
	*stream = s;
	return STATUS_OK;
}

int send_stream_lookahead_samples(const struct send_stream *s)
{
	return encoder_lookahead_samples(&s->encoder);
}

size_t send_stream_push_pcm(
	struct send_stream *s, const float *samples, size_t n_samples, int64_t capture_us)
{
	const size_t n_channels = (size_t)s->config.n_channels;
	const size_t n_free = (size_t)s->config.frame_samples - s->n_pending;
	const size_t n_taken = n_samples < n_free ? n_samples : n_free;

	if (s->n_pending == 0)
		s->frame_captured_us = capture_us;
	send_delay_on_samples(&s->delay, s->n_pending == 0, capture_us, n_taken);
	memcpy(s->pending + s->n_pending * n_channels, samples,
		n_taken * n_channels * sizeof *samples);
	s->n_pending += n_taken;
	s->stats.square_sum += level_square_sum(samples, n_taken * n_channels);
	s->stats.n_squares += (int64_t)(n_taken * n_channels);
	return n_taken;
}

void send_stream_skip(struct send_stream *s, int64_t n_samples)
{
	packetizer_leap(&s->packetizer, (uint32_t)n_samples);
}

/* The circuit breaker has opened or closed. */
static void apply_breaker(struct send_stream *s, int64_t now_us)
{
	s->stats.circuit = s->breaker.state;
	s->stats.circuit_cause = s->breaker.cause;
	enum planner_break broken = PLANNER_BAD_CHANNEL;
	if (s->breaker.state == CIRCUIT_CLOSED)
		broken = PLANNER_UNBROKEN;
	else if (s->breaker.cause == CIRCUIT_CONGESTION)
		broken = PLANNER_LEAST;
	(void)planner_set_broken(&s->planner, broken, now_us);
	if (s->breaker.cause == CIRCUIT_RTCP_TIMEOUT) { /* what was reported holds no more */
		s->stats.reported_loss = NAN;
		s->stats.rtt_ms = NAN;
	}
	follow_plan(s);
}

/* Gives the planner the reports of the worst tenth of the receivers: once per frame, however many
 * reports have come. */
static void inform_planner(struct send_stream *s, int64_t now_us)
{
	struct audience_view view;

	s->has_news = false;
	if (!audience_view(&s->audience, now_us, &view))
		return;
	s->stats.reported_loss = view.pattern.loss;
	s->stats.rtt_ms = view.round_trip_us >= 0 ? (double)view.round_trip_us / US_PER_MS : NAN;
	const struct planner_report report = {
		.pattern = view.pattern,
		.round_trip_us = view.round_trip_us,
		.queue_us = view.queue_us,
		.jitter_us = view.jitter_us,
		.delay_bound_us = view.delay_bound_us,
		.concealment = view.concealment,
	};
	const struct circuit_report circuit = {
		.highest_seq = view.highest_seq,
		.fraction_lost = view.fraction_lost,
		.round_trip_us = view.round_trip_us,
	};
	if (!s->config.no_breaker && circuit_breaker_on_report(&s->breaker, &circuit, now_us))
		apply_breaker(s, now_us);
	if (planner_on_report(&s->planner, &report, now_us) && is_planned(s))
		follow_plan(s);
}

/* Now and then a packet carries its capture time, by the clock of our reports. */
static void add_capture_time(struct send_stream *s)
{
	const uint32_t timestamp = packetizer_next_timestamp(&s->packetizer);

	if (!send_delay_is_capture_due(&s->delay, timestamp))
		return;
	packetizer_set_capture_time(
		&s->packetizer, rtcp_session_ntp(s->session, s->frame_captured_us));
	send_delay_on_capture_sent(&s->delay, timestamp);
}

/* After a collision the stream goes on under the session's new SSRC. */
static void follow_name(struct send_stream *s)
{
	if (s->config.rtp.ssrc == s->session->config.ssrc)
		return;
	s->config.rtp.ssrc = s->session->config.ssrc;
	packetizer_set_ssrc(&s->packetizer, s->config.rtp.ssrc);
	s->delay.has_capture_time = false; /* a receiver of the new stream does not know it yet */
	s->renamed = s->stats;		   /* RFC 3550, 6.4.1: the counts begin anew */
}

static void count_sent(struct send_stream *s, const struct packed *packed, size_t primary_bytes)
{
	s->last = (struct sent_packet){
		.n_bytes = packed->n_bytes,
		.payload_bytes = packed->payload_bytes,
		.primary_bytes = primary_bytes,
		.n_copies = packed->n_copies,
	};
	if (packed->n_copies > 0)
		s->last.copy_bytes = packed->payload_bytes - primary_bytes - RED_LAST_HEADER_BYTES -
				     (size_t)packed->n_copies * RED_HEADER_BYTES;
	send_stats_add(&s->stats, &s->last, 1);
}

size_t send_stream_next_datagram(struct send_stream *s, uint8_t *datagram, int64_t now_us)
{
	struct encoded_frame frame = { .primary_bytes = 0 };

	if (s->n_pending < (size_t)s->config.frame_samples)
		return 0;
	rtcp_session_begin(s->session, now_us);
	follow_name(s);
	s->n_pending = 0;
	s->last.n_bytes = 0;
	s->stats.frames_encoded++;
	if (s->has_news)
		inform_planner(s, now_us);
	if (!s->config.no_breaker && circuit_breaker_advance(&s->breaker, now_us))
		apply_breaker(s, now_us);
	if (s->breaker.state == CIRCUIT_OPEN) {
		s->stats.frames_withheld++;
		packetizer_skip(&s->packetizer, s->config.frame_samples);
		return 0;
	}
	send_delay_on_frame(&s->delay, now_us);
	const int primary_bps =
		bit_budget_primary_bps(&s->budget, packetizer_overhead_bytes(&s->packetizer));
	if (encoder_encode(&s->encoder, s->pending, primary_bps,
		    RTP_PAYLOAD_BYTES_MAX - RED_LAST_HEADER_BYTES, &frame) != STATUS_OK)
		s->stats.encode_failures++;
	if (frame.primary_bytes == 0) {
		s->stats.frames_silent++;
		bit_budget_on_frame(&s->budget, 0, 0);
		packetizer_skip(&s->packetizer, s->config.frame_samples);
		return 0;
	}
	add_capture_time(s);
	const struct packed packed =
		packetizer_pack(&s->packetizer, &frame, s->config.frame_samples, datagram);
	rtcp_session_on_rtp(s->session, s->config.rtp.ssrc, packed.n_bytes, now_us);
	audience_on_packet(&s->audience, packed.seq);
	sender_report_on_packet(&s->report, packed.timestamp, s->frame_captured_us);
	circuit_breaker_on_sent(&s->breaker, packed.n_bytes + IPV4_UDP_BYTES);
	bit_budget_on_frame(
		&s->budget, packed.payload_bytes, packed.payload_bytes - frame.primary_bytes);
	count_sent(s, &packed, frame.primary_bytes);
	return packed.n_bytes;
}

void send_stream_on_unsent(struct send_stream *s)
{
	const struct sent_packet *const p = &s->last;

	if (p->n_bytes == 0)
		return;
	s->stats.packets_unsent++;
	send_stats_add(&s->stats, p, -1);
	circuit_breaker_on_unsent(&s->breaker, p->n_bytes + IPV4_UDP_BYTES);
	s->last.n_bytes = 0;
}

void send_stream_on_left(struct send_stream *s, int64_t now_us)
{
	send_delay_on_left(&s->delay, now_us);
}

/* ---- reports ---- */

/* The last one who reported has gone: back to the protection of whom nobody tells anything. Whether it
 * went without a goodbye is the circuit breaker's business, too. */
static void check_silence(struct send_stream *s, int64_t now_us)
{
	const int n_before = s->stats.n_receivers;

	s->stats.n_receivers = audience_size(&s->audience, now_us);
	if (n_before == 0 || s->stats.n_receivers > 0)
		return;
	s->stats.reported_loss = NAN;
	s->stats.rtt_ms = NAN;
	if (!s->audience.was_left) {
		if (planner_on_silence(&s->planner, now_us) && is_planned(s))
			follow_plan(s);
		return;
	}
	planner_init(&s->planner, &s->planned);
	if (s->config.budget_bps != s->planned.budget_bps)
		(void)planner_set_budget(&s->planner, s->config.budget_bps, now_us);
	circuit_breaker_init(&s->breaker, us_from_samples(s->config.frame_samples));
	apply_breaker(s, now_us);
}

void send_stream_read_reports(
	struct send_stream *s, const struct rtcp_reader *reader, int64_t now_us)
{
	const bool has_news = audience_read(&s->audience, reader, now_us);

	follow_name(s);
	s->has_news = s->has_news || has_news;
	if (has_news)
		s->stats.n_receivers = audience_size(&s->audience, now_us);
}

enum status send_stream_on_rtcp(
	struct send_stream *s, const uint8_t *datagram, size_t n_bytes, int64_t now_us)
{
	struct rtcp_reader reader;

	rtcp_session_begin(s->session, now_us);
	const enum status status =
		rtcp_session_take(s->session, &reader, datagram, n_bytes, now_us);
	if (status == STATUS_OK)
		send_stream_read_reports(s, &reader, now_us);
	return status;
}

/* The receivers' reports are short and frequent; the sender's need not be as frequent. */
static void add_parts(struct send_stream *s, struct rtcp_compound *report, int64_t now_us)
{
	if (!report->is_full)
		return;
	sender_report_write(&s->report, s->session, s->stats.packets_sent - s->renamed.packets_sent,
		s->stats.payload_bytes - s->renamed.payload_bytes, report, now_us);
	report->has_sender_delay = send_delay_report(
		&s->delay, encoder_lookahead_samples(&s->encoder), now_us, &report->sender_delay);
	audience_write_dlrr(&s->audience, report, now_us);
}

void send_stream_write_report(struct send_stream *s, struct rtcp_compound *report, int64_t now_us)
{
	follow_name(s);
	add_parts(s, report, now_us);
	check_silence(s, now_us);
}

size_t send_stream_next_rtcp(struct send_stream *s, uint8_t *datagram, int64_t now_us)
{
	struct rtcp_compound report;
	size_t n_bytes = 0;

	rtcp_session_begin(s->session, now_us);
	if (rtcp_session_begin_report(s->session, &report, now_us)) {
		add_parts(s, &report, now_us);
		n_bytes = rtcp_session_write(s->session, &report, datagram, now_us);
	}
	check_silence(s, now_us);
	return n_bytes;
}

enum status send_stream_change(
	struct send_stream *s, int budget_bps, const struct redundancy *redundancy, int64_t now_us)
{
	if (redundancy ? !can_carry(s, redundancy) : !s->can_adapt)
		return STATUS_UNSUPPORTED;
	s->config.budget_bps = budget_bps;
	s->config.adaptive = !redundancy;
	s->stats.is_adaptive = !redundancy;
	if (redundancy)
		s->config.redundancy = *redundancy;
	(void)planner_set_budget(&s->planner, budget_bps, now_us);
	follow_plan(s);
	return STATUS_OK;
}

size_t send_stream_bye(struct send_stream *s, uint8_t *datagram)
{
	return rtcp_session_bye(s->session, datagram);
}

void send_stream_stats(const struct send_stream *s, struct send_stats *stats)
{
	const struct rtcp_session_counts *const rtcp = &s->session->counts;

	*stats = s->stats;
	stats->rtcp_sent = rtcp->n_sent;
	stats->rtcp_sent_bytes = rtcp->sent_bytes;
	stats->rtcp_received = rtcp->n_received;
	stats->rtcp_rejected = rtcp->n_rejected;
	stats->is_planned = is_planned(s);
	stats->reason = s->planner.plan.reason;
	stats->expected_mos = stats->is_planned ? s->planner.plan.expected_mos : NAN;
	stats->expected_delay_ms = stats->is_planned ? s->planner.plan.expected_delay_ms : NAN;
	stats->delay = s->delay.sums;
	stats->lookahead_us = us_from_samples(encoder_lookahead_samples(&s->encoder));
}
