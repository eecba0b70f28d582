/* hindsight-impair: a lossy network between two UDP programs, in `tc netem`'s words. */
#include "common/app/cli.h"
#include "common/app/program_options.h"
#include "common/io/monotonic.h"
#include "common/base/units.h"
#include "tools/impair/relay.h"
#include "tools/process/delay_tables.h"

#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* A signal between the look at the stop flag and the wait is noticed this much later. */
enum { STOP_CHECK_US = 200000 };

struct options {
	struct program_options program;
	struct relay_config relay;
	const char *csv_path; /* NULL: none */
	double duration_s;    /* 0: until a signal */
};

static const char usage[] =
	"usage: hindsight-impair [options] --listen [ADDRESS:]PORT --to HOST:PORT\n"
	"Forwards UDP datagrams and impairs them on the path as tc netem would.\n"
	"\n"
	"      --listen [ADDRESS:]PORT  where datagrams come in\n"
	"      --to HOST:PORT    where they go; answers go back unchanged\n"
	"      --channel SPEC    as tc netem has it: \"delay 40ms 15ms loss 5%\"     [perfect]\n"
	"      --seed N          of the random numbers, 0..4294967295              [1]\n"
	"      --csv FILE        one row per packet: when it came and its fate\n"
	"  -t, --duration S      stop after S seconds\n" PROGRAM_OPTIONS_USAGE "\n"
	"Exit status: 0 done, 1 failed while running, 2 wrong usage. Manual: "
	"hindsight-impair(1).\n";

static bool parse_channel(const char *text, struct channel_spec *spec)
{
	char message[CHANNEL_SPEC_MESSAGE_BYTES];
	if (delay_tables_parse(spec, text, message, sizeof message))
		return true;
	cli_refuse("--channel", NULL, "%s", message);
	return false;
}

static bool parse_seed(const char *text, uint64_t *seed)
{
	int64_t number;
	if (!cli_integer("--seed", text, 0, UINT32_MAX, "", &number))
		return false;
	*seed = (uint64_t)number;
	return true;
}

enum { OPTION_LISTEN = 256, OPTION_TO, OPTION_CHANNEL, OPTION_SEED, OPTION_CSV };

static const struct option long_options[] = {
	{ "listen", required_argument, NULL, OPTION_LISTEN },
	{ "to", required_argument, NULL, OPTION_TO },
	{ "channel", required_argument, NULL, OPTION_CHANNEL },
	{ "seed", required_argument, NULL, OPTION_SEED },
	{ "csv", required_argument, NULL, OPTION_CSV },
	{ "duration", required_argument, NULL, 't' },
	PROGRAM_OPTIONS_LONG,
	{ NULL, 0, NULL, 0 },
};

/* OPTION_TAKEN, or the code to exit with. */
static int take_option(struct options *o, int option)
{
	bool ok = true;

	switch (option) {
	case OPTION_LISTEN:
		ok = cli_address_port("--listen", optarg, 0, &o->relay.listen);
		break;
	case OPTION_TO:
		ok = cli_host_port("--to", optarg, 0, &o->relay.to);
		break;
	case OPTION_CHANNEL:
		ok = parse_channel(optarg, &o->relay.spec);
		break;
	case OPTION_SEED:
		ok = parse_seed(optarg, &o->relay.seed);
		break;
	case OPTION_CSV:
		o->csv_path = optarg;
		break;
	case 't':
		ok = cli_number("--duration", optarg, 0.1, 1e6, "s", &o->duration_s);
		break;
	default:
		return program_options_take(&o->program, "hindsight-impair", usage, option);
	}
	return ok ? OPTION_TAKEN : EXIT_USAGE;
}

/* OPTION_TAKEN, or the code to exit with. */
static int parse_options(struct options *o, int argc, char *argv[])
{
	int option;

	while ((option = getopt_long(argc, argv, "t:" PROGRAM_OPTIONS_SHORT, long_options, NULL)) !=
		-1) {
		const int code = take_option(o, option);
		if (code != OPTION_TAKEN)
			return code;
	}
	if (optind < argc)
		return cli_refuse(argv[optind], NULL, "unexpected argument; see --help");
	if (o->relay.listen.port == 0)
		return cli_refuse("--listen", NULL, "[ADDRESS:]PORT is missing; see --help");
	if (o->relay.to.port == 0)
		return cli_refuse("--to", NULL, "HOST:PORT is missing; see --help");
	return OPTION_TAKEN;
}

static double share_percent(uint64_t part, uint64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static void print_summary(const struct relay *relay)
{
	const struct relay_counters *const c = &relay->counters;
	const double mean_ms = c->departures > 0 ? (double)c->lateness_us / (double)c->departures /
							   (double)US_PER_MS
						 : 0;
	cli_log(CLI_NOTICE,
		"%" PRIu64 " packets in, %" PRIu64 " delivered, %" PRIu64
		" lost (%.2f %%), %" PRIu64 " dropped by the limit, %zu still in flight",
		c->packets, c->delivered, c->lost, share_percent(c->lost, c->packets), c->limited,
		link_queued(&relay->link));
	cli_log(CLI_NOTICE,
		"%" PRIu64 " duplicated, %" PRIu64 " corrupted, %" PRIu64
		" reordered (left before an earlier one; %" PRIu64 " left after a later one)",
		c->duplicated, c->corrupted, c->reordered, c->overtaken);
	cli_log(CLI_NOTICE,
		"%" PRIu64 " datagrams left, %.3f ms late on average and %.3f ms at most; %" PRIu64
		" refused by the target, %" PRIu64 " refused by the system",
		c->departures, mean_ms, (double)c->lateness_max_us / (double)US_PER_MS,
		relay->forward.refused, relay->forward.send_failures);
	cli_log(CLI_NOTICE,
		"%" PRIu64 " datagrams back, %" PRIu64 " of them before any client was known",
		c->returned, c->stray);
}

static int run(struct relay *relay, const struct options *options)
{
	struct io_error error;
	const int64_t start_us = monotonic_now_us();
	const int64_t end_us =
		options->duration_s > 0
			? start_us + (int64_t)(options->duration_s * (double)US_PER_SECOND)
			: INT64_MAX;
	if (options->csv_path && !fate_log_open(&relay->log, options->csv_path, start_us, &error)) {
		cli_log(CLI_ERROR, "--csv %s: %s", options->csv_path, error.text);
		return EXIT_FAILED;
	}
	int64_t now_us = start_us;
	bool is_written = true;
	while (is_written && !cli_stop_requested() && now_us < end_us) {
		const int64_t check_us = now_us + STOP_CHECK_US;
		is_written = relay_step(relay, check_us < end_us ? check_us : end_us, &error);
		now_us = monotonic_now_us();
	}
	is_written = is_written && fate_log_close(&relay->log, &error);
	print_summary(relay);
	if (!is_written)
		cli_log(CLI_ERROR, "--csv %s: %s", options->csv_path, error.text);
	return is_written ? EXIT_DONE : EXIT_FAILED;
}

int main(int argc, char *argv[])
{
	struct options options = { .relay = { .spec = { .limit_packets = CHANNEL_LIMIT_DEFAULT },
					   .seed = 1 } };
	static struct relay relay; /* its channel's tables are large for a stack */
	struct io_error error;

	cli_begin(argv);
	int code = parse_options(&options, argc, argv);
	if (code != OPTION_TAKEN)
		return code;
	cli_catch_signals();
	if (relay_open(&relay, &options.relay, &error)) {
		cli_log(CLI_DETAIL, "port %u goes to %s, port %u", options.relay.listen.port,
			options.relay.to.host, options.relay.to.port);
		code = run(&relay, &options);
	} else {
		cli_log(CLI_ERROR, "%s", error.text);
		code = EXIT_FAILED;
	}
	relay_close(&relay);
	return code;
}
