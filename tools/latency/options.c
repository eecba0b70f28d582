#include "tools/latency/options.h"

#include "common/app/cli.h"
#include "common/app/device_options.h"
#include "common/app/run_options.h"
#include "common/base/units.h"
#include "common/text/decimal.h"
#include "common/text/json_fields.h"
#include "common/text/text_file.h"
#include "tools/latency/marker.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>

enum { CALIBRATION_BYTES = 1 << 20 };

static const char usage[] =
	"usage: hindsight-latency --self-test [options]\n"
	"       hindsight-latency --loop [options]\n"
	"       hindsight-latency --files [options] PLAYED [RECORDED]\n"
	"       hindsight-latency --make FILE.wav [-n COUNT] [--max-delay MS]\n"
	"Plays markers, records what comes out at the other end, and measures how much later "
	"it does.\n"
	"\n"
	"      --self-test       through hindsight-send, UDP and hindsight-recv on virtual "
	"devices\n"
	"      --loop            from one sound device's output to an input\n"
	"      --files           in two recordings of the same time, or the two channels of one\n"
	"      --make FILE.wav   writes the markers, for any other player\n"
	"  -l, --list-devices    and exit\n"
	"\n"
	"  -n, --count COUNT     markers, 1..10000                                 [100]\n"
	"      --max-delay MS    the longest delay to search for, 10..10000     [1000]\n"
	"      --calibrate MS    a delay outside the call, to be subtracted: a number, or FILE,\n"
	"                        written by --json, whose median is subtracted  [nothing]\n"
	"  -o, --output DEVICE   of --loop: index or part of its name              [default]\n"
	"  -i, --input DEVICE    of --loop                                         [default]\n"
	"      --buffer MS       period of the devices, virtual ones too, 1..200, or in samples:\n"
	"                        256s; also called --period                        [10]\n"
	"      --send \"OPTIONS\"  of --self-test: options for hindsight-send\n"
	"      --recv \"OPTIONS\"  of --self-test: options for hindsight-recv\n"
	"      --json            one object on stdout instead of the text\n"
	"      --csv FILE        one row per marker\n"
	"      --svg FILE        a picture, by gnuplot\n"
	"  -v, --verbose         -q, --quiet (no progress)\n"
	"  -h, --help            --version\n"
	"\n"
	"Exit status: 0 done, 1 failed while running, no marker was found, or the delay is above\n"
	"--max-delay, 2 wrong usage.\n"
	"Manual: hindsight-latency(1).\n";

enum {
	OPTION_SELF_TEST = 400,
	OPTION_LOOP,
	OPTION_FILES,
	OPTION_MAKE,
	OPTION_MAX_DELAY,
	OPTION_CALIBRATE,
	OPTION_BUFFER,
	OPTION_SEND,
	OPTION_RECV,
	OPTION_JSON,
	OPTION_CSV,
	OPTION_SVG
};

static const struct option long_options[] = {
	{ "self-test", no_argument, NULL, OPTION_SELF_TEST },
	{ "loop", no_argument, NULL, OPTION_LOOP },
	{ "files", no_argument, NULL, OPTION_FILES },
	{ "make", required_argument, NULL, OPTION_MAKE },
	{ "list-devices", no_argument, NULL, 'l' },
	{ "count", required_argument, NULL, 'n' },
	{ "max-delay", required_argument, NULL, OPTION_MAX_DELAY },
	{ "calibrate", required_argument, NULL, OPTION_CALIBRATE },
	{ "output", required_argument, NULL, 'o' },
	{ "input", required_argument, NULL, 'i' },
	{ "buffer", required_argument, NULL, OPTION_BUFFER },
	{ "period", required_argument, NULL, OPTION_BUFFER },
	{ "send", required_argument, NULL, OPTION_SEND },
	{ "recv", required_argument, NULL, OPTION_RECV },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "csv", required_argument, NULL, OPTION_CSV },
	{ "svg", required_argument, NULL, OPTION_SVG },
	PROGRAM_OPTIONS_LONG,
	{ NULL, 0, NULL, 0 },
};

static int take_mode(struct latency_options *o, enum latency_mode mode)
{
	if (o->mode != LATENCY_NONE && o->mode != mode)
		return cli_refuse("--self-test, --loop, --files, --make", NULL, "only one of them");
	o->mode = mode;
	return OPTION_TAKEN;
}

/* The median in what --json wrote. */
static int take_calibration_file(struct latency_options *o, const char *path)
{
	char *const text = malloc(CALIBRATION_BYTES);
	struct io_error error;
	size_t n_chars = 0;
	int code = OPTION_TAKEN;

	if (!text)
		return cli_refuse("--calibrate", path, "out of memory");
	if (!text_file_read(path, text, CALIBRATION_BYTES - 1, &n_chars, &error)) {
		code = cli_refuse("--calibrate", path,
			"must be a number of ms or a file of --json: %s", error.text);
	} else {
		text[n_chars] = '\0';
		if (!json_fields_number(text, "delay_ms_p50", &o->calibration_ms))
			code = cli_refuse("--calibrate", path, "has no \"delay_ms_p50\" of --json");
	}
	free(text);
	return code;
}

static int take_calibration(struct latency_options *o, const char *text)
{
	double ms;

	if (!decimal_parse(text, &ms))
		return take_calibration_file(o, text);
	return cli_number("--calibrate", text, -LATENCY_MAX_DELAY_MS, LATENCY_MAX_DELAY_MS, "ms",
		       &o->calibration_ms)
		       ? OPTION_TAKEN
		       : EXIT_USAGE;
}

/* Whole samples, as a device has them. */
static int take_buffer(struct latency_options *o, const char *option)
{
	if (!device_options_buffer(option, optarg, &o->buffer_ms))
		return EXIT_USAGE;
	const double n_samples = o->buffer_ms * SAMPLES_PER_MS;
	if (fabs(n_samples - round(n_samples)) > 1e-9)
		return cli_refuse(option, optarg, "must be a whole number of samples at 48 kHz");
	return OPTION_TAKEN;
}

static int take_flag(struct latency_options *o, int option)
{
	switch (option) {
	case OPTION_SELF_TEST:
		return take_mode(o, LATENCY_SELF_TEST);
	case OPTION_LOOP:
		return take_mode(o, LATENCY_LOOP);
	case OPTION_FILES:
		return take_mode(o, LATENCY_FILES);
	case 'l':
		o->mode = LATENCY_DEVICES;
		return OPTION_TAKEN;
	case OPTION_JSON:
		o->is_json = true;
		return OPTION_TAKEN;
	case 'q':
		o->is_quiet = true;
		break;
	default:
		break;
	}
	struct run_options run = { 0 };
	const int code = run_options_take(&run, "hindsight-latency", usage, option);
	o->is_verbose = o->is_verbose || run.is_verbose;
	return code;
}

static int take_option(struct latency_options *o, int option)
{
	switch (option) {
	case OPTION_MAKE:
		o->made_path = optarg;
		return take_mode(o, LATENCY_MAKE);
	case 'n':
		return cli_integer("--count", optarg, 1, MARKER_TRAIN_MAX, "", &o->n_markers)
			       ? OPTION_TAKEN
			       : EXIT_USAGE;
	case OPTION_MAX_DELAY:
		return cli_number("--max-delay", optarg, 10, LATENCY_MAX_DELAY_MS, "ms",
			       &o->max_delay_ms)
			       ? OPTION_TAKEN
			       : EXIT_USAGE;
	case OPTION_CALIBRATE:
		return take_calibration(o, optarg);
	case 'o':
		o->output = optarg;
		return OPTION_TAKEN;
	case 'i':
		o->input = optarg;
		return OPTION_TAKEN;
	case OPTION_BUFFER:
		return take_buffer(o, "--buffer");
	case OPTION_SEND:
		o->send_options = optarg;
		return OPTION_TAKEN;
	case OPTION_RECV:
		o->recv_options = optarg;
		return OPTION_TAKEN;
	case OPTION_CSV:
		o->csv_path = optarg;
		return OPTION_TAKEN;
	case OPTION_SVG:
		o->svg_path = optarg;
		return OPTION_TAKEN;
	default:
		return take_flag(o, option);
	}
}

/* Refuses what cannot be combined. */
static int settle(struct latency_options *o, int argc, char *argv[])
{
	const int n_files = argc - optind;

	if (o->mode == LATENCY_NONE)
		return cli_refuse(
			"--self-test, --loop, --files or --make", NULL, "is missing; see --help");
	if (o->mode != LATENCY_FILES && n_files > 0)
		return cli_refuse(argv[optind], NULL, "unexpected argument; see --help");
	if (o->mode == LATENCY_FILES && (n_files < 1 || n_files > 2))
		return cli_refuse(
			"--files", NULL, "PLAYED and RECORDED, or one file with both, must follow");
	if (o->mode != LATENCY_LOOP && (o->output || o->input))
		return cli_refuse(o->output ? "--output" : "--input", NULL, "needs --loop");
	if (o->mode != LATENCY_SELF_TEST && (o->send_options || o->recv_options))
		return cli_refuse(o->send_options ? "--send" : "--recv", NULL, "needs --self-test");
	if (o->mode == LATENCY_FILES) {
		o->played = argv[optind];
		o->recorded = n_files > 1 ? argv[optind + 1] : NULL;
	}
	o->output = o->output ? o->output : "default";
	o->input = o->input ? o->input : "default";
	o->send_options = o->send_options ? o->send_options : "";
	o->recv_options = o->recv_options ? o->recv_options : "";
	return OPTION_TAKEN;
}

int latency_options_parse(struct latency_options *o, int argc, char *argv[])
{
	int option;

	*o = (struct latency_options){
		.n_markers = 100,
		.max_delay_ms = 1000,
		.buffer_ms = 10,
		.calibration_ms = NAN,
	};
	while ((option = getopt_long(
			argc, argv, "n:o:i:l" PROGRAM_OPTIONS_SHORT, long_options, NULL)) != -1) {
		const int code = take_option(o, option);
		if (code != OPTION_TAKEN)
			return code;
	}
	return settle(o, argc, argv);
}
