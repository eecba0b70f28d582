/* The options of the playout delay, for every program that receives a stream: hindsight-recv and
 * hindsight-sim. A program adds them to its own getopt_long() table, as with run_options.h. Thread:
 * main(), before others start. Owner: the caller owns the struct. */
#ifndef HINDSIGHT_RECEIVER_APP_DELAY_OPTIONS_H
#define HINDSIGHT_RECEIVER_APP_DELAY_OPTIONS_H

#include "receiver/arrival/playout_delay.h"

enum { RECV_OPTION_MIN_DELAY = 320, RECV_OPTION_MAX_DELAY };

#define RECV_DELAY_OPTIONS_SHORT "d:"
#define RECV_DELAY_OPTIONS_LONG                                                                    \
	{ "delay", required_argument, NULL, 'd' },                                                 \
		{ "min-delay", required_argument, NULL, RECV_OPTION_MIN_DELAY },                   \
	{                                                                                          \
		"max-delay", required_argument, NULL, RECV_OPTION_MAX_DELAY                        \
	}
#define RECV_DELAY_OPTIONS_USAGE                                                                   \
	"  -d, --delay MS        auto | a fixed playout delay, 0..2000             [auto]\n"       \
	"      --min-delay MS    lower bound of auto                               [0]\n"          \
	"      --max-delay MS    upper bound of auto                               [500]\n"

struct playout_delay_config recv_delay_default(void);

/* Takes an option that getopt_long() has found, with its optarg: OPTION_TAKEN; OPTION_UNKNOWN where
 * it is none of these; EXIT_USAGE after printing an error. */
int recv_delay_take(struct playout_delay_config *delay, int option);

/* Whether the options are consistent: OPTION_TAKEN, or EXIT_USAGE after printing an error. */
int recv_delay_settle(const struct playout_delay_config *delay);

#endif
