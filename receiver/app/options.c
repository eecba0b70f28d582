#include "receiver/app/options.h"

#include "common/text/text_file.h"
#include "common/rtp/rtp.h"
#include "common/rtp/sdp_reader.h"
#include "common/base/units.h"
#include "receiver/sound/decoder.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
	"usage: hindsight-recv [options] [[ADDRESS:]PORT | FILE.sdp]\n"
	"Plays sound that arrives over UDP; rebuilds lost frames from the copies in later "
	"packets.\n"
	"PORT 5004 on all addresses; a multicast group is joined. FILE.sdp, a session "
	"description,\n"
	"says port, group and payload types.\n"
	"\n"
	"  -o, --output DST      default | DEVICE (index or part of its name) | FILE.wav\n"
	"                        | null | - (raw s16le 48 kHz on stdout)           "
	"[default]\n" RECV_DELAY_OPTIONS_USAGE
	"  -c, --channels N      1 | 2, of FILE.wav or -     [as the stream starts]\n"
	"      --frames FILE     a CSV with one row per frame: how and when it was played\n"
	"      --payload-type N  of Opus, where no FILE.sdp says it                [111, or as "
	"heard]\n"
	"      --same-clock      sender and receiver share a clock: one machine, or synchronised "
	"ones\n" DEVICE_OPTIONS_USAGE RUN_OPTIONS_USAGE "\n"
	"Exit status: 0 done, 1 failed while running, 2 wrong usage. Manual: hindsight-recv(1).\n";

enum { OPTION_FRAMES = 400, OPTION_SAME_CLOCK, OPTION_PAYLOAD_TYPE };

static const struct option long_options[] = {
	RECV_DELAY_OPTIONS_LONG,
	DEVICE_OPTIONS_LONG,
	RUN_OPTIONS_LONG,
	{ "output", required_argument, NULL, 'o' },
	{ "channels", required_argument, NULL, 'c' },
	{ "frames", required_argument, NULL, OPTION_FRAMES },
	{ "same-clock", no_argument, NULL, OPTION_SAME_CLOCK },
	{ "payload-type", required_argument, NULL, OPTION_PAYLOAD_TYPE },
	{ NULL, 0, NULL, 0 },
};

/* An option of this program, or of every program. */
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
	case OPTION_PAYLOAD_TYPE:
		ok = cli_integer("--payload-type", optarg, 35, 127, "", &number);
		if (ok && !sdp_is_free_type((uint64_t)number))
			return cli_refuse(
				"--payload-type", optarg, "must be 35 to 63 or 96 to 127");
		o->payload_type = (uint8_t)number;
		break;
	case OPTION_SAME_CLOCK:
		o->stream.same_clock = true;
		break;
	default:
		return run_options_take(&o->run, "hindsight-recv", usage, option);
	}
	return ok ? OPTION_TAKEN : EXIT_USAGE;
}

/* A name that ends in .sdp or contains a slash, or an existing file. A number is a port. */
static bool is_description(const char *text)
{
	const size_t n = strlen(text);

	return (n > 4 && strcmp(text + n - 4, ".sdp") == 0) || strchr(text, '/') ||
	       (text[strspn(text, "0123456789")] != '\0' && text_file_is_there(text));
}

/* A group is joined. A host's address is the sender's target, which behind a router is not our own:
 * so we listen on all addresses, as other programs do. */
static int take_description(struct recv_options *o, const char *path)
{
	char text[SDP_BYTES_MAX + 1]; /* sdp_read() rejects this length as too long */
	char reason[SDP_REASON_BYTES];
	struct io_error error;
	struct sdp session;
	size_t n_chars;

	if (!text_file_read(path, text, sizeof text, &n_chars, &error))
		return cli_refuse("FILE.sdp", path, "%s", error.text);
	if (!sdp_read(&session, text, n_chars, reason))
		return cli_refuse("FILE.sdp", path, "%s", reason);
	if (sdp_is_multicast(&session))
		memcpy(o->at.host, session.address, sizeof o->at.host);
	o->at.port = session.port;
	o->stream.opus_type = session.opus_type;
	o->stream.red_type = session.red_type;
	return OPTION_TAKEN;
}

int recv_options_parse(struct recv_options *o, int argc, char *argv[])
{
	int option, code;

	*o = (struct recv_options){
		.at = { .port = RTP_PORT_DEFAULT },
		.output = "default",
		.device = device_options_default(),
		.stream = {
			.delay = recv_delay_default(),
			.decoder_complexity = DECODER_COMPLEXITY_DEFAULT,
		},
	};
	while ((option = getopt_long(argc, argv,
			"o:c:" RECV_DELAY_OPTIONS_SHORT DEVICE_OPTIONS_SHORT RUN_OPTIONS_SHORT,
			long_options, NULL)) != -1) {
		code = recv_delay_take(&o->stream.delay, option);
		if (code == OPTION_UNKNOWN)
			code = device_options_take(&o->device, option);
		if (code == OPTION_UNKNOWN)
			code = take_option(o, option);
		if (code != OPTION_TAKEN)
			return code;
	}
	if (o->device.lists_devices)
		return -1;
	code = recv_delay_settle(&o->stream.delay);
	if (code != OPTION_TAKEN)
		return code;
	if (optind + 1 < argc)
		return cli_refuse("[ADDRESS:]PORT", argv[optind + 1],
			"unexpected second address after %s", argv[optind]);
	if (optind < argc && is_description(argv[optind])) {
		code = take_description(o, argv[optind]);
		if (o->payload_type != 0)
			o->stream.opus_type = o->payload_type;
		return code == OPTION_TAKEN ? -1 : code;
	}
	o->stream.opus_type = o->payload_type;
	if (optind < argc &&
		!cli_address_port("[ADDRESS:]PORT", argv[optind], RTP_PORT_DEFAULT, &o->at))
		return EXIT_USAGE;
	return -1;
}
