#include "receiver/options.h"

#include "common/io/opus_library.h"
#include "common/rtp.h"
#include "common/units.h"
#include "receiver/decoder.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
	"usage: hindsight-recv [options] [[ADDRESS:]PORT]\n"
	"Plays sound that arrives over UDP; rebuilds lost frames from the copies in later "
	"packets.\n"
	"PORT 5004 on all addresses; a multicast group is joined.\n"
	"\n"
	"  -o, --output DST      default | DEVICE (index or part of its name) | FILE.wav\n"
	"                        | null | - (raw s16le 48 kHz on stdout)           [default]\n"
	"  -d, --delay MS        auto | a fixed playout delay, 0..2000             [auto]\n"
	"      --min-delay MS    of auto                                           [0]\n"
	"      --max-delay MS    of auto                                           [500]\n"
	"  -c, --channels N      1 | 2, of FILE.wav or -     [as the stream begins]\n"
	"      --frames FILE     a CSV with one row a frame: by which means it was played, when\n"
	"      --interface IF    to join a multicast group on\n"
	"  -l, --list-devices    and exit\n"
	"  -t, --duration S      stop after so many seconds\n"
	"      --stats FORMAT    text | json | none                                [text]\n"
	"      --stats-file FILE in place of stderr\n"
	"      --buffer MS       period of the sound device, 1..200                [10]\n"
	"  -v, --verbose         -q, --quiet (no statistics either, but by a later --stats)\n"
	"  -h, --help            --version\n"
	"\n"
	"Exit status: 0 done, 1 failed while running, 2 wrong usage. Manual: hindsight-recv(1).\n";

enum {
	OPTION_MIN_DELAY = 256,
	OPTION_MAX_DELAY,
	OPTION_FRAMES,
	OPTION_INTERFACE,
	OPTION_STATS,
	OPTION_STATS_FILE,
	OPTION_BUFFER,
	OPTION_VERSION,
	DELAY_MS_MAX = 2000
};

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "delay", required_argument, NULL, 'd' },
	{ "min-delay", required_argument, NULL, OPTION_MIN_DELAY },
	{ "max-delay", required_argument, NULL, OPTION_MAX_DELAY },
	{ "channels", required_argument, NULL, 'c' },
	{ "frames", required_argument, NULL, OPTION_FRAMES },
	{ "interface", required_argument, NULL, OPTION_INTERFACE },
	{ "list-devices", no_argument, NULL, 'l' },
	{ "duration", required_argument, NULL, 't' },
	{ "stats", required_argument, NULL, OPTION_STATS },
	{ "stats-file", required_argument, NULL, OPTION_STATS_FILE },
	{ "buffer", required_argument, NULL, OPTION_BUFFER },
	{ "verbose", no_argument, NULL, 'v' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

static bool parse_ms(const char *option, const char *text, int64_t *us)
{
	double ms;

	if (!cli_number(option, text, 0, DELAY_MS_MAX, "ms", &ms))
		return false;
	*us = (int64_t)(ms * US_PER_MS);
	return true;
}

/* One option; -1 where it is fine. */
static int take_option(struct recv_options *o, int option)
{
	static const char *const formats[] = { "text", "json", "none" };
	struct playout_delay_config *const delay = &o->stream.delay;
	int64_t number = 0;
	size_t choice = 0;
	bool ok = true;

	switch (option) {
	case 'o':
		o->output = optarg;
		break;
	case 'd':
		if (strcmp(optarg, "auto") == 0)
			delay->fixed_us = -1;
		else
			ok = parse_ms("--delay", optarg, &delay->fixed_us);
		break;
	case OPTION_MIN_DELAY:
		ok = parse_ms("--min-delay", optarg, &delay->min_us);
		break;
	case OPTION_MAX_DELAY:
		ok = parse_ms("--max-delay", optarg, &delay->max_us);
		break;
	case 'c':
		ok = cli_integer("--channels", optarg, 1, 2, "", &number);
		o->n_channels = (int)number;
		break;
	case OPTION_FRAMES:
		o->frames_path = optarg;
		break;
	case OPTION_INTERFACE:
		o->interface = optarg;
		break;
	case 'l':
		o->lists_devices = true;
		break;
	case 't':
		ok = cli_number("--duration", optarg, 0.001, 1e9, "s", &o->duration_s);
		break;
	case OPTION_STATS:
		ok = cli_choice("--stats", optarg, formats, 3, &choice);
		o->stats_format = (enum stats_format)choice;
		break;
	case OPTION_STATS_FILE:
		o->stats_path = optarg;
		break;
	case OPTION_BUFFER:
		ok = cli_number("--buffer", optarg, 1, 200, "ms", &o->buffer_ms);
		break;
	case 'v':
		o->is_verbose = true;
		cli_set_level(CLI_DETAIL);
		break;
	case 'q':
		cli_set_level(CLI_ERROR);
		o->stats_format = STATS_NONE;
		break;
	case 'h':
		fputs(usage, stdout);
		return EXIT_DONE;
	case OPTION_VERSION:
		opus_library_print_version("hindsight-recv");
		return EXIT_DONE;
	default: /* getopt_long() has said what is wrong */
		return EXIT_USAGE;
	}
	return ok ? -1 : EXIT_USAGE;
}

int recv_options_parse(struct recv_options *o, int argc, char *argv[])
{
	int option;

	*o = (struct recv_options){
		.at = { .port = RTP_PORT_DEFAULT },
		.output = "default",
		.buffer_ms = 10,
		.stream = {
			.delay = { .fixed_us = -1, .max_us = 500 * US_PER_MS },
			.decoder_complexity = DECODER_COMPLEXITY_DEFAULT,
		},
	};
	while ((option = getopt_long(argc, argv, "o:d:c:lt:vqh", long_options, NULL)) != -1) {
		const int code = take_option(o, option);
		if (code >= 0)
			return code;
	}
	if (o->lists_devices)
		return -1;
	if (o->stream.delay.max_us < o->stream.delay.min_us)
		return cli_refuse("--max-delay", NULL,
			"%g ms is less than --min-delay, which is %g ms",
			(double)o->stream.delay.max_us / US_PER_MS,
			(double)o->stream.delay.min_us / US_PER_MS);
	if (optind + 1 < argc)
		return cli_refuse("[ADDRESS:]PORT", argv[optind + 1], "one place only, after %s",
			argv[optind]);
	if (optind < argc &&
		!cli_address_port("[ADDRESS:]PORT", argv[optind], RTP_PORT_DEFAULT, &o->at))
		return EXIT_USAGE;
	return -1;
}
