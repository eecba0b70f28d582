/* hindsight-sim: files and statistics around a call in virtual time; decides nothing.
 *
 *   REF --> simulation: send_stream -> channel or trace -> recv_stream --> HEARD.wav
 *                |                                            |
 *                +------> journal: one row per frame <--------+--> statistics each second */
#include "common/app/cli.h"
#include "common/io/sound_file.h"
#include "common/app/stats_writer.h"
#include "common/text/text_buffer.h"
#include "common/io/wav_writer.h"
#include "common/base/splitmix.h"
#include "common/base/units.h"
#include "receiver/app/stats_text.h"
#include "tools/sim/capture_file.h"
#include "tools/sim/journal.h"
#include "tools/sim/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The packets' delays and the receiver's longest wait are over by then. */
#define RUN_ON_MARGIN_US (100 * US_PER_MS)

struct sim {
	struct sim_options options;
	struct simulation_config config;
	struct trace trace;
	struct sound_file *sound;
	struct wav_writer wav;
	float *block; /* what is written, in the file's channels */
	struct stats_writer writer;
	struct journal journal;
	int64_t n_left; /* samples to be said; -1: to the end of the file */
	struct simulation_result before;
	struct journal_sums sums_before;
	int64_t before_us;
	int64_t now_us;	 /* of the latest pull */
	int64_t sent_us; /* of the latest frame */
	bool has_failed;
};

/* value: NULL where the error names it. */
static int fail(struct sim *s, const char *option, const char *value, const struct io_error *error)
{
	if (!s->has_failed)
		cli_log(CLI_ERROR, "%s%s%s: %s", option, value ? " " : "", value ? value : "",
			error->text);
	s->has_failed = true;
	return EXIT_FAILED;
}

/* ---- the simulation's hooks ---- */

/* The file again from its start; false: it is not there any more. */
static bool rewind_sound(struct sim *s)
{
	struct io_error error;

	sound_file_close(s->sound);
	s->sound = sound_file_open(s->options.input, s->config.send.n_channels, &error);
	if (!s->sound)
		fail(s, "--input", NULL, &error);
	return s->sound != NULL;
}

static size_t read_sound(void *context, float *samples, size_t n_samples)
{
	struct sim *const s = context;
	const size_t n_channels = (size_t)s->config.send.n_channels;
	size_t n = n_samples, n_done = 0;
	bool was_empty = false; /* a file without a sample is not looped for ever */

	if (s->has_failed || cli_stop_requested())
		return 0;
	if (s->n_left >= 0 && (size_t)s->n_left < n)
		n = (size_t)s->n_left;
	while (n_done < n) {
		const size_t n_read =
			sound_file_read(s->sound, samples + n_done * n_channels, n - n_done);
		n_done += n_read;
		if (n_done < n && (s->n_left < 0 || was_empty || !rewind_sound(s)))
			break;
		was_empty = n_read == 0;
	}
	if (s->n_left >= 0)
		s->n_left -= (int64_t)n_done;
	return n_done;
}

static void write_wav(struct sim *s, const float *samples, size_t n_samples)
{
	struct io_error error;

	if (!wav_writer_write(&s->wav, samples, n_samples, &error))
		fail(s, "--output", NULL, &error);
}

static void write_heard(void *context, const float *pcm, size_t n_samples, int64_t now_us)
{
	struct sim *const s = context;

	s->now_us = now_us;
	if (!s->options.output || s->has_failed)
		return;
	if (s->config.send.n_channels == RECV_CHANNELS) {
		write_wav(s, pcm, n_samples);
		return;
	}
	for (size_t i = 0; i < n_samples; i++) /* mono is the same on both */
		s->block[i] = pcm[RECV_CHANNELS * i];
	write_wav(s, s->block, n_samples);
}

static void on_sent(void *context, const struct simulation_frame *frame)
{
	struct sim *const s = context;

	s->sent_us = frame->sent_us;
	journal_on_sent(&s->journal, frame);
}

static void on_played(void *context, const struct playout_record *record)
{
	journal_on_played(&((struct sim *)context)->journal, record);
}

/* ---- statistics: the receiver's, what only the simulator knows, and the sender's ---- */

static bool is_told(const struct stats_field *fields, size_t n_fields, const char *name)
{
	for (size_t i = 0; i < n_fields; i++)
		if (strcmp(fields[i].name, name) == 0)
			return true;
	return false;
}

static size_t fill_fields(const struct sim *s, const struct simulation_result *now, int64_t now_us,
	bool is_summary, struct stats_field fields[2 * STATS_FIELDS_MAX])
{
	const double time_s = (double)now_us / US_PER_SECOND;
	const int64_t sending_us = (is_summary ? s->sent_us : now_us) - s->before_us;
	const double interval_s = (double)sending_us / US_PER_SECOND;
	struct stats_field sent[STATS_FIELDS_MAX];
	const size_t n_received =
		recv_stats_fields(&now->received, &s->before.received, time_s, fields);
	const size_t n_sent =
		send_stats_fields(&now->sent, &s->before.sent, time_s, interval_s, sent);
	size_t n = n_received;

	for (size_t i = 0; i < n_received; i++) {
		if (strcmp(fields[i].name, "one_way_delay_ms") == 0)
			fields[i].value = journal_one_way_ms(&s->journal.sums, &s->sums_before);
		if (strcmp(fields[i].name, "mouth_to_ear_ms") == 0)
			fields[i].value =
				journal_mouth_to_ear_ms(&s->journal.sums, &s->sums_before);
	}
	for (size_t i = 0; i < n_sent; i++) {
		if (strcmp(sent[i].name, "level_dbfs") == 0) /* the other one is what is heard */
			sent[i].name = "input_level_dbfs";
		else if (is_told(fields, n_received,
				 sent[i].name)) /* the time, and of the delay all parts */
			continue;
		fields[n++] = sent[i];
	}
	return n;
}

static void put_stats(
	struct sim *s, const struct simulation_result *now, int64_t now_us, bool is_summary)
{
	struct stats_field fields[2 * STATS_FIELDS_MAX];
	struct text_buffer text = { 0 };
	const double ear_ms = journal_mouth_to_ear_ms(&s->journal.sums, &s->sums_before);
	struct io_error error;

	const size_t n_fields = fill_fields(s, now, now_us, is_summary, fields);
	recv_stats_text(&text, &now->received, &s->before.received, ear_ms, 0,
		(double)now_us / US_PER_SECOND, is_summary);
	if (!stats_writer_put(
		    &s->writer, fields, n_fields, text_buffer_text(&text), is_summary, &error))
		fail(s, "--stats-file", NULL, &error);
	text_buffer_end(&text);
}

static void on_report(void *context, const struct simulation_result *until_now, int64_t now_us)
{
	struct sim *const s = context;

	put_stats(s, until_now, now_us, false);
	s->before = *until_now;
	s->sums_before = s->journal.sums;
	s->before_us = now_us;
}

/* ---- opening, running, closing ---- */

static void fill_config(struct sim *s)
{
	const struct sim_options *const o = &s->options;
	const struct playout_delay_config *const delay = &o->recv.delay;
	struct simulation_config *const c = &s->config;
	uint64_t random[5];

	for (uint64_t i = 0; i < 5; i++)
		random[i] = splitmix_hash(splitmix_hash(~o->seed) + (i + 1) * SPLITMIX_STEP);
	*c = (struct simulation_config){
		.send = o->send,
		.recv = o->recv,
		.channel = o->channel,
		.has_rtcp = o->has_rtcp,
		.return_channel = o->return_channel,
		.trace = s->trace.n_packets > 0 ? &s->trace : NULL,
		.seed = o->seed,
		.changes = o->changes,
		.n_changes = o->n_changes,
		.pauses = o->pauses,
		.n_pauses = o->n_pauses,
		.block_samples = (size_t)(o->device_period_ms * SAMPLES_PER_MS + 0.5),
		.skew_ppb = o->skew_ppb,
		.run_on_us =
			(delay->fixed_us >= 0 ? delay->fixed_us : delay->max_us) + RUN_ON_MARGIN_US,
	};
	c->send.rtp = (struct packetizer_config){
		.ssrc = (uint32_t)random[0],
		.first_seq = (uint16_t)(random[0] >> 32),
		.first_timestamp = (uint32_t)random[1],
	};
	/* Both programs' clocks show the simulation's time. */
	c->send.rtcp = rtcp_session_named((uint32_t)random[0], "sender", random[3], 0);
	c->recv.rtcp = rtcp_session_named((uint32_t)random[4], "receiver", random[4] >> 32, 0);
	c->recv.same_clock = true;
	/* The two devices know nothing of one another: the playout's begins somewhere within its
	 * period, at a whole microsecond. */
	c->first_pull_us = us_from_samples((int64_t)(random[2] % c->block_samples) / 6 * 6);
}

/* HEARD.wav begins when the first sample is captured: silence until the first block is heard. */
static bool write_lead(struct sim *s)
{
	const size_t n_lead = (size_t)samples_from_us(s->config.first_pull_us);
	float *const silence =
		calloc((n_lead + s->config.block_samples) * RECV_CHANNELS, sizeof *silence);

	if (!silence) {
		cli_log(CLI_ERROR, "out of memory");
		return false;
	}
	write_wav(s, silence, n_lead + s->config.block_samples);
	free(silence);
	return !s->has_failed;
}

/* A file that says nothing of delays: what it was taken for. */
static void tell_losses(const struct sim *s)
{
	size_t n_lost = 0;

	for (size_t i = 0; i < s->trace.n_packets; i++)
		n_lost += s->trace.delays_us[i] == TRACE_LOST;
	cli_log(CLI_NOTICE, "--trace %s: losses %s: %zu packets, %.1f %% lost, without delays",
		s->options.trace_path,
		s->trace.form == TRACE_G192 ? "as G.192 has them" : "of 0 and 1, where 1 is lost",
		s->trace.n_packets, 100.0 * (double)n_lost / (double)s->trace.n_packets);
}

static int load_path(struct sim *s)
{
	const struct sim_options *const o = &s->options;
	char line[CAPTURE_LINE_BYTES];
	struct io_error error;

	if (o->trace_path && !trace_load(&s->trace, o->trace_path, &error))
		return cli_refuse("--trace", o->trace_path, "%s", error.text);
	if (s->trace.form != TRACE_DELAYS)
		tell_losses(s);
	if (!o->capture_path)
		return -1;
	if (!capture_file_trace(&s->trace, o->capture_path, &o->choice, line, &error))
		return cli_refuse("--pcap", o->capture_path, "%s", error.text);
	cli_log(CLI_NOTICE, "--pcap %s: %s", o->capture_path, line);
	return -1;
}

static int list_streams(const struct sim_options *o)
{
	struct io_error error;

	if (!capture_file_list(stdout, o->capture_path, o->choice.port, &error))
		return cli_refuse("--pcap", o->capture_path, "%s", error.text);
	if (fflush(stdout) == 0)
		return EXIT_DONE;
	cli_log(CLI_ERROR, "--streams: the list could not be written");
	return EXIT_FAILED;
}

/* Opens all there is to open; the answer is an exit code, or -1 to go on. */
static int open_all(struct sim *s)
{
	const struct sim_options *const o = &s->options;
	struct io_error error;
	const int code = load_path(s);

	if (code >= 0)
		return code;
	fill_config(s);
	s->n_left = o->run.duration_s > 0 ? (int64_t)(o->run.duration_s * SAMPLES_PER_SECOND) : -1;
	s->sound = sound_file_open(o->input, o->send.n_channels, &error);
	if (!s->sound)
		return cli_refuse("--input", NULL, "%s", error.text);
	if (o->output && !wav_writer_open(&s->wav, o->output, o->send.n_channels, &error))
		return cli_refuse("--output", NULL, "%s", error.text);
	if (!stats_writer_open(&s->writer, o->run.stats_format, o->run.stats_path, &error))
		return cli_refuse("--stats-file", NULL, "%s", error.text);
	if (!journal_open(&s->journal, o->frames_path, &s->config, &error))
		return cli_refuse("--frames", o->frames_path, "%s", error.text);
	s->block = malloc(s->config.block_samples * sizeof *s->block);
	if (!s->block) {
		cli_log(CLI_ERROR, "out of memory");
		return EXIT_FAILED;
	}
	return !o->output || write_lead(s) ? -1 : EXIT_FAILED;
}

static int run(struct sim *s)
{
	const struct simulation_hooks hooks = {
		.read = read_sound,
		.write = write_heard,
		.sent = on_sent,
		.played = on_played,
		.report = on_report,
		.context = s,
	};
	struct simulation_result result;
	const enum status status = simulation_run(&s->config, &hooks, &result);

	if (status != STATUS_OK) {
		cli_log(CLI_ERROR, "%s",
			status == STATUS_NO_ROOM
				? "out of memory"
				: "libopus refuses this profile, frame length and bit rate");
		return EXIT_FAILED;
	}
	s->before = (struct simulation_result){ 0 };
	s->sums_before = (struct journal_sums){ 0 };
	s->before_us = 0;
	put_stats(s, &result, s->now_us, true);
	return s->has_failed ? EXIT_FAILED : EXIT_DONE;
}

static int close_all(struct sim *s, int code)
{
	const struct sim_options *const o = &s->options;
	struct io_error error;

	sound_file_close(s->sound);
	if (!wav_writer_close(&s->wav, &error))
		code = fail(s, "--output", NULL, &error);
	if (!journal_close(&s->journal, &error))
		code = fail(s, "--frames", o->frames_path, &error);
	if (!stats_writer_close(&s->writer, &error))
		code = fail(s, "--stats-file", NULL, &error);
	trace_end(&s->trace);
	free(s->block);
	return code;
}

int main(int argc, char *argv[])
{
	static struct sim s;

	cli_begin(argv);
	int code = sim_options_parse(&s.options, argc, argv);
	if (code >= 0)
		return code;
	if (s.options.lists_streams)
		return list_streams(&s.options);
	cli_catch_signals();
	code = open_all(&s);
	if (code < 0)
		code = run(&s);
	return close_all(&s, code);
}
