#include "receiver/options.h"

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
	"                        | null | - (raw s16le 48 kHz on stdout)           "
	"[default]\n" RECV_DELAY_OPTIONS_USAGE
	"  -c, --channels N      1 | 2, of FILE.wav or -     [as the stream begins]\n"
	"      --frames FILE     a CSV with one row a frame: by which means it was played, when\n"
	"      --interface IF    to join a multicast group on\n"
	"  -l, --list-devices    and exit\n"
	"      --buffer MS       period of the sound device, 1..200                "
	"[10]\n" RUN_OPTIONS_USAGE "\n"
	"Exit status: 0 done, 1 failed while running, 2 wrong usage. Manual: hindsight-recv(1).\n";

enum { OPTION_FRAMES = 400, OPTION_INTERFACE, OPTION_BUFFER, DELAY_MS_MAX = 2000 };

static const struct option long_options[] = {
	RECV_DELAY_OPTIONS_LONG,
	RUN_OPTIONS_LONG,
	{ "output", required_argument, NULL, 'o' },
	{ "channels", required_argument, NULL, 'c' },
	{ "frames", required_argument, NULL, OPTION_FRAMES },
	{ "interface", required_argument, NULL, OPTION_INTERFACE },
	{ "list-devices", no_argument, NULL, 'l' },
	{ "buffer", required_argument, NULL, OPTION_BUFFER },
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

struct playout_delay_config recv_delay_default(void)
{
	return (struct playout_delay_config){ .fixed_us = -1, .max_us = 500 * US_PER_MS };
}

int recv_delay_take(struct playout_delay_config *delay, int option)
{
	bool ok = true;

	switch (option) {
	case 'd':
		if (strcmp(optarg, "auto") == 0)
			delay->fixed_us = -1;
		else
			ok = parse_ms("--delay", optarg, &delay->fixed_us);
		break;
	case RECV_OPTION_MIN_DELAY:
		ok = parse_ms("--min-delay", optarg, &delay->min_us);
		break;
	case RECV_OPTION_MAX_DELAY:
		ok = parse_ms("--max-delay", optarg, &delay->max_us);
		break;
	default:
		return OPTION_UNKNOWN;
	}
	return ok ? OPTION_TAKEN : EXIT_USAGE;
}

int recv_delay_settle(const struct playout_delay_config *delay)
{
	if (delay->max_us >= delay->min_us)
		return OPTION_TAKEN;
	return cli_refuse("--max-delay", NULL, "%g ms is less than --min-delay, which is %g ms",
		(double)delay->max_us / US_PER_MS, (double)delay->min_us / US_PER_MS);
}

/* One option of the program's own, or of every program's. */
static int take_option(struct recv_options *o, int option)
{
	int64_t number = 0;
	bool ok = true;

	switch (option) {
	case 'o':
		o->output = optarg;
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
	case OPTION_BUFFER:
		ok = cli_number("--buffer", optarg, 1, 200, "ms", &o->buffer_ms);
		break;
	default:
		return run_options_take(&o->run, "hindsight-recv", usage, option);
	}
	return ok ? OPTION_TAKEN : EXIT_USAGE;
}

int recv_options_parse(struct recv_options *o, int argc, char *argv[])
{
	int option, code;

	*o = (struct recv_options){
		.at = { .port = RTP_PORT_DEFAULT },
		.output = "default",
		.buffer_ms = 10,
		.stream = {
			.delay = recv_delay_default(),
			.decoder_complexity = DECODER_COMPLEXITY_DEFAULT,
		},
	};
	while ((option = getopt_long(argc, argv, "o:c:l" RECV_DELAY_OPTIONS_SHORT RUN_OPTIONS_SHORT,
			long_options, NULL)) != -1) {
		code = recv_delay_take(&o->stream.delay, option);
		if (code == OPTION_UNKNOWN)
			code = take_option(o, option);
		if (code != OPTION_TAKEN)
			return code;
	}
	if (o->lists_devices)
		return -1;
	code = recv_delay_settle(&o->stream.delay);
	if (code != OPTION_TAKEN)
		return code;
	if (optind + 1 < argc)
		return cli_refuse("[ADDRESS:]PORT", argv[optind + 1], "one place only, after %s",
			argv[optind]);
	if (optind < argc &&
		!cli_address_port("[ADDRESS:]PORT", argv[optind], RTP_PORT_DEFAULT, &o->at))
		return EXIT_USAGE;
	return -1;
}
