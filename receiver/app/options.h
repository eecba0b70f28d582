/* The command line of hindsight-recv. */
#ifndef HINDSIGHT_RECEIVER_APP_OPTIONS_H
#define HINDSIGHT_RECEIVER_APP_OPTIONS_H

#include "common/app/cli.h"
#include "common/app/run_options.h"
#include "common/app/device_options.h"
#include "receiver/app/delay_options.h"
#include "receiver/recv_stream.h"

#include <stdbool.h>

struct recv_options {
	struct cli_endpoint at; /* host "": all addresses */
	const char *output;
	const char *frames_path; /* NULL: no log of frames */
	uint8_t payload_type;	 /* of Opus, where the command line says it; 0: it does not */
	int n_channels;		 /* of a file or of stdout; 0: as many as the stream has */
	struct recv_stream_config stream;
	struct device_options device;
	struct run_options run;
};

/* Returns -1 where the program should go on, else the exit code: --help and --version are done, or
 * an error is printed. */
int recv_options_parse(struct recv_options *options, int argc, char *argv[]);

#endif
