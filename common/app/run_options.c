#include "common/app/run_options.h"

#include "common/app/cli.h"
#include "common/app/opus_library.h"

#include <getopt.h>
#include <stdio.h>

int run_options_take(struct run_options *o, const char *program, const char *usage, int option)
{
	static const char *const formats[] = { "text", "json", "none" };
	size_t choice = 0;
	bool ok = true;

	switch (option) {
	case 't':
		ok = cli_number("--duration", optarg, 0.001, 1e9, "s", &o->duration_s);
		break;
	case RUN_OPTION_STATS:
		ok = cli_choice("--stats", optarg, formats, 3, &choice);
		o->stats_format = (enum stats_format)choice;
		break;
	case RUN_OPTION_STATS_FILE:
		o->stats_path = optarg;
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
	case RUN_OPTION_VERSION:
		opus_library_print_version(program);
		return EXIT_DONE;
	default: /* getopt_long() has said what is wrong */
		return EXIT_USAGE;
	}
	return ok ? OPTION_TAKEN : EXIT_USAGE;
}
