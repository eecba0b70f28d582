#include "tools/sim/options.h"

#include "common/app/cli.h"
#include "common/text/decimal.h"
#include "common/base/units.h"
#include "receiver/sound/decoder.h"
#include "receiver/app/delay_options.h"
#include "sender/app/stream_options.h"
#include "tools/process/delay_tables.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"usage: hindsight-sim [options] -i REF -o HEARD.wav --channel \"SPEC\" --seed N\n"
	"Sends a sound file through the sender, a lossy channel and the receiver in virtual time.\n"
	"Same input, options and seed: same output, to the byte.\n"
	"\n"
	"  -i, --input REF       a sound file, any rate; looped where -t is longer\n"
	"  -o, --output DST      FILE.wav, what the loudspeaker plays from the first capture on\n"
	"                        | null                                            [null]\n"
	"      --channel SPEC    as tc netem has it: \"delay 40ms 15ms loss 5%\"     [perfect]\n"
	"      --at TIME SPEC    another channel from TIME on; repeatable\n"
	"      --return-channel SPEC|none   of the receiver's reports    [as --channel]\n"
	"      --trace FILE      instead of --channel: one line per packet, its delay in ms or "
	"\"lost\"\n"
	"      --pcap FILE       instead of --channel: delays and losses of the RTP in a capture;\n"
	"                        - is stdin\n"
	"      --stream N|0xSSRC of that RTP                        [the voice of most packets]\n"
	"      --port N          of that RTP: only what goes to this port\n"
	"      --streams         list the capture's streams and exit\n"
	"      --seed N          of the random numbers                             [1]\n"
	"      --pause AT,LENGTH nothing is captured nor sent for LENGTH; repeatable\n"
	"      --skew PPM        the receiver's device runs faster, -10000..10000  [0]\n"
	"      --device-period MS  the block that its playout pulls, 1..200        [10]\n"
	"      --frames FILE     a CSV with one row per frame, from capture to playout\n"
	"TIME, AT, LENGTH: 20s, 1500ms; a bare number is in seconds.\n"
	"\n" SEND_STREAM_OPTIONS_USAGE RECV_DELAY_OPTIONS_USAGE RUN_OPTIONS_USAGE "\n"
	"Exit status: 0 done, 1 failed while running, 2 wrong usage. Manual: hindsight-sim(1).\n";

enum {
	OPTION_CHANNEL = 400,
	OPTION_AT,
	OPTION_TRACE,
	OPTION_PCAP,
	OPTION_PORT,
	OPTION_STREAM,
	OPTION_STREAMS,
	OPTION_SEED,
	OPTION_PAUSE,
	OPTION_SKEW,
	OPTION_DEVICE_PERIOD,
	OPTION_FRAMES,
	OPTION_RETURN_CHANNEL,
	TIME_TEXT_BYTES = 32,
	TIME_MAX_S = 1000000
};

#define PPB_PER_PPM 1000

static const struct option long_options[] = {
	SEND_STREAM_OPTIONS_LONG,
	RECV_DELAY_OPTIONS_LONG,
	RUN_OPTIONS_LONG,
	{ "input", required_argument, NULL, 'i' },
	{ "output", required_argument, NULL, 'o' },
	{ "channel", required_argument, NULL, OPTION_CHANNEL },
	{ "return-channel", required_argument, NULL, OPTION_RETURN_CHANNEL },
	{ "at", required_argument, NULL, OPTION_AT },
	{ "trace", required_argument, NULL, OPTION_TRACE },
	{ "pcap", required_argument, NULL, OPTION_PCAP },
	{ "port", required_argument, NULL, OPTION_PORT },
	{ "stream", required_argument, NULL, OPTION_STREAM },
	{ "streams", no_argument, NULL, OPTION_STREAMS },
	{ "seed", required_argument, NULL, OPTION_SEED },
	{ "pause", required_argument, NULL, OPTION_PAUSE },
	{ "skew", required_argument, NULL, OPTION_SKEW },
	{ "device-period", required_argument, NULL, OPTION_DEVICE_PERIOD },
	{ "frames", required_argument, NULL, OPTION_FRAMES },
	{ NULL, 0, NULL, 0 },
};

/* "20s", "1500ms", "20": the first n_chars of text. */
static bool parse_time(const char *text, size_t n_chars, int64_t *us)
{
	char number[TIME_TEXT_BYTES];
	double value, unit_us = (double)US_PER_SECOND;

	if (n_chars > 2 && memcmp(text + n_chars - 2, "ms", 2) == 0) {
		n_chars -= 2;
		unit_us = (double)US_PER_MS;
	} else if (n_chars > 1 && text[n_chars - 1] == 's') {
		n_chars--;
	}
	if (n_chars >= sizeof number)
		return false;
	memcpy(number, text, n_chars);
	number[n_chars] = '\0';
	if (!decimal_parse(number, &value) || value < 0 ||
		value * unit_us > TIME_MAX_S * (double)US_PER_SECOND)
		return false;
	*us = (int64_t)(value * unit_us + 0.5);
	return true;
}

static int take_channel(const char *option, const char *text, struct channel_spec *spec)
{
	char message[CHANNEL_SPEC_MESSAGE_BYTES];

	if (delay_tables_parse(spec, text, message, sizeof message))
		return OPTION_TAKEN;
	return cli_refuse(option, text, "%s", message);
}

/* --at TIME SPEC: two words, the second one is getopt's next. */
static int take_change(struct sim_options *o, int argc, char *argv[])
{
	struct simulation_change *const change = &o->changes[o->n_changes];

	if (o->n_changes == SIM_CHANGES_MAX)
		return cli_refuse("--at", optarg, "at most %d changes", SIM_CHANGES_MAX);
	if (!parse_time(optarg, strlen(optarg), &change->at_us))
		return cli_refuse("--at", optarg,
			"must be a time such as 20s or 1500ms, at most %d s", TIME_MAX_S);
	if (o->n_changes > 0 && change->at_us < change[-1].at_us)
		return cli_refuse("--at", optarg, "must not lie before the --at in front of it");
	if (optind >= argc)
		return cli_refuse("--at", optarg, "lacks its SPEC, as in --at 20s \"delay 90ms\"");
	o->n_changes++;
	return take_channel("--at", argv[optind++], &change->spec);
}

static int take_pause(struct sim_options *o)
{
	const char *const comma = strchr(optarg, ',');
	struct simulation_pause *const pause = &o->pauses[o->n_pauses];

	if (o->n_pauses == SIM_PAUSES_MAX)
		return cli_refuse("--pause", optarg, "at most %d pauses", SIM_PAUSES_MAX);
	if (!comma || !parse_time(optarg, (size_t)(comma - optarg), &pause->at_us) ||
		!parse_time(comma + 1, strlen(comma + 1), &pause->length_us))
		return cli_refuse("--pause", optarg,
			"must be two times such as 20s,1500ms: when, and how long");
	if (o->n_pauses > 0 && pause->at_us < pause[-1].at_us + pause[-1].length_us)
		return cli_refuse(
			"--pause", optarg, "must not begin before the previous pause has ended");
	o->n_pauses++;
	return OPTION_TAKEN;
}

/* --stream: the number of --streams, or an SSRC in hexadecimal. */
static int take_stream(struct capture_choice *choice)
{
	int64_t number = 0;
	char *end = optarg;

	if (optarg[0] == '0' && (optarg[1] == 'x' || optarg[1] == 'X')) {
		const unsigned long long ssrc = strtoull(optarg, &end, 16);
		if (*end != '\0' || optarg[2] == '\0' || ssrc > UINT32_MAX)
			return cli_refuse("--stream", optarg,
				"must be a number of --streams, or an SSRC such as 0x1234abcd");
		choice->ssrc = (uint32_t)ssrc;
		choice->has_ssrc = true;
		return OPTION_TAKEN;
	}
	if (!cli_integer("--stream", optarg, 1, 999, "", &number))
		return EXIT_USAGE;
	choice->number = (size_t)number;
	return OPTION_TAKEN;
}

/* One option of the program's own, or of every program's. */
static int take_option(struct sim_options *o, int option, int argc, char *argv[])
{
	int64_t number = 0;
	double ppm = 0;
	bool ok = true;

	switch (option) {
	case 'i':
		o->input = optarg;
		break;
	case 'o':
		o->output = strcmp(optarg, "null") == 0 ? NULL : optarg;
		break;
	case OPTION_CHANNEL:
		return take_channel("--channel", optarg, &o->channel);
	case OPTION_AT:
		return take_change(o, argc, argv);
	case OPTION_RETURN_CHANNEL:
		o->has_rtcp = strcmp(optarg, "none") != 0;
		return o->has_rtcp ? take_channel("--return-channel", optarg, &o->return_channel)
				   : OPTION_TAKEN;
	case OPTION_TRACE:
		o->trace_path = optarg;
		break;
	case OPTION_PCAP:
		o->capture_path = optarg;
		break;
	case OPTION_PORT:
		ok = cli_integer("--port", optarg, 1, 65535, "", &number);
		o->choice.port = (uint16_t)number;
		break;
	case OPTION_STREAM:
		return take_stream(&o->choice);
	case OPTION_STREAMS:
		o->lists_streams = true;
		break;
	case OPTION_SEED: /* a double holds all of these exactly */
		ok = cli_integer("--seed", optarg, 0, 999999999999999, "", &number);
		o->seed = (uint64_t)number;
		break;
	case OPTION_PAUSE:
		return take_pause(o);
	case OPTION_SKEW:
		ok = cli_number("--skew", optarg, -10000, 10000, "ppm", &ppm);
		o->skew_ppb = (int64_t)(ppm * PPB_PER_PPM + (ppm < 0 ? -0.5 : 0.5));
		break;
	case OPTION_DEVICE_PERIOD:
		ok = cli_number("--device-period", optarg, 1, 200, "ms", &o->device_period_ms);
		break;
	case OPTION_FRAMES:
		o->frames_path = optarg;
		break;
	default:
		return run_options_take(&o->run, "hindsight-sim", usage, option);
	}
	return ok ? OPTION_TAKEN : EXIT_USAGE;
}

/* What does not go together is refused. */
static int settle(const struct sim_options *o, bool has_channel)
{
	const char *const recorded = o->trace_path ? o->trace_path : o->capture_path;

	if (!o->input && !o->lists_streams)
		return cli_refuse("--input", NULL, "is missing; see --help");
	if (o->trace_path && o->capture_path)
		return cli_refuse("--pcap", o->capture_path, "cannot be combined with --trace");
	if (recorded && (has_channel || o->n_changes > 0))
		return cli_refuse(o->trace_path ? "--trace" : "--pcap", recorded,
			"takes the place of a channel: without --channel and --at");
	const bool has_choice = o->choice.number > 0 || o->choice.has_ssrc;
	if ((o->choice.port > 0 || has_choice || o->lists_streams) && !o->capture_path)
		return cli_refuse(o->choice.port > 0 ? "--port"
				  : has_choice	     ? "--stream"
						     : "--streams",
			NULL, "needs --pcap");
	return recv_delay_settle(&o->recv.delay);
}

int sim_options_parse(struct sim_options *o, int argc, char *argv[])
{
	static const char short_options[] =
		"+i:o:" SEND_STREAM_OPTIONS_SHORT RECV_DELAY_OPTIONS_SHORT RUN_OPTIONS_SHORT;
	struct stream_options wishes = stream_options_default();
	bool has_channel = false, has_return = false;
	int option, code;

	*o = (struct sim_options){
		.seed = 1,
		.recv = {
			.delay = recv_delay_default(),
			.decoder_complexity = DECODER_COMPLEXITY_DEFAULT,
		},
		.channel = { .limit_packets = CHANNEL_LIMIT_DEFAULT },
		.has_rtcp = true,
		.device_period_ms = 10,
	};
	while ((option = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		code = stream_options_take(&wishes, option);
		if (code == OPTION_UNKNOWN)
			code = recv_delay_take(&o->recv.delay, option);
		if (code == OPTION_UNKNOWN)
			code = take_option(o, option, argc, argv);
		if (code != OPTION_TAKEN)
			return code;
		has_channel = has_channel || option == OPTION_CHANNEL;
		has_return = has_return || option == OPTION_RETURN_CHANNEL;
	}
	if (optind < argc)
		return cli_refuse(argv[optind], NULL, "unexpected argument; see --help");
	if (!has_return) /* the same in both directions, each with its own random numbers */
		o->return_channel = o->channel;
	code = settle(o, has_channel);
	return code == OPTION_TAKEN ? stream_options_settle(&wishes, &o->send) : code;
}
