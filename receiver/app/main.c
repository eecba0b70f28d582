/* hindsight-recv: threads, devices, wiring; decides nothing.
 *
 *   ~~~> RECEIVE THREAD: udp, arrival time --(datagram ring)--> PLAYOUT CALLBACK: owns recv_stream
 *   <~~~ reports <-----------------------------(report ring)---------+
 *                                                                    |
 *                                             (stats ring, frame ring) --> MAIN THREAD: lines, logs */
#include "common/io/audio_io.h"
#include "common/app/cli.h"
#include "common/io/identity.h"
#include "common/io/monotonic.h"
#include "common/app/realtime_log.h"
#include "common/io/realtime.h"
#include "common/app/stats_writer.h"
#include "common/io/udp.h"
#include "common/text/text_buffer.h"
#include "common/base/units.h"
#include "receiver/app/frame_log.h"
#include "receiver/app/notices.h"
#include "receiver/app/options.h"
#include "receiver/app/player.h"
#include "receiver/app/recv_news.h"
#include "receiver/app/sink.h"
#include "receiver/app/stats_text.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECEIVE_WAIT_US                                                                            \
	(5 * US_PER_MS) /* as long a report may wait, too: an error of the round trip */
#define RING_FULL_WAIT_US   (1 * US_PER_MS)
#define MAIN_LOOP_PERIOD_US (50 * US_PER_MS)
#define REJOIN_INTERVAL_US  (1 * US_PER_SECOND)

struct receiver {
	struct recv_options options;
	struct sink *sink;
	struct udp_socket socket;
	struct udp_address
		group; /* that the reports go to; n_bytes 0: to whom the stream comes from */
	struct stats_writer writer;
	struct frame_log frame_log;
	struct notices notices;
	int64_t begin_us;
	atomic_bool should_stop;
	atomic_int n_joined; /* anew, since the start */
	struct player player;
};

/* ---- the receive thread ---- */

/* What the network does not take, a later report tells. */
static void send_report(struct receiver *r, const struct player_report *report)
{
	const struct udp_address *const to = r->group.n_bytes > 0 ? &r->group : &report->to;

	if (to->n_bytes > 0)
		udp_send_to(&r->socket, to, &report->from, report->data, report->n_bytes, NULL);
}

/* The group's interface may have gone, or be there only now. */
static void keep_membership(struct receiver *r, int64_t *next_look_us)
{
	if (r->group.n_bytes == 0 || monotonic_now_us() < *next_look_us)
		return;
	*next_look_us += REJOIN_INTERVAL_US;
	if (udp_rejoin(&r->socket))
		atomic_fetch_add_explicit(&r->n_joined, 1, memory_order_relaxed);
}

static void *receive_thread(void *context)
{
	struct receiver *const r = context;
	struct udp_arrival arrival;
	struct player_report report;
	int64_t next_look_us = r->begin_us + REJOIN_INTERVAL_US;

	realtime_begin_thread("receive");
	while (!atomic_load_explicit(&r->should_stop, memory_order_relaxed)) {
		keep_membership(r, &next_look_us);
		while (player_next_report(&r->player, &report))
			send_report(r, &report);
		struct player_datagram *const d = player_begin_datagram(&r->player);
		if (!d) { /* the callback is late: they wait in the kernel */
			monotonic_sleep_until_us(monotonic_now_us() + RING_FULL_WAIT_US);
			continue;
		}
		const enum udp_result result =
			udp_receive(&r->socket, d->data, sizeof d->data, &arrival, RECEIVE_WAIT_US);
		if (result == UDP_FAILED) /* the interface may come back: not a busy loop */
			monotonic_sleep_until_us(monotonic_now_us() + RECEIVE_WAIT_US);
		if (result != UDP_RECEIVED)
			continue;
		d->arrival_us = arrival.arrival_us;
		d->peer = arrival.peer;
		d->local = arrival.local;
		/* What was cut off is told by a length that no datagram of ours has. */
		d->n_bytes = arrival.is_truncated ? sizeof d->data + 1 : arrival.n_bytes;
		player_commit_datagram(&r->player);
	}
	return NULL;
}

/* ---- the main thread ---- */

static void report(struct receiver *r, struct player_snapshot *now,
	const struct player_snapshot *before, bool is_summary)
{
	struct stats_field fields[STATS_FIELDS_MAX];
	struct text_buffer text = { 0 };
	struct io_error error;
	struct recv_stats *const n = &now->stats;
	const struct latency_means delay = latency_means(&n->latency, &before->stats.latency);
	const double time_s = (double)(now->at_us - r->begin_us) / US_PER_SECOND;

	n->receive_failures = (int64_t)r->socket.receive_failures;
	n->device_losses = sink_losses(r->sink);
	n->device_latency_ms = sink_device_latency_ms(r->sink);
	n->output_dropped_ms = (double)sink_dropped(r->sink) / SAMPLES_PER_MS;
	const size_t n_fields = recv_stats_fields(n, &before->stats, time_s, fields);
	recv_stats_text(
		&text, n, &before->stats, delay.whole_ms, delay.uncertainty_ms, time_s, is_summary);
	if (!stats_writer_put(
		    &r->writer, fields, n_fields, text_buffer_text(&text), is_summary, &error))
		cli_log(CLI_ERROR, "--stats-file: %s", error.text);
	text_buffer_end(&text);
}

/* The first snapshot shows what small blocks began with. */
static void note_complexity(const struct receiver *r, const struct player_snapshot *now,
	const struct player_snapshot *before)
{
	const int is = now->stats.decoder_complexity;
	const int was = before->stats.decoder_complexity;

	if (is >= 0 && is < was)
		cli_log(CLI_DETAIL,
			"decoding takes too much of the device's period of %g ms: "
			"decoder complexity %d, was %d",
			r->options.device.buffer_ms, is, was);
}

static void drain(struct receiver *r, struct player_snapshot *before)
{
	struct player_snapshot now;
	struct playout_record record;

	while (player_next_snapshot(&r->player, &now)) {
		report(r, &now, before, false);
		note_complexity(r, &now, before);
		notices_tell(&r->notices, &now.stats);
		*before = now;
	}
	while (player_next_record(&r->player, &record))
		frame_log_put(&r->frame_log, &record);
}

static void tell_news(
	struct receiver *r, struct recv_news *news, const struct player_snapshot *newest)
{
	const int n_joined = atomic_load_explicit(&r->n_joined, memory_order_relaxed);
	struct news_line line;

	while (recv_news_next(news, &newest->peers, n_joined, newest->at_us, &line))
		cli_log(line.level, "%s", line.text);
}

static bool should_end(const struct receiver *r)
{
	const double elapsed_s = (double)(monotonic_now_us() - r->begin_us) / US_PER_SECOND;

	return cli_stop_requested() ||
	       (r->options.run.duration_s > 0 && elapsed_s >= r->options.run.duration_s);
}

/* Tells what has become of the output; true: that was the end. */
static bool tend_sink(struct receiver *r, bool *is_whole)
{
	struct io_error text;

	switch (sink_tend(r->sink, &text)) {
	case SINK_RUNS:
		return false;
	case SINK_LOST:
	case SINK_BACK:
		cli_log(CLI_NOTICE, "--output: %s", text.text);
		return false;
	case SINK_FAILED:
		*is_whole = false;
		cli_log(CLI_ERROR, "--output: %s", text.text);
		return false;
	default:
		*is_whole = false;
		cli_log(CLI_ERROR, "--output: %s", text.text);
		return true;
	}
}

static int run(struct receiver *r)
{
	const struct player_snapshot first = { .at_us = r->begin_us };
	struct player_snapshot before = first, now;
	struct io_error error;
	struct recv_news news;
	pthread_t thread;
	bool has_ended = false, is_whole = true;

	if (!realtime_start_thread(&thread, receive_thread, r)) {
		cli_log(CLI_ERROR, "cannot start a thread");
		return EXIT_FAILED;
	}
	before.stats.decoder_complexity = r->options.stream.decoder_complexity;
	recv_news_init(&news, udp_port(&r->socket), r->begin_us);
	bool ok = sink_start(r->sink, &error);
	if (!ok)
		cli_log(CLI_ERROR, "--output: %s", error.text);
	while (ok && !has_ended && !should_end(r)) {
		monotonic_sleep_until_us(monotonic_now_us() + MAIN_LOOP_PERIOD_US);
		drain(r, &before);
		tell_news(r, &news, &before);
		has_ended = tend_sink(r, &is_whole);
	}
	if (!sink_stop(r->sink, &error)) {
		if (ok && is_whole)
			cli_log(CLI_ERROR, "--output: %s", error.text);
		ok = false;
	}
	atomic_store_explicit(&r->should_stop, true, memory_order_relaxed);
	pthread_join(thread, NULL);
	struct player_report bye;
	if (player_bye(&r->player, &bye))
		send_report(r, &bye);
	drain(r, &before);
	player_snapshot(&r->player, monotonic_now_us(), &now);
	notices_tell(&r->notices, &now.stats);
	report(r, &now, &first, true);
	if (!frame_log_close(&r->frame_log, &error)) {
		cli_log(CLI_ERROR, "--frames: %s", error.text);
		ok = false;
	}
	const int64_t n_dropped =
		player_dropped_records(&r->player) + frame_log_dropped(&r->frame_log);
	if (n_dropped > 0)
		cli_log(CLI_NOTICE,
			"--frames: %lld rows were lost, their reader or disk was too slow",
			(long long)n_dropped);
	return ok && !r->writer.has_failed ? EXIT_DONE : EXIT_FAILED;
}

static bool make_player(struct receiver *r)
{
	const struct recv_options *const o = &r->options;

	switch (player_init(&r->player, &o->stream, o->frames_path != NULL)) {
	case STATUS_OK:
		return true;
	case STATUS_NO_ROOM:
		cli_log(CLI_ERROR, "out of memory");
		return false;
	default:
		cli_log(CLI_ERROR, "libopus cannot create a decoder");
		return false;
	}
}

/* Opens all there is to open; the answer is an exit code, or -1 to go on. */
static int open_all(struct receiver *r)
{
	const struct recv_options *const o = &r->options;
	const struct sink_config sink = {
		.output = o->output,
		.n_channels = o->n_channels,
		.buffer_ms = o->device.buffer_ms,
		.may_reopen = !o->device.no_reopen,
		.player = &r->player,
	};
	struct identity identity;
	struct io_error error;
	bool is_usage;

	if (!identity_draw(&identity, &error)) {
		cli_log(CLI_ERROR, "%s", error.text);
		return EXIT_FAILED;
	}
	r->options.stream.rtcp =
		rtcp_session_named(identity.ssrc, identity.cname, identity.seed, identity.epoch_us);
	if (*o->at.host && udp_resolve(&r->group, o->at.host, o->at.port, NULL) &&
		!udp_address_is_multicast(&r->group))
		r->group.n_bytes = 0;
	r->options.stream.rtcp.is_group = r->group.n_bytes > 0;
	if (!make_player(r))
		return EXIT_FAILED;
	if (!udp_open_receiver(&r->socket, *o->at.host ? o->at.host : NULL, o->at.port,
		    o->device.interface, &error)) {
		cli_log(CLI_ERROR, "%s", error.text);
		return EXIT_FAILED;
	}
	if (r->group.n_bytes > 0 && !r->socket.group.is_joined)
		cli_log(CLI_NOTICE, "%s cannot be joined yet: no route or interface", o->at.host);
	r->sink = sink_open(&sink, &is_usage, &error);
	if (!r->sink) {
		cli_refuse("--output", NULL, "%s", error.text);
		return is_usage ? EXIT_USAGE : EXIT_FAILED;
	}
	if (!stats_writer_open(&r->writer, o->run.stats_format, o->run.stats_path, &error)) {
		cli_refuse("--stats-file", NULL, "%s", error.text);
		return EXIT_USAGE;
	}
	r->begin_us = monotonic_now_us();
	if (o->frames_path && !frame_log_open(&r->frame_log, o->frames_path, r->begin_us, &error)) {
		cli_refuse("--frames", NULL, "%s", error.text);
		return EXIT_USAGE;
	}
	return -1;
}

/* False: a sound system holds on to what should be freed. */
static bool close_all(struct receiver *r)
{
	const bool is_free = !r->sink || sink_close(r->sink);

	udp_close(&r->socket);
	stats_writer_close(&r->writer, NULL);
	if (is_free)
		player_end(&r->player);
	return is_free;
}

int main(int argc, char *argv[])
{
	static struct receiver r;
	struct io_error error;

	cli_begin(argv);
	int code = recv_options_parse(&r.options, argc, argv);
	if (code >= 0)
		return code;
	const bool uses_audio = r.options.device.lists_devices || sink_is_device(r.options.output);
	if (uses_audio && !r.options.run.is_verbose)
		cli_silence_libraries();
	if (uses_audio && !audio_io_init(r.options.run.is_verbose, &error)) {
		cli_log(CLI_ERROR, "%s", error.text);
		return EXIT_FAILED;
	}
	if (r.options.device.lists_devices) {
		audio_devices_list(stdout);
		audio_io_terminate();
		return EXIT_DONE;
	}
	cli_catch_signals();
	code = open_all(&r);
	if (code < 0) {
		cli_log(CLI_DETAIL, "listening on port %u, playing to %s", udp_port(&r.socket),
			sink_description(r.sink));
		realtime_begin_process();
		code = run(&r);
	}
	if (!close_all(&r))
		_exit(code);
	if (uses_audio)
		audio_io_terminate();
	return code;
}
