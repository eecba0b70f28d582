/* The command line of hindsight-send. */
#ifndef HINDSIGHT_SENDER_APP_OPTIONS_H
#define HINDSIGHT_SENDER_APP_OPTIONS_H

#include "common/app/cli.h"
#include "common/app/run_options.h"
#include "common/app/device_options.h"
#include "sender/app/stream_options.h"

#include <stdbool.h>

struct send_options {
	struct cli_endpoint to;
	const char *input;
	const char *sdp_path;		  /* NULL: no session description */
	int ttl;			  /* UDP_TTL_DEFAULT or 0..255 */
	struct send_stream_config stream; /* all but stream.rtp */
	bool is_plain;			  /* no packet ever carries copies */
	struct device_options device;
	struct run_options run;
};

/* Returns -1 where the program should go on, else the exit code: --help and --version are done, or
 * an error is printed. */
int send_options_parse(struct send_options *options, int argc, char *argv[]);

#endif
