#include "receiver/app/delay_options.h"

#include "common/app/cli.h"
#include "common/app/run_options.h"
#include "common/base/units.h"

#include <getopt.h>
#include <string.h>

enum { DELAY_MS_MAX = 2000 };

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
