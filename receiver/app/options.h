/* What the command line of hindsight-recv says. */
#ifndef HINDSIGHT_RECEIVER_APP_OPTIONS_H
#define HINDSIGHT_RECEIVER_APP_OPTIONS_H

#include "common/app/cli.h"
#include "common/app/run_options.h"
#include "receiver/recv_stream.h"

#include <stdbool.h>

/* The options of the playout delay, for every program that receives a stream. */
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
	"      --min-delay MS    of auto                                           [0]\n"          \
	"      --max-delay MS    of auto                                           [500]\n"

struct playout_delay_config recv_delay_default(void);

/* Takes what getopt_long() has found, with its optarg: OPTION_TAKEN; OPTION_UNKNOWN where it is
 * none of them; EXIT_USAGE after a complaint. */
int recv_delay_take(struct playout_delay_config *delay, int option);

/* Whether they go together: OPTION_TAKEN, or EXIT_USAGE after a complaint. */
int recv_delay_settle(const struct playout_delay_config *delay);

struct recv_options {
	struct cli_endpoint at; /* host "": all addresses */
	const char *output;
	const char *interface;	 /* NULL: the system's choice */
	const char *frames_path; /* NULL: no log of frames */
	int n_channels;		 /* of a file or of stdout; 0: as the stream has */
	struct recv_stream_config stream;
	double buffer_ms;
	struct run_options run;
	bool lists_devices;
};

/* Returns -1 where the program should go on, else the code to exit with: --help and --version are
 * done, or a complaint is printed. */
int recv_options_parse(struct recv_options *options, int argc, char *argv[]);

#endif
