#include "common/app/device_options.h"

#include "common/app/cli.h"
#include "common/app/run_options.h"
#include "common/base/units.h"

#include <getopt.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { SAMPLES_TEXT_BYTES = 16 };

bool device_options_buffer(const char *option, const char *text, double *ms)
{
	const size_t n = strlen(text);
	char digits[SAMPLES_TEXT_BYTES];
	int64_t n_samples;

	if (n < 2 || n > sizeof digits || text[n - 1] != 's' || text[n - 2] == 'm')
		return cli_number(option, text, 1, BUFFER_MS_MAX, "ms", ms);
	memcpy(digits, text, n - 1);
	digits[n - 1] = '\0';
	if (!cli_integer(option, digits, SAMPLES_PER_MS, BUFFER_MS_MAX * SAMPLES_PER_MS, "samples",
		    &n_samples))
		return false;
	*ms = (double)n_samples / SAMPLES_PER_MS;
	if (*ms * SAMPLES_PER_MS < (double)n_samples) /* rounded down */
		*ms = nextafter(*ms, BUFFER_MS_MAX + 1);
	return true;
}

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
		ok = device_options_buffer("--buffer", optarg, &o->buffer_ms);
		break;
	case DEVICE_OPTION_INTERFACE:
		o->interface = optarg;
		break;
	default:
		return OPTION_UNKNOWN;
	}
	return ok ? OPTION_TAKEN : EXIT_USAGE;
}
