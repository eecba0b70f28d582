/* hindsight-send: threads, devices, wiring; decides nothing.
 *
 *   source --(device: capture callback, ring)--> SEND THREAD: send_stream -> udp ~~~>
 *                                                    |  ^  <~~~ reports
 *                                               (stats ring) --> MAIN THREAD: lines, signals */
#include "common/io/audio_io.h"
#include "common/app/cli.h"
#include "common/io/identity.h"
#include "common/io/monotonic.h"
#include "common/app/realtime_log.h"
#include "common/io/realtime.h"
#include "common/app/stats_writer.h"
#include "common/io/udp.h"
#include "common/text/text_buffer.h"
#include "common/base/spsc_ring.h"
#include "common/base/units.h"
#include "sender/app/announcement.h"
#include "sender/app/destination.h"
#include "sender/app/options.h"
#include "sender/app/send_news.h"
#include "sender/app/source.h"
#include "sender/app/stats_text.h"
#include "sender/send_stream.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	STATS_SLOTS = 16,
	REPORTS_AT_ONCE = 64 /* between two blocks of sound, so that a flood delays none */
};

#define STATS_INTERVAL_US   (1 * US_PER_SECOND)
#define MAIN_LOOP_PERIOD_US (50 * US_PER_MS)

struct snapshot {
	int64_t at_us;
	struct send_stats stats;
};

struct sender {
	struct send_options options;
	struct source *source;
	struct destination to;
	struct udp_socket group; /* where a multicast group's members report; else closed */
	struct send_stream *stream;
	bool has_group;
	void *stream_memory;
	struct spsc_ring snapshots;
	void *snapshots_memory;
	struct stats_writer writer;
	int64_t begin_us;
	atomic_bool should_stop;
	atomic_bool has_ended; /* the send thread, by itself */
	bool has_failed;       /* valid once it has ended */
	struct io_error error;
};

static void take_snapshot(const struct sender *s, struct snapshot *snapshot)
{
	snapshot->at_us = monotonic_now_us();
	send_stream_stats(s->stream, &snapshot->stats);
	snapshot->stats.overruns = source_overruns(s->source);
	snapshot->stats.refusals = (int64_t)s->to.socket.refused;
	snapshot->stats.device_latency_ms = source_device_latency_ms(s->source);
	snapshot->stats.device_losses = source_losses(s->source);
}

/* Sends the datagram that is ready. */
static void send_ready(struct sender *s)
{
	uint8_t datagram[PACKETIZER_DATAGRAM_BYTES_MAX];
	const size_t n_bytes = send_stream_next_datagram(s->stream, datagram, monotonic_now_us());

	if (n_bytes > 0 && !destination_send(&s->to, datagram, n_bytes, true))
		send_stream_on_unsent(s->stream);
	send_stream_on_left(s->stream, monotonic_now_us());
	destination_advance(&s->to, monotonic_now_us());
}

static void take_reports_of(struct sender *s, struct udp_socket *socket)
{
	uint8_t datagram[RTCP_DATAGRAM_BYTES_MAX + 1]; /* longer ones are no reports */
	struct udp_arrival arrival;

	for (int i = 0; i < REPORTS_AT_ONCE &&
			udp_receive(socket, datagram, sizeof datagram, &arrival, 0) == UDP_RECEIVED;
		i++)
		if (rtp_is_rtcp(datagram, arrival.n_bytes)) { /* a group hears our own packets */
			destination_on_answer(&s->to);
			send_stream_on_rtcp(
				s->stream, datagram, arrival.n_bytes, arrival.arrival_us);
		}
}

static void exchange_reports(struct sender *s)
{
	uint8_t datagram[RTCP_DATAGRAM_BYTES_MAX];

	take_reports_of(s, &s->to.socket);
	if (s->has_group)
		take_reports_of(s, &s->group);
	const size_t n_bytes = send_stream_next_rtcp(s->stream, datagram, monotonic_now_us());
	if (n_bytes > 0)
		destination_send(&s->to, datagram, n_bytes, false);
}

static void say_goodbye(struct sender *s)
{
	uint8_t datagram[RTCP_DATAGRAM_BYTES_MAX];
	const size_t n_bytes = send_stream_bye(s->stream, datagram);

	if (n_bytes > 0)
		destination_send(&s->to, datagram, n_bytes, false);
}

static void each_second(struct sender *s)
{
	struct snapshot snapshot;

	udp_follow_route(&s->to.socket);
	if (s->has_group)
		udp_rejoin(&s->group);
	take_snapshot(s, &snapshot);
	spsc_ring_push(&s->snapshots, &snapshot);
}

static void push(struct sender *s, const float *samples, size_t n_samples, int64_t capture_us)
{
	const size_t n_channels = (size_t)s->options.stream.n_channels;

	for (size_t n_done = 0; n_done < n_samples;) {
		n_done += send_stream_push_pcm(s->stream, samples + n_done * n_channels,
			n_samples - n_done, capture_us + us_from_samples((int64_t)n_done));
		send_ready(s);
	}
}

/* The last samples are still in the frame being filled and in the encoder's look-ahead: silence
 * pushes them out, at the pace of all sound. A frame that came early would look like a faster way. */
static void push_out(struct sender *s, int64_t n_pushed, int64_t end_us)
{
	const float silence[SOURCE_SAMPLES_MAX * 2] = { 0 };
	const int64_t n_frame = s->options.stream.frame_samples;
	const int64_t n_needed = n_pushed + send_stream_lookahead_samples(s->stream);
	int64_t n_left = (n_needed + n_frame - 1) / n_frame * n_frame - n_pushed;

	while (n_left > 0) {
		const size_t n = n_left < SOURCE_SAMPLES_MAX ? (size_t)n_left : SOURCE_SAMPLES_MAX;
		const int64_t begin_us = end_us;
		end_us += us_from_samples((int64_t)n);
		monotonic_sleep_until_us(end_us);
		push(s, silence, n, begin_us);
		n_left -= (int64_t)n;
	}
}

static void *send_thread(void *context)
{
	struct sender *const s = context;
	float samples[SOURCE_SAMPLES_MAX * 2];
	int64_t next_snapshot_us = s->begin_us + STATS_INTERVAL_US;
	int64_t n_pushed = 0, capture_us = 0, end_us = 0;
	enum source_result result = SOURCE_NOTHING;

	realtime_begin_thread("send");
	while (!atomic_load_explicit(&s->should_stop, memory_order_relaxed)) {
		size_t n_samples;
		result = source_read(s->source, samples, &n_samples, &capture_us, &s->error);
		if (result == SOURCE_END || result == SOURCE_FAILED)
			break;
		if (result == SOURCE_READ) {
			const int64_t n_skipped = source_skipped(s->source);
			if (n_skipped > 0)
				send_stream_skip(s->stream, n_skipped);
			push(s, samples, n_samples, capture_us);
			n_pushed += (int64_t)n_samples;
			end_us = capture_us + us_from_samples((int64_t)n_samples);
		}
		exchange_reports(s);
		if (monotonic_now_us() >= next_snapshot_us) {
			each_second(s);
			next_snapshot_us += STATS_INTERVAL_US;
		}
	}
	if (result == SOURCE_END)
		push_out(s, n_pushed, end_us);
	say_goodbye(s);
	s->has_failed = result == SOURCE_FAILED;
	atomic_store_explicit(&s->has_ended, true, memory_order_release);
	return NULL;
}

/* ---- the main thread ---- */

static void report(struct sender *s, const struct snapshot *now, const struct snapshot *before,
	bool is_summary)
{
	struct stats_field fields[STATS_FIELDS_MAX];
	struct text_buffer text = { 0 };
	struct io_error error;
	const double time_s = (double)(now->at_us - s->begin_us) / US_PER_SECOND;
	const double interval_s = (double)(now->at_us - before->at_us) / US_PER_SECOND;

	const size_t n_fields =
		send_stats_fields(&now->stats, &before->stats, time_s, interval_s, fields);
	send_stats_text(&text, &now->stats, &before->stats, time_s, interval_s, is_summary);
	if (!stats_writer_put(
		    &s->writer, fields, n_fields, text_buffer_text(&text), is_summary, &error))
		cli_log(CLI_ERROR, "--stats-file: %s", error.text);
	text_buffer_end(&text);
}

static void tell_news(struct sender *s, struct send_news *news, const struct send_stats *stats)
{
	const struct send_situation now = {
		.way = destination_view(&s->to),
		.is_microphone = source_is_device(s->options.input),
		.n_squares = stats->n_squares,
		.square_sum = stats->square_sum,
	};
	struct news_line line;

	while (send_news_next(news, &now, monotonic_now_us(), &line))
		cli_log(line.level, "%s", line.text);
}

static bool should_end(const struct sender *s)
{
	const double elapsed_s = (double)(monotonic_now_us() - s->begin_us) / US_PER_SECOND;

	return cli_stop_requested() ||
	       (s->options.run.duration_s > 0 && elapsed_s >= s->options.run.duration_s) ||
	       atomic_load_explicit(&s->has_ended, memory_order_acquire);
}

static int run(struct sender *s)
{
	struct snapshot before = { .at_us = s->begin_us }, now;
	const struct snapshot first = before;
	struct send_news news;
	pthread_t thread;

	if (!realtime_start_thread(&thread, send_thread, s)) {
		cli_log(CLI_ERROR, "cannot start a thread");
		return EXIT_FAILED;
	}
	send_news_init(&news, &s->to, s->options.to.host);
	while (!should_end(s)) {
		monotonic_sleep_until_us(monotonic_now_us() + MAIN_LOOP_PERIOD_US);
		while (spsc_ring_pop(&s->snapshots, &now)) {
			report(s, &now, &before, false);
			before = now;
		}
		tell_news(s, &news, &before.stats);
	}
	atomic_store_explicit(&s->should_stop, true, memory_order_relaxed);
	pthread_join(thread, NULL);
	take_snapshot(s, &now);
	report(s, &now, &first, true);
	if (now.stats.packets_unsent > 0)
		cli_log(CLI_NOTICE, "%lld packets were not taken by the network",
			(long long)now.stats.packets_unsent);
	if (now.stats.refusals > 0)
		cli_log(CLI_DETAIL, "nobody listened at the target, as it said %lld times",
			(long long)now.stats.refusals);
	if (s->has_failed)
		cli_log(CLI_ERROR, "--input: %s", s->error.text);
	return s->has_failed || s->writer.has_failed ? EXIT_FAILED : EXIT_DONE;
}

static bool make_stream(struct sender *s)
{
	struct send_stream_config *const config = &s->options.stream;

	struct identity identity;
	struct io_error error;

	if (!identity_draw(&identity, &error)) {
		cli_log(CLI_ERROR, "%s", error.text);
		return false;
	}
	config->rtcp =
		rtcp_session_named(identity.ssrc, identity.cname, identity.seed, identity.epoch_us);
	config->rtcp.is_group = s->to.is_group;
	/* RFC 3550, 5.1: all three random. */
	config->rtp.ssrc = config->rtcp.ssrc;
	config->rtp.first_timestamp = (uint32_t)(config->rtcp.seed >> 16);
	config->rtp.first_seq = (uint16_t)config->rtcp.seed;
	s->stream_memory = malloc(send_stream_bytes(config));
	s->snapshots_memory = malloc(spsc_ring_bytes(STATS_SLOTS, sizeof(struct snapshot)));
	if (!s->stream_memory || !s->snapshots_memory) {
		cli_log(CLI_ERROR, "out of memory");
		return false;
	}
	spsc_ring_init(&s->snapshots, s->snapshots_memory, STATS_SLOTS, sizeof(struct snapshot));
	if (send_stream_init(&s->stream, s->stream_memory, config) == STATUS_OK)
		return true;
	cli_log(CLI_ERROR, "libopus refuses this profile, frame length and bit rate");
	return false;
}

/* Opens all there is to open; the answer is an exit code, or -1 to go on. */
static int open_all(struct sender *s)
{
	const struct send_options *const o = &s->options;
	const struct source_config source = {
		.input = o->input,
		.n_channels = o->stream.n_channels,
		.buffer_ms = o->device.buffer_ms,
		.may_reopen = !o->device.no_reopen,
	};
	struct io_error error;
	bool is_usage;

	s->source = source_open(&source, &is_usage, &error);
	if (!s->source) {
		cli_refuse("--input", NULL, "%s", error.text);
		return is_usage ? EXIT_USAGE : EXIT_FAILED;
	}
	if (!destination_open(&s->to, &o->to, o->device.interface, o->ttl, &error)) {
		cli_log(CLI_ERROR, "%s", error.text);
		return EXIT_FAILED;
	}
	if (s->to.is_group) {
		s->has_group = udp_open_receiver(
			&s->group, o->to.host, o->to.port, o->device.interface, &error);
		if (!s->has_group) /* the port is another program's */
			cli_log(CLI_NOTICE, "the group's reports are not heard: %s", error.text);
	}
	if (!stats_writer_open(&s->writer, o->run.stats_format, o->run.stats_path, &error)) {
		cli_refuse("--stats-file", NULL, "%s", error.text);
		return EXIT_USAGE;
	}
	if (o->sdp_path && !announcement_write(o, &s->to.socket, &error)) {
		cli_refuse("--sdp", o->sdp_path, "%s", error.text);
		return EXIT_USAGE;
	}
	return make_stream(s) ? -1 : EXIT_FAILED;
}

/* False: a sound system holds on to what should be freed. */
static bool close_all(struct sender *s)
{
	const bool is_free = !s->source || source_close(s->source);

	destination_close(&s->to);
	if (s->has_group)
		udp_close(&s->group);
	stats_writer_close(&s->writer, NULL);
	free(s->snapshots_memory);
	free(s->stream_memory);
	return is_free;
}

int main(int argc, char *argv[])
{
	static struct sender s;
	struct io_error error;

	cli_begin(argv);
	int code = send_options_parse(&s.options, argc, argv);
	if (code >= 0)
		return code;
	const bool uses_audio = s.options.device.lists_devices || source_is_device(s.options.input);
	if (uses_audio && !s.options.run.is_verbose)
		cli_silence_libraries();
	if (uses_audio && !audio_io_init(s.options.run.is_verbose, &error)) {
		cli_log(CLI_ERROR, "%s", error.text);
		return EXIT_FAILED;
	}
	if (s.options.device.lists_devices) {
		audio_devices_list(stdout);
		audio_io_terminate();
		return EXIT_DONE;
	}
	cli_catch_signals();
	code = open_all(&s);
	if (code < 0) {
		char address[UDP_ADDRESS_TEXT_BYTES];
		udp_address_text(&s.to.addresses[0], address);
		cli_log(CLI_DETAIL,
			"to %s: %s, %d Hz, %d channel(s); primary %.1f kbit/s, %d copies of "
			"%.1f kbit/s",
			address, source_description(s.source), SAMPLES_PER_SECOND,
			s.options.stream.n_channels, s.options.stream.redundancy.primary_bps / 1e3,
			s.options.stream.redundancy.n_copies,
			s.options.stream.redundancy.copy_bps[0] / 1e3);
		realtime_begin_process();
		s.begin_us = monotonic_now_us();
		if (source_start(s.source, &error)) {
			code = run(&s);
		} else {
			cli_log(CLI_ERROR, "--input: %s", error.text);
			code = EXIT_FAILED;
		}
	}
	if (!close_all(&s))
		_exit(code);
	if (uses_audio)
		audio_io_terminate();
	return code;
}
