#include "receiver/reports/latency.h"

#include "common/base/serial.h"
#include "common/base/units.h"
#include "common/rtp/ntp.h"

#include <math.h>
#include <string.h>

/* A longer delay is false, or not a call. */
#define DELAY_MAX_US (10 * US_PER_SECOND)

/* The sender reports means: a single frame may have been this much faster. */
#define SLACK_US (50 * US_PER_MS)

/* Look-ahead of libopus's encoder, used where the sender does not report it. */
#define LOOKAHEAD_DEFAULT_US INT64_C(6500)

/* NTP's seconds are counted modulo 2^32. */
#define ERA_US (INT64_C(1000000) << 32)

/* What is known about the sender at present. */
struct sender {
	int64_t ahead_us; /* its clock, in microseconds since 1900, less our now_us */
	int64_t uncertainty_us;
	bool has_clock, has_delay;
	struct rtcp_sender_delay delay;
	int64_t delay_us; /* from capture to departure */
};

void latency_init(struct latency *l, bool same_clock)
{
	memset(l, 0, sizeof *l);
	l->same_clock = same_clock;
	l->device_us = -1;
	latency_begin_stream(l);
}

void latency_begin_stream(struct latency *l)
{
	l->pending = (struct latency_frames){ 0 };
	capture_clock_init(&l->clock);
	clock_skew_init(&l->skew);
	l->sums.uncertainty_us = -1;
}

void latency_set_device(struct latency *l, int64_t device_us)
{
	l->device_us = device_us;
}

void latency_set_lead(struct latency *l, int64_t lead_samples)
{
	l->lead_samples = lead_samples;
}

static struct sender sender_of(const struct latency *l, const struct sender_news *news)
{
	struct sender s = { .has_clock = true, .has_delay = news->has_delay };
	int64_t offset_us = 0;

	if (!l->same_clock)
		s.has_clock = clock_offset_read(&news->clock, &offset_us, &s.uncertainty_us);
	s.ahead_us = (int64_t)news->session->config.epoch_us + offset_us;
	s.delay = news->delay;
	s.delay_us = (int64_t)s.delay.capture_us + s.delay.framing_us + s.delay.queue_us;
	if (s.delay_us > DELAY_MAX_US || s.delay.lookahead_us > DELAY_MAX_US)
		s.has_delay = false;
	if (!s.has_delay)
		s.uncertainty_us += LOOKAHEAD_DEFAULT_US;
	return s;
}

/* When the sample of this timestamp was captured, by our clock, in the era nearest to now_us.
 * False: unknown or impossible: it must be before arrival_us, and not long ago. */
static bool captured_at(const struct latency *l, const struct sender_news *news,
	const struct sender *s, int64_t timestamp, int64_t arrival_us, int64_t *captured_us)
{
	int64_t theirs_us;

	if (!s->has_clock)
		return false;
	if (!capture_clock_read(&l->clock, timestamp, &theirs_us)) {
		if (news->sr_us < 0) /* a sender report gives it, too, if less exactly */
			return false;
		theirs_us = (int64_t)ntp_to_us(news->sr_ntp) +
			    us_from_samples(timestamp + l->lead_samples -
					    timestamp_unwrap(news->sr_timestamp,
						    l->newest_timestamp + l->lead_samples));
	}
	int64_t age_us = (arrival_us - (theirs_us - s->ahead_us)) % ERA_US;
	if (age_us > ERA_US / 2)
		age_us -= ERA_US;
	if (age_us < -ERA_US / 2)
		age_us += ERA_US;
	*captured_us = arrival_us - age_us;
	return age_us >= -s->uncertainty_us - SLACK_US && age_us <= DELAY_MAX_US;
}

/* Whether the datagram can have left before it arrived. */
static bool is_possible(const struct sender *s, int64_t network_us)
{
	return s->has_delay && network_us >= -s->uncertainty_us - SLACK_US;
}

void latency_on_packet(struct latency *l, const struct sender_news *news,
	const struct rtp_packet *packet, int64_t timestamp, int64_t arrival_us)
{
	const struct sender s = sender_of(l, news);
	int64_t captured_us;

	clock_skew_on_packet(&l->skew, arrival_us - us_from_samples(timestamp));
	if (timestamp > l->newest_timestamp || l->clock.n_points == 0)
		l->newest_timestamp = timestamp;
	if (packet->has_capture_time)
		capture_clock_add(&l->clock, timestamp, packet->capture_ntp);
	if (!captured_at(l, news, &s, timestamp, arrival_us, &captured_us))
		return;
	const int64_t one_way_us = arrival_us - captured_us - s.delay_us;
	if (!is_possible(&s, one_way_us))
		return;
	l->sums.n_one_way++;
	l->sums.one_way_us += one_way_us;
}

bool latency_transit(
	const struct latency *l, int64_t timestamp, int64_t arrival_us, int64_t *transit_us)
{
	int64_t theirs_us;

	if (!capture_clock_read(&l->clock, timestamp, &theirs_us))
		return false;
	*transit_us = arrival_us - theirs_us;
	return true;
}

static void add(struct latency_frames *to, const struct latency_frames *f, int sign)
{
	to->n_frames += sign * f->n_frames;
	to->whole_us += sign * f->whole_us;
	for (int i = 0; i < LATENCY_PARTS; i++)
		to->parts_us[i] += sign * f->parts_us[i];
}

/* Moves the sender's reported parts out of the network's, which so far has all time before the
 * arrival. */
static void add_senders(struct latency_frames *f, const struct sender *s)
{
	f->whole_us += f->n_frames * s->delay.lookahead_us;
	f->parts_us[LATENCY_CAPTURE] += f->n_frames * s->delay.capture_us;
	f->parts_us[LATENCY_FRAMING] += f->n_frames * s->delay.framing_us;
	f->parts_us[LATENCY_LOOKAHEAD] += f->n_frames * s->delay.lookahead_us;
	f->parts_us[LATENCY_SENDER_QUEUE] += f->n_frames * s->delay.queue_us;
	f->parts_us[LATENCY_NETWORK] -= f->n_frames * s->delay_us;
}

static void add_frame(struct latency *l, const struct sender_news *news, const struct sender *s,
	const struct playout_record *record, int64_t begin_sample)
{
	enum latency_knowledge known = LATENCY_OURS;
	struct latency_frames f = { .n_frames = 1 };
	const int64_t carrier = record->carrier_timestamp;
	int64_t captured_us;

	f.parts_us[LATENCY_JITTER_BUFFER] = record->handed_us - record->available_us;
	f.parts_us[LATENCY_DECODED] = us_from_samples(record->output_sample - begin_sample);
	if (l->device_us >= 0) {
		known = LATENCY_OURS_AND_DEVICE;
		f.parts_us[LATENCY_PLAYOUT_DEVICE] = l->device_us;
	}
	if (l->device_us >= 0 &&
		captured_at(l, news, s, carrier, record->available_us, &captured_us)) {
		const int64_t waited_us = us_from_samples(carrier - record->timestamp);
		known = LATENCY_WHOLE_ALONE;
		f.whole_us = record->handed_us + f.parts_us[LATENCY_DECODED] + l->device_us -
			     captured_us + waited_us;
		f.parts_us[LATENCY_SENDER_QUEUE] = waited_us;
		f.parts_us[LATENCY_NETWORK] = record->available_us - captured_us;
		if (!news->has_delay)
			add(&l->pending, &f, 1);
		if (is_possible(s, f.parts_us[LATENCY_NETWORK] - s->delay_us)) {
			known = LATENCY_ALL;
			add_senders(&f, s);
		}
	}
	add(&l->sums.frames[known], &f, 1);
	l->sums.uncertainty_us = known >= LATENCY_WHOLE_ALONE ? s->uncertainty_us : -1;
}

/* The sender's first report of its parts also covers the frames before it. */
static void settle_pending(struct latency *l, const struct sender *s)
{
	struct latency_frames f = l->pending;

	if (f.n_frames == 0 || !s->has_delay ||
		!is_possible(s, f.parts_us[LATENCY_NETWORK] / f.n_frames - s->delay_us))
		return;
	add(&l->sums.frames[LATENCY_WHOLE_ALONE], &f, -1);
	add_senders(&f, s);
	add(&l->sums.frames[LATENCY_ALL], &f, 1);
	l->pending = (struct latency_frames){ 0 };
}

void latency_on_pull(struct latency *l, const struct sender_news *news,
	const struct playout_history *history, size_t n_samples, int64_t now_us)
{
	const struct sender s = sender_of(l, news);
	struct playout_record record;

	settle_pending(l, &s);
	while (playout_history_follow(history, &l->n_read, &record))
		if (record.means <= PLAYOUT_DRED && record.available_us >= 0 &&
			record.handed_us == now_us)
			add_frame(l, news, &s, &record, l->n_pulled);
	l->n_pulled += (int64_t)n_samples;
	clock_skew_on_pull(&l->skew, n_samples, now_us);
}

struct latency_sums latency_sums(const struct latency *l)
{
	struct latency_sums sums = l->sums;

	if (!clock_skew_read(&l->skew, &sums.skew_ppm))
		sums.skew_ppm = NAN;
	return sums;
}

static double mean_ms(int64_t sum_us, int64_t n)
{
	return n > 0 ? (double)sum_us / (double)n / US_PER_MS : NAN;
}

struct latency_means latency_means(
	const struct latency_sums *now, const struct latency_sums *before)
{
	int k = LATENCY_ALL;
	struct latency_means m = {
		.whole_ms = NAN,
		.one_way_ms = mean_ms(
			now->one_way_us - before->one_way_us, now->n_one_way - before->n_one_way),
		.uncertainty_ms =
			now->uncertainty_us < 0 ? NAN : (double)now->uncertainty_us / US_PER_MS,
		.skew_ppm = now->skew_ppm,
	};

	while (k > LATENCY_OURS && now->frames[k].n_frames == before->frames[k].n_frames)
		k--;
	const int64_t n_frames = now->frames[k].n_frames - before->frames[k].n_frames;
	if (k >= LATENCY_WHOLE_ALONE)
		m.whole_ms =
			mean_ms(now->frames[k].whole_us - before->frames[k].whole_us, n_frames);
	for (int i = 0; i < LATENCY_PARTS; i++) {
		const bool is_known = k == LATENCY_ALL || i == LATENCY_JITTER_BUFFER ||
				      i == LATENCY_DECODED ||
				      (i == LATENCY_PLAYOUT_DEVICE && k >= LATENCY_OURS_AND_DEVICE);
		m.parts_ms[i] = is_known ? mean_ms(now->frames[k].parts_us[i] -
							   before->frames[k].parts_us[i],
						   n_frames)
					 : NAN;
	}
	return m;
}
