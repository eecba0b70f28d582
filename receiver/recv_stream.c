#include "receiver/recv_stream.h"

#include "common/base/level.h"
#include "common/rtp/rtp.h"
#include "common/base/storage.h"
#include "common/base/units.h"
#include "receiver/sound/decoder.h"
#include "receiver/arrival/jitter_buffer.h"
#include "receiver/arrival/packet_info.h"
#include "receiver/arrival/payload.h"
#include "receiver/reports/latency.h"
#include "receiver/playout/playback.h"
#include "receiver/sound/limiter.h"
#include "receiver/arrival/reception.h"
#include "receiver/arrival/timeline.h"
#include "receiver/arrival/unannounced.h"
#include "receiver/arrival/waiting.h"
#include "receiver/reports/reporter.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* A run of late packets this long means that the network path has changed. */
#define LATE_RUN_US	 (200 * US_PER_MS)
#define LATE_RUN_PACKETS 5

/* Until the session's own rate has been measured. */
enum { SESSION_BPS_AT_FIRST = 64000 };

_Static_assert(
	(int)RECV_DATAGRAM_BYTES_MAX <= (int)WAITING_BYTES_MAX, "room for those on probation");

struct recv_stream {
	struct reception reception;
	struct jitter_buffer jitter_buffer;
	struct playout_delay delay;
	struct playback playback;
	struct limiter limiter; /* the very end of pull() */
	struct latency latency;
	struct rtcp_session own_session; /* unused where one is lent */
	struct rtcp_session *session;
	struct reporter reporter;
	uint64_t n_reported; /* records that it has seen */
	int64_t delay_bound_us;
	int64_t delay_worst_us;
	struct payload_types types;
	bool may_guess; /* which type is Opus: nobody has said */
	uint8_t guessed_type;
	struct unannounced unannounced;
	int n_channels;		 /* of the newest packet; 0 before the first */
	int64_t began_timestamp; /* of the stream's packet that came first */

	int64_t late_since_us; /* of the present run of late packets */
	int n_late_run;

	struct waiting waiting; /* on probation */
	bool is_catching_up;	/* they are being taken */
	bool is_waiting;	/* the packet that just came: nothing is counted yet */

	int64_t packets_late, packets_rejected, packets_other, packets_crowded_out;
	double square_sum; /* of the samples handed out */
	int64_t n_squares;
};

static size_t struct_bytes(void)
{
	return storage_bytes(sizeof(struct recv_stream));
}

size_t recv_stream_bytes(void)
{
	return struct_bytes() + playback_bytes();
}

/* The one that is lent, or one of our own. */
static struct rtcp_session *session_of(
	struct recv_stream *s, const struct recv_stream_config *config)
{
	struct rtcp_session_config own = config->rtcp;

	if (config->session)
		return config->session;
	own.session_bps = SESSION_BPS_AT_FIRST;
	rtcp_session_init(&s->own_session, &own);
	return &s->own_session;
}

enum status recv_stream_init(
	struct recv_stream **stream, void *memory, const struct recv_stream_config *config)
{
	struct recv_stream *const s = memory;
	const struct playout_delay_config *const delay = &config->delay;

	if (config->decoder_complexity < 0 || config->decoder_complexity > DECODER_COMPLEXITY_MAX ||
		delay->min_us < 0 || delay->max_us < delay->min_us)
		return STATUS_BAD_CONFIG;
	memset(s, 0, sizeof *s);
	s->session = session_of(s, config);
	reporter_init(&s->reporter, s->session);
	s->delay_bound_us = delay->fixed_us >= 0 ? delay->fixed_us : delay->max_us;
	s->types = (struct payload_types){
		.opus = config->opus_type ? config->opus_type : RTP_TYPE_OPUS,
		.red = config->red_type ? config->red_type : RTP_TYPE_RED,
	};
	s->may_guess = config->opus_type == 0;
	unannounced_init(&s->unannounced);
	reception_init(&s->reception);
	jitter_buffer_init(&s->jitter_buffer);
	playout_delay_init(&s->delay, delay);
	latency_init(&s->latency, config->same_clock);
	limiter_init(&s->limiter);
	const enum status status = playback_init(&s->playback, (char *)memory + struct_bytes(),
		config->decoder_complexity, &s->jitter_buffer, &s->delay);
	if (status == STATUS_OK)
		*stream = s;
	return status;
}

/* ---- datagrams in ---- */

static void begin_stream(struct recv_stream *s, int64_t timestamp)
{
	jitter_buffer_init(&s->jitter_buffer);
	playout_delay_restart(&s->delay);
	playback_begin_stream(&s->playback, timestamp);
	latency_begin_stream(&s->latency);
	s->began_timestamp = timestamp;
	s->n_late_run = 0;
}

/* A form of a frame came too late to be heard. Where it is the first one of a frame that was missed,
 * the delay should know. */
static void learn_lateness(struct recv_stream *s, int64_t timestamp, int64_t arrival_us)
{
	if (playout_history_came_late(&s->playback.history, timestamp, arrival_us))
		playout_delay_on_frame(&s->delay, arrival_us - us_from_samples(timestamp));
}

/* One form of one frame: stored where its turn is still to come; else its lateness is learned. */
static void take_form(struct recv_stream *s, const struct frame_form *form)
{
	const int64_t timestamp = form->timestamp;
	const bool is_in_time = timestamp + form->n_samples > playback_next_timestamp(&s->playback);
	bool is_first = false;
	enum status status = STATUS_LATE;

	if (is_in_time || timestamp >= playback_wants_from(&s->playback))
		status = jitter_buffer_put(
			&s->jitter_buffer, form, &is_first, &s->packets_crowded_out);
	if (!is_in_time && status == STATUS_OK) {
		playback_came_late(&s->playback);
		status = STATUS_LATE;
	}
	/* The frames before the stream's first packet came late to us alone. */
	if (status == STATUS_OK && is_first && timestamp >= s->began_timestamp)
		playout_delay_on_frame(&s->delay, form->arrival_us - us_from_samples(timestamp));
	if (status == STATUS_LATE)
		learn_lateness(s, timestamp, form->arrival_us);
}

static void take_forms(struct recv_stream *s, const struct payload *payload,
	const struct reception_place *place, int64_t arrival_us)
{
	const struct timeline_packet carrier = { place->seq, place->sent_timestamp,
		place->timestamp, place->n_samples };

	for (size_t i = 0; i <= payload->n_copies; i++) { /* the primary first */
		const struct payload_form *const p =
			i == 0 ? &payload->primary : &payload->copies[i - 1];
		int64_t timestamp = place->timestamp;
		if (i > 0 && !timeline_find_copy(&s->reception.timeline, &carrier,
				     p->offset_samples, p->n_samples, &timestamp))
			continue;
		const struct frame_form form = {
			.timestamp = timestamp,
			.seq = i == 0 ? place->seq : FRAME_IS_COPY,
			.carrier_timestamp = place->timestamp,
			.arrival_us = arrival_us,
			.n_samples = p->n_samples,
			.bytes = p->bytes,
			.n_bytes = p->n_bytes,
		};
		take_form(s, &form);
	}
}

/* Whether a primary comes after its turn. If for a while all of them do, or come when they could
 * only be dropped as stale, the network path has become longer (or the sender stood still): then
 * playout starts anew from this packet. */
static bool is_late(struct recv_stream *s, int64_t timestamp, int n_samples, int64_t transit_us,
	int64_t arrival_us)
{
	const bool is_over = timestamp + n_samples <= playback_next_timestamp(&s->playback);
	const bool is_stale = transit_us - playout_delay_fastest_us(&s->delay) >
			      playout_delay_target_us(&s->delay) + PLAYBACK_STALE_US;

	if (!is_over && !is_stale) {
		s->n_late_run = 0;
		return false;
	}
	if (s->n_late_run++ == 0)
		s->late_since_us = arrival_us;
	if (s->n_late_run < LATE_RUN_PACKETS || arrival_us - s->late_since_us < LATE_RUN_US)
		return is_over;
	playout_delay_restart(&s->delay);
	playout_delay_on_packet(&s->delay, transit_us, n_samples);
	playback_resume_from(&s->playback, timestamp);
	s->n_late_run = 0;
	return false;
}

/* In-band FEC is a form of the frame before its packet. It is left where it is, but the delay should
 * know when that frame became available. */
static void note_fec(struct recv_stream *s, int64_t timestamp, const struct payload_form *primary,
	int64_t arrival_us)
{
	const int64_t before = timestamp - packet_info_frame_samples(primary->bytes);
	const struct buffered_frame *const there = jitter_buffer_from(&s->jitter_buffer, before);

	if (before < s->began_timestamp || !packet_info_has_fec(primary->bytes, primary->n_bytes))
		return;
	if (before < playback_next_timestamp(&s->playback))
		learn_lateness(s, before, arrival_us);
	else if (!there || there->timestamp != before)
		playout_delay_on_frame(&s->delay, arrival_us - us_from_samples(before));
}

/* Of the packet's copies. */
static int64_t reach_us(const struct payload *payload)
{
	int farthest = 0;

	for (size_t i = 0; i < payload->n_copies; i++)
		if (payload->copies[i].offset_samples > farthest)
			farthest = payload->copies[i].offset_samples;
	return us_from_samples(farthest);
}

/* A packet of the stream heard without sound in it, or with a payload that is refused: it came, so it
 * is not lost. */
static enum status take_silent(struct recv_stream *s, const struct rtp_packet *packet,
	enum status refusal, int64_t arrival_us)
{
	const bool is_of_stream = reception_note_other(
		&s->reception, packet, refusal != STATUS_UNSUPPORTED, arrival_us);

	if (!is_of_stream || refusal != STATUS_UNSUPPORTED)
		return refusal;
	s->packets_other++;
	return STATUS_WITHOUT_SOUND;
}

/* A packet that has its place in the stream. */
static enum status take_sound(struct recv_stream *s, const struct rtp_packet *packet,
	const struct payload *payload, const struct reception_place *place, int64_t arrival_us)
{
	const int64_t transit_us = arrival_us - us_from_samples(place->timestamp);
	enum status status = STATUS_OK;
	int64_t since_capture_us;

	playout_delay_on_packet(&s->delay, transit_us, payload->primary.n_samples);
	playout_delay_on_copies(&s->delay, reach_us(payload));
	latency_set_lead(&s->latency, place->sent_timestamp - place->timestamp);
	latency_on_packet(&s->latency, &s->reporter.news, packet, place->timestamp, arrival_us);
	if (latency_transit(&s->latency, place->timestamp, arrival_us, &since_capture_us))
		reporter_on_transit(&s->reporter, since_capture_us);
	s->n_channels = packet_info_is_stereo(payload->primary.bytes) ? 2 : 1;
	if (is_late(s, place->timestamp, payload->primary.n_samples, transit_us, arrival_us)) {
		s->packets_late++;
		status = STATUS_LATE;
	}
	take_forms(s, payload, place, arrival_us);
	note_fec(s, place->timestamp, &payload->primary, arrival_us);
	return status;
}

static enum status take_packet(
	struct recv_stream *s, const uint8_t *datagram, size_t n_bytes, int64_t arrival_us);

static bool is_refusal(enum status status)
{
	return status != STATUS_OK && status != STATUS_DUPLICATE && status != STATUS_LATE &&
	       status != STATUS_WITHOUT_SOUND;
}

/* What came on probation is taken after all, each at the time when it came. */
static void take_waiting(struct recv_stream *s)
{
	s->is_catching_up = true;
	for (int i = 0; i < s->waiting.n_datagrams; i++) {
		const struct waiting_datagram *const d = &s->waiting.datagrams[i];
		const enum status status = take_packet(s, d->bytes, d->n_bytes, d->arrival_us);
		s->packets_rejected += is_refusal(status);
	}
	s->is_catching_up = false;
	s->waiting.n_datagrams = 0;
}

/* Kept until those after it bear it out. n_in_sequence: with this one. */
static void keep_waiting(struct recv_stream *s, const uint8_t *datagram, size_t n_bytes,
	int64_t arrival_us, int n_in_sequence)
{
	if (s->is_catching_up)
		return;
	s->packets_rejected +=
		waiting_keep(&s->waiting, datagram, n_bytes, arrival_us, n_in_sequence);
	s->is_waiting = true;
}

static void drop_old_waiting(struct recv_stream *s, int64_t now_us)
{
	s->packets_rejected += waiting_drop_old(&s->waiting, now_us);
}

/* Of a payload type that was not announced, while nothing is heard: true where it has been shown to be
 * Opus, which is what it is from now on. */
static bool guess_type(struct recv_stream *s, const struct rtp_packet *packet, int64_t arrival_us)
{
	if (!reception_is_silent(&s->reception, arrival_us) || s->is_catching_up) {
		s->unannounced.n_in_sequence = 0;
		s->unannounced.n_alike = 0;
		return false;
	}
	struct payload_types types = s->types;
	if (!unannounced_watch(&s->unannounced, packet, &types) || !s->may_guess)
		return false;
	s->types = types;
	s->guessed_type = types.opus != RTP_TYPE_OPUS ? types.opus
			  : types.red != RTP_TYPE_RED ? types.red
						      : 0;
	unannounced_init(&s->unannounced);
	drop_old_waiting(s, arrival_us);
	reception_begin_anew(&s->reception);
	return true;
}

/* Where the packet stands; where it is the last of a probation, those before it are taken first. */
static enum status judge(struct recv_stream *s, const struct rtp_packet *packet, int n_samples,
	int64_t arrival_us, struct reception_place *place)
{
	const enum status status =
		reception_judge(&s->reception, packet, n_samples, arrival_us, place);

	if (status != STATUS_OK || !place->has_passed || s->is_catching_up)
		return status;
	drop_old_waiting(s, arrival_us);
	if (s->waiting.n_datagrams == 0)
		return status;
	if (place->is_new_stream)
		reception_begin_anew(&s->reception);
	else
		reception_trust(&s->reception, s->waiting.n_datagrams + 1);
	take_waiting(s);
	return reception_judge(&s->reception, packet, n_samples, arrival_us, place);
}

static enum status take_packet(
	struct recv_stream *s, const uint8_t *datagram, size_t n_bytes, int64_t arrival_us)
{
	struct rtp_packet packet;
	struct payload payload;
	struct reception_place place;

	if (n_bytes > RECV_DATAGRAM_BYTES_MAX)
		return STATUS_MALFORMED;
	enum status status = rtp_parse(&packet, datagram, n_bytes);
	if (status != STATUS_OK)
		return status;
	status = payload_parse(&payload, &packet, &s->types);
	if (status == STATUS_UNSUPPORTED && guess_type(s, &packet, arrival_us)) {
		take_waiting(s);
		status = payload_parse(&payload, &packet, &s->types);
	} else if (status == STATUS_UNSUPPORTED && s->unannounced.n_alike > 0) {
		keep_waiting(s, datagram, n_bytes, arrival_us, s->unannounced.n_alike);
	}
	if (status != STATUS_OK)
		return take_silent(s, &packet, status, arrival_us);
	status = judge(s, &packet, payload.primary.n_samples, arrival_us, &place);
	if (status == STATUS_FOREIGN)
		keep_waiting(
			s, datagram, n_bytes, arrival_us, s->reception.candidate.n_in_sequence);
	if (status != STATUS_OK && status != STATUS_DUPLICATE)
		return status;
	reception_accept(
		&s->reception, &packet, &place, status == STATUS_DUPLICATE, n_bytes, arrival_us);
	rtcp_session_begin(s->session, arrival_us);
	reporter_on_packet(&s->reporter, &s->reception, n_bytes, arrival_us);
	if (status == STATUS_DUPLICATE)
		return status;
	if (place.is_new_stream)
		begin_stream(s, place.timestamp);
	return take_sound(s, &packet, &payload, &place, arrival_us);
}

void recv_stream_read_reports(
	struct recv_stream *s, const struct rtcp_reader *reader, int64_t arrival_us)
{
	if (reporter_read(&s->reporter, reader, arrival_us))
		reception_end(&s->reception);
}

static enum status take_rtcp(
	struct recv_stream *s, const uint8_t *datagram, size_t n_bytes, int64_t arrival_us)
{
	struct rtcp_reader reader;

	rtcp_session_begin(s->session, arrival_us);
	const enum status status =
		rtcp_session_take(s->session, &reader, datagram, n_bytes, arrival_us);
	if (status == STATUS_OK)
		recv_stream_read_reports(s, &reader, arrival_us);
	return status;
}

enum status recv_stream_push(
	struct recv_stream *s, const uint8_t *datagram, size_t n_bytes, int64_t arrival_us)
{
	const enum status status = rtp_is_rtcp(datagram, n_bytes)
					   ? take_rtcp(s, datagram, n_bytes, arrival_us)
					   : take_packet(s, datagram, n_bytes, arrival_us);

	s->packets_rejected += is_refusal(status) && !s->is_waiting;
	s->is_waiting = false;
	return status;
}

/* ---- PCM out ---- */

/* What reports tell of the playout: the frames' fates, and the longest delay. */
static void note_played(struct recv_stream *s)
{
	struct playout_record record;

	while (playout_history_read(&s->playback.history, &s->n_reported, &record))
		if (record.means <= PLAYOUT_CONCEALED)
			reporter_on_frame(&s->reporter, record.means == PLAYOUT_CONCEALED);
	if (s->n_channels > 0 && playout_delay_target_us(&s->delay) > s->delay_worst_us)
		s->delay_worst_us = playout_delay_target_us(&s->delay);
}

void recv_stream_pull(struct recv_stream *s, float *pcm, size_t n_samples, int64_t now_us)
{
	drop_old_waiting(s, now_us);
	playback_pull(&s->playback, pcm, n_samples, now_us);
	limiter_run(&s->limiter, pcm, n_samples);
	latency_on_pull(&s->latency, &s->reporter.news, &s->playback.history, n_samples, now_us);
	note_played(s);
	s->square_sum += level_square_sum(pcm, n_samples * RECV_CHANNELS);
	s->n_squares += (int64_t)(n_samples * RECV_CHANNELS);
}

void recv_stream_set_device_latency(struct recv_stream *s, int64_t device_us)
{
	latency_set_device(&s->latency, device_us);
}

/* ---- reports ---- */

static struct reporter_playout playout_for_report(const struct recv_stream *s)
{
	struct reception_counts counts;

	reception_read(&s->reception, &counts);
	const int64_t n_late =
		s->packets_late + s->packets_crowded_out + s->playback.counts.packets_stale;
	const int64_t n_expected = counts.packets - counts.duplicates + counts.lost;
	return (struct reporter_playout){
		.frame_us = us_from_samples(s->playback.usual_samples),
		.delay_us = playout_delay_target_us(&s->delay),
		.delay_worst_us = s->delay_worst_us,
		.delay_bound_us = s->delay_bound_us,
		.is_adaptive = !playout_delay_is_fixed(&s->delay),
		.concealment = recv_stream_complexity(s) >= CONCEALMENT_NEURAL_COMPLEXITY
				       ? CONCEALMENT_NEURAL
				       : CONCEALMENT_PLAIN,
		.discard_share = n_expected > 0 ? (double)n_late / (double)n_expected : 0,
	};
}

void recv_stream_write_report(struct recv_stream *s, struct rtcp_compound *report, int64_t now_us)
{
	const struct reporter_playout playout = playout_for_report(s);

	reporter_write(&s->reporter, &s->reception, &playout, report, now_us);
}

size_t recv_stream_next_rtcp(struct recv_stream *s, uint8_t *datagram, int64_t now_us)
{
	struct rtcp_compound report;

	if (!rtcp_session_begin_report(s->session, &report, now_us))
		return 0;
	recv_stream_write_report(s, &report, now_us);
	return rtcp_session_write(s->session, &report, datagram, now_us);
}

size_t recv_stream_bye(struct recv_stream *s, uint8_t *datagram)
{
	return rtcp_session_bye(s->session, datagram);
}

/* ---- how hard it tries ---- */

void recv_stream_set_complexity(struct recv_stream *s, int complexity)
{
	assert(complexity >= 0 && complexity <= DECODER_COMPLEXITY_MAX);
	(void)decoder_set_complexity(&s->playback.renderer.decoder, complexity);
}

int recv_stream_complexity(const struct recv_stream *s)
{
	return decoder_complexity(&s->playback.renderer.decoder);
}

struct recv_work recv_stream_work(const struct recv_stream *s)
{
	return (struct recv_work){
		.n_decoded = decoder_n_decoded(&s->playback.renderer.decoder),
		.n_concealed = decoder_n_concealed(&s->playback.renderer.decoder),
	};
}

/* ---- what is told about it ---- */

int recv_stream_channels(const struct recv_stream *s)
{
	return s->n_channels;
}

const char *recv_stream_sender_name(const struct recv_stream *s)
{
	return s->reporter.news.name;
}

bool recv_stream_has_ended(const struct recv_stream *s)
{
	return s->reception.has_ended;
}

bool recv_stream_next_record(struct recv_stream *s, struct playout_record *record)
{
	return playout_history_next(&s->playback.history, record);
}

void recv_stream_stats(const struct recv_stream *s, struct recv_stats *stats)
{
	const struct playback_counts *const played = &s->playback.counts;
	struct reception_counts counts;

	reception_read(&s->reception, &counts);
	*stats = (struct recv_stats){
		.packets_received = counts.packets,
		.bytes_received = counts.bytes,
		.packets_lost = counts.lost,
		.packets_late = s->packets_late + s->packets_crowded_out + played->packets_stale,
		.packets_duplicate = counts.duplicates,
		.packets_reordered = counts.reordered,
		.packets_rejected = s->packets_rejected,
		.packets_other = s->packets_other,
		.unannounced_type = s->unannounced.type,
		.guessed_type = s->guessed_type,
		.clock_hz = reception_clock_hz(&s->reception),
		.n_shortened = played->n_shortened,
		.n_lengthened = played->n_lengthened,
		.shortened_samples = played->shortened_samples,
		.lengthened_samples = played->lengthened_samples,
		.inserted_samples = played->inserted_samples,
		.decode_failures = s->playback.renderer.decode_failures,
		.repairs = s->playback.renderer.repair.n_repairs,
		.n_delays = played->n_delays,
		.delay_sum_us = played->delay_sum_us,
		.decoder_complexity = recv_stream_complexity(s),
		.rtcp_sent = s->session->counts.n_sent,
		.rtcp_sent_bytes = s->session->counts.sent_bytes,
		.rtcp_received = s->session->counts.n_received,
		.rtcp_rejected = s->session->counts.n_rejected,
		.latency = latency_sums(&s->latency),
		.rtt_ms = NAN,
		.square_sum = s->square_sum,
		.n_squares = s->n_squares,
		.jitter_ms = reception_jitter_ms(&s->reception),
		.target_delay_ms = NAN,
	};
	if (s->reporter.news.round_trip_us >= 0)
		stats->rtt_ms = (double)s->reporter.news.round_trip_us / US_PER_MS;
	memcpy(stats->frames, s->playback.history.n_frames, sizeof stats->frames);
	if (s->n_channels > 0)
		stats->target_delay_ms = (double)playout_delay_target_us(&s->delay) / US_PER_MS;
}
