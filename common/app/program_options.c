#include "common/app/program_options.h"

#include "common/app/cli.h"

#include <stdio.h>

int program_options_take(
	struct program_options *o, const char *program, const char *usage, int option)
{
	switch (option) {
	case 'v':
		o->is_verbose = true;
		cli_set_level(CLI_DETAIL);
		return OPTION_TAKEN;
	case 'q':
		o->is_quiet = true;
		cli_set_level(CLI_ERROR);
		return OPTION_TAKEN;
	case 'h':
		fputs(usage, stdout);
		return EXIT_DONE;
	case PROGRAM_OPTION_VERSION:
		printf("%s %s\n", program, HINDSIGHT_VERSION);
		return EXIT_DONE;
	default:
		return EXIT_USAGE;
	}
}
