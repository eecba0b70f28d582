#include "sender/coding/send_delay.h"

#include "common/base/units.h"

#include <string.h>

#define REPORT_INTERVAL_US (1 * US_PER_SECOND)

/* The jitter of a device's callbacks is smaller. */
#define LEAP_US (5 * US_PER_MS)

void send_delay_init(struct send_delay *d)
{
	memset(d, 0, sizeof *d);
	d->taken_us = -1;
}

void send_delay_on_samples(
	struct send_delay *d, bool is_first, int64_t captured_us, size_t n_samples)
{
	if (is_first)
		d->begun_us = captured_us;
	d->ended_us = captured_us + us_from_samples((int64_t)n_samples);
}

void send_delay_on_frame(struct send_delay *d, int64_t now_us)
{
	d->sums.n_frames++;
	d->sums.framing_us += d->ended_us - d->begun_us;
	d->sums.capture_us += now_us - d->ended_us;
	d->taken_us = now_us;
}

void send_delay_on_left(struct send_delay *d, int64_t now_us)
{
	if (d->taken_us < 0)
		return;
	d->sums.n_left++;
	d->sums.queue_us += now_us - d->taken_us;
	d->taken_us = -1;
}

bool send_delay_is_capture_due(const struct send_delay *d, uint32_t timestamp)
{
	const int64_t elapsed_us = d->begun_us - d->sent_captured_us;
	const int64_t stream_us = us_from_samples((int64_t)(timestamp - d->sent_timestamp));
	const int64_t leap_us = elapsed_us - stream_us;

	return !d->has_capture_time || elapsed_us >= REPORT_INTERVAL_US || leap_us > LEAP_US ||
	       leap_us < -LEAP_US;
}

void send_delay_on_capture_sent(struct send_delay *d, uint32_t timestamp)
{
	d->has_capture_time = true;
	d->sent_captured_us = d->begun_us;
	d->sent_timestamp = timestamp;
}

/* A device may report a capture time in the future, hence the lower bound; 32 bits hold an hour. */
static uint32_t mean_us(int64_t sum_us, int64_t n)
{
	const int64_t us = (sum_us + n / 2) / n;

	return (uint32_t)(us < 0 ? 0 : us > UINT32_MAX ? UINT32_MAX : us);
}

bool send_delay_report(struct send_delay *d, int lookahead_samples, int64_t now_us,
	struct rtcp_sender_delay *delay)
{
	const int64_t n_frames = d->sums.n_frames - d->reported.n_frames;
	const int64_t n_left = d->sums.n_left - d->reported.n_left;

	if (n_frames == 0 || n_left == 0 ||
		(d->reported.n_left > 0 && now_us - d->reported_us < REPORT_INTERVAL_US))
		return false;
	d->reported_us = now_us;
	*delay = (struct rtcp_sender_delay){
		.capture_us = mean_us(d->sums.capture_us - d->reported.capture_us, n_frames),
		.framing_us = mean_us(d->sums.framing_us - d->reported.framing_us, n_frames),
		.lookahead_us = (uint32_t)us_from_samples(lookahead_samples),
		.queue_us = mean_us(d->sums.queue_us - d->reported.queue_us, n_left),
	};
	d->reported = d->sums;
	return true;
}
