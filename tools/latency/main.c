/* hindsight-latency: delay measured from outside, by sound.
 *
 *   marker_train --> sound devices, or a call on virtual ones --> recording
 *        |                                                           |
 *        +--------------> marker_search <---------------------------+ --> delay_list --> report */
#include "common/io/audio_io.h"
#include "common/app/cli.h"
#include "common/io/monotonic.h"
#include "common/app/run_options.h"
#include "common/io/sound_file.h"
#include "common/io/wav_writer.h"
#include "common/base/units.h"
#include "tools/latency/options.h"
#include "tools/latency/report.h"
#include "tools/latency/marker_loop.h"
#include "tools/latency/marker_search.h"
#include "tools/latency/virtual_call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOK_US (100 * US_PER_MS)

enum {
	/* Before the first marker: a receiver finds its delay, a level control its level. */
	LEAD_SAMPLES = 2 * SAMPLES_PER_SECOND,
	FILE_BLOCK_SAMPLES = 4800,
	FILE_SECONDS_MAX = 6 * 3600
};

struct latency {
	struct latency_options options;
	struct marker_train train;
	struct marker_loop loop;
	struct virtual_call call;
	struct marker_search search;
	void *search_memory;
	struct delay_list delays;
	double sorted[MARKER_TRAIN_MAX];
	struct latency_report report;
};

static int fail(const char *text)
{
	cli_log(CLI_ERROR, "%s", text);
	return EXIT_FAILED;
}

/* ---- playing and recording ---- */

static void show_progress(const struct latency *l)
{
	const int64_t n_samples = (int64_t)marker_loop_n_recorded(&l->loop);
	const int64_t n_left = marker_train_samples(&l->train) - n_samples;
	const int64_t n_done = (n_samples - l->train.lead_samples) / l->train.interval_samples;

	if (l->options.is_quiet || !isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K%lld of %lld markers, %lld s left",
		(long long)(n_done > 0 ? n_done : 0), (long long)l->train.n_markers,
		(long long)(n_left / SAMPLES_PER_SECOND));
}

static void hide_progress(const struct latency *l)
{
	if (!l->options.is_quiet && isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

/* Until the train is over, or Ctrl-C. is_call: of a self-test, whose programs are watched too. */
static bool play_train(struct latency *l, bool is_call, struct io_error *error)
{
	const size_t n_all = (size_t)marker_train_samples(&l->train);
	bool is_well = true, has_lead = false;

	marker_loop_begin(&l->loop);
	while (is_well && !cli_stop_requested() && marker_loop_n_recorded(&l->loop) < n_all) {
		const int64_t until_us = monotonic_now_us() + LOOK_US;
		if (is_call)
			is_well = virtual_call_poll(&l->call, until_us, error);
		else
			monotonic_sleep_until_us(until_us);
		if (is_well && !marker_loop_is_running(&l->loop))
			is_well = io_error_set(error, "the sound device has disappeared");
		if (!has_lead && marker_loop_n_recorded(&l->loop) >= LEAD_SAMPLES) {
			virtual_call_forget(&l->call);
			has_lead = true;
		}
		show_progress(l);
	}
	hide_progress(l);
	return is_well;
}

/* The markers whose search window is over: all of them, or, after Ctrl-C, those until then. */
static void find_delays(struct latency *l)
{
	const size_t n_recorded = marker_loop_n_recorded(&l->loop);

	for (int64_t k = 0; k < l->train.n_markers; k++) {
		const int64_t at = marker_train_at(&l->train, k);
		if (at + l->train.max_delay_samples + MARKER_SAMPLES <= (int64_t)n_recorded)
			marker_search_delay(
				&l->search, (double)at, l->loop.recorded, n_recorded, &l->delays);
	}
	l->report.n_xruns = marker_loop_xruns(&l->loop);
}

static bool open_loop(
	struct latency *l, const char *output, const char *input, struct io_error *error)
{
	const struct marker_loop_config config = {
		.output = output,
		.input = input,
		.buffer_ms = l->options.buffer_ms,
		.train = &l->train,
	};

	if (!marker_loop_open(&l->loop, &config, error))
		return false;
	if (marker_loop_start(&l->loop, error))
		return true;
	marker_loop_close(&l->loop);
	return false;
}

static int run_loop(struct latency *l)
{
	struct io_error error;

	l->report.mode = "loop";
	if (!audio_io_init(l->options.is_verbose, &error))
		return fail(error.text);
	bool is_well = open_loop(l, l->options.output, l->options.input, &error);
	if (is_well) {
		is_well = play_train(l, false, &error);
		find_delays(l);
		marker_loop_close(&l->loop);
	}
	audio_io_terminate();
	return is_well ? OPTION_TAKEN : fail(error.text);
}

/* ---- the self-test ---- */

/* The folder of this very program, where the others are too. */
static void find_programs(char *folder, size_t n_bytes)
{
	const ssize_t n = readlink("/proc/self/exe", folder, n_bytes - 1);

	folder[n > 0 ? n : 0] = '\0';
	char *const slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
	else
		snprintf(folder, n_bytes, ".");
}

static void read_call(struct latency *l)
{
	const int64_t device_us = marker_loop_device_latency_us(&l->loop);
	const int n = l->call.n_mouth_to_ear;

	if (device_us != AUDIO_LATENCY_UNKNOWN)
		l->report.device_ms = (double)device_us / US_PER_MS;
	if (n > 0)
		l->report.statistics_ms = l->call.mouth_to_ear_sum_ms / n;
}

static bool measure_call(struct latency *l, struct io_error *error)
{
	if (!audio_io_init(l->options.is_verbose, error))
		return false;
	bool is_well = open_loop(l, VIRTUAL_CALL_DEVICE, VIRTUAL_CALL_DEVICE, error);
	if (is_well) {
		is_well = virtual_call_start(&l->call, error) && play_train(l, true, error);
		read_call(l);
		find_delays(l);
		virtual_call_end(&l->call);
		marker_loop_close(&l->loop);
	}
	audio_io_terminate();
	return is_well;
}

static int run_self_test(struct latency *l)
{
	char folder[400];
	const struct virtual_call_config config = {
		.period_samples = (int)(l->options.buffer_ms * SAMPLES_PER_MS),
		.programs = folder,
		.send_options = l->options.send_options,
		.recv_options = l->options.recv_options,
		.is_verbose = l->options.is_verbose,
	};
	struct io_error error;

	l->report.mode = "self-test";
	find_programs(folder, sizeof folder);
	const bool is_well =
		virtual_call_open_server(&l->call, &config, &error) && measure_call(l, &error);
	virtual_call_close_server(&l->call);
	return is_well || cli_stop_requested() ? OPTION_TAKEN : fail(error.text);
}

/* ---- recordings ---- */

/* One channel of a file, or the mean of all (channel -1). The caller frees; NULL: *error. */
static float *read_channel(const char *path, int channel, size_t *n_samples, struct io_error *error)
{
	const size_t n_channels = channel < 0 ? 1 : 2;
	const size_t at = channel < 0 ? 0 : (size_t)channel;
	struct sound_file *const file = sound_file_open(path, (int)n_channels, error);
	float block[FILE_BLOCK_SAMPLES * 2];
	float *samples = NULL;
	size_t n_room = 0, n = 0, n_read;

	if (!file)
		return NULL;
	while ((n_read = sound_file_read(file, block, FILE_BLOCK_SAMPLES)) > 0) {
		if (n + n_read > n_room) {
			n_room = 2 * n_room + FILE_BLOCK_SAMPLES;
			float *const more = n < (size_t)FILE_SECONDS_MAX * SAMPLES_PER_SECOND
						    ? realloc(samples, n_room * sizeof *samples)
						    : NULL;
			if (!more) {
				io_error_set(error, "%s: too long", path);
				free(samples);
				sound_file_close(file);
				return NULL;
			}
			samples = more;
		}
		for (size_t i = 0; i < n_read; i++)
			samples[n++] = block[i * n_channels + at];
	}
	sound_file_close(file);
	*n_samples = n;
	if (!samples)
		io_error_set(error, "%s: is empty", path);
	return samples;
}

static bool has_two_channels(const char *path)
{
	struct sound_file *const file = sound_file_open(path, 0, NULL);
	const bool is_stereo = file && sound_file_n_channels(file) == 2;

	sound_file_close(file);
	return is_stereo;
}

static int run_files(struct latency *l)
{
	const struct latency_options *const o = &l->options;
	static double places[MARKER_TRAIN_MAX];
	size_t n_played = 0, n_recorded = 0;
	struct io_error error;

	l->report.mode = "files";
	if (!o->recorded && !has_two_channels(o->played))
		return cli_refuse("--files", o->played,
			"alone must be a sound file of two channels: played, recorded");
	float *const played = read_channel(o->played, o->recorded ? -1 : 0, &n_played, &error);
	float *const recorded = played ? read_channel(o->recorded ? o->recorded : o->played,
						 o->recorded ? -1 : 1, &n_recorded, &error)
				       : NULL;
	if (recorded) {
		size_t n = marker_search_places(
			&l->search, played, n_played, places, MARKER_TRAIN_MAX);
		n = n < MARKER_TRAIN_MAX ? n : MARKER_TRAIN_MAX;
		for (size_t k = 0; k < n; k++)
			marker_search_delay(
				&l->search, places[k], recorded, n_recorded, &l->delays);
	} else {
		cli_refuse("--files", NULL, "%s", error.text);
	}
	free(played);
	free(recorded);
	return recorded ? OPTION_TAKEN : EXIT_USAGE;
}

static int make_file(const struct latency *l)
{
	const int64_t n_all = marker_train_samples(&l->train);
	float block[FILE_BLOCK_SAMPLES];
	struct wav_writer wav;
	struct io_error error;
	bool is_well = wav_writer_open(&wav, l->options.made_path, 1, &error);

	for (int64_t at = 0; is_well && at < n_all; at += FILE_BLOCK_SAMPLES) {
		const int64_t n_left = n_all - at;
		const size_t n = n_left < FILE_BLOCK_SAMPLES ? (size_t)n_left : FILE_BLOCK_SAMPLES;
		marker_train_fill(&l->train, at, block, n);
		is_well = wav_writer_write(&wav, block, n, &error);
	}
	is_well = wav_writer_close(&wav, is_well ? &error : NULL) && is_well;
	return is_well ? EXIT_DONE : cli_refuse("--make", NULL, "%s", error.text);
}

/* ---- all of it ---- */

static int list_devices(const struct latency *l)
{
	struct io_error error;

	if (!audio_io_init(l->options.is_verbose, &error))
		return fail(error.text);
	audio_devices_list(stdout);
	audio_io_terminate();
	return EXIT_DONE;
}

/* Whether the delays are longer than was searched for: then no figure is told. */
static bool is_beyond(struct latency *l)
{
	const double max_ms = l->options.max_delay_ms;
	double true_ms;

	if (delay_list_lag(&l->delays, l->sorted, &true_ms) == 0)
		return false;
	cli_log(CLI_ERROR,
		"the delay is about %.0f ms, above --max-delay %g: %s again with --max-delay %.0f",
		true_ms, max_ms,
		l->options.mode == LATENCY_FILES ? "make and play them" : "measure",
		fmin(LATENCY_MAX_DELAY_MS, ceil(true_ms * 1.5 / 100) * 100));
	delay_list_forget(&l->delays);
	return true;
}

static int report(struct latency *l)
{
	const struct latency_options *const o = &l->options;
	struct latency_report *const r = &l->report;
	struct io_error error;
	int code = is_beyond(l) ? EXIT_FAILED : EXIT_DONE;

	r->calibration_ms = o->calibration_ms;
	if (!isnan(o->calibration_ms))
		delay_list_subtract(&l->delays, o->calibration_ms);
	r->delays = &l->delays;
	r->summary = delay_list_summary(&l->delays, l->sorted);
	r->mouth_to_ear_ms = r->summary.mean_ms + r->device_ms;
	if (o->is_json)
		latency_report_json(r, stdout);
	else
		latency_report_text(r, stdout);
	if (o->csv_path && !latency_report_csv(r, o->csv_path, &error))
		code = fail(error.text);
	if (o->svg_path && !latency_report_svg(r, o->svg_path, &error))
		code = fail(error.text);
	if (r->summary.n_found == 0 && code == EXIT_DONE)
		code = fail("no marker was found");
	return fflush(stdout) == 0 ? code : fail("the report could not be written");
}

static int measure(struct latency *l)
{
	const size_t max_delay_samples = (size_t)l->train.max_delay_samples;
	int code;

	l->search_memory = malloc(marker_search_bytes(max_delay_samples));
	if (!l->search_memory)
		return fail("out of memory");
	marker_search_init(&l->search, l->search_memory, max_delay_samples);
	cli_catch_signals();
	switch (l->options.mode) {
	case LATENCY_SELF_TEST:
		code = run_self_test(l);
		break;
	case LATENCY_LOOP:
		code = run_loop(l);
		break;
	default:
		code = run_files(l);
	}
	if (code == OPTION_TAKEN)
		code = report(l);
	free(l->search_memory);
	return code;
}

int main(int argc, char *argv[])
{
	static struct latency l = {
		.report = { .device_ms = NAN, .mouth_to_ear_ms = NAN, .statistics_ms = NAN },
	};

	cli_begin(argv);
	const int code = latency_options_parse(&l.options, argc, argv);
	if (code != OPTION_TAKEN)
		return code;
	marker_train_init(&l.train, l.options.n_markers, LEAD_SAMPLES,
		(int64_t)(l.options.max_delay_ms * SAMPLES_PER_MS));
	if (l.options.mode == LATENCY_DEVICES)
		return list_devices(&l);
	return l.options.mode == LATENCY_MAKE ? make_file(&l) : measure(&l);
}
