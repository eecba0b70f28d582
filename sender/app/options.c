#include "sender/app/options.h"

#include "common/text/decimal.h"
#include "common/io/udp.h"
#include "common/rtp/rtp.h"
#include "common/base/units.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"usage: hindsight-send [options] HOST[:PORT]\n"
	"Sends sound over UDP; each datagram also carries low-rate copies of earlier frames.\n"
	"HOST: a name, an IPv4 address, an IPv6 address ([v6]:PORT), or a multicast group; PORT "
	"5004.\n"
	"\n"
	"  -i, --input SRC       default | DEVICE (index or part of its name) | FILE (any sound "
	"file)\n"
	"                        | tone[:HZ] | - (raw s16le 48 kHz on stdin)       "
	"[default]\n" SEND_STREAM_OPTIONS_USAGE
	"      --sdp FILE        write a session description for receivers, - for stdout\n"
	"      --ttl N           0..255                             [1 for "
	"multicast]\n" DEVICE_OPTIONS_USAGE RUN_OPTIONS_USAGE "\n"
	"Exit status: 0 done, 1 failed while running, 2 wrong usage. Manual: hindsight-send(1).\n";

enum { OPTION_TTL = 400, OPTION_SDP };

static const struct option long_options[] = {
	SEND_STREAM_OPTIONS_LONG,
	DEVICE_OPTIONS_LONG,
	RUN_OPTIONS_LONG,
	{ "input", required_argument, NULL, 'i' },
	{ "ttl", required_argument, NULL, OPTION_TTL },
	{ "sdp", required_argument, NULL, OPTION_SDP },
	{ NULL, 0, NULL, 0 },
};

/* An option of this program, or of every program. */
static int take_option(struct send_options *o, int option)
{
	int64_t number = 0;
	bool ok = true;

	switch (option) {
	case 'i':
		o->input = optarg;
		break;
	case OPTION_SDP:
		o->sdp_path = optarg;
		break;
	case OPTION_TTL:
		ok = cli_integer("--ttl", optarg, 0, 255, "", &number);
		o->ttl = (int)number;
		break;
	default:
		return run_options_take(&o->run, "hindsight-send", usage, option);
	}
	return ok ? OPTION_TAKEN : EXIT_USAGE;
}

int send_options_parse(struct send_options *o, int argc, char *argv[])
{
	struct stream_options stream = stream_options_default();
	int option, code;

	*o = (struct send_options){
		.input = "default",
		.ttl = UDP_TTL_DEFAULT,
		.device = device_options_default(),
	};
	while ((option = getopt_long(argc, argv,
			"i:" SEND_STREAM_OPTIONS_SHORT DEVICE_OPTIONS_SHORT RUN_OPTIONS_SHORT,
			long_options, NULL)) != -1) {
		code = stream_options_take(&stream, option);
		if (code == OPTION_UNKNOWN)
			code = device_options_take(&o->device, option);
		if (code == OPTION_UNKNOWN)
			code = take_option(o, option);
		if (code != OPTION_TAKEN)
			return code;
	}
	if (o->device.lists_devices)
		return -1;
	o->is_plain = strcmp(stream.redundancy, "off") == 0;
	code = stream_options_settle(&stream, &o->stream);
	if (code != OPTION_TAKEN)
		return code;
	if (optind >= argc)
		return cli_refuse("HOST[:PORT]", NULL, "is missing; see --help");
	if (optind + 1 < argc)
		return cli_refuse("HOST[:PORT]", argv[optind + 1],
			"unexpected second target after %s", argv[optind]);
	return cli_host_port("HOST[:PORT]", argv[optind], RTP_PORT_DEFAULT, &o->to) ? -1
										    : EXIT_USAGE;
}
