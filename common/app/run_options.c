#include "common/app/run_options.h"

#include "common/app/cli.h"
#include "common/app/opus_library.h"

#include <getopt.h>

static int take_program_option(
	struct run_options *o, const char *program, const char *usage, int option)
{
	struct program_options common = { 0 };
	const int code = program_options_take(&common, program, usage, option);

	o->is_verbose = o->is_verbose || common.is_verbose;
	if (common.is_quiet)
		o->stats_format = STATS_NONE;
	return code;
}

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
	case PROGRAM_OPTION_VERSION:
		opus_library_print_version(program);
		return EXIT_DONE;
	default:
		return take_program_option(o, program, usage, option);
	}
	return ok ? OPTION_TAKEN : EXIT_USAGE;
}
