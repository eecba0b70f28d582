#include "common/app/device_options.h"

#include "common/app/cli.h"
#include "common/app/run_options.h"

#include <getopt.h>

struct device_options device_options_default(void)
{
	return (struct device_options){ .buffer_ms = 10 };
}

int device_options_take(struct device_options *o, int option)
{
	bool ok = true;

	switch (option) {
	case 'l':
		o->lists_devices = true;
		break;
	case DEVICE_OPTION_NO_REOPEN:
		o->no_reopen = true;
		break;
	case DEVICE_OPTION_BUFFER:
		ok = cli_number("--buffer", optarg, 1, BUFFER_MS_MAX, "ms", &o->buffer_ms);
		break;
	case DEVICE_OPTION_INTERFACE:
		o->interface = optarg;
		break;
	default:
		return OPTION_UNKNOWN;
	}
	return ok ? OPTION_TAKEN : EXIT_USAGE;
}
